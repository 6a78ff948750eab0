import type { Sums } from "./bars.ts";
import type { DayState } from "./summary.ts";
import { countAt, coverAt, isFilledAt, type Judged, stateAt, SUMS_WIDTH, sumsOf } from "./sums_row.ts";

/** More units than any window has: rows farther apart than this come of a clock that was wrong, and only the one added last is kept. */
const MOST_UNITS = 4_000;

/** Where the rows of consecutive units stand, each `stride` numbers behind the one before; other rows may stand between them. */
export interface RowsPlace {
  readonly values: Float64Array;
  /** Where the first row begins. */
  readonly at: number;
  readonly stride: number;
  readonly units: number;
}

/** Of a table that begins with nothing. */
const nowhere: RowsPlace = { values: new Float64Array(0), at: 0, stride: SUMS_WIDTH, units: 0 };

/** Sums of consecutive units of time (UTC days) of one series, in one array of rows: its own, or one that many share. */
export class SumsTable {
  #values: Float64Array;
  #at: number;
  #stride: number;
  #firstUnit: number;
  /** The unit after the last one there is room for. */
  #endUnit: number;

  constructor(firstUnit = 0, { values, at, stride, units }: RowsPlace = nowhere) {
    this.#values = values;
    this.#at = at;
    this.#stride = stride;
    this.#firstUnit = firstUnit;
    this.#endUnit = firstUnit + units;
  }

  /** Adds to a unit's row; the numbers stand in `source` from `offset` on, in the order of a row. */
  addRow(unit: number, source: ArrayLike<number>, offset: number): void {
    const at = this.#rowOf(unit);
    for (let i = 0; i < SUMS_WIDTH; i++) this.#values[at + i] += source[offset + i];
  }

  /** Adds every row of another table. */
  absorb(other: SumsTable): void {
    for (let unit = other.#firstUnit; unit < other.#endUnit; unit++) {
      if (other.has(unit)) this.addRow(unit, other.#values, other.#offsetOf(unit));
    }
  }

  count(unit: number, judged: Judged): void {
    const at = this.#rowOf(unit);
    countAt(this.#values, at, judged);
  }

  cover(unit: number, judged: Judged, ms: number): void {
    const at = this.#rowOf(unit);
    coverAt(this.#values, at, judged, ms);
  }

  /** Is there anything in this unit? */
  has(unit: number): boolean {
    return this.#hasRow(unit) && isFilledAt(this.#values, this.#offsetOf(unit));
  }

  /** The state of a unit's cell in a bar. */
  state(unit: number): DayState {
    return this.#hasRow(unit) ? stateAt(this.#values, this.#offsetOf(unit)) : "empty";
  }

  /** A copy of a unit's sums. */
  at(unit: number): Sums {
    return this.sum(unit, unit + 1);
  }

  /** Sums over `fromUnit ≤ unit < untilUnit`. */
  sum(fromUnit: number, untilUnit: number): Sums {
    const from = Math.max(fromUnit, this.#firstUnit);
    const until = Math.min(untilUnit, this.#endUnit);
    return sumsOf(this.#values, this.#offsetOf(from), this.#offsetOf(until), this.#stride);
  }

  /** Forgets units before `unit`. */
  forgetBefore(unit: number): void {
    if (unit > this.#firstUnit) this.#move(unit, Math.max(unit, this.#endUnit));
  }

  #hasRow(unit: number): boolean {
    return unit >= this.#firstUnit && unit < this.#endUnit;
  }

  #offsetOf(unit: number): number {
    return this.#at + (unit - this.#firstUnit) * this.#stride;
  }

  /** Where a unit's row begins, for which room is made when there is none. */
  #rowOf(unit: number): number {
    if (!this.#hasRow(unit)) {
      const distance = Math.max(this.#firstUnit - unit, unit - this.#endUnit);
      if (this.#firstUnit === this.#endUnit || distance > MOST_UNITS) this.#firstUnit = this.#endUnit = unit;
      this.#move(Math.min(unit, this.#firstUnit), Math.max(unit + 1, this.#endUnit));
    }
    return this.#offsetOf(unit);
  }

  /** Copies the rows of `fromUnit ≤ unit < untilUnit` to an array of this table's own, so that nothing of the one before is held. */
  #move(fromUnit: number, untilUnit: number): void {
    const values = new Float64Array((untilUnit - fromUnit) * SUMS_WIDTH);
    const until = Math.min(untilUnit, this.#endUnit);
    for (let unit = Math.max(fromUnit, this.#firstUnit); unit < until; unit++) {
      const at = this.#offsetOf(unit);
      values.set(this.#values.subarray(at, at + SUMS_WIDTH), (unit - fromUnit) * SUMS_WIDTH);
    }
    this.#values = values;
    [this.#at, this.#stride] = [0, SUMS_WIDTH];
    [this.#firstUnit, this.#endUnit] = [fromUnit, untilUnit];
  }
}
