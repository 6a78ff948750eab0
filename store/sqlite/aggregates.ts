import { DAY, HOUR } from "../../domain/clock.ts";
import { emptyHistogram, type Histogram } from "../../domain/histogram.ts";
import { Slices } from "../../domain/slices.ts";
import type { Aggregate, AggregateReader, HourRows } from "../../domain/store.ts";
import { SumsTable } from "../../domain/sums_table.ts";
import { PackedHistogram } from "../histogram_codec.ts";
import { SumsGrid } from "../sums_grid.ts";
import type { Database, Row } from "./database.ts";
import { readHours } from "./hour_reader.ts";
import { grainMs, grainTable } from "./ledger.ts";
import { PackedRows, type Part, partOf, readNumbers, SUMS } from "./packed_rows.ts";
import type { SeriesTable } from "./series.ts";

/** Rows read in one go; then the event loop has its turn. */
const ROWS_A_SLICE = 4_000;

/** The newest days are read into one array for all series; there are hardly ever more. */
const MOST_SHARED_DAYS = 400;

function toAggregate(monitorId: string, row: Row, unitMs: number, latency: Histogram): Aggregate {
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
    latency,
    latencySumMs: Number(row.latency_sum),
  };
}

/** A grid for each part that has series. */
function gridsOf(series: readonly number[], from: number, days: number): Map<number, SumsGrid> {
  const rising = series.toSorted((a, b) => a - b);
  return new Map(
    [...Map.groupBy(rising, partOf)].map(([part, ids]) => [part, new SumsGrid(ids, from, Math.max(0, days))]),
  );
}

function addRows(tables: Map<number, SumsTable>, { start, series, numbers }: Part): void {
  for (const [i, id] of series.entries()) {
    let table = tables.get(id);
    if (table === undefined) tables.set(id, table = new SumsTable());
    table.addRow(start, numbers, i * SUMS.length);
  }
}

export class SqliteAggregates implements AggregateReader {
  constructor(readonly db: Database, readonly series: SeriesTable, readonly settle: () => void) {}

  async list(query: Parameters<AggregateReader["list"]>[0]): Promise<Aggregate[]> {
    this.settle();
    const unitMs = grainMs[query.grain];
    const [from, until] = [Math.ceil(query.fromAt / unitMs), Math.ceil(query.untilAt / unitMs)];
    if (query.monitorId !== undefined) return this.#ofOne(query.grain, query.monitorId, from, until);
    const found = new Map<number, Aggregate[]>();
    const grains = this.#grains(query.grain, from, until);
    for await (const { start, width, numbers, blobs } of grains) {
      let latencyAt = 0;
      for (let at = 0; at < numbers.length; at += width) {
        const series = numbers[at];
        let list = found.get(series);
        if (list === undefined) found.set(series, list = []);
        list.push({
          monitorId: this.series.nameOf(series),
          startAt: start * unitMs,
          counts: {
            up: numbers[at + 1],
            degraded: numbers[at + 2],
            down: numbers[at + 3],
            planned: numbers[at + 4],
          },
          coverage: {
            upMs: numbers[at + 5],
            degradedMs: numbers[at + 6],
            downMs: numbers[at + 7],
            plannedMs: numbers[at + 8],
          },
          latency: this.#histogram(blobs, latencyAt, latencyAt += numbers[at + 10]),
          latencySumMs: numbers[at + 9],
        });
      }
    }
    return [...found.values()].sort((a, b) => a[0].monitorId < b[0].monitorId ? -1 : 1).flat();
  }

  async days(fromAt: number, untilAt: number, slices = new Slices()): Promise<Map<string, SumsTable>> {
    this.settle();
    const packed = PackedRows.days(this.db);
    const until = Math.ceil(untilAt / DAY);
    const wanted = packed.span(Math.ceil(fromAt / DAY), until);
    const sharedFrom = Math.max(wanted.from, until - MOST_SHARED_DAYS);
    const series = this.series.list();
    const grids = gridsOf(series.map(({ id }) => id), sharedFrom, until - sharedFrom);
    const older = new Map<number, SumsTable>();
    for (const rows of packed.read(wanted.from, wanted.until)) {
      const { start, part, series, numbers } = rows;
      if (start >= sharedFrom) grids.get(part)?.place(start, series, numbers);
      else addRows(older, rows);
      await slices.pause();
    }
    const found = new Map<string, SumsTable>();
    const names = new Map(series.map(({ id, monitorId }) => [id, monitorId]));
    for (const [id, table] of older) if (names.has(id)) found.set(names.get(id)!, table);
    for (const grid of grids.values()) {
      for (const { series, table } of grid.tables()) {
        const before = older.get(series);
        if (before === undefined) found.set(names.get(series)!, table);
        else before.absorb(table);
      }
    }
    return found;
  }

  hours(fromAt: number, untilAt: number, slices = new Slices()): Promise<Map<string, HourRows>> {
    this.settle();
    const [from, until] = [Math.ceil(fromAt / HOUR), Math.ceil(untilAt / HOUR)];
    return readHours(this.db, this.series.list(), { from, until }, slices);
  }

  /** Of damaged bytes nothing is read, so that one hour's latencies do not keep Hora from starting. */
  #histogram(bytes: Uint8Array | null, from = 0, until = bytes?.length ?? 0): Histogram {
    if (bytes === null || from === until) return emptyHistogram;
    const histogram = PackedHistogram.read(bytes, from, until);
    if (histogram === null) this.db.noteDamage("latencies of an hour or day cannot be read: malformed");
    return histogram ?? emptyHistogram;
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
    ).map((row) => toAggregate(monitorId, row, grainMs[grain], this.#histogram(row.latency as Uint8Array)));
  }

  /**
   * All series of one hour or day after another, as SQLite can join their columns itself: a row for each of them would be an object each, and
   * making those takes most of the time.
   */
  async *#grains(
    grain: "hour" | "day",
    from: number,
    until: number,
  ): AsyncGenerator<{ start: number; width: number; numbers: Float64Array; blobs: Uint8Array }> {
    const items = ["series", ...SUMS, "latency_sum", "length(latency)"];
    const sql = `SELECT start, count(*) AS count,
        group_concat(printf('${items.map(() => "%d").join(" ")}', ${items.join(", ")}), ' ') AS numbers,
        CAST(group_concat(latency, '') AS BLOB) AS blobs
      FROM ${grainTable[grain]} WHERE start >= ? AND start < ? GROUP BY start ORDER BY start LIMIT ?`;
    const slices = new Slices();
    for (let [start, atOnce] = [from, 1];;) {
      const rows = this.db.all(sql, start, until, atOnce);
      for (const row of rows) {
        const count = Number(row.count);
        yield {
          start: Number(row.start),
          width: items.length,
          numbers: readNumbers(String(row.numbers), count * items.length),
          blobs: row.blobs as Uint8Array | null ?? new Uint8Array(0),
        };
        start = Number(row.start) + 1;
        atOnce = Math.max(1, Math.floor(ROWS_A_SLICE / count));
      }
      if (rows.length === 0) return;
      await slices.pause();
    }
  }
}
