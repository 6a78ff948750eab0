import { crc32 } from "node:zlib";
import { DAY, HOUR, MINUTE } from "../../domain/clock.ts";
import { readHead } from "../histogram_codec.ts";
import { type Database, isDamage, type Row } from "./database.ts";

/** Columns of a series and hour or day, in the order of a row of `SumsTable`. */
export const SUMS = ["up", "degraded", "down", "planned", "up_ms", "degraded_ms", "down_ms", "planned_ms"];
/** Numbers of one series and hour: its sums, then count, smallest and largest of its latencies, and how many bytes these take. */
export const HOUR_WIDTH = SUMS.length + 4;
/** Series whose rows of one unit are packed together: few enough to read and pack within a slice. The triggers in the file say it too. */
const SERIES_A_PART = 1_024;

/** In which part of a unit a series is packed. */
export const partOf = (series: number): number => Math.floor(series / SERIES_A_PART);

/** Which rows are packed, and where. */
interface Shape {
  readonly rows: "hours" | "days";
  readonly table: "hour_tables" | "day_tables";
  /** Units back from the present one that are packed. */
  readonly most: number;
  /** Are older parts kept as long as their rows are? */
  readonly keepsOlder: boolean;
  /** Numbers of one series. */
  readonly width: number;
  readonly hasLatencies: boolean;
}

const days: Shape = {
  rows: "days",
  table: "day_tables",
  // The bar and the longest usual objective.
  most: 400,
  keepsOlder: true,
  width: SUMS.length,
  hasLatencies: false,
};
const hours: Shape = {
  rows: "hours",
  table: "hour_tables",
  // The last day, and the hour in which a start may come.
  most: 25,
  keepsOlder: false,
  width: HOUR_WIDTH,
  hasLatencies: true,
};

/** The rows of some series in one hour or day. */
export interface Part {
  readonly start: number;
  readonly part: number;
  /** In rising order. */
  readonly series: Uint32Array;
  /** For each of them its sums of a day, or `HOUR_WIDTH` numbers of an hour. */
  readonly numbers: Float64Array | Uint32Array;
  /** The packed histograms of hours, in the same order; of days none. */
  readonly latencies: Uint8Array;
}

const noBytes = new Uint8Array(0);

/**
 * Hours and days that are over, packed as arrays of 32-bit numbers, as a start reads them: all series, then the numbers of each, then a
 * checksum. A part is a copy of rows, which a trigger throws away when one of these rows is written, by whomever, so that it never says anything else than they do.
 * Upkeep packs what is missing.
 */
export class PackedRows {
  readonly #read: string;
  readonly #write: string;
  readonly #rowsOf: string;

