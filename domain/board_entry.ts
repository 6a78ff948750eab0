import type { Check } from "./check.ts";
import { SECOND } from "./clock.ts";
import type { Monitor } from "./monitor.ts";
import type { Picture } from "./picture.ts";
import type { Status } from "./status.ts";
import type { Shown } from "./view_of.ts";

/** Where a monitor stands after its newest check; `alerts/` decides it. */
export interface Standing {
  readonly status: Status;
  /** When this status began, Unix ms. */
  readonly sinceAt: number;
  readonly incidentId: number | null;
}

/** One monitor on the board, with the two views made of it last: for those who may see details, and for the others. */
export interface Entry {
  monitor: Monitor;
  picture: Picture;
  standing: Standing | null;
  changes: number;
  /** From when on the time alone changes what is shown: it goes stale, a maintenance begins or ends, a day begins. */
  turnsAt: number;
  views: Map<boolean, { shown: Shown; changes: number; untilAt: number }>;
}

/** What a newest check alone says of a monitor whose standing nobody kept: one failure is not yet an outage. */
export function standingOf(check: Check | null): Standing | null {
  if (check === null) return null;
  return { status: check.status === "down" ? "degraded" : check.status, sinceAt: check.at, incidentId: null };
}

/**
 * When nobody knows any more: three intervals after the newest check, and the time that one slow check may take. Heartbeats are judged by
 * their own deadline instead.
 */
export function staleAt({ monitor, picture: { newest } }: Entry): number {
  if (newest === null || monitor.kind === "push") return Infinity;
  const slowestSecs = (monitor.timeoutSecs + 1) * (monitor.probeRetries + 1);
  return newest.at + (3 * monitor.intervalSecs + slowestSecs) * SECOND;
}

export function shownStatus(entry: Entry, now: number): Status {
  return entry.standing === null || now >= staleAt(entry) ? "unknown" : entry.standing.status;
}
