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
