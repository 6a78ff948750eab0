import { type Sums, SumsBuilder } from "./bars.ts";
import type { Check } from "./check.ts";
import { DAY, HOUR, MINUTE } from "./clock.ts";
import { type Gap, splitByGrain } from "./coverage.ts";
import { BucketCounts, bucketOf, type Histogram, percentilesOf } from "./histogram.ts";
import type { HourRows } from "./store.ts";
import { addTo, countAt, coverAt, stateAt, stateOfRows, SUMS_WIDTH } from "./sums_row.ts";
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

/** A stretch as a row of numbers: its sums, when it begins, when it ends. */
const START = SUMS_WIDTH;
const END = START + 1;
const WIDTH = END + 1;
/** So many rows more each time the room for them is widened. */
const MORE_ROWS = 16;

/**
 * The last 24 hours of one monitor in quarter hours, from which uptime, percentiles and the line roll. Adding a check costs the same
 * whatever is in it. After a restart it is filled from hour sums, which then stand as stretches of an hour.
 */
export class RollingDay {
  /** The stretches, in order of their beginnings. */
  #rows = new Float64Array(0);
  /** The latencies of each; `Latencies` where it is a quarter that checks fill, else an hour (or what there is of it) as the store kept it. */
  readonly #latencies: Histogram[] = [];
  readonly #total = new BucketCounts();
  /** Points of stretches that are over, by when they begin: quarters, then hours. */
  readonly #points = [new Map<number, LinePoint>(), new Map<number, LinePoint>()];

  /** Takes over hours kept by the store, up to `untilAt`, where live checks take over; once, before all that was counted already. */
  load({ startAts, sums, latencies }: HourRows, untilAt: number): void {
    const end = this.#end;
    this.#makeRoom(this.#latencies.length + latencies.length);
    this.#rows.copyWithin(latencies.length * WIDTH, 0, end);
    this.#latencies.unshift(...latencies);
    for (const [index, latency] of latencies.entries()) {
      const startAt = startAts[index];
      const at = index * WIDTH;
      this.#rows.set(sums.subarray(index * SUMS_WIDTH, (index + 1) * SUMS_WIDTH), at);
      this.#rows[at + START] = startAt;
      this.#rows[at + END] = Math.max(startAt + 1, Math.min(startAt + HOUR, untilAt));
      this.#total.addAll(latency, 1);
    }
  }

