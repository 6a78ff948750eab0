import { stateOf, type Sums, SumsBuilder, uptimeOf } from "./bars.ts";
import type { Check } from "./check.ts";
import { DAY } from "./clock.ts";
import { type Gap, splitByGrain } from "./coverage.ts";
import { type Days, letterOf, stateOfLetter } from "./days.ts";
import { RollingDay } from "./rolling_day.ts";
import type { HourRows } from "./store.ts";
import { SumsTable } from "./sums_table.ts";
import type { DayView } from "./summary.ts";

/** The days of one series from `fromUnit` on, of which `letters` is known; one that is over keeps its sums where they are. */
class BarDays implements Days {
  readonly #fromUnit: number;
  readonly #table: SumsTable;
  /** Of the newest of them, of which more may be said. */
  readonly #present: readonly Sums[];
  readonly letters: string;

  constructor(fromUnit: number, past: string, present: readonly Sums[], table: SumsTable) {
    this.#fromUnit = fromUnit;
    this.#table = table;
    this.#present = present;
    let letters = past;
    for (const sums of present) letters += letterOf[stateOf(sums)];
    this.letters = letters;
  }
  get startAt(): number {
    return this.#fromUnit * DAY;
  }
  get length(): number {
    return this.letters.length;
  }
  at(index: number): DayView {
    const pastCount = this.letters.length - this.#present.length;
    const unit = this.#fromUnit + index;
    const sums = index < pastCount ? this.#table.at(unit) : this.#present[index - pastCount];
    const { downMs, degradedMs } = sums.coverage;
    return {
      date: new Date(unit * DAY).toISOString().slice(0, 10),
      state: stateOfLetter(this.letters[index]),
      uptime: uptimeOf(sums),
      downMs,
      degradedMs,
    };
  }
  *[Symbol.iterator](): Iterator<DayView> {
    for (let index = 0; index < this.letters.length; index++) yield this.at(index);
  }
}

/** What a bar shows of days that are over. */
interface PastDays {
  readonly fromUnit: number;
  readonly letters: string;
  readonly sums: Sums;
}

/** The newest days of one series, and all of them together. */
export interface Bar {
  readonly days: Days;
  readonly sums: Sums;
}

/** What the store kept of one series: its days, its hours, the newest check, and when nobody was looking. */
export interface Kept {
  readonly days: SumsTable | null;
  readonly hours: HourRows | null;
  readonly newest: Check | null;
  readonly gaps: readonly Gap[];
}

/** What is known of one series: its newest check, its days, its last 24 hours. Each check costs the same. */
export class Picture {
  newest: Check | null = null;
  readonly recent = new RollingDay();
  #days = new SumsTable();
  /** Null: to be made. */
  #past: PastDays | null = null;
  #coveredUntil = 0;
  /** When nobody was looking. */
  gaps: readonly Gap[] = [];

  /** Takes over what the store kept. The newest check speaks on until the next one. */
  load(kept: Kept, now: number): void {
    const { days, hours, newest } = kept;
    this.gaps = kept.gaps;
    this.#days = days ?? this.#days;
    this.#past = null;
    if (hours !== null) this.recent.load(hours, now);
    this.newest = newest;
    this.#coveredUntil = newest?.at ?? 0;
  }

  /** Takes over days before those that are known. */
  loadOlder(days: SumsTable): void {
    this.#days.absorb(days);
    this.#past = null;
  }

  add(check: Check): void {
    this.coverUntil(check.at);
    this.newest = check;
    this.#coveredUntil = check.at;
    this.#days.count(Math.floor(check.at / DAY), check);
    this.recent.count(check);
  }

  /** Lets the newest check speak up to `now`, as far as it stands. */
  coverUntil(now: number): void {
    const check = this.newest;
    if (check === null) return;
    const until = Math.min(now, check.at + check.standsMs);
    if (until <= this.#coveredUntil) return;
    for (const { startAt, ms } of splitByGrain(this.#coveredUntil, until, DAY, this.gaps)) {
      this.#days.cover(startAt / DAY, check, ms);
    }
    this.recent.cover(check, this.#coveredUntil, until, this.gaps);
    this.#coveredUntil = until;
  }

  /** Forgets days before `firstDayAt` and stretches older than a day; a day later than that, for those who hold cells from before midnight. */
  roll(now: number, firstDayAt: number): void {
    this.recent.roll(now);
    this.#days.forgetBefore(firstDayAt / DAY - 1);
  }

  /** The newest `count` UTC days, today last. */
  bar(now: number, count: number): Bar {
    const today = Math.floor(now / DAY);
    const fromUnit = today - (count - 1);
    // The newest check may still speak for yesterday's end, so only older days are final.
    const pastCount = Math.max(0, count - 2);
    const past = this.#pastDays(fromUnit, pastCount);
    const sums = new SumsBuilder();
    sums.add(past.sums);
    const present: Sums[] = [];
    for (let unit = fromUnit + pastCount; unit <= today; unit++) present.push(this.#days.at(unit));
    for (const day of present) sums.add(day);
    return { days: new BarDays(fromUnit, past.letters, present, this.#days), sums };
  }

  #pastDays(fromUnit: number, count: number): PastDays {
    if (this.#past?.fromUnit !== fromUnit || this.#past.letters.length !== count) {
      const letters = new Array<string>(count);
      for (let i = 0; i < count; i++) letters[i] = letterOf[this.#days.state(fromUnit + i)];
      this.#past = { fromUnit, letters: letters.join(""), sums: this.#days.sum(fromUnit, fromUnit + count) };
    }
    return this.#past;
  }

  /** Sums over all days that begin at or after `fromAt` and before `untilAt`. */
  sums(fromAt: number, untilAt = Infinity): Sums {
    return this.#days.sum(Math.ceil(fromAt / DAY), Math.ceil(untilAt / DAY));
  }
}
