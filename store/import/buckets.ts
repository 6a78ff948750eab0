import { setImmediate } from "node:timers/promises";
import { DAY, HOUR } from "../../domain/clock.ts";
import type { Row } from "../sqlite/database.ts";
import { Account, type Grain, grainMs, readAccount, writeAccount } from "../sqlite/ledger.ts";
import type { SqliteStore } from "../sqlite/store.ts";
import { type Findings, reading } from "./findings.ts";
import type { Place, Places } from "./places.ts";
import { type ImportSource, instantOf, numberOf, type Wanted } from "./source.ts";

const columns: Wanted = {
  monitor: ["monitor_id", "monitor"],
  start: ["hour", "hour_start", "day", "day_start", "date", "start", "bucket", "bucket_start", "time", "ts"],
  up: ["up", "up_count", "count_up", "up_checks"],
  degraded: ["degraded", "degraded_count", "count_degraded", "degraded_checks"],
  down: ["down", "down_count", "count_down", "down_checks"],
  latency: [
    "avg_latency_ms",
    "latency_avg_ms",
    "latency_avg",
    "avg_latency",
    "mean_latency_ms",
    "latency_ms",
  ],
};
const needed = ["monitor", "start", "up", "down"];
const ROWS_A_TRANSACTION = 500;

export const bucketTables: Readonly<Record<string, Grain>> = { checks_hourly: "hour", checks_daily: "day" };

/**
 * Takes over hours and days of which the file knows more than its single checks say. Their covered time is the whole hour or day, or what has
 * passed of it, shared out by the counts, and their latencies are all the average: it is all that the other file knows. Returns how many were
 * taken over.
 */
export async function importBuckets(
  store: SqliteStore,
  source: ImportSource,
  places: Places,
  table: string,
  findings: Findings,
): Promise<number> {
  if (!source.understands(table, columns, needed, findings)) return 0;
  let count = 0;
  const rows = source.rows(table, columns);
  for (;;) {
    const some = reading(() => rows.take(ROWS_A_TRANSACTION).toArray());
    if (some.length === 0) break;
    store.db.transaction(() => {
      for (const row of some) if (importBucket(store, places, table, row, findings)) count += 1;
    });
    await setImmediate();
  }
  store.forget();
  return count;
}

function importBucket(
  store: SqliteStore,
  places: Places,
  table: string,
  row: Row,
  findings: Findings,
): boolean {
  const at = instantOf(row.start);
  if (at === null || typeof row.monitor !== "string" || at > store.clock.now()) {
    findings.leftOut(`rows of ${table} name no monitor or no time and stay behind`);
    return false;
  }
  const grain = bucketTables[table];
  const place = places.of(row.monitor);
  const startAt = Math.floor(at / grainMs[grain]) * grainMs[grain];
  if (startAt + grainMs[grain] > place.ownAt) return false;
  const untilAt = spokenUntil(place, startAt, startAt + grainMs[grain], store.clock.now());
  const account = accountOf(grain, store.series.findOrInsert(place.monitorId), startAt, untilAt, row);
  const stored = readAccount(store.db, grain, account.series, account.start);
  // Whichever knows more counts, as the other program had it; so nothing is taken over twice either.
  if (total(stored) >= total(account)) return false;
  writeAccount(store.db, account);
  if (grain === "hour") sumDay(store, account.series, Math.floor(startAt / DAY));
  if (untilAt > place.takenAt) places.moved(row.monitor, { ...place, takenAt: untilAt });
  return true;
}

/** Until when an hour or day has covered its time. From the newest check on, time is given with the check that comes after it. */
function spokenUntil({ takenAt, ownAt }: Place, startAt: number, endAt: number, now: number): number {
  const isOpen = ownAt === Infinity && startAt <= takenAt && takenAt < endAt;
  return isOpen ? takenAt : Math.min(endAt, now);
}

/** A day whose hours changed; one that was taken over as a day, and knows more than its hours, stays. */
function sumDay(store: SqliteStore, series: number, day: number): void {
  const sum = new Account("day", series, day);
  const first = day * DAY / HOUR;
  for (let start = first; start < first + 24; start++) {
    const hour = readAccount(store.db, "hour", series, start);
    sum.merge(hour);
    if (hour.firstOffsetMs !== null) sum.firstOffsetMs ??= (start - first) * HOUR + hour.firstOffsetMs;
  }
  if (total(sum) >= total(readAccount(store.db, "day", series, day))) writeAccount(store.db, sum);
}

const total = ({ counts }: Account): number => counts.up + counts.degraded + counts.down + counts.planned;

function accountOf(grain: Grain, series: number, startAt: number, untilAt: number, row: Row): Account {
  const lengthMs = untilAt - startAt;
  const account = new Account(grain, series, startAt / grainMs[grain]);
  account.counts = {
    up: numberOf(row.up),
    degraded: numberOf(row.degraded),
    down: numberOf(row.down),
    planned: 0,
  };
  const all = total(account);
  if (all === 0) return account;
  account.coverage.downMs = Math.round(lengthMs * account.counts.down / all);
  account.coverage.degradedMs = Math.round(lengthMs * account.counts.degraded / all);
  account.coverage.upMs = lengthMs - account.coverage.downMs - account.coverage.degradedMs;
  const positive = account.counts.up + account.counts.degraded;
  if (typeof row.latency === "number" && row.latency >= 0 && positive > 0) {
    const meanMs = Math.round(row.latency);
    account.latency.add(meanMs, positive);
    account.latencySumMs = meanMs * positive;
    account.firstOffsetMs = 0;
  }
  return account;
}
