import assert from "node:assert/strict";
import { bucketOf, type Histogram, HistogramBuilder, percentilesOf } from "../domain/histogram.ts";
import { seeded } from "../domain/seeded.ts";
import { addPacked, PackedHistogram, packHistogram, readHead } from "./histogram_codec.ts";

function contentOf(histogram: Histogram) {
  const buckets: [number, number][] = [];
  histogram.each((bucket, count) => buckets.push([bucket, count]));
  return { buckets, count: histogram.count, minMs: histogram.minMs, maxMs: histogram.maxMs };
}

function naive(values: readonly number[]): ReturnType<typeof contentOf> {
  const buckets = new Map<number, number>();
  for (const value of values) buckets.set(bucketOf(value), (buckets.get(bucketOf(value)) ?? 0) + 1);
  return {
    buckets: [...buckets].sort(([a], [b]) => a - b),
    count: values.length,
    minMs: Math.min(...values),
    maxMs: Math.max(...values),
  };
}

function filled(values: readonly number[]): HistogramBuilder {
  const histogram = new HistogramBuilder();
  for (const value of values) histogram.add(value);
  return histogram;
}

/** Latencies that make the range in use grow at both ends, by little and by much. */
const latencies = [70, 5_000, 71, 3, 90_000_000, 0, 63, 64, 5_000];

Deno.test("a histogram holds what was added wherever it falls, also once packed", () => {
  for (let length = 1; length <= latencies.length; length++) {
    const values = latencies.slice(0, length);
    const packed = new PackedHistogram(packHistogram(filled(values))!);
    assert.deepEqual(contentOf(filled(values)), naive(values));
    assert.deepEqual(contentOf(packed), naive(values));
    assert.deepEqual(percentilesOf(packed, [1, 50, 99]), percentilesOf(filled(values), [1, 50, 99]));
  }
  assert.equal(packHistogram(new HistogramBuilder()), null);
});

Deno.test("histograms of different ranges merge, in either order, packed or not", () => {
  const [low, high] = [[0, 3, 3], [70_000, 90_000]];
  for (const [first, second] of [[low, high], [high, low]]) {
    const histogram = filled(first);
    histogram.merge(new PackedHistogram(packHistogram(filled(second))!));
    assert.deepEqual(contentOf(histogram), naive([...low, ...high]));
  }
});

Deno.test("bytes add up to what the histogram in them holds, and are taken away again", () => {
  const random = seeded(7);
  const counts = new Uint32Array(1_088);
  for (let round = 0; round < 200; round++) {
    const values = Array.from(
      { length: 1 + Math.floor(random() * 300) },
      () => Math.floor(random() ** 8 * 5_000_000),
    );
    const bytes = Uint8Array.of(9, 9, ...packHistogram(filled(values))!, 9);
    const [at, end] = [2, bytes.length - 1];
    const head = new Float64Array(3);
    readHead(bytes, at, end, head, 0);
    const expected = naive(values);
    assert.deepEqual([...head], [expected.count, expected.minMs, expected.maxMs]);
    const from = bucketOf(expected.minMs);
    assert.equal(addPacked(bytes, at, end, counts, from, 1), values.length);
    const found = [...counts].flatMap((count, i) => count === 0 ? [] : [[from + i, count]]);
    assert.deepEqual(found, expected.buckets);
    addPacked(bytes, at, end, counts, from, -1);
    assert.ok(counts.every((count) => count === 0));
    // Cut off, or with one byte changed: never believed unless it adds up, and taken away again whatever it was.
    bytes[at + Math.floor(random() * (end - at))] = Math.floor(random() * 256);
    const cut = end - Math.floor(random() * 3);
    addPacked(bytes, at, cut, counts, from, 1);
    addPacked(bytes, at, cut, counts, from, -1);
    assert.ok(counts.every((count) => count === 0));
  }
  assert.equal(addPacked(Uint8Array.of(1, 5, 0, 0x16), 0, 4, new Uint32Array(3), 0, 1), NaN, "outside");
  assert.equal(addPacked(Uint8Array.of(1, 5, 0, 0, 128), 0, 5, new Uint32Array(3), 0, 1), NaN, "cut off");
  assert.equal(addPacked(Uint8Array.of(0), 0, 1, new Uint32Array(3), 0, 1), NaN, "no whole head");
});
