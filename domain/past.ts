import { type Clock, SECOND } from "./clock.ts";

/** Clocks are corrected by less all the time. */
const STEP_MS = 5 * SECOND;

/** When something happened, measured on the clock that never jumps too: it stays as long ago as it is when the other one is set back. */
export class Past {
  readonly #at: number;
  readonly #monotonicAt: number;

  /** What lies ahead of the clock, which was ahead itself at that time, happened just now. */
  constructor(at: number, clock: Clock) {
    this.#at = at;
    this.#monotonicAt = clock.monotonic() - Math.max(0, clock.now() - at);
  }

  /** As the clock would tell it now. */
  at(clock: Clock): number {
    const latestAt = Math.round(clock.now() - (clock.monotonic() - this.#monotonicAt));
    return this.#at > latestAt + STEP_MS ? latestAt : this.#at;
  }
}
