/**
 * A compact latency histogram: whole milliseconds, exact below 64 ms, above that 64 buckets per power of two, so that a bucket is never
 * wider than 1/64 of its lower edge (1.6 %) and the reported middle is within 0.8 %. Values above about 70 minutes share the last bucket.
 */
export interface Histogram {
  readonly count: number;
  readonly minMs: number;
  readonly maxMs: number;
  /** Every bucket in use and how many it holds, in rising order. */
  each(visit: (bucket: number, count: number) => void): void;
}

export const emptyHistogram: Histogram = { count: 0, minMs: 0, maxMs: 0, each: () => {} };

const EXACT = 64;
const LAST_BUCKET = EXACT + 16 * 64 - 1;

/** The bucket of a latency in ms; fractions are cut, negatives count as 0. */
export function bucketOf(latencyMs: number): number {
  const ms = Math.max(0, Math.trunc(latencyMs));
  if (ms < EXACT) return ms;
  const octave = 31 - Math.clz32(Math.min(ms, 0x7fffffff));
  const within = (Math.min(ms, 0x7fffffff) >> (octave - 6)) - 64;
  return Math.min(LAST_BUCKET, EXACT + (octave - 6) * 64 + within);
}

/** The middle of a bucket, in whole ms. */
export function valueOf(bucket: number): number {
  if (bucket < EXACT) return bucket;
  const octave = Math.floor((bucket - EXACT) / 64) + 6;
  const width = 2 ** (octave - 6);
  const low = (64 + (bucket - EXACT) % 64) * width;
  return Math.floor(low + (width - 1) / 2);
}

/** By how many buckets a growing range of counts is widened, at either end. */
const ROOM = 16;

/** The buckets `lowest … highest`, widened to multiples of `ROOM`: the first one, and how many. */
export function roomFor(lowest: number, highest: number): { from: number; length: number } {
  const from = Math.floor(lowest / ROOM) * ROOM;
  return { from, length: Math.ceil((highest + 1) / ROOM) * ROOM - from };
}

/**
 * Counts by bucket: an array that holds only the range in use, with some room, because every series keeps several of them and latencies of
 * one target lie close together.
 */
export class BucketCounts {
  /** The counts of the buckets from `#from` on. */
  #counts: Uint32Array;
  #from: number;

  /** Takes over counts that begin with bucket `from`. */
  constructor(counts = new Uint32Array(0), from = 0) {
    this.#counts = counts;
    this.#from = from;
  }

  /** Adds to a bucket; a negative number takes away again what was added before. */
  put(bucket: number, count: number): void {
    const index = bucket - this.#from;
    if (index >= 0 && index < this.#counts.length) this.#counts[index] += count;
    else if (count !== 0) {
      this.#makeRoom(bucket);
      this.#counts[bucket - this.#from] += count;
    }
  }

  /** Adds (or with -1 takes away) all that a histogram holds. */
  addAll(histogram: Pick<Histogram, "each">, sign: 1 | -1): void {
    histogram.each((bucket, count) => this.put(bucket, sign * count));
  }

  each(visit: (bucket: number, count: number) => void): void {
    const counts = this.#counts;
    for (let i = 0; i < counts.length; i++) if (counts[i] > 0) visit(this.#from + i, counts[i]);
  }

  /** Moves the counts to a larger array; its ends are multiples of `ROOM`. */
  #makeRoom(bucket: number): void {
    const { length } = this.#counts;
    const lowest = length === 0 ? bucket : Math.min(bucket, this.#from);
    const highest = length === 0 ? bucket : Math.max(bucket, this.#from + length - 1);
    const { from, length: wanted } = roomFor(lowest, highest);
    const grown = new Uint32Array(wanted);
    if (length > 0) grown.set(this.#counts, this.#from - from);
    this.#counts = grown;
    this.#from = from;
  }
}

/** A histogram that is filled step by step. */
export class HistogramBuilder implements Histogram {
  readonly #counts = new BucketCounts();
  count = 0;
  minMs = 0;
  maxMs = 0;

  /** Counts a latency, `times` times. */
  add(latencyMs: number, times = 1): void {
    const ms = Math.max(0, Math.trunc(latencyMs));
    this.#counts.put(bucketOf(ms), times);
    this.#widen(ms, ms, times);
  }

  merge(other: Histogram): void {
    if (other.count === 0) return;
    this.#counts.addAll(other, 1);
    this.#widen(other.minMs, other.maxMs, other.count);
  }

  each(visit: (bucket: number, count: number) => void): void {
    this.#counts.each(visit);
  }

  #widen(minMs: number, maxMs: number, count: number): void {
    this.minMs = this.count === 0 ? minMs : Math.min(this.minMs, minMs);
    this.maxMs = this.count === 0 ? maxMs : Math.max(this.maxMs, maxMs);
    this.count += count;
  }
}

/**
 * Nearest-rank percentiles in one pass, `ps` ascending in 1 … 100, in whole ms within the histogram's error; null where it is empty.
 */
export function percentilesOf(histogram: Histogram, ps: readonly number[]): (number | null)[] {
  const { count, minMs, maxMs } = histogram;
  if (count === 0) return ps.map(() => null);
  const ranks = ps.map((p) => Math.min(count, Math.max(1, Math.ceil((p * count) / 100))));
  const results: number[] = [];
  let seen = 0;
  histogram.each((bucket, held) => {
    seen += held;
    while (results.length < ranks.length && seen >= ranks[results.length]) {
      results.push(Math.min(maxMs, Math.max(minMs, valueOf(bucket))));
    }
  });
  while (results.length < ranks.length) results.push(maxMs);
  return results;
}
