import { AHEAD_MS } from "../../domain/check.ts";
import { unpackBlock } from "../blocks.ts";
import type { Database, Row } from "./database.ts";

/** Statuses as they are stored, without what says that it was planned: up to which one counts. */
const ANY = 2;
const GOOD = 1;

/**
 * The instants of two checks that stay however old they are: the newest of a series and its newest good one, from which it is told how the
 * series stands and what is missing. None while nothing is old. Gives the event loop its turn at each `yield`.
 */
export function* sparedOf(
  db: Database,
  series: number,
  beforeAt: number,
  now: number,
): Generator<void, number[]> {
  if (!hasOlder(db, series, beforeAt)) return [];
  const newest = yield* newestAt(db, series, now, ANY);
  const good = yield* newestAt(db, series, now, GOOD);
  return [newest, good].filter((at) => at !== null);
}

function hasOlder(db: Database, series: number, beforeAt: number): boolean {
  const row = db.get(
    `SELECT 1 FROM checks WHERE series = ?1 AND at < ?2
     UNION ALL SELECT 1 FROM blocks WHERE series = ?1 AND last_at < ?2 LIMIT 1`,
    series,
    beforeAt,
  );
  return row !== undefined;
}

function* newestAt(db: Database, series: number, now: number, worst: number): Generator<void, number | null> {
  const untilAt = now + AHEAD_MS;
  const hot = db.get(
    "SELECT at FROM checks WHERE series = ? AND at <= ? AND status & 3 <= ? ORDER BY at DESC LIMIT 1",
    series,
    untilAt,
    worst,
  );
  if (hot !== undefined) return Number(hot.at);
  for (let before = untilAt + 1;;) {
    yield;
    const block = db.get(
      "SELECT first_at, data FROM blocks WHERE series = ? AND first_at < ? ORDER BY first_at DESC LIMIT 1",
      series,
      before,
    );
    if (block === undefined) return null;
    const at = newestIn(block, untilAt, worst);
    if (at !== null) return at;
    before = Number(block.first_at);
  }
}

/** Of a block that cannot be read, nothing is worth keeping. */
function newestIn({ data }: Row, untilAt: number, worst: number): number | null {
  try {
    const { at, status, count } = unpackBlock(data as Uint8Array);
    for (let i = count - 1; i >= 0; i--) if (at[i] <= untilAt && (status[i] & 3) <= worst) return at[i];
  } catch { /* It is damaged, which whoever reads it says. */ }
  return null;
}
