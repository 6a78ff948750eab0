import { setImmediate } from "node:timers/promises";
import { DAY } from "../../domain/clock.ts";
import type { Row } from "../sqlite/database.ts";
import { Account, type Grain, grainMs, readAccount, writeAccount } from "../sqlite/ledger.ts";
import type { SqliteStore } from "../sqlite/store.ts";
import { type ImportSource, instantOf, type Names, numberOf } from "./source.ts";

const columns: Readonly<Record<string, Names>> = {
  monitor: ["monitor_id"],
  start: ["hour", "hour_start", "day", "day_start", "date", "start", "bucket", "bucket_start", "time"],
  up: ["up", "up_count", "count_up"],
  degraded: ["degraded", "degraded_count", "count_degraded"],
  down: ["down", "down_count", "count_down"],
  latency: ["avg_latency_ms", "latency_avg_ms", "latency_avg", "avg_latency", "latency_ms"],
};

/**
 * Takes over hours and days of which no single checks are left. Their covered time is the whole hour or day, shared out by the counts, and
 * their latencies are all the average: it is all that the other file knows. Returns how many were taken over.
 */
export async function importBuckets(store: SqliteStore, source: ImportSource): Promise<number> {
  let count = 0;
  for (const [table, grain] of [["checks_hourly", "hour"], ["checks_daily", "day"]] as const) {
    const rows = source.rows(table, columns);
    for (let from = 0; from < rows.length; from += 500) {
      store.db.transaction(() => {
        for (const row of rows.slice(from, from + 500)) if (importBucket(store, grain, row)) count += 1;
      });
      await setImmediate();
    }
  }
  store.forget();
  return count;
}

function importBucket(store: SqliteStore, grain: Grain, row: Row): boolean {
  const startAt = instantOf(row.start);
  if (startAt === null || typeof row.monitor !== "string") return false;
  const account = accountOf(grain, store.series.findOrInsert(row.monitor), startAt, row);
  const stored = readAccount(store.db, grain, account.series, account.start);
  // An hour is taken where there is none; of a day, whichever knows more counts.
  const isKnown = grain === "hour" ? total(stored) > 0 : total(stored) >= total(account);
  if (isKnown || total(account) === 0) return false;
  writeAccount(store.db, account);
  if (grain === "hour") {
    const day = readAccount(store.db, "day", account.series, Math.floor(startAt / DAY));
    day.merge(account);
    writeAccount(store.db, day);
  }
  return true;
}

const total = ({ counts }: Account): number => counts.up + counts.degraded + counts.down + counts.planned;

function accountOf(grain: Grain, series: number, startAt: number, row: Row): Account {
  const lengthMs = grainMs[grain];
  const account = new Account(grain, series, Math.floor(startAt / lengthMs));
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
  if (typeof row.latency === "number" && positive > 0) {
    const meanMs = Math.round(row.latency);
    for (let i = 0; i < positive; i++) account.latency.add(meanMs);
    account.latencySumMs = meanMs * positive;
    account.firstOffsetMs = 0;
  }
  return account;
}
