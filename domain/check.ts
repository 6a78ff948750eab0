import { DAY } from "./clock.ts";
import type { FailureCategory, Metric, Phases } from "./outcome.ts";
import type { CheckStatus } from "./status.ts";

/** One recorded check. `monitorId` is a monitor's id, or a watched peer's listen id. */
export interface Check {
  readonly monitorId: string;
  /** Unix ms; strictly increasing per monitor (the recorder sees to it). */
  readonly at: number;
  readonly status: CheckStatus;
  /** Whole ms; null when nothing was measured. */
  readonly latencyMs: number | null;
  readonly code: number | null;
  readonly reason: string | null;
  readonly category: FailureCategory | null;
  /** A word sent along with a check that is up. */
  readonly message: string | null;
  /** Taken during planned maintenance: its time is left out of every ratio. */
  readonly planned: boolean;
  /** For how long this check speaks when no other follows, in ms (three intervals for active kinds). */
  readonly standsMs: number;
  readonly phases: Phases | null;
  readonly metrics: readonly Metric[];
}

/** A check that lies further ahead than this was taken by a clock that was wrong: it is nobody's newest, and none comes after it. */
export const AHEAD_MS = DAY;

/** The instant of a check taken at `now`, after one at `lastAt`: a clock that was set back must not lose or reorder anything. */
export function instantAfter(lastAt: number, now: number): number {
  return lastAt > now + AHEAD_MS ? now : Math.max(now, lastAt + 1);
}

/** How much of a stretch of time is known, and as what. All in ms; planned time is in none of the first three. */
export interface Coverage {
  readonly upMs: number;
  readonly degradedMs: number;
  readonly downMs: number;
  readonly plannedMs: number;
}

/** Uptime as an exact fraction: available over covered time, planned time left out. Null when nothing was covered. */
export function uptimeRatio(coverage: Coverage): number | null {
  const covered = coverage.upMs + coverage.degradedMs + coverage.downMs;
  return covered > 0 ? (coverage.upMs + coverage.degradedMs) / covered : null;
}

/** Counts by status; checks taken in planned maintenance are counted in `planned` alone. */
export interface Counts {
  readonly up: number;
  readonly degraded: number;
  readonly down: number;
  readonly planned: number;
}
