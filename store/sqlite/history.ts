import type { Check } from "../../domain/check.ts";
import { DAY, HOUR } from "../../domain/clock.ts";
import { addCoverage, type Gap, splitByGrain, standsUntil } from "../../domain/coverage.ts";
import type { CheckStatus } from "../../domain/status.ts";
import type { Columns } from "../blocks.ts";
import { Gaps } from "./gaps.ts";
import { Account, readAccount, writeAccount } from "./ledger.ts";
import { writeBlock } from "./seal.ts";
import { firstCheckAt } from "./span.ts";
import type { SqliteStore } from "./store.ts";

const statuses: readonly CheckStatus[] = ["up", "degraded", "down"];

/**
 * Takes one block of past checks of one monitor in as a sealed block, with its hours and days, in the caller's transaction: for imports and
 * for the benchmarks' data. It goes between two checks that are there, or before or after all of them; details are `packDetailBlock`'s. As in
 * the ledger a check gets its time with the one after it: the newest one's is open, so that none is given twice or ahead of the clock.
 */
export function addHistory(
  store: SqliteStore,
  monitorId: string,
  columns: Columns,
  details: Uint8Array | null,
): void {
  const { db } = store;
  const series = store.series.findOrInsert(monitorId);
  const firstAt = columns.at[0];
  const before = store.checks.newestBefore(series, monitorId, firstAt - 1);
  const next = { at: firstCheckAt(db, series, firstAt), gaps: new Gaps(db).list() };
  const hours = new Hours(series);
  if (before !== null) {
    hours.takeBack(before, next.at, next.gaps);
    hours.give(before, firstAt);
  }
  addBlock(hours, columns, next);
  writeBlock(db, series, columns, details);
  for (const account of [...hours.list(), ...sumDays(series, hours.list())]) {
    const stored = readAccount(db, account.grain, series, account.start);
    stored.merge(account);
    writeAccount(db, stored);
  }
  store.ledger.forget();
}

type Standing = Pick<Check, "at" | "standsMs" | "status" | "planned">;

/** What is to be added to the hours of one series. */
class Hours {
  readonly #accounts = new Map<number, Account>();
  constructor(readonly series: number) {}

  of(start: number): Account {
    return this.#accounts.getOrInsertComputed(start, () => new Account("hour", this.series, start));
  }

  list(): Account[] {
    return [...this.#accounts.values()].sort((a, b) => a.start - b.start);
  }

  /** Gives a check its time until the next one; nothing yet when that is still to come. */
  give(check: Standing, nextAt: number, gaps: readonly Gap[] = []): void {
    this.#add(check, nextAt, gaps, 1);
  }

  takeBack(check: Standing, nextAt: number, gaps: readonly Gap[]): void {
    this.#add(check, nextAt, gaps, -1);
  }

  #add(check: Standing, nextAt: number, gaps: readonly Gap[], sign: 1 | -1): void {
    if (nextAt === Infinity) return;
    for (const { startAt, ms } of splitByGrain(check.at, standsUntil(check, nextAt), HOUR, gaps)) {
      addCoverage(this.of(startAt / HOUR).coverage, check.status, check.planned, sign * ms);
    }
  }
}

/** `next` is the check after the block; this Hora's own gaps count before it, as they do in the ledger. */
function addBlock(hours: Hours, columns: Columns, next: { at: number; gaps: readonly Gap[] }): void {
  const { count, at, status, latency, stands } = columns;
  for (let i = 0; i < count; i++) {
    const check = {
      at: at[i],
      standsMs: stands[i],
      status: statuses[status[i] & 3],
      planned: status[i] >= 4,
      latencyMs: latency[i] < 0 ? null : latency[i],
    };
    const hour = hours.of(Math.floor(at[i] / HOUR));
    hour.count(check);
    if (i + 1 === count) hours.give(check, next.at, next.gaps);
    else {
      const until = standsUntil(check, at[i + 1]);
      // Hardly any goes on into the next hour.
      if (until > (hour.start + 1) * HOUR) hours.give(check, until);
      else addCoverage(hour.coverage, check.status, check.planned, until - at[i]);
    }
  }
}

function sumDays(series: number, hours: readonly Account[]): Account[] {
  const days = new Map<number, Account>();
  for (const hour of hours) {
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
