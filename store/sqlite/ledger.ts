import type { Check, Counts } from "../../domain/check.ts";
import { DAY, HOUR } from "../../domain/clock.ts";
import {
  addCoverage,
  type CoverageSum,
  type Gap,
  noCoverage,
  splitByGrain,
  standsUntil,
} from "../../domain/coverage.ts";
import { HistogramBuilder } from "../../domain/histogram.ts";
import { ByteWriter } from "../bytes.ts";
import { PackedHistogram, packHistogram } from "../histogram_codec.ts";
import type { Database, Row } from "./database.ts";

const grains = ["hour", "day"] as const;
export type Grain = typeof grains[number];
export const grainMs: Readonly<Record<Grain, number>> = { hour: HOUR, day: DAY };
export const grainTable: Readonly<Record<Grain, string>> = { hour: "hours", day: "days" };

/** One hour or day of one series while it is being added to. */
export class Account {
  counts: { -readonly [K in keyof Counts]: Counts[K] } = { up: 0, degraded: 0, down: 0, planned: 0 };
  coverage: CoverageSum = { ...noCoverage };
  readonly latency: HistogramBuilder = new HistogramBuilder();
  latencySumMs = 0;
  /** Distance of the first check that counts for latency from the start. */
  firstOffsetMs: number | null = null;
  constructor(readonly grain: Grain, readonly series: number, readonly start: number) {}

  count(check: Pick<Check, "at" | "status" | "planned" | "latencyMs">): void {
    if (check.planned) this.counts.planned += 1;
    else this.counts[check.status] += 1;
    if (check.latencyMs !== null && check.status !== "down") {
      this.latency.add(check.latencyMs);
      this.latencySumMs += check.latencyMs;
      this.firstOffsetMs ??= check.at - this.start * grainMs[this.grain];
    }
  }

  add(row: Row): void {
    const earlier = row.first_offset_ms === null ? Infinity : Number(row.first_offset_ms);
    if (earlier < (this.firstOffsetMs ?? Infinity)) this.firstOffsetMs = earlier;
    this.counts.up += Number(row.up);
    this.counts.degraded += Number(row.degraded);
    this.counts.down += Number(row.down);
    this.counts.planned += Number(row.planned);
    this.coverage.upMs += Number(row.up_ms);
    this.coverage.degradedMs += Number(row.degraded_ms);
    this.coverage.downMs += Number(row.down_ms);
    this.coverage.plannedMs += Number(row.planned_ms);
    this.latencySumMs += Number(row.latency_sum);
    if (row.latency !== null) this.latency.merge(new PackedHistogram(row.latency as Uint8Array));
  }

  /** Adds another account's sums; of the same grain and start, also when it began. */
  merge(other: Account): void {
    if (other.grain === this.grain && other.firstOffsetMs !== null) {
      this.firstOffsetMs = Math.min(this.firstOffsetMs ?? Infinity, other.firstOffsetMs);
    }
    for (const key of ["up", "degraded", "down", "planned"] as const) this.counts[key] += other.counts[key];
    for (const key of ["upMs", "degradedMs", "downMs", "plannedMs"] as const) {
      this.coverage[key] += other.coverage[key];
    }
    this.latency.merge(other.latency);
    this.latencySumMs += other.latencySumMs;
  }
}

export function readAccount(db: Database, grain: Grain, series: number, start: number): Account {
  const account = new Account(grain, series, start);
  const row = db.get(`SELECT * FROM ${grainTable[grain]} WHERE start = ? AND series = ?`, start, series);
  if (row !== undefined) account.add(row);
  return account;
}

const writingInto = (table: string) =>
  `INSERT OR REPLACE INTO ${table} (start, series, up, degraded, down, planned,
     up_ms, degraded_ms, down_ms, planned_ms, latency_sum, first_offset_ms, latency)
   VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
/** Put together once: a prepared statement is found by its text, and a new text must be read through first. */
const writing: Readonly<Record<Grain, string>> = {
  hour: writingInto(grainTable.hour),
  day: writingInto(grainTable.day),
};

export function writeAccount(db: Database, account: Account, writer?: ByteWriter): void {
  const { counts, coverage } = account;
  db.run(
    writing[account.grain],
    account.start,
    account.series,
    counts.up,
    counts.degraded,
    counts.down,
    counts.planned,
    coverage.upMs,
    coverage.degradedMs,
    coverage.downMs,
    coverage.plannedMs,
    account.latencySumMs,
    account.firstOffsetMs,
    packHistogram(account.latency, writer),
  );
}

/**
 * Keeps the hour and day rows in step with the checks: the rows of the present hour and day stay in memory and are written once per
 * transaction, however many checks it holds.
 */
export class Ledger {
  readonly #open = { hour: new Map<number, Account>(), day: new Map<number, Account>() };
  /** Those of the open ones that this transaction changed: a few, however many series there are. */
  readonly #dirty = new Set<Account>();
  readonly #writer = new ByteWriter();
  constructor(readonly db: Database) {}

  /** Forgets everything unwritten: the transaction was rolled back. */
  forget(): void {
    this.#open.hour.clear();
    this.#open.day.clear();
    this.#dirty.clear();
  }

  /** Takes a check in: `before` (the series' check before it) has stood until now. */
  add(series: number, check: Check, before: Check | null, gaps: readonly Gap[]): void {
    if (before !== null) {
      this.stand(series, before, standsUntil(before, check.at), gaps);
    }
    for (const grain of grains) {
      const account = this.account(grain, series, Math.floor(check.at / grainMs[grain]));
      account.count(check);
      this.#dirty.add(account);
    }
  }

  /** Gives a check's standing time to the hours and days it spans. */
  stand(series: number, check: Check, untilAt: number, gaps: readonly Gap[]): void {
    for (const grain of grains) {
      for (const piece of splitByGrain(check.at, untilAt, grainMs[grain], gaps)) {
        const account = this.account(grain, series, piece.startAt / grainMs[grain]);
        addCoverage(account.coverage, check.status, check.planned, piece.ms);
        this.#dirty.add(account);
      }
    }
  }

  account(grain: Grain, series: number, start: number): Account {
    const open = this.#open[grain].get(series);
    if (open?.start === start) return open;
    if (open !== undefined && this.#dirty.delete(open)) writeAccount(this.db, open, this.#writer);
    const account = readAccount(this.db, grain, series, start);
    this.#open[grain].set(series, account);
    return account;
  }

  /** Writes what changed; call before COMMIT. */
  write(): void {
    for (const account of this.#dirty) writeAccount(this.db, account, this.#writer);
    this.#dirty.clear();
  }
}
