import type { Check } from "../../domain/check.ts";
import { DAY, HOUR } from "../../domain/clock.ts";
import { Slices } from "../../domain/slices.ts";
import type { CheckStatus } from "../../domain/status.ts";
import type { CheckReader, LastRun, LatencyPoint } from "../../domain/store.ts";
import { messageOf } from "../../domain/errors.ts";
import { type Columns, newColumns, unpackBlock } from "../blocks.ts";
import { unpackDetailBlock } from "../detail_blocks.ts";
import { type Details, noDetails, packDetails, unpackDetails } from "../details.ts";
import { PackedHistogram } from "../histogram_codec.ts";
import type { Database, Row } from "./database.ts";
import { findLastRun } from "./last_run.ts";
import { LatencyPoints } from "./latency_points.ts";
import type { SeriesTable } from "./series.ts";

const statuses: readonly CheckStatus[] = ["up", "degraded", "down"];
const PAGE = 1_000;

function packStatus(check: Pick<Check, "status" | "planned">): number {
  return statuses.indexOf(check.status) + (check.planned ? 4 : 0);
}

/** Stores a check and returns the instant it got: its own, or the next free one. */
export function insertCheck(db: Database, series: number, check: Check): number {
  const details = packDetails(check);
  for (let at = check.at;; at++) {
    const { changes } = db.run(
      "INSERT OR IGNORE INTO checks (series, at, status, latency_ms, code, stands_ms, details) VALUES (?, ?, ?, ?, ?, ?, ?)",
      series,
      at,
      packStatus(check),
      check.latencyMs === null ? null : Math.max(0, Math.trunc(check.latencyMs)),
      check.code,
      check.standsMs,
      details,
    );
    if (changes === 1) return at;
  }
}

/** A row of `checks`, its columns in their order. */
type HotRow = [number, number, number, number | null, number | null, number, string | null];

/** Of damaged ones nothing is read, so that the check itself counts. */
function detailsOf(db: Database, monitorId: string, text: string | null): Details {
  try {
    return unpackDetails(text);
  } catch {
    db.noteDamage(`details of a check of ${monitorId} cannot be read: malformed`);
    return noDetails;
  }
}

function checkOf(
  db: Database,
  monitorId: string,
  [, at, status, latencyMs, code, standsMs, details]: HotRow,
): Check {
  return {
    monitorId,
    at,
    status: statuses[status & 3],
    latencyMs,
    code,
    planned: status >= 4,
    standsMs,
    ...detailsOf(db, monitorId, details),
  };
}

function toCheck(db: Database, monitorId: string, row: Row): Check {
  const { series, at, status, latency_ms, code, stands_ms, details } = row;
  return checkOf(db, monitorId, [series, at, status, latency_ms, code, stands_ms, details] as HotRow);
}

function blockCheck(
  db: Database,
  monitorId: string,
  columns: Columns,
  details: readonly (string | null)[],
  i: number,
): Check {
  return {
    monitorId,
    at: columns.at[i],
    status: statuses[columns.status[i] & 3],
    latencyMs: columns.latency[i] < 0 ? null : columns.latency[i],
    code: columns.code[i] < 0 ? null : columns.code[i],
    planned: columns.status[i] >= 4,
    standsMs: columns.stands[i],
    ...detailsOf(db, monitorId, details[i]),
  };
}

/**
 * Readers of checks, hot or sealed. `settle` brings what was accepted so far into the file (or at least into this connection's view); what
 * lies after `horizon` was taken by a clock that was wrong, and is nobody's newest; when all does, it is this clock that is wrong.
 */
export class SqliteChecks implements CheckReader {
  constructor(
    readonly db: Database,
    readonly series: SeriesTable,
    readonly settle: () => void,
    readonly horizon: () => number,
  ) {}

