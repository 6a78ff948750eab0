import { setImmediate } from "node:timers/promises";
import { messageOf } from "../domain/errors.ts";
import { unpackBlock } from "./blocks.ts";
import { unpackDetailBlock } from "./detail_blocks.ts";
import { PackedHistogram } from "./histogram_codec.ts";
import { openToRead } from "./read_only.ts";
import type { Database, Row } from "./sqlite/database.ts";
import { APPLICATION_ID, migrations } from "./sqlite/migrations.ts";

const MOST_PROBLEMS = 20;

/**
 * Reads the whole file without changing it: page by page, block by block, and whatever else a start or a reader has to unpack. Returns what is
 * wrong, in words; empty: nothing.
 */
export async function inspectDatabase(
  path: string,
  onProgress?: (done: number, total: number) => void,
): Promise<string[]> {
  try {
    if (!Deno.statSync(path).isFile) return [`${path} is no file`];
    const db = openToRead(path);
    try {
      return await inspect(db, onProgress);
    } finally {
      db.close();
    }
  } catch (error) {
    return [error instanceof Deno.errors.NotFound ? `there is no file ${path}` : messageOf(error)];
  }
}

async function inspect(db: Database, onProgress?: (done: number, total: number) => void): Promise<string[]> {
  if (db.number("PRAGMA application_id") !== APPLICATION_ID) return ["it is not a database of Hora"];
  const version = db.number("PRAGMA user_version");
  if (version > migrations.length) return [`it was written by a newer Hora (schema ${version})`];
  const problems = db.all(`PRAGMA integrity_check(${MOST_PROBLEMS})`)
    .map((row) => String(Object.values(row)[0]))
    .filter((line) => line !== "ok");
  if (problems.length > 0) return problems;
  problems.push(...textProblems(db));
  for (const table of ["hours", "days"]) problems.push(...await latencyProblems(db, table));
  const total = db.number("SELECT count(*) FROM blocks");
  let done = 0;
  for (let after = 0;;) {
    const rows = db.all(
      `SELECT blocks.id, series, first_at, last_at, count, blocks.data, block_details.data AS details
       FROM blocks LEFT JOIN block_details ON block_details.id = blocks.id WHERE blocks.id > ? ORDER BY blocks.id LIMIT 20`,
      after,
    );
    for (const row of rows) problems.push(...blockProblems(row));
    if (rows.length === 0 || problems.length >= MOST_PROBLEMS) return problems.slice(0, MOST_PROBLEMS);
    after = Number(rows[rows.length - 1].id);
    onProgress?.(done += rows.length, total);
    await setImmediate();
  }
}

/** Columns that hold JSON: what a row is called, and what kind of value stands there. */
const texts: readonly { table: string; column: string; row: string; kind?: string }[] = [
  { table: "states", column: "value", row: "'state ' || key" },
  { table: "incidents", column: "impacted", row: "'incident ' || id", kind: "array" },
  { table: "incidents", column: "reasons", row: "'incident ' || id", kind: "array" },
  { table: "incidents", column: "cause", row: "'incident ' || id", kind: "object" },
  { table: "notifications", column: "event", row: "'notification ' || id", kind: "object" },
  { table: "certificates", column: "facts", row: "'certificate of ' || monitor_id", kind: "object" },
  { table: "checks", column: "details", row: "'check of series ' || series || ' at ' || at", kind: "object" },
];

function textProblems(db: Database): string[] {
  return texts.flatMap(({ table, column, row, kind }) => {
    const isWrong = kind === undefined ? "0" : `json_type(${column}) <> '${kind}'`;
    return db.all(
      `SELECT ${row} AS name FROM ${table} WHERE ${column} IS NOT NULL
         AND CASE WHEN json_valid(${column}) THEN ${isWrong} ELSE 1 END LIMIT ${MOST_PROBLEMS}`,
    ).map(({ name }) => `${name}: ${column} cannot be read`);
  });
}

async function latencyProblems(db: Database, table: string): Promise<string[]> {
  const problems: string[] = [];
  for (let last: Row = { start: -1, series: -1 };;) {
    const rows = db.all(
      `SELECT start, series, latency FROM ${table} WHERE (start, series) > (?, ?) AND latency IS NOT NULL
       ORDER BY start, series LIMIT 1000`,
      last.start,
      last.series,
    );
    for (const { start, series, latency } of rows) {
      if (PackedHistogram.read(latency as Uint8Array) !== null) continue;
      problems.push(`${table} ${start} of series ${series}: latency cannot be read`);
    }
    if (rows.length === 0 || problems.length >= MOST_PROBLEMS) return problems;
    last = rows[rows.length - 1];
    await setImmediate();
  }
}

function blockProblems(row: Row): string[] {
  const name = `block ${row.id} (series ${row.series}, ${row.count} checks)`;
  try {
    const { count, at } = unpackBlock(row.data as Uint8Array);
    unpackDetailBlock(row.details as Uint8Array | null, count);
    const isRising = at.every((value, i) => i === 0 || value > at[i - 1]);
    if (count !== row.count || at[0] !== row.first_at || at[count - 1] !== row.last_at || !isRising) {
      return [`${name} does not hold what it says`];
    }
    return [];
  } catch (error) {
    return [`${name} cannot be read: ${messageOf(error)}`];
  }
}

/** Figures of a database, for `hora db stats`. Sizes in bytes; the newest and oldest check in Unix ms, null when there is none. */
export interface DatabaseStats {
  readonly fileBytes: number;
  readonly freeBytes: number;
  readonly schema: number;
  readonly series: number;
  readonly hotChecks: number;
  readonly sealedChecks: number;
  readonly sealedBytes: number;
  readonly detailBytes: number;
  readonly hours: number;
  readonly days: number;
  readonly incidents: number;
  readonly oldestCheckAt: number | null;
  readonly newestCheckAt: number | null;
}

export function readStats(path: string): DatabaseStats {
  const db = openToRead(path);
  try {
    const pageBytes = db.number("PRAGMA page_size");
    const count = (table: string) => db.number(`SELECT count(*) FROM ${table}`);
    const size = (table: string) => db.number("SELECT sum(pgsize) FROM dbstat WHERE name = ?", table);
    const instant = (sql: string): number | null => db.get(sql)?.at as number | null;
    return {
      fileBytes: db.number("PRAGMA page_count") * pageBytes,
      freeBytes: db.number("PRAGMA freelist_count") * pageBytes,
      schema: db.number("PRAGMA user_version"),
      series: count("series"),
      hotChecks: count("checks"),
      sealedChecks: db.number("SELECT sum(count) FROM blocks"),
      sealedBytes: size("blocks") + size("blocks_by_time"),
      detailBytes: size("block_details"),
      hours: count("hours"),
      days: count("days"),
      incidents: count("incidents"),
      oldestCheckAt: instant(
        "SELECT min(at) AS at FROM (SELECT min(first_at) AS at FROM blocks UNION ALL SELECT min(at) FROM checks)",
      ),
      newestCheckAt: instant(
        "SELECT max(at) AS at FROM (SELECT max(last_at) AS at FROM blocks UNION ALL SELECT max(at) FROM checks)",
      ),
    };
  } finally {
    db.close();
  }
}
