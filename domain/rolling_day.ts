import { stateOf, type Sums, SumsBuilder } from "./bars.ts";
import type { Check } from "./check.ts";
import { DAY, HOUR, MINUTE } from "./clock.ts";
import { type Gap, splitByGrain } from "./coverage.ts";
import { bucketOf, type Histogram, percentilesOf } from "./histogram.ts";
import type { Aggregate } from "./store.ts";
import type { HourView, LinePoint } from "./summary.ts";

/** Length of the stretches in which the last day is kept. */
export const STRETCH = 15 * MINUTE;

/** One stretch: its sums and its latencies, the latter packed as pairs of UTF-16 units (bucket, count) once it has passed. */
class Stretch extends SumsBuilder {
  filling: Map<number, number> | null = null;
  packed = "";
  latencies = 0;
  minMs = 0;
  maxMs = 0;

  constructor(readonly startAt: number, readonly endAt: number) {
    super();
  }
  /** Taken over from the store's hours; live stretches are quarters. */
  get isHour(): boolean {
    return this.endAt - this.startAt !== STRETCH;
  }
  addLatency(bucket: number, latencyMs: number): void {
    this.filling ??= new Map(pairsOf(this.packed));
    this.filling.set(bucket, (this.filling.get(bucket) ?? 0) + 1);
    this.widen(latencyMs, latencyMs);
    this.latencies += 1;
  }
  widen(minMs: number, maxMs: number): void {
    this.minMs = this.latencies === 0 ? minMs : Math.min(this.minMs, minMs);
    this.maxMs = this.latencies === 0 ? maxMs : Math.max(this.maxMs, maxMs);
  }
  pack(): void {
    if (this.filling === null) return;
    this.packed = packPairs(this.filling);
    this.filling = null;
  }
  *pairs(): Iterable<[number, number]> {
    yield* this.filling ?? pairsOf(this.packed);
  }
  histogram(): Histogram {
    return { buckets: new Map(this.pairs()), count: this.latencies, minMs: this.minMs, maxMs: this.maxMs };
  }
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
  readonly #total = new Map<number, number>();
  readonly #points = new Map<Stretch, LinePoint>();

  /** Takes over an hour kept by the store, up to `untilAt`, where live checks take over. Hours come oldest first. */
  loadHour(hour: Aggregate, untilAt: number): void {
    const stretch = new Stretch(
      hour.startAt,
      Math.max(hour.startAt + 1, Math.min(hour.startAt + HOUR, untilAt)),
    );
    stretch.add(hour);
    stretch.widen(hour.latency.minMs, hour.latency.maxMs);
    stretch.latencies = hour.latency.count;
    stretch.packed = packPairs(hour.latency.buckets);
    this.#change(stretch, 1);
    this.#stretches.push(stretch);
  }

  /** Counts a check and, unless it was down, its latency. */
  count(check: Check): void {
    const stretch = this.#stretchAt(check.at);
    stretch.count(check);
    if (check.latencyMs === null || check.status === "down" || check.planned) return;
    const bucket = bucketOf(check.latencyMs);
    stretch.addLatency(bucket, check.latencyMs);
    this.#total.set(bucket, (this.#total.get(bucket) ?? 0) + 1);
  }

  /** Lets a check speak for `[fromAt, untilAt)`, less the gaps. */
  cover(check: Check, fromAt: number, untilAt: number, gaps: readonly Gap[]): void {
    for (const { startAt, ms } of splitByGrain(fromAt, untilAt, STRETCH, gaps)) {
      this.#stretchAt(startAt).cover(check, ms);
    }
  }

  /** Forgets what is older than a day. */
  roll(now: number): void {
    let gone = 0;
    while (gone < this.#stretches.length && this.#stretches[gone].endAt <= now - DAY) {
      this.#points.delete(this.#stretches[gone]);
      this.#change(this.#stretches[gone], -1);
      gone += 1;
    }
    if (gone > 0) this.#stretches.splice(0, gone);
  }

  /** Sums over the last 24 hours; a stretch that is partly older counts by its share. */
  sums(now: number): Sums {
    const sums = new SumsBuilder();
    for (const stretch of this.#stretches) {
      const inside = stretch.endAt - Math.max(stretch.startAt, now - DAY);
      if (inside > 0) sums.add(stretch, Math.min(1, inside / (stretch.endAt - stretch.startAt)));
    }
    return sums;
  }

  /** Nearest-rank percentiles of the latencies; `ps` ascending. */
  percentiles(ps: readonly number[]): (number | null)[] {
    let count = 0;
    let minMs = Infinity;
    let maxMs = 0;
    for (const stretch of this.#stretches) {
      if (stretch.latencies === 0) continue;
      count += stretch.latencies;
      minMs = Math.min(minMs, stretch.minMs);
      maxMs = Math.max(maxMs, stretch.maxMs);
    }
    return percentilesOf({ buckets: this.#total, count, minMs, maxMs }, ps);
  }

  /** Points of the line, oldest first. An hour taken over from the store gives one for each of its quarters. */
  line(now: number): LinePoint[] {
    const points: LinePoint[] = [];
    const live = new Set(this.#stretches.filter((s) => !s.isHour).map((s) => s.startAt));
    for (const stretch of this.#stretches) {
      const point = this.#pointOf(stretch, now);
      if (point.state === "empty") continue;
      if (!stretch.isHour) points.push(point);
      for (let at = stretch.startAt; stretch.isHour && at < stretch.endAt; at += STRETCH) {
        if (!live.has(at)) points.push({ ...point, at });
      }
    }
    return points.sort((a, b) => a.at - b.at);
  }

  /** State of each of the last 24 UTC hours, the present one last. */
  hours(now: number): HourView[] {
    const firstAt = Math.floor(now / HOUR) * HOUR - 23 * HOUR;
    const sums = Array.from({ length: 24 }, () => new SumsBuilder());
    for (const stretch of this.#stretches) {
      sums[Math.floor((stretch.startAt - firstAt) / HOUR)]?.add(stretch);
    }
    return sums.map((hour, index) => ({ startAt: firstAt + index * HOUR, state: stateOf(hour) }));
  }

  #pointOf(stretch: Stretch, now: number): LinePoint {
    const known = this.#points.get(stretch);
    if (known !== undefined) return known;
    const [p50, p95] = percentilesOf(stretch.histogram(), [50, 95]);
    const point: LinePoint = { at: stretch.startAt, p50, p95, state: stateOf(stretch) };
    // A stretch may still be covered by an earlier check after it has passed, so only old ones are final.
    if (stretch.endAt + HOUR < now) this.#points.set(stretch, point);
    return point;
  }

  #stretchAt(at: number): Stretch {
    const startAt = Math.floor(at / STRETCH) * STRETCH;
    let index = this.#stretches.length;
    while (index > 0 && (this.#stretches[index - 1].startAt > startAt)) index -= 1;
    for (let i = index - 1; i >= 0 && this.#stretches[i].startAt === startAt; i--) {
      if (!this.#stretches[i].isHour) return this.#stretches[i];
    }
    for (const stretch of this.#stretches) stretch.pack();
    const stretch = new Stretch(startAt, startAt + STRETCH);
    this.#stretches.splice(index, 0, stretch);
    return stretch;
  }

  #change(stretch: Stretch, sign: 1 | -1): void {
    for (const [bucket, count] of stretch.pairs()) {
      const left = (this.#total.get(bucket) ?? 0) + sign * count;
      if (left > 0) this.#total.set(bucket, left);
      else this.#total.delete(bucket);
    }
  }
}
