import type { Status } from "../domain/status.ts";

/** What is known of a watched peer's heartbeats. All in ms; durations are measured on the clock that never jumps. */
export interface Silence {
  /** Since its last positive heartbeat; null: never seen. */
  readonly silentMs: number | null;
  /** Since we began to watch, or began again after a time when we were not looking. */
  readonly watchedMs: number;
  readonly expectEveryMs: number;
  readonly graceMs: number;
}

/** A heartbeat may be this late on its way before anybody is told: a tenth of its period, 2 … 10 s. */
export function slackMs(expectEveryMs: number): number {
  return Math.min(10_000, Math.max(2_000, expectEveryMs / 10));
}

/**
 * Whether silence is worth an alert. Being overdue is the confirmation; nothing is counted up. Within `grace` of our own start nobody is
 * missing, since heartbeats sent while we were away are lost. A peer that never came at all is missing after grace and one period.
 */
export function isMissing(silence: Silence): boolean {
  const { silentMs, watchedMs, expectEveryMs, graceMs } = silence;
  if (silentMs === null) return watchedMs > graceMs + expectEveryMs;
  return watchedMs >= graceMs && silentMs > expectEveryMs + slackMs(expectEveryMs);
}

/** The state shown on the page and in `/healthz`: the same rule for both, without slack or grace. */
export function peerState(silence: Silence): Extract<Status, "up" | "down" | "unknown"> {
  if (silence.silentMs === null) return isMissing(silence) ? "down" : "unknown";
  // Whole seconds, as the age beside it.
  return Math.floor(silence.silentMs / 1000) * 1000 > silence.expectEveryMs ? "down" : "up";
}
