import { HOUR } from "../../domain/clock.ts";
import { BucketCounts, bucketOf, emptyHistogram, type Histogram, roomFor } from "../../domain/histogram.ts";
import type { Slices } from "../../domain/slices.ts";
import type { HourRows, KeptLatencies } from "../../domain/store.ts";
import { COUNT, END, MAX_MS, MIN_MS, START, STRETCH_WIDTH } from "../../domain/stretch_row.ts";
import { addPacked, PackedHistogram } from "../histogram_codec.ts";
import type { Database } from "./database.ts";
import { HOUR_WIDTH, PackedRows, partOf } from "./packed_rows.ts";
import type { Series } from "./series.ts";

/** Numbers that say where the latencies of a row stand. */
const PLACE = 3;

/** Series after which the clock is looked at: a fraction of a millisecond. */
const SERIES_A_LOOK = 16;
/** Rows left free behind those of a series, so that the first hours after a start need no new array. */
const SPARE_ROWS = 8;

/** The rows of one hour while their series are gone through in their order. */
interface Cursor {
  readonly startAt: number;
  readonly series: Uint32Array;
  readonly numbers: Float64Array | Uint32Array;
  /** Which series is next, and where its latencies begin. */
  next: number;
  latencyAt: number;
}

/** All hours of the series that are packed together. */
interface Part {
  readonly cursors: Cursor[];
  /** The latencies of each. */
  readonly blobs: Uint8Array[];
}

/** The hours of every series that has some. Of damaged latencies nothing is read, so that one hour's do not keep Hora from starting. */
export async function readHours(
  db: Database,
  series: readonly Series[],
  { from, until }: { from: number; until: number },
  slices: Slices,
): Promise<Map<string, HourRows>> {
  const packed = PackedRows.hours(db);
  const wanted = packed.span(from, until);
  const parts = new Map<number, Part>();
  let count = 0;
  for (const { start, part, series, numbers, latencies } of packed.read(wanted.from, wanted.until)) {
    count += series.length;
    const { cursors, blobs } = parts.getOrInsertComputed(part, () => ({ cursors: [], blobs: [] }));
    cursors.push({ startAt: start * HOUR, series, numbers, next: 0, latencyAt: 0 });
    blobs.push(latencies);
    await slices.pause();
  }
  const reader = new HourReader(count + series.length * SPARE_ROWS);
  const found = new Map<string, HourRows>();
  for (const { id, monitorId } of series.toSorted((a, b) => a.id - b.id)) {
    const part = parts.get(partOf(id));
    const hours = part === undefined ? null : reader.read(id, part);
    if (hours !== null) found.set(monitorId, hours);
    if (found.size % SERIES_A_LOOK === 0) await slices.pause();
  }
  if (reader.isDamaged) db.noteDamage("latencies of an hour cannot be read: malformed");
  return found;
}

/** Reads series after series, in rising order of their numbers, into arrays that all of them share. */
class HourReader {
  isDamaged = false;
  readonly #rows: Float64Array;
  /** For each row: in which part's bytes its latencies stand, from where and until where. */
  readonly #places: Uint32Array;
  #used = 0;

  constructor(count: number) {
    this.#rows = new Float64Array(count * STRETCH_WIDTH);
    this.#places = new Uint32Array(count * PLACE);
  }

  read(series: number, { cursors, blobs }: Part): HourRows | null {
    const first = this.#used;
    for (let i = 0; i < cursors.length; i++) if (isAt(cursors[i], series)) this.#take(cursors[i], i);
    if (this.#used === first) return null;
    const total = this.#total(first, blobs);
    const count = this.#used - first;
    this.#used += SPARE_ROWS;
    return {
      count,
      rows: this.#rows.subarray(first * STRETCH_WIDTH, this.#used * STRETCH_WIDTH),
      latencies: new PackedLatencies(blobs, this.#places, first),
      total,
    };
  }

  #take(cursor: Cursor, index: number): void {
    const { numbers, latencyAt } = cursor;
    const at = cursor.next * HOUR_WIDTH;
    const rows = this.#rows;
    const to = this.#used * STRETCH_WIDTH;
    for (let i = 0; i < START; i++) rows[to + i] = numbers[at + i];
    rows[to + START] = cursor.startAt;
    rows[to + END] = cursor.startAt + HOUR;
    cursor.next += 1;
    cursor.latencyAt = latencyAt + numbers[at + HOUR_WIDTH - 1];
    const place = this.#used * PLACE;
    this.#places[place] = index;
    this.#places[place + 1] = latencyAt;
    this.#places[place + 2] = cursor.latencyAt;
    this.#used += 1;
  }

  /** All latencies of the rows from `first` on, each read through once for its sum and to see whether it is whole. */
  #total(first: number, blobs: readonly Uint8Array[]): BucketCounts {
    const rows = this.#rows;
    const places = this.#places;
    let minMs = Infinity;
    let maxMs = 0;
    for (let to = first * STRETCH_WIDTH; to < this.#used * STRETCH_WIDTH; to += STRETCH_WIDTH) {
      if (rows[to + COUNT] === 0) continue;
      minMs = Math.min(minMs, rows[to + MIN_MS]);
      maxMs = Math.max(maxMs, rows[to + MAX_MS]);
    }
    // Of damaged ones the smallest may be larger than the largest.
    const { from, length } = roomFor(bucketOf(minMs), bucketOf(Math.max(minMs, maxMs)));
    const counts = new Uint32Array(length);
    for (let row = first; row < this.#used; row++) {
      const place = row * PLACE;
      const to = row * STRETCH_WIDTH;
      const bytes = blobs[places[place]];
      const at = places[place + 1];
      const end = places[place + 2];
      if (at === end || addPacked(bytes, at, end, counts, from, 1) === rows[to + COUNT]) continue;
      addPacked(bytes, at, end, counts, from, -1);
      rows.fill(0, to + COUNT, to + START);
      places[place + 2] = at;
      this.isDamaged = true;
    }
    return new BucketCounts(counts, from);
  }
}

/** Goes on to a series, past those that nobody knows any more; false when it has no row here. */
function isAt(cursor: Cursor, wanted: number): boolean {
  const { series, numbers } = cursor;
  for (; series[cursor.next] < wanted; cursor.next++) {
    cursor.latencyAt += numbers[(cursor.next + 1) * HOUR_WIDTH - 1];
  }
  return series[cursor.next] === wanted;
}

/** Latencies that stay in the bytes of their hours until somebody looks. */
class PackedLatencies implements KeptLatencies {
  constructor(readonly blobs: readonly Uint8Array[], readonly places: Uint32Array, readonly first: number) {}

  at(index: number): Histogram {
    const place = (this.first + index) * PLACE;
    const [part, at, end] = this.places.subarray(place, place + PLACE);
    return at === end ? emptyHistogram : new PackedHistogram(this.blobs[part], at, end);
  }
}
