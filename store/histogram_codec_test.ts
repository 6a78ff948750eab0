import assert from "node:assert/strict";
import { bucketOf, type Histogram, HistogramBuilder, percentilesOf } from "../domain/histogram.ts";
import { PackedHistogram, packHistogram } from "./histogram_codec.ts";

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
