import type { Histogram } from "../domain/histogram.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";

/**
 * A histogram as bytes: count, smallest latency, how much larger the largest is, then for each bucket in rising order its distance to the
 * bucket before and how many it holds. Distance and count share one byte while both are below 16 (the usual case); a byte 0 says that two
 * whole numbers follow. The bytes are kept as they are and read each time somebody looks: most aggregates are read for their coverage alone.
 */
export class PackedHistogram implements Histogram {
  readonly count: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly #bytes: Uint8Array;
  readonly #bucketsAt: number;
  readonly #end: number;

  /** In `bytes` from `from` on up to `end`, so that many may share one array. Throws `RangeError` when the bytes are damaged. */
  constructor(bytes: Uint8Array, from = 0, end = bytes.length) {
    const reader = new ByteReader(bytes, from, Math.min(end, bytes.length));
    this.count = reader.number();
    this.minMs = reader.number();
    this.maxMs = this.minMs + reader.number();
    this.#bytes = bytes;
    this.#bucketsAt = reader.position;
    this.#end = Math.min(end, bytes.length);
  }

  /** The histogram in these bytes; null when they hold none, or one whose buckets do not add up. */
  static read(bytes: Uint8Array, from = 0, end = bytes.length): PackedHistogram | null {
    try {
      const histogram = new PackedHistogram(bytes, from, end);
      let count = 0;
      histogram.each((_, held) => count += held);
      return count === histogram.count ? histogram : null;
    } catch (error) {
      if (error instanceof RangeError) return null;
      throw error;
    }
  }

  each(visit: (bucket: number, count: number) => void): void {
    const bytes = this.#bytes;
    let bucket = -1;
    for (let at = this.#bucketsAt; at < this.#end;) {
      const both = bytes[at++];
      if (both !== 0) visit(bucket += both & 15, both >> 4);
      else {
        const reader = new ByteReader(bytes, at, this.#end);
        bucket += reader.number();
        visit(bucket, reader.number());
        at = reader.position;
      }
    }
  }
}

/** How many whole numbers stand before the buckets. */
const HEAD = 3;

/** Writes count, smallest and largest latency of the bytes `at ≤ i < end` to `into` from `to` on; no bytes are an empty histogram. */
export function readHead(bytes: Uint8Array, at: number, end: number, into: Float64Array, to: number): void {
  if (at === end) return;
  for (let i = 0; i < HEAD; i++) {
    let value = 0;
    for (let byte = 128, scale = 1; byte > 127; scale *= 128) {
      byte = at < end ? bytes[at++] : 0;
      value += (byte & 127) * scale;
    }
    into[to + i] = value;
  }
  into[to + 2] += into[to + 1];
}

/**
 * Adds what the buckets of a packed histogram hold to `counts`, which begin with bucket `from`, or with -1 takes it away again; returns how
 * many latencies that are. NaN: the bytes are damaged, or it needs other buckets; all before that place was added. Without an object, since a
 * start reads ten thousands.
 */
export function addPacked(
  bytes: Uint8Array,
  at: number,
  end: number,
  counts: Uint32Array,
  from: number,
  sign: 1 | -1,
): number {
  for (let numbers = 0; numbers < HEAD;) {
    if (at >= end) return NaN;
    if (bytes[at++] < 128) numbers += 1;
  }
  const { length } = counts;
  let index = -1 - from;
  let sum = 0;
  while (at < end) {
    const both = bytes[at++];
    let distance = both & 15;
    let count = both >> 4;
    if (both === 0) {
      for (let scale = 1, byte = 128; byte > 127; scale *= 128) {
        if (at >= end) return NaN;
        byte = bytes[at++];
        distance += (byte & 127) * scale;
      }
      for (let scale = 1, byte = 128; byte > 127; scale *= 128) {
        if (at >= end) return NaN;
        byte = bytes[at++];
        count += (byte & 127) * scale;
      }
      // A larger one could not be taken away again exactly.
      if (count > 0xffff_ffff) return NaN;
    }
    index += distance;
    if (index < 0 || index >= length) return NaN;
    counts[index] += sign * count;
    sum += count;
  }
  return sum;
}

/**
 * What `PackedHistogram` reads; null when the histogram is empty. `writer` is cleared: whoever packs many gives the same one, and has used
 * the bytes, which are the writer's own, before the next.
 */
export function packHistogram(
  histogram: Histogram,
  writer: ByteWriter = new ByteWriter(),
): Uint8Array | null {
  if (histogram.count === 0) return null;
  writer.clear();
  writer.number(histogram.count);
  writer.number(histogram.minMs);
  writer.number(histogram.maxMs - histogram.minMs);
  let before = -1;
  histogram.each((bucket, count) => {
    const distance = bucket - before;
    if (distance < 16 && count < 16) writer.byte(count << 4 | distance);
    else {
      writer.byte(0);
      writer.number(distance);
      writer.number(count);
    }
    before = bucket;
  });
  return writer.view();
}
