import type { Cron } from "croner";
import { MINUTE, SECOND } from "../domain/clock.ts";
import { readCron } from "../domain/cron.ts";
import type { PushMonitor } from "../domain/monitor.ts";
import type { FailureCategory } from "../domain/outcome.ts";

/** A ping this much before its slot counts for that slot, or a quarter of the smaller gap beside the slot if that is less. */
const EARLY_MS = 5 * MINUTE;

export interface PushFacts {
  /** Newest heartbeat that was up or degraded, Unix ms; null: never seen. */
  readonly lastPositiveAt: number | null;
  /** Since when this monitor is watched, Unix ms. */
  readonly firstConfiguredAt: number;
  readonly now: number;
}

export interface PushVerdict {
  readonly overdue: boolean;
  /** From when on the heartbeat counts as missing, grace included; null: a schedule that never comes again. */
  readonly dueAt: number | null;
  /** Null unless overdue. */
  readonly reason: string | null;
  readonly category: FailureCategory | null;
}

/**
 * The first slot that a heartbeat at `at` does not answer: early ones answer the slot they are close to. Slots may lie unevenly, and what
 * is early beside a long pause may be the answer to the slot just before.
 */
function slotAfter(schedule: Cron, at: number): Date | null {
  const next = schedule.nextRun(new Date(at));
  if (next === null) return null;
  const following = schedule.nextRun(next);
  const around = [...schedule.previousRuns(1, next), ...following === null ? [] : [following]];
  const gaps = around.map((slot) => Math.abs(slot.getTime() - next.getTime()));
  const tolerance = Math.min(EARLY_MS, ...gaps.map((gap) => gap / 4));
  return next.getTime() - at <= tolerance ? following : next;
}

const utcTime = (at: number): string => new Date(at).toISOString().slice(11, 16);

/** When the next heartbeat is expected. */
export interface PushDue {
  /** The slot of the schedule, Unix ms; null without one. */
  readonly slotAt: number | null;
  /** As in `PushVerdict`. */
  readonly dueAt: number | null;
}

/**
 * When a heartbeat falls due after the newest one. Pure, and for a schedule the costly half of the judgement: it holds until another
 * heartbeat comes.
 */
export function dueAfter(
  monitor: PushMonitor,
  lastPositiveAt: number | null,
  firstConfiguredAt: number,
): PushDue {
  if (monitor.schedule === null) {
    return { slotAt: null, dueAt: (lastPositiveAt ?? firstConfiguredAt) + monitor.intervalSecs * SECOND };
  }
  const schedule = readCron(monitor.schedule, monitor.timezone);
  const slot = lastPositiveAt === null
    ? schedule.nextRun(new Date(firstConfiguredAt))
    : slotAfter(schedule, lastPositiveAt);
  if (slot === null) return { slotAt: null, dueAt: null };
  return { slotAt: slot.getTime(), dueAt: slot.getTime() + monitor.graceSecs * SECOND };
}

/**
 * Is a heartbeat missing? Pure. Without `schedule` one is due every `intervalSecs`; with it, at each slot plus `graceSecs`. A monitor that was
 * never seen is due one interval after it was first configured, or at the first slot after that plus grace. A missing heartbeat is
 * overdue at its first evaluation; the caller confirms it at once.
 */
export function evaluatePush(
  monitor: PushMonitor,
  { lastPositiveAt, firstConfiguredAt, now }: PushFacts,
  { slotAt, dueAt }: PushDue = dueAfter(monitor, lastPositiveAt, firstConfiguredAt),
): PushVerdict {
  if (dueAt === null || now <= dueAt) return { overdue: false, dueAt, reason: null, category: null };
  if (slotAt === null) {
    return { overdue: true, dueAt, reason: "missing heartbeat", category: "missing_heartbeat" };
  }
  const grace = Math.floor(monitor.graceSecs / 60);
  return {
    overdue: true,
    dueAt,
    reason: `missed scheduled heartbeat (was due ${utcTime(slotAt)} UTC + ${grace}m grace)`,
    category: "missed_schedule",
  };
}