  lastOfEach(): Promise<Map<string, Check>> {
    this.settle();
    const last = new Map<string, Check>();
    const rows = new Map<number, HotRow>();
    for (
      const row of this.db.arrays<HotRow>(
        "checks.series, checks.at, checks.status, checks.latency_ms, checks.code, checks.stands_ms, checks.details",
        `series AS s CROSS JOIN checks
         WHERE checks.series = s.id AND checks.at = (SELECT max(at) FROM checks WHERE series = s.id AND at <= ?)`,
        this.horizon(),
      )
    ) rows.set(row[0], row);
    for (const { id, monitorId } of this.series.list()) {
      const row = rows.get(id);
      const check = row === undefined
        ? this.newestBefore(id, monitorId, this.#horizonOf(id))
        : checkOf(this.db, monitorId, row);
      if (check !== null) last.set(monitorId, check);
    }
    return Promise.resolve(last);
  }

  /**
   * The newest instant at which any series was checked, not after `untilAt`, which stands for those within a block that goes on after it;
   * 0: never. Blocks are older than what is not sealed yet, so they are asked only where nothing is.
   */
  newestAt(untilAt: number): number {
    return this.db.number(
      `SELECT max(coalesce(
         (SELECT max(at) FROM checks WHERE series = s.id AND at <= ?1),
         (SELECT min(last_at, ?1) FROM blocks WHERE series = s.id AND first_at <= ?1 ORDER BY first_at DESC LIMIT 1)
       )) FROM series AS s`,
      untilAt,
    );
  }

  /** Newest check of a series at `untilAt` or before. */
  newestBefore(series: number, monitorId: string, untilAt: number): Check | null {
    const hot = this.db.get(
      "SELECT * FROM checks WHERE series = ? AND at <= ? ORDER BY at DESC LIMIT 1",
      series,
      untilAt,
    );
    if (hot !== undefined) return toCheck(this.db, monitorId, hot);
    const block = this.db.get(
      "SELECT id, data FROM blocks WHERE series = ? AND first_at <= ? ORDER BY first_at DESC LIMIT 1",
      series,
      untilAt,
    );
    if (block === undefined) return null;
    const columns = this.#columns(block);
    const details = this.#details(Number(block.id), columns.count);
    for (let i = columns.count - 1; i >= 0; i--) {
      if (columns.at[i] <= untilAt) return blockCheck(this.db, monitorId, columns, details, i);
    }
    return null;
  }

  #horizonOf(series: number): number {
    const untilAt = this.horizon();
    const row = this.db.get(
      `SELECT 1 FROM checks WHERE series = ?1 AND at <= ?2
       UNION ALL SELECT 1 FROM blocks WHERE series = ?1 AND first_at <= ?2 LIMIT 1`,
      series,
      untilAt,
    );
    return row === undefined ? Number.MAX_SAFE_INTEGER - 1 : untilAt;
  }

  async newest(monitorId: string, limit: number): Promise<Check[]> {
    this.settle();
    const found: Check[] = [];
    for await (const check of this.#backwards(monitorId)) {
      if (found.length >= limit) break;
      found.push(check);
    }
    return found;
  }

  async lastPositive(monitorId: string): Promise<Check | null> {
    this.settle();
    for await (const check of this.#backwards(monitorId)) if (check.status !== "down") return check;
    return null;
  }

  async lastRun(monitorId: string, status: CheckStatus, fromAt: number, untilAt: number): Promise<LastRun> {
    this.settle();
    const series = this.series.find(monitorId);
    if (series === null) return { otherAt: null, runAt: null };
    const span = { series, status: statuses.indexOf(status), fromAt, untilAt };
    return await findLastRun(this.db, span, (block) => this.#columns(block));
  }

  async *#backwards(monitorId: string): AsyncGenerator<Check> {
    const series = this.series.find(monitorId);
    if (series === null) return;
    const slices = new Slices();
    let before = this.#horizonOf(series) + 1;
    for (;;) {
      const rows = this.db.all(
        "SELECT * FROM checks WHERE series = ? AND at < ? ORDER BY at DESC LIMIT ?",
        series,
        before,
        PAGE,
      );
      for (const row of rows) yield toCheck(this.db, monitorId, row);
      if (rows.length > 0) before = Number(rows[rows.length - 1].at);
      if (rows.length < PAGE) break;
      await slices.pause();
    }
    for (;;) {
      const block = this.db.get(
        "SELECT id, first_at, data FROM blocks WHERE series = ? AND first_at < ? ORDER BY first_at DESC LIMIT 1",
        series,
        before,
      );
      if (block === undefined) return;
      const columns = this.#columns(block);
      const details = this.#details(Number(block.id), columns.count);
      for (let i = columns.count - 1; i >= 0; i--) {
        if (columns.at[i] < before) yield blockCheck(this.db, monitorId, columns, details, i);
      }
      before = Number(block.first_at);
      await slices.pause();
    }
  }

  async *stream(monitorId: string, fromAt: number, untilAt: number): AsyncGenerator<Check> {
    this.settle();
    const series = this.series.find(monitorId);
    if (series === null) return;
    const slices = new Slices();
    for (let cursor = fromAt;;) {
      const block = this.#blockFrom(series, cursor, untilAt);
      if (block !== undefined) {
        const columns = this.#columns(block);
        const details = this.#details(Number(block.id), columns.count);
        for (let i = 0; i < columns.count; i++) {
          if (columns.at[i] >= cursor && columns.at[i] < untilAt) {
            yield blockCheck(this.db, monitorId, columns, details, i);
          }
        }
        cursor = Number(block.last_at) + 1;
      } else {
        const rows = this.#hotFrom(series, cursor, untilAt);
        for (const row of rows) yield toCheck(this.db, monitorId, row);
        if (rows.length < PAGE) return;
        cursor = Number(rows[PAGE - 1].at) + 1;
      }
      await slices.pause();
    }
  }

  /** A block's columns; of a damaged one nothing, so that what lies around it stays readable. */
  #columns(block: Row): Columns {
    try {
      return unpackBlock(block.data as Uint8Array);
    } catch (error) {
      this.db.noteDamage(`block ${block.id} cannot be read: malformed, ${messageOf(error)}`);
      return { ...newColumns(0), count: 0 };
    }
  }

