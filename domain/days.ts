import type { DayState, DayView } from "./summary.ts";

/** One letter for each state, so that a bar is a short text instead of an object for each of its days. */
export const letterOf: Readonly<Record<DayState, string>> = {
  up: "u",
  degraded: "g",
  down: "d",
  planned: "p",
  empty: "e",
};

const states = Object.fromEntries(Object.entries(letterOf).map(([state, letter]) => [letter, state]));

/** The state that a letter stands for. */
export const stateOfLetter = (letter: string): DayState => states[letter] as DayState;

/**
 * The days of a bar, the present one last. Of most of them only the state is ever drawn, and a fleet has ten thousands, so the rest of a
 * day is made when somebody goes through them.
 */
export interface Days extends Iterable<DayView> {
  /** When the first of them began. */
  readonly startAt: number;
  readonly length: number;
  /** The state of each day, as `letterOf` writes it. */
  readonly letters: string;
  /** All there is to say of one day, counted from the first one. */
  at(index: number): DayView;
}

/** Days that were made already. */
export function daysOf(cells: readonly DayView[]): Days {
  return {
    startAt: cells.length === 0 ? 0 : Date.parse(cells[0].date),
    length: cells.length,
    letters: cells.map(({ state }) => letterOf[state]).join(""),
    at: (index) => cells[index],
    [Symbol.iterator]: () => cells[Symbol.iterator](),
  };
}
