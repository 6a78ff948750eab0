import { HOUR } from "../../domain/clock.ts";
import { newColumns, packBlock } from "../blocks.ts";
import { packDetailBlock } from "../detail_blocks.ts";
import type { Database, Row } from "./database.ts";

/**
 * Checks a block: few enough to pack within a slice, and so many that at about a byte each the blob fills one overflow page of 4 KB and leaves
 * a small rest to share a page with others (measured: 6 % of space lost, 19 % at 4,096). Checks with details take longer to pack.
 */
export const BLOCK_CHECKS = 5_120;
const BLOCK_CHECKS_WITH_DETAILS = 2_560;
/** Younger checks stay hot: they are what pages read. */
const SEAL_AFTER_MS = HOUR;

/** Turns a series' oldest hot checks into one block when there are enough of them. Returns how many it sealed. */
export function sealOne(db: Database, series: number, now: number): number {
  const newest = db.get("SELECT max(at) AS at FROM checks WHERE series = ?", series)?.at;
  if (newest === null || newest === undefined) return 0;
  const untilAt = Math.min(now - SEAL_AFTER_MS, Number(newest));
  const isEnough = db.get(
    "SELECT 1 FROM checks WHERE series = ? AND at < ? LIMIT 1 OFFSET ?",
    series,
    untilAt,
    BLOCK_CHECKS_WITH_DETAILS - 1,
  );
  if (isEnough === undefined) return 0;
  const rows = db.all(
    "SELECT * FROM checks WHERE series = ? AND at < ? ORDER BY at LIMIT ?",
    series,
    untilAt,
    BLOCK_CHECKS,
  );
  const hasDetails =
    rows.slice(0, BLOCK_CHECKS_WITH_DETAILS).filter((row) => row.details !== null).length > rows.length / 8;
  const size = hasDetails ? BLOCK_CHECKS_WITH_DETAILS : BLOCK_CHECKS;
  if (rows.length < size) return 0;
  const sealed = rows.slice(0, size);
  db.transaction(() => {
    insertBlock(db, series, sealed);
    db.run("DELETE FROM checks WHERE series = ? AND at <= ?", series, Number(sealed[size - 1].at));
  });
  return size;
}

function insertBlock(db: Database, series: number, rows: readonly Row[]): void {
  const columns = newColumns(rows.length);
  rows.forEach((row, i) => {
    columns.at[i] = Number(row.at);
    columns.status[i] = Number(row.status);
    columns.latency[i] = row.latency_ms === null ? -1 : Number(row.latency_ms);
    columns.code[i] = row.code === null ? -1 : Number(row.code);
    columns.stands[i] = Number(row.stands_ms);
  });
  columns.count = rows.length;
  writeBlock(db, series, columns, packDetailBlock(rows.map((row) => row.details as string | null)));
}

/** Appends a block of checks that are later than those of every other block of the series. */
export function writeBlock(
  db: Database,
  series: number,
  columns: Parameters<typeof packBlock>[0],
  details: Uint8Array | null,
): void {
  const { id } = db.run(
    "INSERT INTO blocks (series, first_at, last_at, count, data) VALUES (?, ?, ?, ?, ?)",
    series,
    columns.at[0],
    columns.at[columns.count - 1],
    columns.count,
    packBlock(columns),
  );
  if (details !== null) db.run("INSERT INTO block_details (id, data) VALUES (?, ?)", id, details);
}