  constructor(readonly db: Database, readonly shape: Shape) {
    const { table, rows, hasLatencies } = shape;
    const items = ["series", ...SUMS, ...(hasLatencies ? ["0", "0", "0", "length(latency)"] : [])];
    const latencies = hasLatencies ? ", latencies" : "";
    this.#read = `SELECT part, data${latencies} FROM ${table} WHERE start = ?`;
    this.#write = `INSERT OR REPLACE INTO ${table} (start, part, data${latencies})
      VALUES (?, ?, ?${hasLatencies ? ", ?" : ""})`;
    // SQLite joins the columns of all series itself: a row for each of them would be an object each, and those take most of the time.
    this.#rowsOf = `SELECT count(*) AS count,
        group_concat(printf('${items.map(() => "%d").join(" ")}', ${items.join(", ")}), ' ') AS numbers
        ${hasLatencies ? ", CAST(group_concat(latency, '') AS BLOB) AS latencies" : ""}
      FROM (SELECT * FROM ${rows} WHERE start = ? AND series >= ? AND series < ? ORDER BY series)`;
  }

  static days(db: Database): PackedRows {
    return new PackedRows(db, days);
  }

  static hours(db: Database): PackedRows {
    return new PackedRows(db, hours);
  }

  /** All rows of units `from ≤ start < until`, oldest first, from parts where there are some and else from the rows. */
  *read(from: number, until: number): Generator<Part> {
    const parts = this.#parts();
    for (let start = from; start < until; start++) {
      const packed = this.#packed(start);
      for (let part = 0; part < parts; part++) {
        const row = packed.find((one) => one.part === part);
        const unpacked = row === undefined ? null : this.#unpack(start, part, row);
        if (row !== undefined && unpacked === null) this.#drop(start, part);
        const found = unpacked ?? this.#rows(start, part);
        if (found.series.length > 0) yield found;
      }
    }
  }

  /** Packs what is not packed yet of the units before `present`; each step is one part and its own transaction. */
  *pack(present: number): Generator<void> {
    const parts = this.#parts();
    const { from, until } = this.span(present - this.shape.most, present);
    for (let start = from; start < until; start++) {
      for (let part = 0; part < parts; part++) {
        const isKnown = `SELECT 1 FROM ${this.shape.table} WHERE start = ? AND part = ?`;
        if (this.db.get(isKnown, start, part) === undefined && this.#packOne(start, part)) yield;
      }
      yield;
    }
    if (!this.shape.keepsOlder) yield* this.#prune(present - this.shape.most);
  }

  /** Of the wanted units those that can have rows; a clock that was wrong may have left some anywhere. */
  span(from: number, until: number): { from: number; until: number } {
    const { rows } = this.shape;
    const ends = this.db.get(
      `SELECT (SELECT min(start) FROM ${rows}) AS oldest, (SELECT max(start) FROM ${rows}) AS newest`,
    )!;
    if (ends.oldest === null) return { from, until: from };
    return { from: Math.max(from, Number(ends.oldest)), until: Math.min(until, Number(ends.newest) + 1) };
  }

  *#prune(before: number): Generator<void> {
    const { table } = this.shape;
    for (let changes = -1; changes !== 0;) {
      changes = this.db.run(
        `DELETE FROM ${table} WHERE (start, part) IN (SELECT start, part FROM ${table} WHERE start < ? LIMIT 4)`,
        before,
      ).changes;
      yield;
    }
  }

  /** Where the file is damaged here, the rows are still read: these are copies. */
  #packed(start: number): Row[] {
    try {
      return this.db.all(this.#read, start);
    } catch (error) {
      if (isDamage(error)) return [];
      throw error;
    }
  }

  /** So that the next upkeep packs it anew. */
  #drop(start: number, part: number): void {
    try {
      this.db.run(`DELETE FROM ${this.shape.table} WHERE start = ? AND part = ?`, start, part);
    } catch { /* nobody needs it: the rows are there */ }
  }

  /** Reading and writing are one transaction, so that no row changes in between. */
  #packOne(start: number, part: number): boolean {
    return this.db.transaction(() => {
      const { series, numbers, latencies } = this.#rows(start, part);
      if (series.length === 0) return false;
      const packed = new Uint32Array(series.length + numbers.length + 1);
      packed.set(series);
      packed.set(numbers, series.length);
      // Numbers that do not fit are those of a clock or an import that was wrong; they stay where they are.
      if (numbers.some((number, i) => number !== packed[series.length + i])) return false;
      const data = new Uint8Array(packed.buffer);
      packed[packed.length - 1] = checksum(data, latencies);
      this.db.run(this.#write, start, part, data, ...(this.shape.hasLatencies ? [latencies] : []));
      return true;
    });
  }

  #parts(): number {
    return partOf(this.db.number("SELECT max(id) FROM series")) + 1;
  }

  #rows(start: number, part: number): Part {
    const row = this.db.get(this.#rowsOf, start, part * SERIES_A_PART, (part + 1) * SERIES_A_PART)!;
    const { series, numbers } = split(String(row.numbers ?? ""), Number(row.count), this.shape.width);
    const latencies = row.latencies as Uint8Array | null | undefined ?? noBytes;
    if (this.shape.hasLatencies) readHeads(numbers, latencies);
    return { start, part, series, numbers, latencies };
  }

  /** Null when the bytes are not those that were packed, so that the rows themselves are read. */
  #unpack(start: number, part: number, row: Row): Part | null {
    const { width, hasLatencies } = this.shape;
    // Numbers of four bytes may not stand anywhere; a copy begins where they may.
    const data = row.data as Uint8Array;
    const { buffer, byteOffset, length } = data.byteOffset % 4 === 0 ? data : data.slice();
    const count = (length / 4 - 1) / (1 + width);
    if (!Number.isInteger(count) || count < 1) return null;
    const latencies = hasLatencies ? row.latencies as Uint8Array : noBytes;
    const [kept] = new Uint32Array(buffer as ArrayBuffer, byteOffset + length - 4, 1);
    if (kept !== checksum(data, latencies)) return null;
    const series = new Uint32Array(buffer as ArrayBuffer, byteOffset, count);
    const numbers = new Uint32Array(buffer as ArrayBuffer, byteOffset + 4 * count, count * width);
    return { start, part, series, numbers, latencies };
  }
}

/** Rows as SQLite joins them, the series first in each. */
function split(text: string, count: number, width: number): Pick<Part, "series"> & { numbers: Float64Array } {
  const rows = readNumbers(text, count * (1 + width));
  const series = new Uint32Array(count);
  const numbers = new Float64Array(count * width);
  for (let i = 0; i < count; i++) {
    const at = i * (1 + width);
    series[i] = rows[at];
    numbers.set(rows.subarray(at + 1, at + 1 + width), i * width);
  }
  return { series, numbers };
}

/** Fills in what the histograms themselves say of count, smallest and largest. */
function readHeads(numbers: Float64Array, latencies: Uint8Array): void {
  let latencyAt = 0;
  for (let at = 0; at < numbers.length; at += HOUR_WIDTH) {
    const end = latencyAt + numbers[at + HOUR_WIDTH - 1];
    readHead(latencies, latencyAt, end, numbers, at + SUMS.length);
    latencyAt = end;
  }
}

/** Of a part: of its numbers but the last, which is the place for this one, and of its latencies. */
function checksum(data: Uint8Array, latencies: Uint8Array): number {
  return crc32(latencies, crc32(data.subarray(0, data.length - 4)));
}

/** A check speaks on into an hour that is over until the next one comes, so it is left alone for a while. */
const SETTLES_MS = 3 * MINUTE;

/** Packs the days and hours that are over and that a start would read. */
export function* packPast(db: Database, now: number): Generator<void> {
  yield* PackedRows.days(db).pack(Math.floor(now / DAY));
  yield* PackedRows.hours(db).pack(Math.floor((now - SETTLES_MS) / HOUR));
}

/** Whole numbers written one after another with one blank between them. */
export function readNumbers(text: string, count: number): Float64Array {
  const numbers = new Float64Array(count);
  let index = 0;
  let value = 0;
  let sign = 1;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x20) {
      numbers[index++] = value * sign;
      value = 0;
      sign = 1;
    } else if (code === 0x2d) sign = -1;
    else value = value * 10 + code - 0x30;
  }
  numbers[index] = value * sign;
  return numbers;
}
