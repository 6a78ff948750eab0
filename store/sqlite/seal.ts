import { HOUR } from "../../domain/clock.ts";
import { type Columns, newColumns, packBlock, packBlockInSteps } from "../blocks.ts";
import { packDetailBlock } from "../detail_blocks.ts";
import type { Database, Row } from "./database.ts";

/**
 * Checks a block: few enough to pack within a slice, and so many that at about a byte each the blob fills one overflow page of 4 KB and leaves
 * a small rest to share a page with others (measured: 6 % of space lost, 19 % at 4,096). Checks with details take longer to pack.
 */
export const BLOCK_CHECKS = 5_120;
const BLOCK_CHECKS_WITH_DETAILS = 2_560;
/** Rows a step: an object each, they take longer to read than to pack. */
const READ_AT_ONCE = BLOCK_CHECKS / 4;
/** Younger checks stay hot: they are what pages read. */
const SEAL_AFTER_MS = HOUR;

/**
 * Turns a series' oldest hot checks into one block when there are enough of them; gives the event loop its turn at each `yield`. Returns how
 * many it sealed. Nothing changes before the last step, which is one transaction.
 */
export function* sealOne(db: Database, series: number, now: number): Generator<void, number> {
  const untilAt = sealableUntil(db, series, now);
  yield;
  const size = untilAt === null ? 0 : blockSize(db, series, untilAt);
  if (untilAt === null || size === 0) return 0;
  const sealed = yield* oldestRows(db, series, untilAt, size);
  // Checks may have gone meanwhile, with their monitor.
  if (sealed.length < size) return 0;
  yield;
  const columns = toColumns(sealed);
  yield;
  const data = yield* packBlockInSteps(columns);
  yield;
  const details = packDetailBlock(sealed.map((row) => row.details as string | null));
  yield;
  const [firstAt, lastAt] = [Number(sealed[0].at), Number(sealed[size - 1].at)];
  db.transaction(() => {
    insertBlock(db, { series, firstAt, lastAt, count: size, data, details });
    const { changes } = db.run("DELETE FROM checks WHERE series = ? AND at <= ?", series, lastAt);
    if (changes !== size) throw new Error(`series ${series} changed while it was being sealed`);
  });
  return size;
}

/** Before when checks may be sealed: the newest always stays hot. Null: the series has none. */
function sealableUntil(db: Database, series: number, now: number): number | null {
  const newest = db.get("SELECT max(at) AS at FROM checks WHERE series = ?", series)?.at;
  return newest === null || newest === undefined ? null : Math.min(now - SEAL_AFTER_MS, Number(newest));
}

/** How many of the oldest checks make a block; 0: there are not enough. Told without reading them, since mostly there are not. */
function blockSize(db: Database, series: number, untilAt: number): number {
  const hasAtLeast = (count: number) =>
    db.get(
      "SELECT 1 FROM checks WHERE series = ? AND at < ? LIMIT 1 OFFSET ?",
      series,
      untilAt,
      count - 1,
    ) !==
      undefined;
  if (!hasAtLeast(BLOCK_CHECKS_WITH_DETAILS)) return 0;
  const withDetails = db.number(
    "SELECT count(details) FROM (SELECT details FROM checks WHERE series = ? AND at < ? ORDER BY at LIMIT ?)",
    series,
    untilAt,
    BLOCK_CHECKS_WITH_DETAILS,
  );
  if (withDetails > BLOCK_CHECKS_WITH_DETAILS / 8) return BLOCK_CHECKS_WITH_DETAILS;
  return hasAtLeast(BLOCK_CHECKS) ? BLOCK_CHECKS : 0;
}

/** The oldest checks, some at a time. */
function* oldestRows(db: Database, series: number, untilAt: number, count: number): Generator<void, Row[]> {
  const rows: Row[] = [];
  for (let read = -1; read !== 0 && rows.length < count;) {
    yield;
    const more = db.all(
      "SELECT * FROM checks WHERE series = ? AND at > ? AND at < ? ORDER BY at LIMIT ?",
      series,
      Number(rows.at(-1)?.at ?? Number.MIN_SAFE_INTEGER),
      untilAt,
      Math.min(READ_AT_ONCE, count - rows.length),
    );
    rows.push(...more);
    read = more.length;
  }
  return rows;
}

function toColumns(rows: readonly Row[]): Columns {
  const columns = newColumns(rows.length);
  rows.forEach((row, i) => {
    columns.at[i] = Number(row.at);
    columns.status[i] = Number(row.status);
    columns.latency[i] = row.latency_ms === null ? -1 : Number(row.latency_ms);
    columns.code[i] = row.code === null ? -1 : Number(row.code);
    columns.stands[i] = Number(row.stands_ms);
  });
  columns.count = rows.length;
  return columns;
}

interface PackedBlock {
  readonly series: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly count: number;
  readonly data: Uint8Array;
  readonly details: Uint8Array | null;
}

/** Appends a block that overlaps no other of its series. */
export function writeBlock(db: Database, series: number, columns: Columns, details: Uint8Array | null): void {
  const { count, at } = columns;
  insertBlock(db, {
    series,
    firstAt: at[0],
    lastAt: at[count - 1],
    count,
    data: packBlock(columns),
    details,
  });
}

function insertBlock(db: Database, { series, firstAt, lastAt, count, data, details }: PackedBlock): void {
  const { id } = db.run(
    "INSERT INTO blocks (series, first_at, last_at, count, data) VALUES (?, ?, ?, ?, ?)",
    series,
    firstAt,
    lastAt,
    count,
    data,
  );
  if (details !== null) db.run("INSERT INTO block_details (id, data) VALUES (?, ?)", id, details);
}
