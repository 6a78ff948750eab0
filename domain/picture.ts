import { stateOf, type Sums, uptimeOf } from "./bars.ts";
import type { Check } from "./check.ts";
import { DAY } from "./clock.ts";
import { type Gap, splitByGrain } from "./coverage.ts";
import { RollingDay } from "./rolling_day.ts";
import type { HourRows } from "./store.ts";
import { SumsTable } from "./sums_table.ts";
import type { DayView } from "./summary.ts";

/** Cells of one day that all series share, because nearly all cells are one of these: no check at all, or all well. */
interface CommonCells {
  readonly empty: DayView;
  readonly well: DayView;
}

const commonCells = new Map<number, CommonCells>();
/** Days for which they are remembered; more are asked for only by callers that jump about in time. */
const MOST_REMEMBERED = 1_000;

function commonCellsOf(unit: number): CommonCells {
  let cells = commonCells.get(unit);
  if (cells === undefined) {
    if (commonCells.size >= MOST_REMEMBERED) commonCells.clear();
    const date = new Date(unit * DAY).toISOString().slice(0, 10);
    const untroubled = { date, downMs: 0, degradedMs: 0 };
    cells = {
      empty: { ...untroubled, state: "empty", uptime: null },
      well: { ...untroubled, state: "up", uptime: 1 },
    };
    commonCells.set(unit, cells);
  }
  return cells;
}

/** A day that is over and was not well: its sums stay where they are, since hardly anybody looks at those of all days of all series. */
class TroubledDay implements DayView {
  readonly state: DayView["state"];
  readonly #unit: number;
  readonly #days: SumsTable;

  constructor(unit: number, days: SumsTable, state: DayView["state"]) {
    this.state = state;
    this.#unit = unit;
    this.#days = days;
  }
  get date(): string {
    return commonCellsOf(this.#unit).well.date;
  }
  get uptime(): number | null {
    return uptimeOf(this.#days.at(this.#unit));
  }
  get downMs(): number {
    return this.#days.at(this.#unit).coverage.downMs;
  }
  get degradedMs(): number {
    return this.#days.at(this.#unit).coverage.degradedMs;
  }
}

function pastCell(unit: number, days: SumsTable): DayView {
  if (days.isWell(unit)) return commonCellsOf(unit).well;
  const state = days.state(unit);
  return state === "empty" ? commonCellsOf(unit).empty : new TroubledDay(unit, days, state);
}

/** A day that more may be said of. */
function presentCell(unit: number, days: SumsTable): DayView {
  if (!days.has(unit)) return commonCellsOf(unit).empty;
  const sums = days.at(unit);
  const { downMs, degradedMs } = sums.coverage;
  return {
    date: commonCellsOf(unit).well.date,
    state: stateOf(sums),
    uptime: uptimeOf(sums),
    downMs,
    degradedMs,
  };
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
  /** Cells of days that are over, the newest last; null: to be made. */
  #past: { readonly fromUnit: number; readonly cells: readonly DayView[] } | null = null;
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
  days(now: number, count: number): DayView[] {
    const today = Math.floor(now / DAY);
    // The newest check may still speak for yesterday's end, so only older cells are final.
    const past = this.#pastCells(today - (count - 1), Math.max(0, count - 2));
    const cells = new Array<DayView>(count);
    for (let i = 0; i < past.length; i++) cells[i] = past[i];
    for (let i = past.length; i < count; i++) cells[i] = presentCell(today - (count - 1) + i, this.#days);
    return cells;
  }

  #pastCells(fromUnit: number, count: number): readonly DayView[] {
    if (this.#past?.fromUnit !== fromUnit || this.#past.cells.length !== count) {
      const cells = new Array<DayView>(count);
      for (let i = 0; i < count; i++) cells[i] = pastCell(fromUnit + i, this.#days);
      this.#past = { fromUnit, cells };
    }
    return this.#past.cells;
  }

  /** Sums over all days that begin at or after `fromAt` and before `untilAt`. */
  sums(fromAt: number, untilAt = Infinity): Sums {
    return this.#days.sum(Math.ceil(fromAt / DAY), Math.ceil(untilAt / DAY));
  }
}
