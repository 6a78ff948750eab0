import type { QuorumVerdict } from "./quorum.ts";

/** What people were told about a watched peer. Kept in the store, so that a restart neither repeats nor loses an alert. */
export interface WatchState {
  readonly announced: "nothing" | "link" | "down";
  /** When the peer was last seen before what was announced, Unix ms; null: never, or nothing announced. */
  readonly sinceAt: number | null;
  /** When witnesses were first found out of reach, Unix ms; null: they were not. */
  readonly isolatedAt: number | null;
}

export const quiet: WatchState = { announced: "nothing", sinceAt: null, isolatedAt: null };

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

/**
 * Takes a verdict about a missing peer in. A broken link is told once and may turn into an outage later; an outage is told once. When no
 * witness answers, we hold back for `isolationLimitMs`, not for ever: a silent peer must be told about even if all witnesses died too.
 */
export function takeVerdict(
  state: WatchState,
  verdict: QuorumVerdict,
  seenAt: number | null,
  now: number,
  isolationLimitMs: number,
): WatchStep {
  if (state.announced === "down") return { state, effect: { kind: "none" } };
  if (verdict.kind === "confirmed") return toDown(seenAt, MISSING);
  if (verdict.kind === "partition") {
    const next: WatchState = { announced: "link", sinceAt: state.sinceAt ?? seenAt, isolatedAt: null };
    return state.announced === "link"
      ? { state: next, effect: { kind: "none" } }
      : { state: next, effect: { kind: "link", witness: verdict.witness } };
  }
  // A clock that was set back begins the wait anew instead of making it endless.
  if (state.isolatedAt === null || state.isolatedAt > now) {
    return { state: { ...state, isolatedAt: now }, effect: { kind: "isolated" } };
  }
  if (now - state.isolatedAt < isolationLimitMs) return { state, effect: { kind: "none" } };
  return toDown(seenAt, MISSING_UNWITNESSED);
}

function toDown(seenAt: number | null, reason: string): WatchStep {
  return {
    state: { announced: "down", sinceAt: seenAt, isolatedAt: null },
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
  const { announced, sinceAt, isolatedAt } = value as Record<string, unknown>;
  if (announced !== "nothing" && announced !== "link" && announced !== "down") return quiet;
  const instant = (at: unknown) => typeof at === "number" && Number.isFinite(at) ? at : null;
  return { announced, sinceAt: instant(sinceAt), isolatedAt: instant(isolatedAt) };
}