  #blockFrom(series: number, fromAt: number, untilAt: number): Row | undefined {
    return this.db.get(
      `SELECT id, last_at, data FROM blocks WHERE series = ? AND first_at < ? AND last_at >= ?
       ORDER BY first_at LIMIT 1`,
      series,
      untilAt,
      fromAt,
    );
  }

  #hotFrom(series: number, fromAt: number, untilAt: number): Row[] {
    return this.db.all(
      `SELECT * FROM checks WHERE series = ? AND at >= ? AND at < ? ORDER BY at LIMIT ${PAGE}`,
      series,
      fromAt,
      untilAt,
    );
  }

  #details(block: number, count: number): (string | null)[] {
    const row = this.db.get("SELECT data FROM block_details WHERE id = ?", block);
    try {
      return unpackDetailBlock(row === undefined ? null : row.data as Uint8Array, count);
    } catch (error) {
      this.db.noteDamage(`the texts of block ${block} cannot be read: malformed, ${messageOf(error)}`);
      return unpackDetailBlock(null, count);
    }
  }

  async latencySeries(
    monitorId: string,
    fromAt: number,
    untilAt: number,
    bucketMs: number,
  ): Promise<LatencyPoint[]> {
    this.settle();
    const series = this.series.find(monitorId);
    if (series === null || untilAt <= fromAt) return [];
    const points = new LatencyPoints(bucketMs);
    const firstHour = Math.ceil(fromAt / HOUR) * HOUR;
    const lastHour = Math.floor(untilAt / HOUR) * HOUR;
    if (bucketMs % HOUR === 0 && lastHour > firstHour) {
      await this.#addRaw(points, series, fromAt, firstHour);
      await this.#addHours(points, series, firstHour, lastHour);
      await this.#addRaw(points, series, lastHour, untilAt);
    } else {
      const rawFrom = Math.min(untilAt, Math.max(fromAt, this.#firstRawAt(series)));
      await this.#addHours(points, series, firstHour, Math.floor(rawFrom / HOUR) * HOUR);
      await this.#addRaw(points, series, rawFrom, untilAt);
    }
    return points.list();
  }

  #firstRawAt(series: number): number {
    const sealed = this.db.get(
      "SELECT first_at AS at FROM blocks WHERE series = ? ORDER BY first_at LIMIT 1",
      series,
    );
    const first = sealed ?? this.db.get("SELECT at FROM checks WHERE series = ? ORDER BY at LIMIT 1", series);
    return first === undefined ? Infinity : Number(first.at);
  }

  async #addRaw(points: LatencyPoints, series: number, fromAt: number, untilAt: number): Promise<void> {
    const slices = new Slices();
    for (let cursor = fromAt; cursor < untilAt;) {
      const block = this.#blockFrom(series, cursor, untilAt);
      if (block !== undefined) {
        const { count, at, status, latency } = this.#columns(block);
        for (let i = 0; i < count; i++) {
          if (at[i] >= cursor && at[i] < untilAt && (status[i] & 3) < 2 && latency[i] >= 0) {
            points.add(at[i], latency[i]);
          }
        }
        cursor = Number(block.last_at) + 1;
      } else {
        const rows = this.#hotFrom(series, cursor, untilAt);
        for (const row of rows) {
          if ((Number(row.status) & 3) < 2 && row.latency_ms !== null) {
            points.add(Number(row.at), Number(row.latency_ms));
          }
        }
        if (rows.length < PAGE) return;
        cursor = Number(rows[PAGE - 1].at) + 1;
      }
      await slices.pause();
    }
  }

  /** Hour aggregates; the key begins with the hour, so each hour is one look-up. */
  async #addHours(points: LatencyPoints, series: number, fromAt: number, untilAt: number): Promise<void> {
    const slices = new Slices();
    for (let from = fromAt; from < untilAt; from += 30 * DAY) {
      const rows = this.db.all(
        `WITH RECURSIVE wanted (start) AS (SELECT ? UNION ALL SELECT start + 1 FROM wanted WHERE start + 1 < ?)
         SELECT hours.start, latency_sum, first_offset_ms, latency FROM wanted CROSS JOIN hours
         WHERE hours.start = wanted.start AND hours.series = ? AND latency IS NOT NULL`,
        from / HOUR,
        Math.min(untilAt, from + 30 * DAY) / HOUR,
        series,
      );
      for (const row of rows) {
        const { count, minMs, maxMs } = new PackedHistogram(row.latency as Uint8Array);
        const at = Number(row.start) * HOUR + Number(row.first_offset_ms);
        points.merge({ at, count, minMs, maxMs, meanMs: Number(row.latency_sum) / count });
      }
      await slices.pause();
    }
  }
}
