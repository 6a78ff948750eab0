import assert from "node:assert/strict";
import { someCheck } from "../tests/support/checks.ts";
import { hourRows } from "../tests/support/hours.ts";
import { HOUR } from "./clock.ts";
import { HistogramBuilder } from "./histogram.ts";
import { RollingDay } from "./rolling_day.ts";

const now = Date.parse("2026-11-23T12:00:00Z");

function latencies(ms: number): HistogramBuilder {
  const histogram = new HistogramBuilder();
  histogram.add(ms, 60);
  return histogram;
}

const wellHour = [60, 0, 0, 0, HOUR, 0, 0, 0];

Deno.test("hours that are loaded after a check leave it, and their latencies, where they belong", () => {
  const day = new RollingDay();
  day.count(someCheck({ monitorId: "m", at: now + 1, latencyMs: 10 }));
  day.load(
    hourRows([[now - 2 * HOUR, wellHour, latencies(100)], [now - HOUR, wellHour, latencies(200)]]),
    now,
  );
  assert.equal(day.sums(now + 2).counts.up, 121);
  const p50At = (at: number) => day.line(now + 2).find((point) => point.at === at)?.p50;
  assert.deepEqual([p50At(now - 2 * HOUR), p50At(now - HOUR), p50At(now)], [100, 200, 10]);
});
