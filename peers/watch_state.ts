import type { QuorumVerdict } from "./quorum.ts";

/** What people were told about a watched peer. Kept in the store, so that a restart neither repeats nor loses an alert. */
export interface WatchState {
  readonly announced: "nothing" | "link" | "down";
  /** When the peer was last seen before what was announced, Unix ms; null: never, or nothing announced. */
  readonly sinceAt: number | null;
  /** When witnesses were first found out of reach, Unix ms; null: they were not. */
  readonly isolatedAt: number | null;
  /** Since when the verdict has been one that must stand for a while before it is told, Unix ms; null: it is not. */
  readonly settlingAt: number | null;
}

export const quiet: WatchState = { announced: "nothing", sinceAt: null, isolatedAt: null, settlingAt: null };

export type WatchEffect =
  | { readonly kind: "none" }
  | { readonly kind: "isolated" }
  | { readonly kind: "link"; readonly witness: string }
  | { readonly kind: "down"; readonly reason: string }
  | { readonly kind: "recovered"; readonly sinceAt: number | null };

export interface WatchStep {
  readonly state: WatchState;
  readonly effect: WatchEffect;
}

/** What the classic alert says of a silent peer. */
const MISSING = "missing heartbeat";
const MISSING_UNWITNESSED = "missing heartbeat, and no witness answers: this node may be cut off";

/** How long doubts may hold an alert back, in ms. */
export interface Patience {
  /** A silent peer is told about after so long without any witness, not never: all witnesses may have died too. */
  readonly isolationMs: number;
  /** Time for the next heartbeat to come in when a line has just mended. */
  readonly settleMs: number;
}

export function patienceOf(expectEveryMs: number, graceMs: number): Patience {
  return { isolationMs: graceMs + expectEveryMs, settleMs: expectEveryMs / 2 };
}

/**
 * Takes a verdict about a missing peer in. What is confirmed by witnesses is told at once. A broken link, and an outage that witnesses
 * confirm only now that we reach them again, may both be the end of our own trouble, seen between two heartbeats: they must stand for
 * `settleMs`. A broken link is told once and may turn into an outage later; an outage is told once.
 */
export function takeVerdict(
  state: WatchState,
  verdict: QuorumVerdict,
  seenAt: number | null,
  now: number,
  patience: Patience,
): WatchStep {
  if (state.announced === "down") return { state, effect: { kind: "none" } };
  const waitedFor = (since: number | null, ms: number) => since !== null && since <= now && now - since >= ms;
  const isOutOfPatience = waitedFor(state.isolatedAt, patience.isolationMs);
  if (verdict.kind === "isolated") {
    if (isOutOfPatience) return toDown(seenAt, MISSING_UNWITNESSED);
    // A clock that was set back begins the wait anew instead of making it endless.
    if (state.isolatedAt !== null && state.isolatedAt <= now) return { state, effect: { kind: "none" } };
    return { state: { ...state, isolatedAt: now, settlingAt: null }, effect: { kind: "isolated" } };
  }
  if (verdict.kind === "confirmed" && (state.isolatedAt === null || isOutOfPatience)) {
    return toDown(seenAt, MISSING);
  }
  // A witness hears the peer, so having been cut off proves nothing any more.
  const isolatedAt = verdict.kind === "partition" ? null : state.isolatedAt;
  if (verdict.kind === "partition" && state.announced === "link") {
    const isNew = state.isolatedAt !== null || state.settlingAt !== null;
    return { state: isNew ? { ...state, isolatedAt, settlingAt: null } : state, effect: { kind: "none" } };
  }
  if (!waitedFor(state.settlingAt, patience.settleMs)) {
    const isRunning = state.settlingAt !== null && state.settlingAt <= now;
    const next = { ...state, isolatedAt, settlingAt: isRunning ? state.settlingAt : now };
    return { state: isRunning && isolatedAt === state.isolatedAt ? state : next, effect: { kind: "none" } };
  }
  if (verdict.kind === "confirmed") return toDown(seenAt, MISSING);
  return {
    state: { ...quiet, announced: "link", sinceAt: state.sinceAt ?? seenAt },
    effect: { kind: "link", witness: verdict.witness },
  };
}

function toDown(seenAt: number | null, reason: string): WatchStep {
  return {
    state: { ...quiet, announced: "down", sinceAt: seenAt },
    effect: { kind: "down", reason },
  };
}

/** The peer is heard again: whoever was told is told so. */
export function takeHeard(state: WatchState): WatchStep {
  const effect: WatchEffect = state.announced === "nothing"
    ? { kind: "none" }
    : { kind: "recovered", sinceAt: state.sinceAt };
  return { state: quiet, effect };
}

/** Reads what the store kept; anything unusable is as if nothing had been announced. */
export function parseWatchState(value: unknown): WatchState {
  if (typeof value !== "object" || value === null) return quiet;
  const { announced, sinceAt, isolatedAt, settlingAt } = value as Record<string, unknown>;
  if (announced !== "nothing" && announced !== "link" && announced !== "down") return quiet;
  const instant = (at: unknown) => typeof at === "number" && Number.isFinite(at) ? at : null;
  return {
    announced,
    sinceAt: instant(sinceAt),
    isolatedAt: instant(isolatedAt),
    settlingAt: instant(settlingAt),
  };
}
