import { HOUR } from "../../domain/clock.ts";
import { BucketCounts, type Histogram } from "../../domain/histogram.ts";
import type { HourRows } from "../../domain/store.ts";

/** Hours of one series as a store gives them: when they begin, their sums, their latencies. */
export function hourRows(hours: readonly (readonly [number, readonly number[], Histogram])[]): HourRows {
  const total = new BucketCounts();
  for (const [, , latency] of hours) total.addAll(latency, 1);
  return {
    count: hours.length,
    rows: Float64Array.from(
      hours.flatMap(([startAt, sums, { count, minMs, maxMs }]) => [
        ...sums,
        count,
        minMs,
        maxMs,
        startAt,
        startAt + HOUR,
      ]),
    ),
    latencies: { at: (index) => hours[index][2] },
    total,
  };
}
