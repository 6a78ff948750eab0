import { setImmediate } from "node:timers/promises";
import { messageOf } from "../domain/errors.ts";
import { unpackBlock } from "./blocks.ts";
import { unpackDetailBlock } from "./detail_blocks.ts";
import { openToRead } from "./read_only.ts";
import type { Database, Row } from "./sqlite/database.ts";
import { APPLICATION_ID, migrations } from "./sqlite/migrations.ts";

const MOST_PROBLEMS = 20;

/** Reads the whole file, page by page and block by block, without changing it; returns what is wrong, in words; empty: nothing. */
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
  const total = db.number("SELECT count(*) FROM blocks");
  let done = 0;
  for (let after = 0;;) {
    const rows = db.all(
      `SELECT blocks.id, series, first_at, last_at, count, blocks.data, block_details.data AS details
       FROM blocks LEFT JOIN block_details ON block_details.id = blocks.id WHERE blocks.id > ? ORDER BY blocks.id LIMIT 20`,
      after,
    );
    for (const row of rows) problems.push(...blockProblems(row));
    if (rows.length === 0 || problems.length >= MOST_PROBLEMS) return problems;
    after = Number(rows[rows.length - 1].id);
    onProgress?.(done += rows.length, total);
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
