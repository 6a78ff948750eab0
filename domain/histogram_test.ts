import assert from "node:assert/strict";
import { bucketOf, HistogramBuilder, percentilesOf, valueOf } from "./histogram.ts";

Deno.test("percentilesOf() is exact below 64 ms", () => {
  const histogram = new HistogramBuilder();
  for (const ms of [31, 7, 20, 9]) histogram.add(ms);
  assert.deepEqual(percentilesOf(histogram, [50, 95, 99]), [9, 31, 31]);
});

Deno.test("a bucket's value is within 1.6 % of every latency in it", () => {
  for (let ms = 0; ms < 4_000_000; ms += 1 + Math.floor(ms / 97)) {
    assert.ok(Math.abs(valueOf(bucketOf(ms)) - ms) <= ms * 0.016, `${ms}`);
  }
});

Deno.test("buckets rise with the latency", () => {
  let last = -1;
  for (let ms = 0; ms < 200_000; ms++) {
    const bucket = bucketOf(ms);
    assert.ok(bucket === last || bucket === last + 1, `${ms}`);
    last = bucket;
  }
});

Deno.test("merging equals adding everything to one", () => {
  const [a, b, all] = [new HistogramBuilder(), new HistogramBuilder(), new HistogramBuilder()];
  for (let i = 0; i < 500; i++) {
    const ms = (i * 7919) % 3000;
    (i % 2 ? a : b).add(ms);
    all.add(ms);
  }
  a.merge(b);
  assert.deepEqual(percentilesOf(a, [1, 50, 95, 99]), percentilesOf(all, [1, 50, 95, 99]));
});
