import type { Check } from "./check.ts";
import { SECOND } from "./clock.ts";
import type { Monitor } from "./monitor.ts";
import { Picture } from "./picture.ts";
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
  /** How long a view that nothing changed is shown although its newest check speaks on. */
  readonly standsMs: number;
}

/**
 * In seconds: by then a day's figures have moved by less than a thousandth. Some views stand longer than others, so that a fleet at rest is
 * never made anew all at once.
 */
const STANDS = { least: 30, most: 60 };

/** Of the monitor at this place in the configuration; nothing is known of it yet. */
export function newEntry(monitor: Monitor, index: number): Entry {
  const standsMs = (STANDS.least + index % (STANDS.most - STANDS.least + 1)) * SECOND;
  return {
    monitor,
    picture: new Picture(),
    standing: null,
    changes: 0,
    turnsAt: 0,
    views: new Map(),
    standsMs,
  };
}

/** The view that is kept, or the one that `make` gives, which is kept then. */
export function keptView(entry: Entry, detail: boolean, now: number, make: () => Shown): Shown {
  const known = entry.views.get(detail);
  if (known !== undefined && known.changes === entry.changes && now < known.untilAt) return known.shown;
  const shown = make();
  const goesStaleAt = staleAt(entry);
  entry.turnsAt = goesStaleAt > now ? goesStaleAt : Infinity;
  const untilAt = Math.min(now + entry.standsMs, entry.turnsAt);
  entry.views.set(detail, { shown, changes: entry.changes, untilAt });
  return shown;
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
