import { setImmediate } from "node:timers/promises";
import { emptyHistogram } from "../../domain/histogram.ts";
import type { Aggregate, AggregateReader } from "../../domain/store.ts";
import { PackedHistogram } from "../histogram_codec.ts";
import type { Database, Row } from "./database.ts";
import { grainMs, grainTable } from "./ledger.ts";
import type { SeriesTable } from "./series.ts";

const PAGE = 2_000;

function toAggregate(monitorId: string, row: Row, unitMs: number): Aggregate {
  return {
    monitorId,
    startAt: Number(row.start) * unitMs,
    counts: {
      up: Number(row.up),
      degraded: Number(row.degraded),
      down: Number(row.down),
      planned: Number(row.planned),
    },
    coverage: {
      upMs: Number(row.up_ms),
      degradedMs: Number(row.degraded_ms),
      downMs: Number(row.down_ms),
      plannedMs: Number(row.planned_ms),
    },
    latency: row.latency === null ? emptyHistogram : new PackedHistogram(row.latency as Uint8Array),
    latencySumMs: Number(row.latency_sum),
  };
}

export class SqliteAggregates implements AggregateReader {
  constructor(readonly db: Database, readonly series: SeriesTable, readonly settle: () => void) {}

  async list(query: Parameters<AggregateReader["list"]>[0]): Promise<Aggregate[]> {
    this.settle();
    const unitMs = grainMs[query.grain];
    const [from, until] = [Math.ceil(query.fromAt / unitMs), Math.ceil(query.untilAt / unitMs)];
    if (query.monitorId !== undefined) return this.#ofOne(query.grain, query.monitorId, from, until);
    const found = new Map<number, Aggregate[]>();
    const pages = this.#pages(grainTable[query.grain], from, until);
    for await (const rows of pages) {
      for (const row of rows) {
        const series = Number(row.series);
        let list = found.get(series);
        if (list === undefined) found.set(series, list = []);
        list.push(toAggregate(this.series.nameOf(series), row, unitMs));
      }
    }
    return [...found.values()].sort((a, b) => a[0].monitorId < b[0].monitorId ? -1 : 1).flat();
  }

  /** The key begins with the time, so one series is one look-up per hour or day. */
  #ofOne(grain: "hour" | "day", monitorId: string, from: number, until: number): Aggregate[] {
    const series = this.series.find(monitorId);
    if (series === null || until <= from) return [];
    const table = grainTable[grain];
    const oldest = this.db.get(`SELECT min(start) AS start FROM ${table}`)?.start ?? null;
    const newest = this.db.get(`SELECT max(start) AS start FROM ${table}`)?.start ?? null;
    if (oldest === null || newest === null) return [];
    return this.db.all(
      `WITH RECURSIVE wanted (start) AS (SELECT ?1 WHERE ?1 < ?2 UNION ALL SELECT start + 1 FROM wanted WHERE start + 1 < ?2)
       SELECT ${table}.* FROM wanted CROSS JOIN ${table} WHERE ${table}.start = wanted.start AND series = ?3`,
      Math.max(from, Number(oldest)),
      Math.min(until, Number(newest) + 1),
      series,
    ).map((row) => toAggregate(monitorId, row, grainMs[grain]));
  }

  async *#pages(table: string, from: number, until: number): AsyncGenerator<Row[]> {
    let [start, series] = [from, -1];
    for (;;) {
      const rows = this.db.all(
        `SELECT * FROM ${table} WHERE (start, series) > (?, ?) AND start < ? ORDER BY start, series LIMIT ${PAGE}`,
        start,
        series,
        until,
      );
      yield rows;
      if (rows.length < PAGE) return;
      const last = rows[rows.length - 1];
      [start, series] = [Number(last.start), Number(last.series)];
      await setImmediate();
    }
  }
}
