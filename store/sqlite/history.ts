import { DAY, HOUR } from "../../domain/clock.ts";
import { addCoverage, splitByGrain, standsUntil } from "../../domain/coverage.ts";
import type { CheckStatus } from "../../domain/status.ts";
import type { Columns } from "../blocks.ts";
import { Account, readAccount, writeAccount } from "./ledger.ts";
import { writeBlock } from "./seal.ts";
import type { SqliteStore } from "./store.ts";

const statuses: readonly CheckStatus[] = ["up", "degraded", "down"];

/**
 * Takes one block of past checks of one series in as a sealed block, with its hours and days, in one transaction: for imports and for the
 * benchmarks' data. `nextAt` is the instant of the series' check after these, or null. The caller gives blocks in order of time, earlier
 * than everything recorded since; details are `packDetailBlock`'s. Time before `coveredAt` has been given to the check before these already.
 */
export function addHistory(
  store: SqliteStore,
  series: number,
  columns: Columns,
  details: Uint8Array | null,
  nextAt: number | null,
  coveredAt = 0,
): void {
  const hours = accountHours(series, columns, nextAt ?? Infinity, coveredAt);
  writeBlock(store.db, series, columns, details);
  for (const account of [...hours, ...sumDays(series, hours)]) {
    const stored = readAccount(store.db, account.grain, series, account.start);
    stored.merge(account);
    writeAccount(store.db, stored);
  }
  store.ledger.forget();
}

function accountHours(series: number, columns: Columns, nextAt: number, coveredAt: number): Account[] {
  const { count, at, status, latency, stands } = columns;
  const hours = new Map<number, Account>();
  const hourOf = (start: number): Account => {
    let account = hours.get(start);
    if (account === undefined) hours.set(start, account = new Account("hour", series, start));
    return account;
  };
  let open = hourOf(Math.floor(at[0] / HOUR));
  for (let i = 0; i < count; i++) {
    const start = Math.floor(at[i] / HOUR);
    if (start !== open.start) open = hourOf(start);
    const check = {
      at: at[i],
      standsMs: stands[i],
      status: statuses[status[i] & 3],
      planned: status[i] >= 4,
      latencyMs: latency[i] < 0 ? null : latency[i],
    };
    open.count(check);
    const until = standsUntil(check, i + 1 < count ? at[i + 1] : nextAt);
    const from = Math.max(at[i], coveredAt);
    if (from >= until) continue;
    if (until <= (start + 1) * HOUR) addCoverage(open.coverage, check.status, check.planned, until - from);
    else {
      for (const piece of splitByGrain(from, until, HOUR, [])) {
        addCoverage(hourOf(piece.startAt / HOUR).coverage, check.status, check.planned, piece.ms);
      }
    }
  }
  return [...hours.values()];
}

function sumDays(series: number, hours: readonly Account[]): Account[] {
  const days = new Map<number, Account>();
  for (const hour of [...hours].sort((a, b) => a.start - b.start)) {
    const start = Math.floor(hour.start * HOUR / DAY);
    let day = days.get(start);
    if (day === undefined) days.set(start, day = new Account("day", series, start));
    day.merge(hour);
    if (hour.firstOffsetMs !== null) {
      day.firstOffsetMs ??= hour.start * HOUR + hour.firstOffsetMs - start * DAY;
    }
  }
  return [...days.values()];
}
