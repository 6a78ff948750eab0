import type { Condition } from "./confirm.ts";

/**
 * What people were told about a monitor, and why not, beside how it is (`Condition`). Promises, in this order: an outage that lasts and
 * is neither muted nor covered by a cause that people know of is told exactly once; whoever was told of trouble is told that it is over;
 * muted time tells nobody and, when it ends, tells what is still wrong.
 */
export interface Telling {
  readonly told: "healthy" | "degraded" | "down";
  /** The outage told about (its start); null unless `told` is down. */
  readonly toldOutageAt: number | null;
  /** Since when people believe that something is wrong; null: they do not. */
  readonly wrongSinceAt: number | null;
  /** Channels that were told of the trouble and have a right to its end. */
  readonly channels: readonly string[];
  /** The outage told about is over in the record, and nobody was told of its end yet. */
  readonly over: { readonly incidentId: number | null; readonly endedAt: number } | null;
  /** Waiting for a cause to show itself. */
  readonly pending:
    | { readonly outageAt: number; readonly untilAt: number; readonly requeued: boolean }
    | null;
  /** Part of a cause's alert. Belongs to this one outage. */
  readonly folded: {
    readonly outageAt: number;
    readonly causeId: string;
    /** Failing checks since no cause covers it any more. */
    readonly uncovered: number;
    /** Since when none does; absent: one does, or nobody looked since. */
    readonly uncoveredAt?: number;
  } | null;
  /** What the log says is kept back by a mute: an outage (its start), or anything else (null, such as an end). Null: nothing. */
  readonly keptBack: { readonly outageAt: number | null } | null;
}

export const freshTelling: Telling = {
  told: "healthy",
  toldOutageAt: null,
  wrongSinceAt: null,
  channels: [],
  over: null,
  pending: null,
  folded: null,
  keptBack: null,
};

/** What surrounds the monitor at this moment. */
export interface Surroundings {
  readonly now: number;
  /** Why nobody may be told now, in words; null: telling is free. */
  readonly muted: string | null;
  readonly alertOnDegraded: boolean;
  readonly failThreshold: number;
  /** How many failing checks tell an outage that outlived its cause; 1 for a missed deadline. */
  readonly afterCauseThreshold: number;
  /** How long an outage that outlived its cause stands before time alone tells it, in ms; null: failing checks do. */
  readonly afterCauseMs: number | null;
  /** Length of the grouping window; 0: no grouping. */
  readonly windowMs: number;
  readonly hasUpstreams: boolean;
  /** An upstream that is down and whose alert stands for this one too; null: none. */
  readonly coverId: string | null;
  /** When the latest window of a waiting upstream ends; null: none is waiting. */
  readonly upstreamPendingUntil: number | null;
  /** An upstream is failing but not confirmed. */
  readonly upstreamFailing: boolean;
  /** This decision was caused by a failing check (and not by time alone). */
  readonly byFailure: boolean;
}

export type NoteKind =
  | "muted"
  | "waiting"
  | "waiting_longer"
  | "waiting_ended"
  | "folded"
  | "outlived_cause"
  | "outlived_report"
  | "fold_ended"
  | "muted_ended";

export interface Verdict {
  readonly telling: Telling;
  readonly tell: "down" | "degraded" | "recovered" | null;
  readonly notes: readonly NoteKind[];
}

/** An outage ended in the record. If people know of it, its incident is remembered until they are told of its end. */
export function noteEnd(
  telling: Telling,
  ended: { readonly startedAt: number; readonly endedAt: number },
  incidentId: number | null,
): Telling {
  const isKnown = telling.told === "down" && telling.toldOutageAt === ended.startedAt;
  return isKnown ? { ...telling, over: { incidentId, endedAt: ended.endedAt } } : telling;
}

/** Compares what is with what people know, and says what to tell. Idempotent: asked again with its own answer it says nothing. */
export function decide(telling: Telling, condition: Condition, around: Surroundings): Verdict {
  return condition.outageAt !== null
    ? decideDown(telling, condition.outageAt, around)
    : decideNotDown(telling, condition, around);
}

function decideDown(telling: Telling, outageAt: number, around: Surroundings): Verdict {
  if (telling.told === "down" && telling.toldOutageAt === outageAt) return quiet(telling);
  const folded = telling.folded?.outageAt === outageAt ? telling.folded : null;
  const pending = telling.pending?.outageAt === outageAt ? telling.pending : null;
  const own: Telling = { ...telling, folded, pending };
  if (around.muted !== null) {
    const muted = { ...own, pending: null, keptBack: { outageAt } };
    return { telling: muted, tell: null, notes: telling.keptBack?.outageAt === outageAt ? [] : ["muted"] };
  }
  // Why it was kept back is remembered until it is told.
  const keptBack = telling.keptBack?.outageAt === outageAt ? telling.keptBack : null;
  const free: Telling = { ...own, keptBack };
  if (folded !== null) return decideFolded({ ...own, keptBack: null }, folded, outageAt, around);
  if (around.windowMs === 0 || !around.hasUpstreams) return tellDown(free, outageAt);
  if (around.coverId !== null) return fold(free, outageAt, around.coverId);
  if (pending === null) {
    const waiting = { outageAt, untilAt: around.now + around.windowMs, requeued: false };
    return { telling: { ...free, pending: waiting }, tell: null, notes: ["waiting"] };
  }
  // Further away than any window reaches: the clock was set back meanwhile.
  const waits = around.now < pending.untilAt && pending.untilAt - around.now <= 3 * around.windowMs;
  if (waits) return quiet(free);
  if (!pending.requeued && (around.upstreamPendingUntil !== null || around.upstreamFailing)) {
    const untilAt = around.upstreamPendingUntil === null
      ? around.now + around.windowMs
      : Math.max(around.upstreamPendingUntil, around.now) + 1_000;
    return {
      telling: { ...free, pending: { outageAt, untilAt, requeued: true } },
      tell: null,
      notes: ["waiting_longer"],
    };
  }
  return tellDown(free, outageAt);
}

