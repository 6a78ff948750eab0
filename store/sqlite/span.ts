import type { Database } from "./database.ts";

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
