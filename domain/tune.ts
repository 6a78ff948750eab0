import type { Check } from "./check.ts";
import { HistogramBuilder, percentilesOf } from "./histogram.ts";

/** What a monitor's history says about its settings. Planned maintenance is left out, as alerting leaves it out. */
export interface History {
  readonly checks: number;
  readonly down: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** Lengths of runs of failing checks, in order. A run that still lasts counts. */
  readonly runs: readonly number[];
  /** Null: no check that was not down had a latency. */
  readonly latency: LatencyFacts | null;
}

export interface LatencyFacts {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  /** Strictly slower than the present limit; null: no limit is set. */
  readonly flagged: number | null;
}

/** Reads checks, oldest first. Null: there are none. */
export async function readHistory(
  checks: AsyncIterable<Check>,
  degradedOverMs: number | null,
): Promise<History | null> {
  const histogram = new HistogramBuilder();
  const runs: number[] = [];
  let [count, down, run, flagged, firstAt, lastAt] = [0, 0, 0, 0, 0, 0];
  for await (const check of checks) {
    if (check.planned) continue;
    if (count === 0) firstAt = check.at;
    lastAt = check.at;
    count += 1;
    if (check.status === "down") {
      down += 1;
      run += 1;
      continue;
    }
    if (run > 0) runs.push(run);
    run = 0;
    if (check.latencyMs === null) continue;
    histogram.add(check.latencyMs);
    if (degradedOverMs !== null && check.latencyMs > degradedOverMs) flagged += 1;
  }
  if (run > 0) runs.push(run);
  if (count === 0) return null;
  const [p50, p95, p99] = percentilesOf(histogram, [50, 95, 99]).map((value) => value ?? 0);
  const latency = histogram.count === 0 ? null : {
    count: histogram.count,
    p50,
    p95,
    p99,
    max: histogram.maxMs,
    flagged: degradedOverMs === null ? null : flagged,
  };
  return { checks: count, down, firstAt, lastAt, runs, latency };
}

/** How many runs would have alerted with this threshold. */
export function alertsWith(threshold: number, runs: readonly number[]): number {
  return runs.filter((length) => length >= Math.max(1, threshold)).length;
}

export interface Recommendation {
  readonly threshold: number;
  /** The longest run that it filters. */
  readonly flapMax: number;
}

/** Higher thresholds cost more time than they save alarms. */
const MAX_THRESHOLD = 6;

/** Splits flaps from outages at the widest gap between the lengths of runs. Null: no clear split. */
export function recommendThreshold(runs: readonly number[]): Recommendation | null {
  const lengths = [...new Set(runs)].sort((a, b) => a - b);
  let [best, at] = [0, -1];
  for (let index = 0; index + 1 < lengths.length; index++) {
    const ratio = lengths[index + 1] / lengths[index];
    if (ratio > best) [best, at] = [ratio, index];
  }
  if (best < 2 || lengths[at] + 1 > MAX_THRESHOLD) return null;
  return { threshold: lengths[at] + 1, flapMax: lengths[at] };
}

/** The 99th percentile, rounded up to a figure people would write. */
export function recommendDegradedOver(p99: number): number {
  const value = Math.max(p99, 1);
  const step = value < 100 ? 10 : value < 1000 ? 50 : value < 10_000 ? 100 : 500;
  return Math.ceil(value / step) * step;
}
