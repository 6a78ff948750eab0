import { Slices } from "../../domain/slices.ts";
import type { LastRun } from "../../domain/store.ts";
import type { Columns } from "../blocks.ts";
import type { Database, Row } from "./database.ts";

/** What is looked for: checks of a series in `fromAt ≤ at < untilAt`; `status` as it is stored, without what says that it was planned. */
interface Span {
  readonly series: number;
  readonly status: number;
  readonly fromAt: number;
  readonly untilAt: number;
}

/** Reads a series backwards, hot checks first, until one has another status; a block at a time, with the event loop's turn between. */
export async function findLastRun(
  db: Database,
  span: Span,
  columnsOf: (block: Row) => Columns,
): Promise<LastRun> {
  const { series, status, fromAt, untilAt } = span;
  const hot = db.get(
    `SELECT other, (SELECT min(at) FROM checks WHERE series = ?1 AND at >= max(?2, coalesce(other + 1, 0)) AND at < ?3) AS run FROM
       (SELECT (SELECT at FROM checks WHERE series = ?1 AND at >= ?2 AND at < ?3 AND status & 3 <> ?4 ORDER BY at DESC LIMIT 1) AS other)`,
    series,
    fromAt,
    untilAt,
    status,
  )!;
  let runAt = hot.run === null ? null : Number(hot.run);
  if (hot.other !== null) return { otherAt: Number(hot.other), runAt };
  const slices = new Slices();
  for (let before = untilAt;;) {
    const block = db.get(
      `SELECT id, first_at, last_at, data FROM blocks WHERE series = ? AND first_at < ? ORDER BY first_at DESC LIMIT 1`,
      series,
      before,
    );
    if (block === undefined || Number(block.last_at) < fromAt) return { otherAt: null, runAt };
    const { at, status: statuses, count } = columnsOf(block);
    for (let i = count - 1; i >= 0 && at[i] >= fromAt; i--) {
      if (at[i] >= untilAt) continue;
      if ((statuses[i] & 3) !== status) return { otherAt: at[i], runAt };
      runAt = at[i];
    }
    before = Number(block.first_at);
    await slices.pause();
  }
}
