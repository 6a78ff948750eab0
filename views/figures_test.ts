import assert from "node:assert/strict";
import { budgetMinutes, latencies, latency, percent } from "./figures.ts";

const plain = (text: string) => text.replaceAll("\u00a0", " ");

Deno.test("percent() never rounds up to 100", () => {
  assert.equal(plain(percent(0.999999)), "99.99%");
  assert.equal(plain(percent(1)), "100%");
  assert.equal(plain(percent(0)), "0.00%");
  assert.equal(plain(percent(0.9997)), "99.97%");
  assert.equal(percent(null), "–");
});

Deno.test("budgetMinutes() names days only from two on", () => {
  assert.deepEqual([0, 119, 120, 2_879, 2_880].map(budgetMinutes), ["0m", "119m", "2h00m", "47h59m", "2d0h"]);
});

Deno.test("latencies() names a unit once as long as it stays the same", () => {
  const plain = (all: (number | null)[]) => latencies(all).replaceAll("\u00a0", " ");
  assert.equal(plain([78, 148, 203]), "78 · 148 · 203 ms");
  assert.equal(plain([410, 779, 1_066]), "410 · 779 ms · 1.1 s");
  assert.equal(plain([1_200, 3_400, 12_000]), "1.2 · 3.4 · 12.0 s");
  assert.equal(plain([0.2, 1, 2]), "< 1 · 1 · 2 ms");
  assert.equal(plain([null, null, null]), "–");
});

Deno.test("latency() changes to seconds at one", () => {
  assert.deepEqual([61, 999, 1_000, 1_949, 120_000].map((ms) => plain(latency(ms))), [
    "61 ms",
    "999 ms",
    "1.0 s",
    "1.9 s",
    "120 s",
  ]);
});
