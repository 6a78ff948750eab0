import { setImmediate } from "node:timers/promises";
import { MINUTE, SECOND } from "../../domain/clock.ts";
import { newColumns } from "../blocks.ts";
import { packDetailBlock } from "../detail_blocks.ts";
import { packDetails } from "../details.ts";
import type { Row } from "../sqlite/database.ts";
import { addHistory } from "../sqlite/history.ts";
import { readMeta, writeMeta } from "../sqlite/meta.ts";
import { BLOCK_CHECKS } from "../sqlite/seal.ts";
import type { SqliteStore } from "../sqlite/store.ts";
import type { ImportSource } from "./source.ts";

/** The other program's status numbers, as ours: its 0 is down, 1 up, 2 degraded. */
const statusOf: Readonly<Record<number, number>> = { 0: 2, 1: 0, 2: 1 };

/** How far the import of one monitor's checks has come; kept in `meta`, moved in the transaction that stores them. */
interface Progress {
  /** The last second that was taken over. */
  readonly doneSecs: number;
  /** Our own first check when the import began: what is younger stays out. */
  readonly beforeAt: number | null;
}

/** Takes one monitor's checks over, a block at a time, going on where an earlier import ended. */
export async function importChecks(
  store: SqliteStore,
  source: ImportSource,
  monitorId: string,
  onChecks: (count: number) => void,
): Promise<void> {
  const key = `import_hora:${monitorId}`;
  const kept = readMeta(store.db, key);
  let progress: Progress = kept === null
    ? { doneSecs: -1, beforeAt: await firstCheckAt(store, monitorId) }
    : JSON.parse(kept);
  for (;;) {
    const rows = nextRows(source, monitorId, progress);
    if (rows.length === 0) return;
    progress = { ...progress, doneSecs: Number(rows[rows.length - 1].time) };
    const more = nextRows(source, monitorId, progress, 1);
    const nextAt = more.length > 0 ? Number(more[0].time) * SECOND : progress.beforeAt;
    store.db.transaction(() => {
      addRows(store, monitorId, rows, nextAt);
      writeMeta(store.db, key, JSON.stringify(progress));
    });
    store.forget();
    onChecks(rows.length);
    await setImmediate();
  }
}

async function firstCheckAt(store: SqliteStore, monitorId: string): Promise<number | null> {
  for await (const check of store.checks.stream(monitorId, 0, Number.MAX_SAFE_INTEGER)) return check.at;
  return null;
}

function nextRows(
  source: ImportSource,
  monitorId: string,
  { doneSecs, beforeAt }: Progress,
  limit = BLOCK_CHECKS,
): Row[] {
  const columns = source.select("checks", {
    time: ["time"],
    status: ["status"],
    latency: ["latency_ms"],
    code: ["status_code"],
    error: ["error"],
  });
  return source.db.all(
    `SELECT ${columns} FROM checks WHERE monitor_id = ? AND time > ? AND time < ? ORDER BY time LIMIT ?`,
    monitorId,
    doneSecs,
    beforeAt === null ? Number.MAX_SAFE_INTEGER : Math.floor(beforeAt / SECOND),
    limit,
  );
}

function addRows(store: SqliteStore, monitorId: string, rows: readonly Row[], nextAt: number | null): void {
  const columns = newColumns(rows.length);
  const standsMs = 3 * usualDistanceMs(rows);
  const details: (string | null)[] = [];
  for (const row of rows) {
    const i = columns.count;
    const status = statusOf[Number(row.status)] ?? 2;
    columns.at[i] = Number(row.time) * SECOND;
    // Two rows in one second would come from a damaged file: ours must rise.
    if (i > 0 && columns.at[i] <= columns.at[i - 1]) columns.at[i] = columns.at[i - 1] + 1;
    columns.status[i] = status;
    columns.latency[i] = typeof row.latency === "number"
      ? Math.max(0, Math.min(0x7fffffff, Math.trunc(row.latency)))
      : -1;
    columns.code[i] = typeof row.code === "number" && row.code >= 0 ? row.code : -1;
    columns.stands[i] = standsMs;
    details.push(detailsOf(status, row.error));
    columns.count = i + 1;
  }
  addHistory(store, store.series.findOrInsert(monitorId), columns, packDetailBlock(details), nextAt);
}

/** The other program keeps a word sent along with a good heartbeat in the same column as errors. */
function detailsOf(status: number, error: unknown): string | null {
  if (typeof error !== "string" || error === "") return null;
  return packDetails({
    reason: status === 0 ? null : error,
    category: status === 0 ? null : "other",
    message: status === 0 ? error : null,
    phases: null,
    metrics: [],
  });
}

/** It does not keep intervals; the median distance stands in for it. */
function usualDistanceMs(rows: readonly Row[]): number {
  if (rows.length < 2) return MINUTE;
  const distances = rows.slice(1).map((row, i) => Number(row.time) - Number(rows[i].time)).sort((a, b) =>
    a - b
  );
  return Math.max(1, distances[distances.length >> 1]) * SECOND;
}
