import { SUMS_WIDTH } from "./sums_row.ts";
import { SumsTable } from "./sums_table.ts";

/** A row as it is read: the number of its series, then its sums. */
const ROW = 1 + SUMS_WIDTH;

/**
 * Sums of many series in consecutive units of time, one unit behind the other in one array, as they are read: mostly a unit is copied whole.
 * The tables of the series share that array until each of them has forgotten or added a unit.
 */
export class SumsGrid {
  readonly #series: Int32Array;
  readonly #values: Float64Array;
  readonly #isFilled: Uint8Array;

  /** Of these series, in rising order. */
  constructor(series: readonly number[], readonly firstUnit: number, readonly units: number) {
    this.#series = Int32Array.from(series);
    this.#isFilled = new Uint8Array(series.length);
    this.#values = new Float64Array(units * series.length * ROW);
  }

  /** Takes in a unit's rows, once; those of other series are left out. */
  place(unit: number, rows: Float64Array | Uint32Array): void {
    const series = this.#series;
    const count = rows.length / ROW;
    const unitAt = (unit - this.firstUnit) * series.length * ROW;
    for (let row = 0; row < count;) {
      const slot = slotOf(series, rows[row * ROW]);
      const first = row;
      // As many as stand here in the order in which they came.
      for (let next = slot; next >= 0 && row < count && rows[row * ROW] === series[next]; next++) row++;
      if (row === first) row += 1;
      else {
        this.#values.set(rows.subarray(first * ROW, row * ROW), unitAt + slot * ROW);
        this.#isFilled.fill(1, slot, slot + row - first);
      }
    }
  }

  /** The table of every series that has rows. */
  *tables(): Generator<{ series: number; table: SumsTable }> {
    const stride = this.#series.length * ROW;
    for (let slot = 0; slot < this.#series.length; slot++) {
      if (this.#isFilled[slot] === 0) continue;
      const series = this.#series[slot];
      const place = { values: this.#values, at: slot * ROW + 1, stride, units: this.units };
      yield { series, table: new SumsTable(this.firstUnit, place) };
    }
  }
}

/** Where a number stands in a rising list; -1: nowhere. */
function slotOf(series: Int32Array, wanted: number): number {
  let from = 0;
  let until = series.length;
  while (from < until) {
    const middle = (from + until) >> 1;
    if (series[middle] < wanted) from = middle + 1;
    else until = middle;
  }
  return series[from] === wanted ? from : -1;
}
