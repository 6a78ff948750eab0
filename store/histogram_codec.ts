import type { Histogram } from "../domain/histogram.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";

/**
 * A histogram as bytes: count, smallest and largest latency, then for each bucket in rising order its distance to the bucket before and how
 * many it holds. Distance and count share one byte while they are below 16 (the usual case); 0 in the low half says that two whole numbers
 * follow.
 */
export function packHistogram(histogram: Histogram): Uint8Array | null {
  if (histogram.count === 0) return null;
  const writer = new ByteWriter();
  writer.number(histogram.count);
  writer.number(histogram.minMs);
  writer.number(histogram.maxMs - histogram.minMs);
  let before = -1;
  for (const [bucket, count] of [...histogram.buckets].sort((a, b) => a[0] - b[0])) {
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

/** Reads what `packHistogram` wrote, and only when somebody looks: most aggregates are read for their coverage alone. */
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
