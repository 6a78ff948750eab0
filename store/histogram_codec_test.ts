import assert from "node:assert/strict";
import { type Histogram, HistogramBuilder } from "../domain/histogram.ts";
import { DenseHistogram, PackedHistogram } from "./histogram_codec.ts";

const sorted = ({ buckets, count, minMs, maxMs }: Histogram) => ({
  buckets: [...buckets].sort(([a], [b]) => a - b),
  count,
  minMs,
  maxMs,
});

/** Latencies that make the range in use grow at both ends, by little and by much. */
const latencies = [70, 5_000, 71, 3, 90_000_000, 0, 63, 64, 5_000];

function filled<H extends { add(latencyMs: number): void }>(histogram: H, values: readonly number[]): H {
  for (const value of values) histogram.add(value);
  return histogram;
}

Deno.test("a dense histogram holds what was added wherever it falls, also once packed", () => {
  for (let length = 1; length <= latencies.length; length++) {
    const values = latencies.slice(0, length);
    const wanted = sorted(filled(new HistogramBuilder(), values));
    const dense = filled(new DenseHistogram(), values);
    assert.deepEqual(sorted(dense), wanted);
    assert.deepEqual(sorted(new PackedHistogram(dense.pack()!)), wanted);
  }
});

Deno.test("dense histograms of different ranges merge, in either order", () => {
  const [low, high] = [[0, 3, 3], [70_000, 90_000]];
  const wanted = sorted(filled(new HistogramBuilder(), [...low, ...high]));
  for (const [first, second] of [[low, high], [high, low]]) {
    const dense = filled(new DenseHistogram(), first);
    dense.merge(filled(new DenseHistogram(), second));
    assert.deepEqual(sorted(dense), wanted);
  }
});
