import { stateOf, type Sums, SumsBuilder, uptimeOf } from "./bars.ts";
import type { Check, Counts, Coverage } from "./check.ts";
import { DAY } from "./clock.ts";
import { type Gap, splitByGrain } from "./coverage.ts";
import { RollingDay } from "./rolling_day.ts";
import type { Aggregate } from "./store.ts";
import { SumsTable } from "./sums_table.ts";
import type { DayView } from "./summary.ts";

/** What a day's cell is made of; dates are the same for all series, so they are made once. */
const dates = new Map<number, string>();
/** Days for which dates and empty cells are remembered; more are asked for only by callers that jump about in time. */
const MOST_REMEMBERED = 1_000;

function dateOf(startAt: number): string {
  let date = dates.get(startAt);
  if (date === undefined) {
    if (dates.size >= MOST_REMEMBERED) dates.clear();
    dates.set(startAt, date = new Date(startAt).toISOString().slice(0, 10));
  }
  return date;
}

const nothing: Sums = new SumsBuilder();

/** Cells of days without any check, by when they begin: the same for all series, and a new fleet has hardly any others. */
const emptyCells = new Map<number, DayView>();

function emptyCell(startAt: number): DayView {
  let cell = emptyCells.get(startAt);
  if (cell === undefined) {
    if (emptyCells.size >= MOST_REMEMBERED) emptyCells.clear();
    emptyCells.set(startAt, cell = cellOf(startAt, nothing));
  }
  return cell;
}

function cellOf(startAt: number, day: Sums): DayView {
  return {
    date: dateOf(startAt),
    state: stateOf(day),
    uptime: uptimeOf(day),
    coverage: day.coverage,
    counts: day.counts,
  };
}

/** A day that is over: its sums stay where they are, since hardly anybody looks at those of all days of all series. */
class PastDay implements DayView {
  readonly state: DayView["state"];
  readonly uptime: number | null;
  readonly #days: SumsTable;
  readonly #unit: number;

  constructor(readonly date: string, days: SumsTable, unit: number) {
    const sums = days.at(unit);
    this.state = stateOf(sums);
    this.uptime = uptimeOf(sums);
    this.#days = days;
    this.#unit = unit;
  }
  get coverage(): Coverage {
    return this.#days.at(this.#unit).coverage;
  }
  get counts(): Counts {
    return this.#days.at(this.#unit).counts;
  }
}

/** What the store kept of one series: its days, its hours oldest first, the newest check, and when nobody was looking. */
export interface Kept {
  readonly days: SumsTable | null;
  readonly hours: readonly Aggregate[];
  readonly newest: Check | null;
  readonly gaps: readonly Gap[];
}

/** What is known of one series: its newest check, its days, its last 24 hours. Each check costs the same. */
export class Picture {
  newest: Check | null = null;
  readonly recent = new RollingDay();
  #days = new SumsTable();
  readonly #cells = new Map<number, DayView>();
  #coveredUntil = 0;
  /** When nobody was looking. */
  gaps: readonly Gap[] = [];

  /** Takes over what the store kept. The newest check speaks on until the next one. */
  load(kept: Kept, now: number): void {
    const { days, hours, newest } = kept;
    this.gaps = kept.gaps;
    this.#days = days ?? this.#days;
    for (const hour of hours) this.recent.loadHour(hour, now);
    this.newest = newest;
    this.#coveredUntil = newest?.at ?? 0;
  }

  /** Takes over days before those that are known. */
  loadOlder(days: SumsTable): void {
    this.#days.absorb(days);
    this.#cells.clear();
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

  /** Forgets days before `firstDayAt` and stretches older than a day. */
  roll(now: number, firstDayAt: number): void {
    this.recent.roll(now);
    this.#days.forgetBefore(firstDayAt / DAY);
    for (const startAt of this.#cells.keys()) {
      if (startAt < firstDayAt) this.#cells.delete(startAt);
    }
  }

  /** The newest `count` UTC days, today last. Cells of days long past are the same objects each time. */
  days(now: number, count: number): DayView[] {
    const today = Math.floor(now / DAY) * DAY;
    return Array.from({ length: count }, (_, index) => this.#cell(today - (count - 1 - index) * DAY, today));
  }

  /** Sums over all days that begin at or after `fromAt` and before `untilAt`. */
  sums(fromAt: number, untilAt = Infinity): Sums {
    return this.#days.sum(Math.ceil(fromAt / DAY), Math.ceil(untilAt / DAY));
  }

  #cell(startAt: number, today: number): DayView {
    const known = this.#cells.get(startAt);
    if (known !== undefined) return known;
    const unit = startAt / DAY;
    if (!this.#days.has(unit)) return emptyCell(startAt);
    // The newest check may still speak for yesterday's end, so only older cells are final.
    if (startAt >= today - DAY) return cellOf(startAt, this.#days.at(unit));
    const cell = new PastDay(dateOf(startAt), this.#days, unit);
    this.#cells.set(startAt, cell);
    return cell;
  }
}
