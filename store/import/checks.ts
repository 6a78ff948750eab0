import { setImmediate } from "node:timers/promises";
import { MINUTE, SECOND } from "../../domain/clock.ts";
import { newColumns } from "../blocks.ts";
import { packDetailBlock } from "../detail_blocks.ts";
import { packDetails } from "../details.ts";
import type { Row } from "../sqlite/database.ts";
import { addHistory } from "../sqlite/history.ts";
import { BLOCK_CHECKS } from "../sqlite/seal.ts";
import type { SqliteStore } from "../sqlite/store.ts";
import { type Findings, reading } from "./findings.ts";
import type { Place, Places } from "./places.ts";
import { type ImportSource, instantOf, textOf, type Wanted } from "./source.ts";

/** The other program's status numbers, as ours: its 0 is down, 1 up, 2 degraded. */
const statusOf: ReadonlyMap<unknown, number> = new Map([[0, 2], [1, 0], [2, 1]]);
const NO_TIME = "checks have no time, or one to come, and stay behind";

export const checkColumns: Wanted = {
  time: ["time"],
  monitor: ["monitor_id"],
  status: ["status"],
  latency: ["latency_ms", "latency"],
  code: ["status_code", "code", "http_status"],
  error: ["error", "reason", "message"],
};

/**
 * Ids that have checks, the oldest first, as ids that a monitor had one after another must come; looked up one after another in the index,
 * because there may be hundreds of millions of rows.
 */
export function monitorIds(source: ImportSource, findings: Findings): string[] {
  const since = new Map<string, number>();
  const oldestFirst = () => [...since.keys()].sort((a, b) => since.get(a)! - since.get(b)!);
  for (let last = "";;) {
    const row = reading(() =>
      source.db.get("SELECT min(monitor_id) AS id FROM checks WHERE monitor_id > ?", last)
    );
    if (row === undefined || row.id === null) return oldestFirst();
    if (typeof row.id !== "string") {
      findings.note("checks have a monitor_id that is no text; those stay behind");
      return oldestFirst();
    }
    last = row.id;
    since.set(
      last,
      reading(() => source.db.number("SELECT min(time) FROM checks WHERE monitor_id = ?", last)),
    );
  }
}

/** Takes one monitor's checks over, a block at a time, going on where an earlier import ended. */
export async function importChecks(
  store: SqliteStore,
  source: ImportSource,
  places: Places,
  monitorId: string,
  findings: Findings,
  onChecks: (count: number) => void,
): Promise<void> {
  noteOverlap(source, places, monitorId, findings);
  const now = store.clock.now();
  const atOf = (row: Row) => instantOf(row.time) ?? 0;
  for (;;) {
    const place = places.of(monitorId);
    const older = nextRows(source, monitorId, place).filter((row) => atOf(row) < place.ownAt);
    const rows = older.filter((row) => atOf(row) <= now);
    if (rows.length === 0) {
      for (const _ of older) findings.leftOut(NO_TIME);
      return;
    }
    store.db.transaction(() => {
      const takenAt = addRows(store, place, rows, findings);
      places.moved(monitorId, { doneSecs: Number(rows[rows.length - 1].time), takenAt });
    });
    store.forget();
    onChecks(rows.length);
    await setImmediate();
  }
}

/** Two ids of what is one monitor here: what both say of one time cannot both be right. */
function noteOverlap(source: ImportSource, places: Places, fileId: string, findings: Findings): void {
  const { monitorId, doneSecs } = places.of(fileId);
  const count = reading(() =>
    source.db.number(
      "SELECT count(*) FROM checks WHERE monitor_id = ? AND time > ? AND time <= ?",
      fileId,
      places.doneSecs(fileId),
      doneSecs,
    )
  );
  if (count === 0) return;
  findings.note(
    `${count} checks of ${fileId} are of a time that another id of ${monitorId} speaks of, and stay behind`,
  );
}

/** `time` is compared in the file's own unit. */
function nextRows(source: ImportSource, monitorId: string, { doneSecs }: Place): Row[] {
  return reading(() =>
    source.db.all(
      `SELECT ${
        source.select("checks", checkColumns)
      } FROM checks WHERE monitor_id = ? AND time > ? ORDER BY time LIMIT ?`,
      monitorId,
      doneSecs,
      BLOCK_CHECKS,
    )
  );
}

/** Returns until when all that is here came from the file. */
function addRows(
  store: SqliteStore,
  { monitorId, takenAt }: Place,
  rows: readonly Row[],
  findings: Findings,
): number {
  const columns = newColumns(rows.length);
  const standsMs = 3 * usualDistanceMs(rows);
  const details: (string | null)[] = [];
  for (const row of rows) {
    const i = columns.count;
    const at = instantOf(row.time);
    const status = statusOf.get(row.status);
    if (at === null || status === undefined) {
      findings.leftOut(
        status === undefined
          ? `checks have a status other than 0, 1 and 2 (${String(row.status).slice(0, 20)}) and stay behind`
          : NO_TIME,
      );
      continue;
    }
    if (at <= takenAt) {
      findings.leftOut("checks are of hours that are here as sums, and stay behind");
      continue;
    }
    // Two rows in one second would come from a damaged file: ours must rise.
    columns.at[i] = i > 0 ? Math.max(at, columns.at[i - 1] + 1) : at;
    columns.status[i] = status;
    columns.latency[i] = typeof row.latency === "number" && row.latency >= 0
      ? Math.min(0x7fffffff, Math.trunc(row.latency))
      : -1;
    columns.code[i] = typeof row.code === "number" && row.code >= 0 && row.code < 0x7fffffff
      ? Math.trunc(row.code)
      : -1;
    columns.stands[i] = standsMs;
    details.push(detailsOf(status, row.error));
    columns.count = i + 1;
  }
  if (columns.count === 0) return takenAt;
  addHistory(store, monitorId, columns, packDetailBlock(details));
  return columns.at[columns.count - 1];
}

/** The other program keeps a word sent along with a good heartbeat in the same column as errors. */
function detailsOf(status: number, error: unknown): string | null {
  const text = textOf(error);
  if (text === null) return null;
  return packDetails({
    reason: status === 0 ? null : text,
    category: status === 0 ? null : "other",
    message: status === 0 ? text : null,
    phases: null,
    metrics: [],
  });
}

/** It does not keep intervals; the median distance stands in for it. */
function usualDistanceMs(rows: readonly Row[]): number {
  if (rows.length < 2) return MINUTE;
  const times = rows.map((row) => instantOf(row.time) ?? 0);
  const distances = times.slice(1).map((at, i) => at - times[i]).sort((a, b) => a - b);
  return Math.max(SECOND, distances[distances.length >> 1]);
}
