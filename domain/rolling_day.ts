import { stateOf, type Sums, SumsBuilder } from "./bars.ts";
import type { Check } from "./check.ts";
import { DAY, HOUR, MINUTE } from "./clock.ts";
import { type Gap, splitByGrain } from "./coverage.ts";
import { BucketCounts, bucketOf, type Histogram, percentilesOf } from "./histogram.ts";
import type { Aggregate } from "./store.ts";
import type { DayState, LinePoint } from "./summary.ts";

/** Length of the stretches in which the last day is kept. */
const STRETCH = 15 * MINUTE;

/** Latencies of one stretch; packed as pairs of UTF-16 units (bucket, count) once it has passed. */
class Latencies implements Histogram {
  #filling: Map<number, number> | null = null;
  #packed = "";
  count = 0;
  minMs = 0;
  maxMs = 0;

  add(bucket: number, latencyMs: number): void {
    this.#filling ??= new Map(pairsOf(this.#packed));
    this.#filling.set(bucket, (this.#filling.get(bucket) ?? 0) + 1);
    this.minMs = this.count === 0 ? latencyMs : Math.min(this.minMs, latencyMs);
    this.maxMs = this.count === 0 ? latencyMs : Math.max(this.maxMs, latencyMs);
    this.count += 1;
  }
  pack(): void {
    if (this.#filling === null) return;
    this.#packed = packPairs([...this.#filling].sort(([a], [b]) => a - b));
    this.#filling = null;
  }
  each(visit: (bucket: number, count: number) => void): void {
    const pairs = this.#filling === null
      ? pairsOf(this.#packed)
      : [...this.#filling].sort(([a], [b]) => a - b);
    for (const [bucket, count] of pairs) visit(bucket, count);
  }
}

/** One stretch: a quarter that fills, or an hour (or what there is of it) as the store kept it. */
interface Stretch {
  readonly startAt: number;
  readonly endAt: number;
  readonly sums: Sums;
  readonly latency: Histogram;
  /** Null: taken over from the store's hours. */
  readonly live: { readonly sums: SumsBuilder; readonly latency: Latencies } | null;
}

function packPairs(pairs: Iterable<[number, number]>): string {
  let text = "";
  for (let [bucket, count] of pairs) {
    for (; count > 0; count -= 0xffff) text += String.fromCharCode(bucket, Math.min(count, 0xffff));
  }
  return text;
}

function* pairsOf(packed: string): Iterable<[number, number]> {
  for (let i = 0; i < packed.length; i += 2) yield [packed.charCodeAt(i), packed.charCodeAt(i + 1)];
}

/**
 * The last 24 hours of one monitor in quarter hours, from which uptime, percentiles and the line roll. Adding a check costs the same
 * whatever is in it. After a restart it is filled from hour sums, which then stand as stretches of an hour.
 */
export class RollingDay {
  #stretches: Stretch[] = [];
  readonly #total = new BucketCounts();
  readonly #points = new Map<Stretch, LinePoint>();

  /** Takes over an hour kept by the store, up to `untilAt`, where live checks take over. Hours come oldest first. */
  loadHour(hour: Aggregate, untilAt: number): void {
    const { startAt, latency } = hour;
    const endAt = Math.max(startAt + 1, Math.min(startAt + HOUR, untilAt));
    this.#stretches.push({ startAt, endAt, sums: hour, latency, live: null });
    this.#total.addAll(latency, 1);
  }

  /** Counts a check and, unless it was down, its latency. */
  count(check: Check): void {
    const { sums, latency } = this.#liveAt(check.at);
    sums.count(check);
    if (check.latencyMs === null || check.status === "down") return;
    const bucket = bucketOf(check.latencyMs);
    latency.add(bucket, Math.max(0, Math.trunc(check.latencyMs)));
    this.#total.put(bucket, 1);
  }

  /** Lets a check speak for `[fromAt, untilAt)`, less the gaps. */
  cover(check: Check, fromAt: number, untilAt: number, gaps: readonly Gap[]): void {
    for (const { startAt, ms } of splitByGrain(fromAt, untilAt, STRETCH, gaps)) {
      this.#liveAt(startAt).sums.cover(check, ms);
    }
  }

  /** Forgets what is older than a day. */
  roll(now: number): void {
    let gone = 0;
    while (gone < this.#stretches.length && this.#stretches[gone].endAt <= now - DAY) {
      this.#points.delete(this.#stretches[gone]);
      this.#total.addAll(this.#stretches[gone].latency, -1);
      gone += 1;
    }
    if (gone > 0) this.#stretches.splice(0, gone);
  }

  /** Sums over the last 24 hours; a stretch that is partly older counts by its share. */
  sums(now: number): Sums {
    const sums = new SumsBuilder();
    for (const stretch of this.#stretches) {
      const inside = stretch.endAt - Math.max(stretch.startAt, now - DAY);
      if (inside > 0) sums.add(stretch.sums, Math.min(1, inside / (stretch.endAt - stretch.startAt)));
    }
    return sums;
  }

  /** Nearest-rank percentiles of the latencies; `ps` ascending. */
  percentiles(ps: readonly number[]): (number | null)[] {
    let count = 0;
    let minMs = Infinity;
    let maxMs = 0;
    for (const { latency } of this.#stretches) {
      if (latency.count === 0) continue;
      count += latency.count;
      minMs = Math.min(minMs, latency.minMs);
      maxMs = Math.max(maxMs, latency.maxMs);
    }
    return percentilesOf({ count, minMs, maxMs, each: (visit) => this.#total.each(visit) }, ps);
  }

  /** Points of the line, oldest first. An hour taken over from the store gives one for each of its quarters. */
  line(now: number): LinePoint[] {
    const points: LinePoint[] = [];
    const live = new Set(this.#stretches.filter((s) => s.live !== null).map((s) => s.startAt));
    for (const stretch of this.#stretches) {
      const point = this.#pointOf(stretch, now);
      if (point.state === "empty") continue;
      if (stretch.live !== null) points.push(point);
      else {
        for (let at = stretch.startAt; at < stretch.endAt; at += STRETCH) {
          if (!live.has(at)) points.push({ ...point, at });
        }
      }
    }
    return points.sort((a, b) => a.at - b.at);
  }

  /** State of each of the last 24 UTC hours, the present one last. */
  hours(now: number): DayState[] {
    const firstAt = Math.floor(now / HOUR) * HOUR - 23 * HOUR;
    const hours: (Sums | null)[] = new Array(24).fill(null);
    for (const { startAt, sums } of this.#stretches) {
      const index = Math.floor((startAt - firstAt) / HOUR);
      if (index < 0 || index >= hours.length) continue;
      const before = hours[index];
      hours[index] = before === null ? sums : together(before, sums);
    }
    return hours.map((hour) => hour === null ? "empty" : stateOf(hour));
  }

  #pointOf(stretch: Stretch, now: number): LinePoint {
    const known = this.#points.get(stretch);
    if (known !== undefined) return known;
    const [p50, p95] = percentilesOf(stretch.latency, [50, 95]);
    const point: LinePoint = { at: stretch.startAt, p50, p95, state: stateOf(stretch.sums) };
    // A stretch may still be covered by an earlier check after it has passed, so only old ones are final.
    if (stretch.endAt + HOUR < now) this.#points.set(stretch, point);
    return point;
  }

  #liveAt(at: number): { readonly sums: SumsBuilder; readonly latency: Latencies } {
    const startAt = Math.floor(at / STRETCH) * STRETCH;
    let index = this.#stretches.length;
    while (index > 0 && (this.#stretches[index - 1].startAt > startAt)) index -= 1;
    for (let i = index - 1; i >= 0 && this.#stretches[i].startAt === startAt; i--) {
      const { live } = this.#stretches[i];
      if (live !== null) return live;
    }
    for (const { live } of this.#stretches) live?.latency.pack();
    const live = { sums: new SumsBuilder(), latency: new Latencies() };
    this.#stretches.splice(index, 0, { startAt, endAt: startAt + STRETCH, ...live, live });
    return live;
  }
}

function together(one: Sums, other: Sums): Sums {
  const sums = new SumsBuilder();
  sums.add(one);
  sums.add(other);
  return sums;
}