/** Folded outages stay quiet while a cause covers them; alone, they are told after one more threshold of failing checks. */
function decideFolded(
  telling: Telling,
  folded: NonNullable<Telling["folded"]>,
  outageAt: number,
  around: Surroundings,
): Verdict {
  if (around.coverId !== null && around.windowMs > 0) {
    const isKnown = folded.uncovered === 0 && folded.uncoveredAt === undefined;
    if (isKnown && folded.causeId === around.coverId) return quiet(telling);
    const covered = { outageAt, causeId: around.coverId, uncovered: 0 };
    return quiet({ ...telling, folded: covered });
  }
  const uncoveredAt = folded.uncoveredAt ?? around.now;
  const stands = around.afterCauseMs !== null && around.now - uncoveredAt >= around.afterCauseMs;
  if (!around.byFailure) {
    if (stands) return { ...tellDown(telling, outageAt), notes: ["outlived_report"] };
    return quiet(
      folded.uncoveredAt === undefined ? { ...telling, folded: { ...folded, uncoveredAt } } : telling,
    );
  }
  const uncovered = folded.uncovered + 1;
  if (uncovered < around.afterCauseThreshold) {
    return quiet({ ...telling, folded: { ...folded, uncovered, uncoveredAt } });
  }
  return { ...tellDown(telling, outageAt), notes: ["outlived_cause"] };
}

function decideNotDown(telling: Telling, condition: Condition, around: Surroundings): Verdict {
  const notes: NoteKind[] = [];
  if (telling.pending !== null) notes.push("waiting_ended");
  if (telling.folded !== null) notes.push("fold_ended");
  const waited = telling.pending !== null;
  if (!waited && telling.keptBack !== null && telling.told === "healthy" && isGood(condition, around)) {
    notes.push("muted_ended");
  }
  const alone = notes.length === 0 ? telling : {
    ...telling,
    pending: null,
    folded: null,
    keptBack: waited || notes.includes("muted_ended") ? null : telling.keptBack,
  };
  const wanted = wantedLevel(alone, condition, around);
  if (wanted === alone.told) return { telling: alone, tell: null, notes };
  if (around.muted !== null) {
    if (alone.keptBack?.outageAt !== null) notes.push("muted");
    return { telling: { ...alone, keptBack: { outageAt: null } }, tell: null, notes };
  }
  const after: Telling = wanted === "healthy" ? { ...freshTelling } : {
    ...alone,
    told: "degraded",
    toldOutageAt: null,
    wrongSinceAt: condition.degradedSinceAt,
    over: null,
    keptBack: null,
  };
  return { telling: after, tell: wanted === "healthy" ? "recovered" : "degraded", notes };
}

/** Nothing is wrong that anybody should hear of. */
function isGood(condition: Condition, around: Surroundings): boolean {
  if (condition.failures > 0) return false;
  return condition.status === "up" || (condition.status === "degraded" && !around.alertOnDegraded);
}

/** What people should believe. Between two states (a blip, the first slow checks) they go on believing what they do. */
function wantedLevel(telling: Telling, condition: Condition, around: Surroundings): Telling["told"] {
  if (condition.failures > 0 || condition.status === "unknown") return telling.told;
  if (condition.degradedRun === 0 || !around.alertOnDegraded) return "healthy";
  return condition.degradedRun >= around.failThreshold ? "degraded" : telling.told;
}

function tellDown(telling: Telling, outageAt: number): Verdict {
  const after: Telling = {
    ...telling,
    told: "down",
    toldOutageAt: outageAt,
    wrongSinceAt: outageAt,
    over: null,
    pending: null,
    folded: null,
    keptBack: null,
  };
  return { telling: after, tell: "down", notes: [] };
}

function fold(telling: Telling, outageAt: number, causeId: string): Verdict {
  const folded = { outageAt, causeId, uncovered: 0 };
  const after: Telling = { ...telling, pending: null, folded, keptBack: null };
  return { telling: after, tell: null, notes: ["folded"] };
}

function quiet(telling: Telling): Verdict {
  return { telling, tell: null, notes: [] };
}
