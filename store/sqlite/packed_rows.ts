import { DAY } from "../../domain/clock.ts";
import type { Database } from "./database.ts";

/** Columns of a series and day, in the order of a row of `SumsTable` after the series. */
export const SUMS = ["up", "degraded", "down", "planned", "up_ms", "degraded_ms", "down_ms", "planned_ms"];
/** Numbers of one series and day: the series, then its sums. */
export const DAY_WIDTH = 1 + SUMS.length;
/** Series whose sums of one day are packed together: few enough to read and pack within a slice. The triggers of schema 2 say it too. */
const SERIES_A_PART = 1_024;
/** Days back from today that are packed: the bar and the longest objective. */
const MOST_DAYS = 400;

/** The sums of some series on one day, `DAY_WIDTH` numbers each. */
interface Part {
  readonly start: number;
  readonly numbers: Float64Array;
}

/**
 * Sums of days that are over, packed as the arrays that a start reads: a part of a day is a copy of rows of `days`, which a trigger throws
 * away when one of these rows is written, by whomever, so that it never says anything else than they do. Upkeep packs what is missing.
 */
export class PackedRows {
  constructor(readonly db: Database) {}

  /** All sums of days `from ≤ start < until`, from parts where there are some and else from the rows. */
  *read(from: number, until: number): Generator<Part> {
    const parts = this.#parts();
    const days = this.#span(from, until);
    for (let start = days.from; start < days.until; start++) {
      const packed = new Map<number, Float64Array | null>();
      for (const { part, data } of this.db.all("SELECT part, data FROM day_tables WHERE start = ?", start)) {
        packed.set(Number(part), unpack(data as Uint8Array));
      }
      for (let part = 0; part < parts; part++) {
        const numbers = packed.get(part) ?? this.#rows(start, part);
        if (numbers.length > 0) yield { start, numbers };
      }
    }
  }

  /** Packs what is not packed yet of the days before `today`; each step is one part and its own transaction. */
  *pack(today: number): Generator<void> {
    const parts = this.#parts();
    const days = this.#span(today - MOST_DAYS, today);
    for (let start = days.from; start < days.until; start++) {
      for (let part = 0; part < parts; part++) {
        const known = this.db.get("SELECT 1 FROM day_tables WHERE start = ? AND part = ?", start, part);
        if (known === undefined && this.#packOne(start, part)) yield;
      }
      yield;
    }
  }

  /** Reading and writing are one transaction, so that no row changes in between. */
  #packOne(start: number, part: number): boolean {
    return this.db.transaction(() => {
      const { buffer, byteLength } = this.#rows(start, part);
      if (byteLength === 0) return false;
      const data = new Uint8Array(buffer);
      this.db.run(
        "INSERT OR REPLACE INTO day_tables (start, part, data) VALUES (?, ?, ?)",
        start,
        part,
        data,
      );
      return true;
    });
  }

  #parts(): number {
    return Math.ceil((this.db.number("SELECT max(id) FROM series") + 1) / SERIES_A_PART);
  }

  /** Of the wanted days those that can have rows; a clock that was wrong may have left some anywhere. */
  #span(from: number, until: number): { from: number; until: number } {
    const ends = this.db.get(
      "SELECT (SELECT min(start) FROM days) AS oldest, (SELECT max(start) FROM days) AS newest",
    )!;
    if (ends.oldest === null) return { from, until: from };
    return { from: Math.max(from, Number(ends.oldest)), until: Math.min(until, Number(ends.newest) + 1) };
  }

  /** SQLite joins the columns of all series itself: a row for each of them would be an object each, and those take most of the time. */
  #rows(start: number, part: number): Float64Array {
    const row = this.db.get(
      `SELECT count(*) AS count,
         group_concat(printf('${"%d ".repeat(DAY_WIDTH).trim()}', series, ${SUMS.join(", ")}), ' ') AS numbers
       FROM days WHERE start = ? AND series >= ? AND series < ?`,
      start,
      part * SERIES_A_PART,
      (part + 1) * SERIES_A_PART,
    )!;
    return row.numbers === null
      ? new Float64Array(0)
      : readNumbers(String(row.numbers), Number(row.count) * DAY_WIDTH);
  }
}

/** The UTC day of an instant, counted from 1970. */
export const dayOf = (at: number): number => Math.floor(at / DAY);

/** Null when the bytes are no whole rows, so that the rows themselves are read. */
function unpack(data: Uint8Array): Float64Array | null {
  // Numbers of eight bytes may not stand anywhere; a copy begins where they may.
  return data.length % (8 * DAY_WIDTH) === 0 ? new Float64Array(data.slice().buffer) : null;
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