  /** Counts a check and, unless it was down, its latency. */
  count(check: Check): void {
    const index = this.#liveAt(check.at);
    countAt(this.#rows, index * WIDTH, check);
    if (check.latencyMs === null || check.status === "down") return;
    const bucket = bucketOf(check.latencyMs);
    (this.#latencies[index] as Latencies).add(bucket, Math.max(0, Math.trunc(check.latencyMs)));
    this.#total.put(bucket, 1);
  }

  /** Lets a check speak for `[fromAt, untilAt)`, less the gaps. */
  cover(check: Check, fromAt: number, untilAt: number, gaps: readonly Gap[]): void {
    for (const { startAt, ms } of splitByGrain(fromAt, untilAt, STRETCH, gaps)) {
      const at = this.#liveAt(startAt) * WIDTH;
      coverAt(this.#rows, at, check, ms);
    }
  }

  /** Forgets what is older than a day. */
  roll(now: number): void {
    let gone = 0;
    while (gone < this.#latencies.length && this.#rows[gone * WIDTH + END] <= now - DAY) {
      this.#pointsOf(gone).delete(this.#rows[gone * WIDTH + START]);
      this.#total.addAll(this.#latencies[gone], -1);
      gone += 1;
    }
    if (gone === 0) return;
    this.#rows.copyWithin(0, gone * WIDTH);
    this.#latencies.splice(0, gone);
  }

  /** Sums over the last 24 hours; a stretch that is partly older counts by its share. */
  sums(now: number): Sums {
    const sums = new SumsBuilder();
    for (let at = 0; at < this.#end; at += WIDTH) {
      const [startAt, endAt] = [this.#rows[at + START], this.#rows[at + END]];
      const inside = endAt - Math.max(startAt, now - DAY);
      if (inside > 0) addTo(sums, this.#rows, at, Math.min(1, inside / (endAt - startAt)));
    }
    return sums;
  }

  /** Nearest-rank percentiles of the latencies; `ps` ascending. */
  percentiles(ps: readonly number[]): (number | null)[] {
    let count = 0;
    let minMs = Infinity;
    let maxMs = 0;
    for (const latency of this.#latencies) {
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
    const live = new Set<number>();
    for (let index = 0; index < this.#latencies.length; index++) {
      if (this.#isLive(index)) live.add(this.#rows[index * WIDTH + START]);
    }
    for (let index = 0; index < this.#latencies.length; index++) {
      const point = this.#pointOf(index, now);
      if (point.state === "empty") continue;
      if (this.#isLive(index)) points.push(point);
      else {
        const at = index * WIDTH;
        for (let startAt = this.#rows[at + START]; startAt < this.#rows[at + END]; startAt += STRETCH) {
          if (!live.has(startAt)) points.push({ ...point, at: startAt });
        }
      }
    }
    return points.sort((a, b) => a.at - b.at);
  }

  /** State of each of the last 24 UTC hours, the present one last. */
  hours(now: number): DayState[] {
    const firstAt = Math.floor(now / HOUR) * HOUR - 23 * HOUR;
    const hours = new Array<DayState>(24).fill("empty");
    const end = this.#end;
    for (let from = 0; from < end;) {
      const index = Math.floor((this.#rows[from + START] - firstAt) / HOUR);
      // Rows are in order of their beginnings, so those of one hour stand together.
      let until = from + WIDTH;
      while (until < end && this.#rows[until + START] < firstAt + (index + 1) * HOUR) until += WIDTH;
      if (index >= 0 && index < hours.length) hours[index] = stateOfRows(this.#rows, from, until, WIDTH);
      from = until;
    }
    return hours;
  }

  /** Where the rows end in `#rows`. */
  get #end(): number {
    return this.#latencies.length * WIDTH;
  }

  #isLive(index: number): boolean {
    return this.#latencies[index] instanceof Latencies;
  }

  #pointsOf(index: number): Map<number, LinePoint> {
    return this.#points[this.#isLive(index) ? 0 : 1];
  }

  #pointOf(index: number, now: number): LinePoint {
    const at = index * WIDTH;
    const startAt = this.#rows[at + START];
    const points = this.#pointsOf(index);
    const known = points.get(startAt);
    if (known !== undefined) return known;
    const [p50, p95] = percentilesOf(this.#latencies[index], [50, 95]);
    const point: LinePoint = { at: startAt, p50, p95, state: stateAt(this.#rows, at) };
    // A stretch may still be covered by an earlier check after it has passed, so only old ones are final.
    if (this.#rows[at + END] + HOUR < now) points.set(startAt, point);
    return point;
  }

  /** The row of the quarter that holds an instant, made when there is none yet. */
  #liveAt(at: number): number {
    const startAt = Math.floor(at / STRETCH) * STRETCH;
    let index = this.#latencies.length;
    while (index > 0 && this.#rows[(index - 1) * WIDTH + START] > startAt) index -= 1;
    for (let i = index - 1; i >= 0 && this.#rows[i * WIDTH + START] === startAt; i--) {
      if (this.#isLive(i)) return i;
    }
    for (const latency of this.#latencies) if (latency instanceof Latencies) latency.pack();
    this.#makeRoom(this.#latencies.length + 1);
    this.#rows.copyWithin((index + 1) * WIDTH, index * WIDTH, this.#end);
    this.#rows.fill(0, index * WIDTH, (index + 1) * WIDTH);
    this.#rows[index * WIDTH + START] = startAt;
    this.#rows[index * WIDTH + END] = startAt + STRETCH;
    this.#latencies.splice(index, 0, new Latencies());
    return index;
  }

  #makeRoom(count: number): void {
    if (count * WIDTH <= this.#rows.length) return;
    const rows = new Float64Array(Math.ceil(count / MORE_ROWS) * MORE_ROWS * WIDTH);
    rows.set(this.#rows);
    this.#rows = rows;
  }
}
