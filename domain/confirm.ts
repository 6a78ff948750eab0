import type { Check } from "./check.ts";
import { MINUTE } from "./clock.ts";
import type { FailureCategory } from "./outcome.ts";
import type { Status } from "./status.ts";

/**
 * How a monitor is, as its checks tell it, whoever may have been told. Promises: an outage starts at the first failed check of the run
 * that confirmed it and ends at the first check that was not down; less than `failThreshold` failures in a row are a blip, and those
 * between which nobody looked are not in a row. Muting plays no part here.
 */
export interface Condition {
  readonly status: Status;
  /** When `status` began, Unix ms. */
  readonly sinceAt: number;
  /** Failing checks in a row. */
  readonly failures: number;
  /** The first of them. */
  readonly failingSinceAt: number | null;
  /** Degraded checks in a row. */
  readonly degradedRun: number;
  readonly degradedSinceAt: number | null;
  /** The newest failing or degraded check; null after an up one. */
  readonly troubledAt: number | null;
  /** Start of the confirmed outage that lasts; also its name. Null: none lasts. */
  readonly outageAt: number | null;
  /** What the newest failing or degraded check said; null after an up one. */
  readonly reason: string | null;
  /** Latency of the newest degraded check; null after any other. */
  readonly latencyMs: number | null;
  /** Reasons kept with the incident so far. */
  readonly reasons: number;
}

export type Change =
  | { readonly kind: "confirmed"; readonly startedAt: number; readonly failures: number }
  | { readonly kind: "ended"; readonly startedAt: number; readonly endedAt: number }
  /** The outage lasts and gives another reason than before. */
  | { readonly kind: "reason_changed" };

export interface ConfirmStep {
  readonly condition: Condition;
  readonly change: Change | null;
}

/** An incident keeps this many reasons; a service that answers differently each time must not fill the disk. */
const MAX_REASONS = 50;
/** So much time between two checks is nobody's neglect, however short the intervals are: a restart may take it. */
const RESTART_MS = 10 * MINUTE;

export const freshCondition: Condition = {
  status: "unknown",
  sinceAt: 0,
  failures: 0,
  failingSinceAt: null,
  degradedRun: 0,
  degradedSinceAt: null,
  troubledAt: null,
  outageAt: null,
  reason: null,
  latencyMs: null,
  reasons: 0,
};

const deadlines: readonly (FailureCategory | null)[] = ["missing_heartbeat", "missed_schedule"];

/** What confirms an outage, as configured now. */
export interface ConfirmRules {
  /** Failing checks in a row. */
  readonly failThreshold: number;
  /** A failure that lasts this long, in ms, is proof by itself, however few checks say so; null: never. */
  readonly provenAfterMs: number | null;
}

/** How many failing checks confirm this one: a missed deadline is proof by itself, and so is what was reported long enough ago. */
export function thresholdFor(
  { failingSinceAt }: Pick<Condition, "failingSinceAt">,
  check: Pick<Check, "at" | "category">,
  { failThreshold, provenAfterMs }: ConfirmRules,
): number {
  const lastedMs = check.at - (failingSinceAt ?? check.at);
  const isProven = deadlines.includes(check.category) ||
    (provenAfterMs !== null && lastedMs >= provenAfterMs);
  return isProven ? 1 : Math.max(1, failThreshold);
}

/** Takes one check in. */
export function confirm(
  before: Condition,
  check: Pick<Check, "at" | "status" | "standsMs" | "latencyMs" | "reason" | "category">,
  rules: ConfirmRules,
): ConfirmStep {
  const row = inRow(before, check, rules);
  return check.status === "down" ? failed(row, check, rules) : passed(row, check);
}

/** Checks from before a time in which nobody looked are not in a row with this one. What is confirmed lasts. */
function inRow(
  before: Condition,
  check: Pick<Check, "at" | "standsMs">,
  { provenAfterMs }: ConfirmRules,
): Condition {
  const { troubledAt, outageAt } = before;
  const isSeen = troubledAt === null || check.at - troubledAt <= Math.max(check.standsMs, RESTART_MS);
  // What was reported stands until something better is, whoever looks meanwhile.
  if (isSeen || outageAt !== null || provenAfterMs !== null) return before;
  return {
    ...before,
    status: "unknown",
    failures: 0,
    failingSinceAt: null,
    degradedRun: 0,
    degradedSinceAt: null,
  };
}

function passed(
  before: Condition,
  check: Pick<Check, "at" | "status" | "latencyMs" | "reason">,
): ConfirmStep {
  const degraded = check.status === "degraded";
  const condition: Condition = {
    status: check.status,
    // A blip shows as degraded; when a degraded check follows it, the status did not change hands.
    sinceAt: before.status === check.status ? Math.min(before.sinceAt, check.at) : check.at,
    failures: 0,
    failingSinceAt: null,
    degradedRun: degraded ? before.degradedRun + 1 : 0,
    degradedSinceAt: degraded ? Math.min(before.degradedSinceAt ?? check.at, check.at) : null,
    troubledAt: degraded ? check.at : null,
    outageAt: null,
    reason: degraded ? check.reason : null,
    latencyMs: degraded ? check.latencyMs : null,
    reasons: 0,
  };
  const startedAt = before.outageAt;
  return {
    condition,
    change: startedAt === null ? null : { kind: "ended", startedAt, endedAt: check.at },
  };
}

function failed(
  before: Condition,
  check: Pick<Check, "at" | "reason" | "category">,
  rules: ConfirmRules,
): ConfirmStep {
  const failures = before.failures + 1;
  // The clock may have been ahead at the first of them.
  const failingSinceAt = Math.min(before.failingSinceAt ?? check.at, check.at);
  const lasts = before.outageAt !== null;
  const confirms = !lasts && failures >= thresholdFor(before, check, rules);
  const down = lasts || confirms;
  const differs = lasts && check.reason !== before.reason && before.reasons < MAX_REASONS;
  const status = down ? "down" : "degraded";
  const condition: Condition = {
    status,
    sinceAt: before.status === status ? Math.min(before.sinceAt, check.at) : failingSinceAt,
    failures,
    failingSinceAt,
    degradedRun: 0,
    degradedSinceAt: null,
    troubledAt: check.at,
    outageAt: before.outageAt ?? (confirms ? failingSinceAt : null),
    reason: check.reason,
    latencyMs: null,
    reasons: confirms ? 1 : before.reasons + (differs ? 1 : 0),
  };
  if (confirms) return { condition, change: { kind: "confirmed", startedAt: failingSinceAt, failures } };
  return { condition, change: differs ? { kind: "reason_changed" } : null };
}
