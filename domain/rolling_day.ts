import { type Sums, SumsBuilder } from "./bars.ts";
import type { Check } from "./check.ts";
import { DAY, HOUR, MINUTE } from "./clock.ts";
import { type Gap, splitByGrain } from "./coverage.ts";
import { BucketCounts, bucketOf, type Histogram, percentilesOf } from "./histogram.ts";
import type { HourRows, KeptLatencies } from "./store.ts";
import { COUNT, END, MAX_MS, MIN_MS, START, STRETCH_WIDTH as WIDTH } from "./stretch_row.ts";
import { addTo, countAt, coverAt, stateAt, stateOfRows } from "./sums_row.ts";
import type { DayState, LinePoint } from "./summary.ts";

/** Length of the stretches in which the last day is kept. */
const STRETCH = 15 * MINUTE;

/** Latencies of one stretch by bucket; packed as pairs of UTF-16 units (bucket, count) once it has passed. */
class Latencies {
  #filling: Map<number, number> | null = null;
  #packed = "";

  add(bucket: number): void {
    this.#filling ??= new Map(pairsOf(this.#packed));
    this.#filling.set(bucket, (this.#filling.get(bucket) ?? 0) + 1);
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

/** So many rows more each time the room for them is widened. */
const MORE_ROWS = 16;

/**
 * The last 24 hours of one monitor in quarter hours, from which uptime, percentiles and the line roll. Adding a check costs the same
 * whatever is in it. After a restart it is filled from hour sums, which then stand as stretches of an hour.
 */
export class RollingDay {
  /** The stretches, in order of their beginnings. */
  #rows: Float64Array = new Float64Array(0);
  /** The latencies of each; a number where it is an hour (or what there is of it) that the store kept: which of `#kept`. */
  readonly #latencies: (Latencies | number)[] = [];
  #kept: KeptLatencies | null = null;
  #total = new BucketCounts();
  /** Points of stretches that are over, by when they begin: quarters, then hours. Null: nobody has looked at the line. */
  #points: readonly [Map<number, LinePoint>, Map<number, LinePoint>] | null = null;

  /** Takes over hours kept by the store, up to `untilAt`, where live checks take over; once, before all that was counted already. */
  load({ count, rows, latencies, total }: HourRows, untilAt: number): void {
    const end = count * WIDTH;
    for (let at = 0; at < end; at += WIDTH) {
      rows[at + END] = Math.max(rows[at + START] + 1, Math.min(rows[at + END], untilAt));
    }
    if (this.#latencies.length === 0) this.#rows = rows;
    else {
      this.#makeRoom(this.#latencies.length + count);
      this.#rows.copyWithin(end, 0, this.#end);
      this.#rows.set(rows.subarray(0, end));
    }
    const kept = new Array<number>(count);
    for (let i = 0; i < count; i++) kept[i] = i;
    this.#latencies.unshift(...kept);
    this.#kept = latencies;
    total.addAll(this.#total, 1);
    this.#total = total;
  }

  /** Counts a check and, unless it was down, its latency. */
  count(check: Check): void {
    const index = this.#liveAt(check.at);
    countAt(this.#rows, index * WIDTH, check);
    if (check.latencyMs === null || check.status === "down") return;
    const latencyMs = Math.max(0, Math.trunc(check.latencyMs));
    (this.#latencies[index] as Latencies).add(bucketOf(latencyMs));
    this.#total.put(bucketOf(latencyMs), 1);
    const [rows, at] = [this.#rows, index * WIDTH];
    rows[at + MIN_MS] = rows[at + COUNT] === 0 ? latencyMs : Math.min(rows[at + MIN_MS], latencyMs);
    rows[at + MAX_MS] = Math.max(rows[at + MAX_MS], latencyMs);
    rows[at + COUNT] += 1;
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
      this.#points?.[this.#isLive(gone) ? 0 : 1].delete(this.#rows[gone * WIDTH + START]);
      this.#total.addAll(this.#latencyOf(gone), -1);
      gone += 1;
    }
    if (gone === 0) return;
    this.#rows.copyWithin(0, gone * WIDTH);
    this.#latencies.splice(0, gone);
    if (!this.#latencies.some((latency) => typeof latency === "number")) this.#kept = null;
  }

  /** Sums over the last 24 hours; a stretch that is partly older counts by its share. */
  sums(now: number): Sums {
    const sums = new SumsBuilder();
    for (let at = 0; at < this.#end; at += WIDTH) {
      const startAt = this.#rows[at + START];
      const endAt = this.#rows[at + END];
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
    for (let at = 0; at < this.#end; at += WIDTH) {
      if (this.#rows[at + COUNT] === 0) continue;
      count += this.#rows[at + COUNT];
      minMs = Math.min(minMs, this.#rows[at + MIN_MS]);
      maxMs = Math.max(maxMs, this.#rows[at + MAX_MS]);
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
    return typeof this.#latencies[index] !== "number";
  }

  #latencyOf(index: number): Histogram {
    const latency = this.#latencies[index];
    if (typeof latency === "number") return this.#kept!.at(latency);
    const at = index * WIDTH;
    return {
      count: this.#rows[at + COUNT],
      minMs: this.#rows[at + MIN_MS],
      maxMs: this.#rows[at + MAX_MS],
      each: (visit) => latency.each(visit),
    };
  }

  #pointsOf(index: number): Map<number, LinePoint> {
    return (this.#points ??= [new Map(), new Map()])[this.#isLive(index) ? 0 : 1];
  }

  #pointOf(index: number, now: number): LinePoint {
    const at = index * WIDTH;
    const startAt = this.#rows[at + START];
    const points = this.#pointsOf(index);
    const known = points.get(startAt);
    if (known !== undefined) return known;
    const [p50, p95] = percentilesOf(this.#latencyOf(index), [50, 95]);
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
    for (let i = 0; i < this.#latencies.length; i++) {
      const latency = this.#latencies[i];
      if (typeof latency !== "number") latency.pack();
    }
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
