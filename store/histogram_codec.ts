import { bucketOf, type Histogram } from "../domain/histogram.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";

/** One more than the highest bucket of `domain/histogram.ts`. */
const BUCKETS = bucketOf(Number.MAX_SAFE_INTEGER) + 1;
/** By how many buckets a growing histogram is widened, at either end. */
const ROOM = 16;

/**
 * A histogram as bytes: count, smallest latency, how much larger the largest is, then for each bucket in rising order its distance to the
 * bucket before and how many it holds. Distance and count share one byte while both are below 16 (the usual case); a byte 0 says that two
 * whole numbers follow. Read only when somebody looks: most aggregates are read for their coverage alone.
 */
export class PackedHistogram implements Histogram {
  readonly count: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly #reader: ByteReader;
  #buckets: ReadonlyMap<number, number> | null = null;

  constructor(bytes: Uint8Array) {
    this.#reader = new ByteReader(bytes);
    this.count = this.#reader.number();
    this.minMs = this.#reader.number();
    this.maxMs = this.minMs + this.#reader.number();
  }

  get buckets(): ReadonlyMap<number, number> {
    return this.#buckets ??= unpackBuckets(this.#reader);
  }
}

function unpackBuckets(reader: ByteReader): Map<number, number> {
  const buckets = new Map<number, number>();
  let bucket = -1;
  while (!reader.isAtEnd) {
    const both = reader.byte();
    const distance = both === 0 ? reader.number() : both & 15;
    bucket += distance;
    buckets.set(bucket, both === 0 ? reader.number() : both >> 4);
  }
  return buckets;
}

/**
 * A histogram that is added to all the time: an array that holds only the range of buckets in use, with some room, because every series
 * keeps two of them and latencies of one target lie close together.
 */
export class DenseHistogram implements Histogram {
  /** The counts of the buckets from `#from` on. */
  #counts = new Uint32Array(0);
  #from = 0;
  #lowest = BUCKETS;
  #highest = -1;
  count = 0;
  minMs = 0;
  maxMs = 0;

  add(latencyMs: number): void {
    const ms = Math.max(0, Math.trunc(latencyMs));
    this.#put(bucketOf(ms), 1);
    this.#widen(ms, ms, 1);
  }

  merge(other: Histogram): void {
    if (other.count === 0) return;
    if (other instanceof DenseHistogram) {
      for (let bucket = other.#lowest; bucket <= other.#highest; bucket++) {
        this.#put(bucket, other.#counts[bucket - other.#from]);
      }
    } else {
      for (const [bucket, count] of other.buckets) this.#put(bucket, count);
    }
    this.#widen(other.minMs, other.maxMs, other.count);
  }

  #put(bucket: number, count: number): void {
    if (count === 0) return;
    if (bucket < this.#lowest) this.#lowest = bucket;
    if (bucket > this.#highest) this.#highest = bucket;
    this.#makeRoom();
    this.#counts[bucket - this.#from] += count;
  }

  /** Moves the counts to a larger array when the range in use no longer fits; its ends are multiples of `ROOM`. */
  #makeRoom(): void {
    if (this.#lowest >= this.#from && this.#highest < this.#from + this.#counts.length) return;
    const from = Math.floor(this.#lowest / ROOM) * ROOM;
    const grown = new Uint32Array(Math.ceil((this.#highest + 1) / ROOM) * ROOM - from);
    if (this.#counts.length > 0) grown.set(this.#counts, this.#from - from);
    this.#counts = grown;
    this.#from = from;
  }

  #widen(minMs: number, maxMs: number, count: number): void {
    this.minMs = this.count === 0 ? minMs : Math.min(this.minMs, minMs);
    this.maxMs = this.count === 0 ? maxMs : Math.max(this.maxMs, maxMs);
    this.count += count;
  }

  get buckets(): ReadonlyMap<number, number> {
    return new Map(this.#entries());
  }

  *#entries(): Generator<[number, number]> {
    for (let bucket = this.#lowest; bucket <= this.#highest; bucket++) {
      const count = this.#counts[bucket - this.#from];
      if (count > 0) yield [bucket, count];
    }
  }

  /** What `PackedHistogram` reads; null when it is empty. */
  pack(): Uint8Array | null {
    if (this.count === 0) return null;
    const writer = new ByteWriter();
    writer.number(this.count);
    writer.number(this.minMs);
    writer.number(this.maxMs - this.minMs);
    let before = -1;
    for (let bucket = this.#lowest; bucket <= this.#highest; bucket++) {
      const count = this.#counts[bucket - this.#from];
      if (count === 0) continue;
      const distance = bucket - before;
      if (distance < 16 && count < 16) writer.byte(count << 4 | distance);
      else {
        writer.byte(0);
        writer.number(distance);
        writer.number(count);
      }
      before = bucket;
    }
    return writer.bytes();
  }
}
