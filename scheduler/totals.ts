import type { Check } from "../domain/check.ts";

/** Since start: checks recorded by status, and what those that were up or degraded measured. */
export interface Totals {
  up: number;
  degraded: number;
  down: number;
  latencyCount: number;
  latencySumMs: number;
}

/** Adds a check to the totals of its monitor. */
export function countCheck(totals: Map<string, Totals>, check: Check): void {
  let sums = totals.get(check.monitorId);
  if (sums === undefined) {
    totals.set(check.monitorId, sums = { up: 0, degraded: 0, down: 0, latencyCount: 0, latencySumMs: 0 });
  }
  sums[check.status] += 1;
  if (check.status === "down" || check.latencyMs === null) return;
  sums.latencyCount += 1;
  sums.latencySumMs += check.latencyMs;
}
