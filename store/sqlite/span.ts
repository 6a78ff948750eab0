import type { Database } from "./database.ts";
import { type Grain, grainTable } from "./ledger.ts";

/** When the first check of a series after `afterAt` is; `Infinity`: there is none. */
export function firstCheckAt(db: Database, series: number, afterAt = -1): number {
  const sealed = db.get(
    "SELECT min(first_at) AS at FROM blocks WHERE series = ? AND first_at > ?",
    series,
    afterAt,
  );
  const hot = db.get("SELECT min(at) AS at FROM checks WHERE series = ? AND at > ?", series, afterAt);
  return Math.min(Number(sealed?.at ?? Infinity), Number(hot?.at ?? Infinity));
}

/** When the last check of a series is; `-Infinity`: it has none. */
export function lastCheckAt(db: Database, series: number): number {
  const sealed = db.get("SELECT max(last_at) AS at FROM blocks WHERE series = ?", series);
  const hot = db.get("SELECT max(at) AS at FROM checks WHERE series = ?", series);
  return Math.max(Number(sealed?.at ?? -Infinity), Number(hot?.at ?? -Infinity));
}

/**
 * The first and last hour (or day), from `from` on, in which a series was checked; `Infinity` and `-Infinity`: there is none. The key begins
 * with the time, so each is one look-up.
 */
export function countedSpan(
  db: Database,
  grain: Grain,
  series: number,
  from = 0,
): { first: number; last: number } {
  const table = grainTable[grain];
  const row = db.get(
    `WITH RECURSIVE wanted (start) AS (
       SELECT max(?1, (SELECT min(start) FROM ${table})) UNION ALL
       SELECT start + 1 FROM wanted WHERE start < (SELECT max(start) FROM ${table})
     )
     SELECT min(${table}.start) AS first, max(${table}.start) AS last FROM wanted CROSS JOIN ${table}
     WHERE ${table}.start = wanted.start AND series = ?2 AND up + degraded + down + planned > 0`,
    from,
    series,
  );
  return { first: Number(row?.first ?? Infinity), last: Number(row?.last ?? -Infinity) };
}
