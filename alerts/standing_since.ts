import type { Check } from "../domain/check.ts";
import { DAY } from "../domain/clock.ts";
import type { Aggregate, Store } from "../domain/store.ts";

/**
 * When the status began that a series ends with, Unix ms, read from its history: for series that no machine remembers, because their
 * checks were imported. The answer is the first check of the last run of this status; where checks are gone and only their days' sums
 * are left, the beginning of a day.
 */
export async function standingSince(
  { checks, aggregates }: Pick<Store, "checks" | "aggregates">,
  { monitorId, status, at }: Check,
): Promise<number> {
  // Most series had another status lately, and those need no sums of days.
  const lately = await checks.lastRun(monitorId, status, at - DAY, at + 1);
  if (lately.otherAt !== null && lately.runAt !== null) return lately.runAt;
  const days = await aggregates.list({ grain: "day", fromAt: 0, untilAt: at + 1, monitorId });
  let runFromAt = at;
  for (const day of days.reverse()) {
    // Only a check of the day before stood in it.
    if (checksOf(day) === 0) continue;
    if (isAll(day, status)) {
      runFromAt = day.startAt;
      continue;
    }
    const untilAt = Math.min(day.startAt + DAY, at + 1);
    const { otherAt, runAt } = await checks.lastRun(monitorId, status, day.startAt, untilAt);
    if (otherAt !== null && runAt !== null) return runAt;
    if (otherAt !== null || runAt === null) break;
    runFromAt = runAt;
  }
  for await (const check of checks.stream(monitorId, runFromAt, runFromAt + DAY)) return check.at;
  return runFromAt;
}

function checksOf({ counts }: Aggregate): number {
  return counts.up + counts.degraded + counts.down + counts.planned;
}

function isAll(day: Aggregate, status: Check["status"]): boolean {
  return checksOf(day) === day.counts[status];
}
