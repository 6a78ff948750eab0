import type { Sums } from "./bars.ts";
import type { DayState } from "./summary.ts";
import { countAt, coverAt, isFilledAt, type Judged, stateAt, SUMS_WIDTH, sumsOf } from "./sums_row.ts";

/** More units than any window has: rows farther apart than this come of a clock that was wrong, and only the one added last is kept. */
const MOST_UNITS = 4_000;

/** Sums of consecutive units of time (UTC days) of one series, in one array of rows. */
export class SumsTable {
  #values: Float64Array;
  #firstUnit: number;

  /** With room for `units` units from the first one on, if that many are about to come. */
  constructor(firstUnit = 0, units = 0) {
    this.#firstUnit = firstUnit;
    this.#values = new Float64Array(units * SUMS_WIDTH);
  }

  /** The unit after the last one there is room for. */
  get #endUnit(): number {
    return this.#firstUnit + this.#values.length / SUMS_WIDTH;
  }

  /** Adds to a unit's row; the numbers stand in `source` from `offset` on, in the order of a row. */
  addRow(unit: number, source: ArrayLike<number>, offset: number): void {
    const at = this.#offsetOf(unit);
    for (let i = 0; i < SUMS_WIDTH; i++) this.#values[at + i] += source[offset + i];
  }

  /** Adds every row of another table. */
  absorb(other: SumsTable): void {
    for (let unit = other.#firstUnit; unit < other.#endUnit; unit++) {
      if (other.has(unit)) this.addRow(unit, other.#values, (unit - other.#firstUnit) * SUMS_WIDTH);
    }
  }

  count(unit: number, judged: Judged): void {
    const at = this.#offsetOf(unit);
    countAt(this.#values, at, judged);
  }

  cover(unit: number, judged: Judged, ms: number): void {
    const at = this.#offsetOf(unit);
    coverAt(this.#values, at, judged, ms);
  }

  /** Is there anything in this unit? */
  has(unit: number): boolean {
    return this.#hasRow(unit) && isFilledAt(this.#values, (unit - this.#firstUnit) * SUMS_WIDTH);
  }

  /** The state of a unit's cell in a bar. */
  state(unit: number): DayState {
    return this.#hasRow(unit) ? stateAt(this.#values, (unit - this.#firstUnit) * SUMS_WIDTH) : "empty";
  }

  /** A copy of a unit's sums. */
  at(unit: number): Sums {
    return this.sum(unit, unit + 1);
  }

  /** Sums over `fromUnit ≤ unit < untilUnit`. */
  sum(fromUnit: number, untilUnit: number): Sums {
    const from = Math.max(fromUnit, this.#firstUnit) - this.#firstUnit;
    const until = Math.min(untilUnit, this.#endUnit) - this.#firstUnit;
    return sumsOf(this.#values, from * SUMS_WIDTH, until * SUMS_WIDTH);
  }

  /** Forgets units before `unit`. */
  forgetBefore(unit: number): void {
    if (unit <= this.#firstUnit) return;
    this.#values = this.#values.slice(Math.min(this.#values.length, (unit - this.#firstUnit) * SUMS_WIDTH));
    this.#firstUnit = unit;
  }

  #hasRow(unit: number): boolean {
    return unit >= this.#firstUnit && unit < this.#endUnit;
  }

  #offsetOf(unit: number): number {
    if (Math.max(this.#firstUnit - unit, unit - this.#endUnit) > MOST_UNITS && this.#values.length > 0) {
      this.#values = new Float64Array(0);
    }
    if (this.#values.length === 0) this.#firstUnit = unit;
    const from = Math.min(unit, this.#firstUnit);
    const until = Math.max(unit + 1, this.#endUnit);
    if (from < this.#firstUnit || until > this.#endUnit) {
      const grown = new Float64Array((until - from) * SUMS_WIDTH);
      grown.set(this.#values, (this.#firstUnit - from) * SUMS_WIDTH);
      this.#values = grown;
      this.#firstUnit = from;
    }
    return (unit - this.#firstUnit) * SUMS_WIDTH;
  }
}
