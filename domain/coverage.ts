import { AHEAD_MS, type Check, type Coverage } from "./check.ts";
import { HOUR } from "./clock.ts";
import type { CheckStatus } from "./status.ts";

/**
 * Time-weighted truth: a check stands until the next one or for its `standsMs`, whichever ends first. Time beyond that, and time in which
 * Hora itself was not running (a gap), is covered by nothing: it is not monitored, neither up nor down.
 */

/** A stretch `[fromAt, untilAt)` in which Hora was not running, asleep or blind. */
export interface Gap {
  readonly fromAt: number;
  readonly untilAt: number;
}

/**
 * What is left of a gap when the clock was set back to `at`: nothing is known yet of what comes after. Null: none of it. One that is far ahead
 * stays, since it may be this clock that is wrong.
 */
export function cutGap(gap: Gap, at: number): Gap | null {
  if (gap.untilAt <= at || gap.fromAt > at + AHEAD_MS) return gap;
  return gap.fromAt < at ? { fromAt: gap.fromAt, untilAt: at } : null;
}

/** A stretch of covered time within one hour or day. */
export interface Piece {
  /** Start of the hour or day it falls into. */
  readonly startAt: number;
  readonly ms: number;
}

/** Coverage that is filled step by step. */
export type CoverageSum = { -readonly [K in keyof Coverage]: Coverage[K] };

export const noCoverage: Coverage = { upMs: 0, degradedMs: 0, downMs: 0, plannedMs: 0 };

/** Adds `ms` of a check's standing time to a sum; planned time is kept apart from all else. */
export function addCoverage(sum: CoverageSum, status: CheckStatus, planned: boolean, ms: number): void {
  if (planned) sum.plannedMs += ms;
  else if (status === "up") sum.upMs += ms;
  else if (status === "degraded") sum.degradedMs += ms;
  else sum.downMs += ms;
}

/** When a check stops to speak: at `nextAt` (the next check, or now) or after its own `standsMs`. */
export function standsUntil(check: Pick<Check, "at" | "standsMs">, nextAt: number): number {
  return Math.max(check.at, Math.min(nextAt, check.at + check.standsMs));
}

/** Cuts `[fromAt, untilAt)`, less the gaps (oldest first), along the edges of a grain in ms (an hour, a UTC day); oldest first. */
export function splitByGrain(
  fromAt: number,
  untilAt: number,
  grainMs: number,
  gaps: readonly Gap[],
): Piece[] {
  const pieces: Piece[] = [];
  let startAt = Math.floor(fromAt / grainMs) * grainMs;
  for (; startAt < untilAt; startAt += grainMs) {
    const ms = covered(Math.max(fromAt, startAt), Math.min(untilAt, startAt + grainMs), gaps);
    if (ms > 0) pieces.push({ startAt, ms });
  }
  return pieces;
}

/** Length of `[fromAt, untilAt)` less the gaps, which are in order and do not overlap; looked through from the newest, where it is short. */
function covered(fromAt: number, untilAt: number, gaps: readonly Gap[]): number {
  let ms = untilAt - fromAt;
  for (let index = gaps.length - 1; index >= 0; index--) {
    const gap = gaps[index];
    if (gap.untilAt <= fromAt) break;
    ms -= Math.max(0, Math.min(untilAt, gap.untilAt) - Math.max(fromAt, gap.fromAt));
  }
  return ms;
}

/**
 * The newest check's standing time up to `now`, which no stored aggregate holds yet: one piece per hour or day. Readers add these pieces
 * (by `addCoverage`) to what they read.
 */
export function openTail(
  newest: Pick<Check, "at" | "standsMs">,
  now: number,
  gaps: readonly Gap[],
  grainMs: number = HOUR,
): Piece[] {
  return splitByGrain(newest.at, standsUntil(newest, now), grainMs, gaps);
}
