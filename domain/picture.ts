import { stateOf, type Sums, SumsBuilder, uptimeOf } from "./bars.ts";
import type { Check } from "./check.ts";
import { DAY } from "./clock.ts";
import { type Gap, splitByGrain } from "./coverage.ts";
import { RollingDay } from "./rolling_day.ts";
import type { Aggregate } from "./store.ts";
import type { DayView } from "./summary.ts";

const nothing: Sums = new SumsBuilder();

/** Cells of days without any check, by when they begin: the same for all series, and a new fleet has hardly any others. */
const emptyCells = new Map<number, DayView>();
/** Days for which empty cells are remembered; more are asked for only by callers that jump about in time. */
const MOST_EMPTY_CELLS = 1_000;

function emptyCell(startAt: number): DayView {
  let cell = emptyCells.get(startAt);
  if (cell === undefined) {
    if (emptyCells.size >= MOST_EMPTY_CELLS) emptyCells.clear();
    emptyCells.set(startAt, cell = cellOf(startAt, nothing));
  }
  return cell;
}

function cellOf(startAt: number, day: Sums): DayView {
  return {
    date: new Date(startAt).toISOString().slice(0, 10),
    state: stateOf(day),
    uptime: uptimeOf(day),
    coverage: { ...day.coverage },
    counts: { ...day.counts },
  };
}

/** What the store kept of one series: days and hours oldest first, the newest check, and when nobody was looking. */
export interface Kept {
  readonly days: readonly Aggregate[];
  readonly hours: readonly Aggregate[];
  readonly newest: Check | null;
  readonly gaps: readonly Gap[];
}

/** What is known of one series: its newest check, its days, its last 24 hours. Each check costs the same. */
export class Picture {
  newest: Check | null = null;
  readonly recent = new RollingDay();
  readonly #days = new Map<number, SumsBuilder>();
  readonly #cells = new Map<number, DayView>();
  #coveredUntil = 0;
  /** When nobody was looking. */
  gaps: readonly Gap[] = [];

  /** Takes over what the store kept. The newest check speaks on until the next one. */
  load(kept: Kept, now: number): void {
    const { days, hours, newest } = kept;
    this.gaps = kept.gaps;
    for (const day of days) this.#dayAt(day.startAt).add(day);
    for (const hour of hours) this.recent.loadHour(hour, now);
    this.newest = newest;
    this.#coveredUntil = newest?.at ?? 0;
  }

  add(check: Check): void {
    this.coverUntil(check.at);
    this.newest = check;
    this.#coveredUntil = check.at;
    this.#dayAt(check.at).count(check);
    this.recent.count(check);
  }

  /** Lets the newest check speak up to `now`, as far as it stands. */
  coverUntil(now: number): void {
    const check = this.newest;
    if (check === null) return;
    const until = Math.min(now, check.at + check.standsMs);
    if (until <= this.#coveredUntil) return;
    for (const { startAt, ms } of splitByGrain(this.#coveredUntil, until, DAY, this.gaps)) {
      this.#dayAt(startAt).cover(check, ms);
    }
    this.recent.cover(check, this.#coveredUntil, until, this.gaps);
    this.#coveredUntil = until;
  }

  /** Forgets days before `firstDayAt` and stretches older than a day. */
  roll(now: number, firstDayAt: number): void {
    this.recent.roll(now);
    for (const startAt of this.#days.keys()) {
      if (startAt < firstDayAt) this.#days.delete(startAt);
    }
    for (const startAt of this.#cells.keys()) {
      if (startAt < firstDayAt) this.#cells.delete(startAt);
    }
  }

  /** The newest `count` UTC days, today last. Cells of days long past are the same objects each time. */
  days(now: number, count: number): DayView[] {
    const today = Math.floor(now / DAY) * DAY;
    return Array.from({ length: count }, (_, index) => this.#cell(today - (count - 1 - index) * DAY, today));
  }

  /** Sums over all days that begin at or after `fromAt`. */
  sumsSince(fromAt: number): Sums {
    const sums = new SumsBuilder();
    for (const [startAt, day] of this.#days) if (startAt >= fromAt) sums.add(day);
    return sums;
  }

  #cell(startAt: number, today: number): DayView {
    const known = this.#cells.get(startAt);
    if (known !== undefined) return known;
    const day = this.#days.get(startAt);
    if (day === undefined) return emptyCell(startAt);
    const cell = cellOf(startAt, day);
    // The newest check may still speak for yesterday's end, so only older cells are final.
    if (startAt < today - DAY) this.#cells.set(startAt, cell);
    return cell;
  }

  #dayAt(at: number): SumsBuilder {
    const startAt = Math.floor(at / DAY) * DAY;
    let day = this.#days.get(startAt);
    if (day === undefined) this.#days.set(startAt, day = new SumsBuilder());
    return day;
  }
}
