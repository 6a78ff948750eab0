import { type Sums, SumsBuilder } from "./bars.ts";
import type { CheckStatus } from "./status.ts";

/** How a row of a `SumsTable` is laid out: counts by status, then covered ms by status. */
const FIELDS = 8;
const fields: Readonly<Record<CheckStatus | "planned", number>> = { up: 0, degraded: 1, down: 2, planned: 3 };
const COVERAGE = 4;
/** More units than any window has: rows farther apart than this come of a clock that was wrong, and only the one added last is kept. */
const MOST_UNITS = 4_000;

interface Judged {
  readonly status: CheckStatus;
  readonly planned: boolean;
}

/**
 * Sums of consecutive units of time (UTC days) of one series as one array of numbers: a fleet's ninety days are some ten thousand rows, and
 * as objects they would be most of what a start has to make and to keep.
 */
export class SumsTable {
  #values: Float64Array;
  #firstUnit: number;

  /** With room for `units` units from the first one on, if that many are about to come. */
  constructor(firstUnit = 0, units = 0) {
    this.#firstUnit = firstUnit;
    this.#values = new Float64Array(units * FIELDS);
  }

  /** The unit after the last one there is room for. */
  get #endUnit(): number {
    return this.#firstUnit + this.#values.length / FIELDS;
  }

  /** Adds to a unit's row; the numbers stand in `source` from `offset` on, in the order of a row. */
  addRow(unit: number, source: ArrayLike<number>, offset: number): void {
    const at = this.#offsetOf(unit);
    for (let i = 0; i < FIELDS; i++) this.#values[at + i] += source[offset + i];
  }

  /** Adds every row of another table. */
  absorb(other: SumsTable): void {
    for (let unit = other.#firstUnit; unit < other.#endUnit; unit++) {
      if (other.has(unit)) this.addRow(unit, other.#values, (unit - other.#firstUnit) * FIELDS);
    }
  }

  count(unit: number, { status, planned }: Judged): void {
    const at = this.#offsetOf(unit);
    this.#values[at + fields[planned ? "planned" : status]] += 1;
  }

  cover(unit: number, { status, planned }: Judged, ms: number): void {
    const at = this.#offsetOf(unit);
    this.#values[at + COVERAGE + fields[planned ? "planned" : status]] += ms;
  }

  /** Is there anything in this unit? */
  has(unit: number): boolean {
    if (unit < this.#firstUnit || unit >= this.#endUnit) return false;
    const at = (unit - this.#firstUnit) * FIELDS;
    for (let i = at; i < at + FIELDS; i++) if (this.#values[i] > 0) return true;
    return false;
  }

  /** A copy of a unit's sums. */
  at(unit: number): Sums {
    return this.sum(unit, unit + 1);
  }

  /** Sums over `fromUnit ≤ unit < untilUnit`. */
  sum(fromUnit: number, untilUnit: number): Sums {
    const values = this.#values;
    const from = Math.max(fromUnit, this.#firstUnit) - this.#firstUnit;
    const until = Math.min(untilUnit, this.#endUnit) - this.#firstUnit;
    const { counts, coverage } = new SumsBuilder();
    for (let at = from * FIELDS; at < until * FIELDS; at += FIELDS) {
      counts.up += values[at];
      counts.degraded += values[at + 1];
      counts.down += values[at + 2];
      counts.planned += values[at + 3];
      coverage.upMs += values[at + 4];
      coverage.degradedMs += values[at + 5];
      coverage.downMs += values[at + 6];
      coverage.plannedMs += values[at + 7];
    }
    return { counts, coverage };
  }

  /** Forgets units before `unit`. */
  forgetBefore(unit: number): void {
    if (unit <= this.#firstUnit) return;
    this.#values = this.#values.slice(Math.min(this.#values.length, (unit - this.#firstUnit) * FIELDS));
    this.#firstUnit = unit;
  }

  #offsetOf(unit: number): number {
    if (Math.max(this.#firstUnit - unit, unit - this.#endUnit) > MOST_UNITS && this.#values.length > 0) {
      this.#values = new Float64Array(0);
    }
    if (this.#values.length === 0) this.#firstUnit = unit;
    const from = Math.min(unit, this.#firstUnit);
    const until = Math.max(unit + 1, this.#endUnit);
    if (from < this.#firstUnit || until > this.#endUnit) {
      const grown = new Float64Array((until - from) * FIELDS);
      grown.set(this.#values, (this.#firstUnit - from) * FIELDS);
      this.#values = grown;
      this.#firstUnit = from;
    }
    return (unit - this.#firstUnit) * FIELDS;
  }
}
