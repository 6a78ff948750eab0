import { SUMS_WIDTH } from "./sums_row.ts";

/**
 * What is known of a stretch of time as a row of numbers: its sums, of its latencies (of checks that were up or degraded) how many there are,
 * the smallest and the largest, and when it begins and ends.
 */
export const COUNT = SUMS_WIDTH;
export const MIN_MS = COUNT + 1;
export const MAX_MS = MIN_MS + 1;
export const START = MAX_MS + 1;
export const END = START + 1;
export const STRETCH_WIDTH = END + 1;
