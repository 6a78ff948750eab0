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
  const days = await aggregates.list({ grain: "day", fromAt: 0, untilAt: at + 1, monitorId });
  let runFromAt = at;
  for (const day of days.reverse()) {
    if (isAll(day, status)) {
      runFromAt = day.startAt;
      continue;
    }
    const { lastOtherAt, runAt } = await lastRun(checks, day, status, at);
    if (lastOtherAt !== null && runAt !== null) return runAt;
    if (lastOtherAt !== null || runAt === null) break;
    runFromAt = runAt;
  }
  for await (const check of checks.stream(monitorId, runFromAt, at + 1)) return check.at;
  return runFromAt;
}

function isAll({ counts }: Aggregate, status: Check["status"]): boolean {
  return counts.up + counts.degraded + counts.down + counts.planned === counts[status];
}

/** The day's last check of another status, and the first one after it. */
async function lastRun(
  checks: Store["checks"],
  { monitorId, startAt }: Aggregate,
  status: Check["status"],
  untilAt: number,
): Promise<{ lastOtherAt: number | null; runAt: number | null }> {
  let lastOtherAt: number | null = null;
  let runAt: number | null = null;
  for await (const check of checks.stream(monitorId, startAt, Math.min(startAt + DAY, untilAt + 1))) {
    if (check.status === status) runAt ??= check.at;
    else [lastOtherAt, runAt] = [check.at, null];
  }
  return { lastOtherAt, runAt };
}
