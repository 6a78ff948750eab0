import { judge, type Sums, SumsBuilder } from "./bars.ts";
import type { CheckStatus } from "./status.ts";
import type { DayState } from "./summary.ts";

/**
 * Sums of one stretch of time as eight numbers in a row: counts of checks by status, then covered ms by status. A fleet has ten thousands of
 * them, and as objects they would be most of what a start has to make and to keep.
 */
export const SUMS_WIDTH = 8;

const COVERAGE = 4;
const fields: Readonly<Record<CheckStatus | "planned", number>> = { up: 0, degraded: 1, down: 2, planned: 3 };

/** How a check counts: in planned maintenance as that, whatever it found. */
export interface Judged {
  readonly status: CheckStatus;
  readonly planned: boolean;
}

export function countAt(values: Float64Array, at: number, { status, planned }: Judged): void {
  values[at + fields[planned ? "planned" : status]] += 1;
}

export function coverAt(values: Float64Array, at: number, { status, planned }: Judged, ms: number): void {
  values[at + COVERAGE + fields[planned ? "planned" : status]] += ms;
}

/** Is there anything in it? */
export function isFilledAt(values: Float64Array, at: number): boolean {
  for (let i = at; i < at + SUMS_WIDTH; i++) if (values[i] > 0) return true;
  return false;
}

/** What `stateOf` says of a row's sums, without making them. */
export function stateAt(values: Float64Array, at: number): DayState {
  return judge(
    values[at],
    values[at + 1],
    values[at + 2],
    values[at + 3],
    values[at + 4],
    values[at + 5],
    values[at + 6],
    values[at + 7],
  );
}

/** The same of the rows that begin every `width` numbers at `from ≤ at < until`, taken together. */
export function stateOfRows(values: Float64Array, from: number, until: number, width: number): DayState {
  if (from + width >= until) return stateAt(values, from);
  const sums = new Float64Array(SUMS_WIDTH);
  for (let at = from; at < until; at += width) {
    for (let i = 0; i < SUMS_WIDTH; i++) sums[i] += values[at + i];
  }
  return stateAt(sums, 0);
}

/** Adds a row to sums; of its time the share that counts. */
export function addTo(sums: SumsBuilder, values: Float64Array, at: number, share = 1): void {
  const { counts, coverage } = sums;
  counts.up += values[at];
  counts.degraded += values[at + 1];
  counts.down += values[at + 2];
  counts.planned += values[at + 3];
  coverage.upMs += values[at + 4] * share;
  coverage.degradedMs += values[at + 5] * share;
  coverage.downMs += values[at + 6] * share;
  coverage.plannedMs += values[at + 7] * share;
}

/** The sums of the rows that begin at `from ≤ at < until`, each `stride` numbers behind the one before. */
export function sumsOf(values: Float64Array, from: number, until: number, stride: number): Sums {
  const sums = new SumsBuilder();
  for (let at = from; at < until; at += stride) addTo(sums, values, at);
  const { counts, coverage } = sums;
  return { counts, coverage };
}
