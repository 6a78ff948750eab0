import { Buffer } from "node:buffer";
import { SUMS_WIDTH } from "../domain/sums_row.ts";
import { SumsTable } from "../domain/sums_table.ts";

/**
 * Sums of many series in consecutive units of time, one unit behind the other in one array, as they are read: mostly a unit is copied whole.
 * The tables of the series share that array until each of them has forgotten or added a unit.
 */
export class SumsGrid {
  readonly #series: Uint32Array;
  readonly #values: Float64Array;
  readonly #isFilled: Uint8Array;

  /** Of these series, in rising order. */
  constructor(series: readonly number[], readonly firstUnit: number, readonly units: number) {
    this.#series = Uint32Array.from(series);
    this.#isFilled = new Uint8Array(series.length);
    this.#values = new Float64Array(units * series.length * SUMS_WIDTH);
  }

  /** Takes in a unit's rows, `SUMS_WIDTH` numbers for each of these series, once; those of unknown series are left out. */
  place(unit: number, series: Uint32Array, rows: Float64Array | Uint32Array): void {
    const known = this.#series;
    const unitAt = (unit - this.firstUnit) * known.length * SUMS_WIDTH;
    if (bytesOf(series).equals(bytesOf(known))) {
      this.#values.set(rows, unitAt);
      this.#isFilled.fill(1);
      return;
    }
    for (let row = 0; row < series.length;) {
      const slot = slotOf(known, series[row]);
      const first = row;
      // As many as stand here in the order in which they came.
      for (let next = slot; next >= 0 && row < series.length && series[row] === known[next]; next++) row++;
      if (row === first) row += 1;
      else {
        this.#values.set(rows.subarray(first * SUMS_WIDTH, row * SUMS_WIDTH), unitAt + slot * SUMS_WIDTH);
        this.#isFilled.fill(1, slot, slot + row - first);
      }
    }
  }

  /** The table of every series that has rows. */
  *tables(): Generator<{ series: number; table: SumsTable }> {
    const stride = this.#series.length * SUMS_WIDTH;
    for (let slot = 0; slot < this.#series.length; slot++) {
      if (this.#isFilled[slot] === 0) continue;
      const place = { values: this.#values, at: slot * SUMS_WIDTH, stride, units: this.units };
      yield { series: this.#series[slot], table: new SumsTable(this.firstUnit, place) };
    }
  }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint32Array) =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);

/** Where a number stands in a rising list; -1: nowhere. */
function slotOf(series: Uint32Array, wanted: number): number {
  let from = 0;
  let until = series.length;
  while (from < until) {
    const middle = (from + until) >> 1;
    if (series[middle] < wanted) from = middle + 1;
    else until = middle;
  }
  return series[from] === wanted ? from : -1;
}
