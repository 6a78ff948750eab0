import { type Clock, systemClock } from "./clock.ts";

/** How long work goes on before everything else that waits has its turn, in ms. */
const SLICE_MS = 2;
/** The same during a start, in ms: whoever asks meanwhile waits for the picture anyway, and a pause takes as long as the work before it. */
const START_SLICE_MS = 25;
/**
 * A pause takes a timer. The runtime looks at sockets only when it has nothing else to do, or after 61 turns of the event loop, so nobody who
 * asks from outside is heard between one `setImmediate` and the next.
 */
const PAUSE_MS = 1;

/** Keeps long work from holding the event loop: whoever does it asks for a pause wherever there may be one. */
export class Slices {
  readonly #clock: Pick<Clock, "monotonic" | "sleep">;
  readonly #sliceMs: number;
  #sinceMs: number;

  constructor(clock: Pick<Clock, "monotonic" | "sleep"> = systemClock, sliceMs = SLICE_MS) {
    this.#clock = clock;
    this.#sliceMs = sliceMs;
    this.#sinceMs = clock.monotonic();
  }

  /** For work that a start waits for. */
  static ofStart(): Slices {
    return new Slices(systemClock, START_SLICE_MS);
  }

  /** Pauses when a slice is over, and else not at all. */
  async pause(): Promise<void> {
    if (this.#clock.monotonic() - this.#sinceMs < this.#sliceMs) return;
    await this.#clock.sleep(PAUSE_MS);
    this.#sinceMs = this.#clock.monotonic();
  }
}
