import { type Counts, type Coverage, uptimeRatio } from "./check.ts";
import type { DayState } from "./summary.ts";

/** What is known of one stretch of time: how many checks, and how much time they speak for. */
export interface Sums {
  readonly counts: Counts;
  readonly coverage: Coverage;
}

/** The same, filled step by step. Never handed out while it can still change. */
export class SumsBuilder implements Sums {
  readonly counts = { up: 0, degraded: 0, down: 0, planned: 0 };
  readonly coverage = { upMs: 0, degradedMs: 0, downMs: 0, plannedMs: 0 };

  add(other: Sums, share = 1): void {
    this.counts.up += other.counts.up;
    this.counts.degraded += other.counts.degraded;
    this.counts.down += other.counts.down;
    this.counts.planned += other.counts.planned;
    this.coverage.upMs += other.coverage.upMs * share;
    this.coverage.degradedMs += other.coverage.degradedMs * share;
    this.coverage.downMs += other.coverage.downMs * share;
    this.coverage.plannedMs += other.coverage.plannedMs * share;
  }
}

/** Available over covered time; where no time is covered yet, over the number of checks. Null: nothing is known. */
export function uptimeOf(sums: Sums): number | null {
  const byTime = uptimeRatio(sums.coverage);
  if (byTime !== null) return byTime;
  const { up, degraded, down } = sums.counts;
  return shareOf(up + degraded, down);
}

/** One cell of a bar: any trouble is at least `degraded`, less than nine tenths available is `down`. */
export function stateOf({ counts, coverage }: Sums): DayState {
  const { upMs, degradedMs, downMs, plannedMs } = coverage;
  return judge(counts.up, counts.degraded, counts.down, counts.planned, upMs, degradedMs, downMs, plannedMs);
}

/** The same of bare numbers: counts by status, then covered ms by status. */
export function judge(
  up: number,
  degraded: number,
  down: number,
  planned: number,
  upMs: number,
  degradedMs: number,
  downMs: number,
  plannedMs: number,
): DayState {
  const uptime = shareOf(upMs + degradedMs, downMs) ?? shareOf(up + degraded, down);
  if (uptime === null) return planned > 0 || plannedMs > 0 ? "planned" : "empty";
  if (down + degraded + downMs + degradedMs === 0) return "up";
  return Math.floor(uptime * 1_000 + 1e-9) >= 900 ? "degraded" : "down";
}

const shareOf = (available: number, down: number): number | null =>
  available + down > 0 ? available / (available + down) : null;

const severity: Readonly<Record<DayState, number>> = { empty: 0, planned: 1, up: 2, degraded: 3, down: 4 };

/** The worse of two cells; anything observed beats nothing observed. */
export function worseState(a: DayState, b: DayState): DayState {
  return severity[b] > severity[a] ? b : a;
}
