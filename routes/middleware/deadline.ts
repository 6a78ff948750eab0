import type { Clock } from "../../domain/clock.ts";
import { AppError } from "../../domain/errors.ts";
import type { AppContext } from "../env.ts";

/** How long a request may wait for the store or for a rendering. */
const REQUEST_DEADLINE_MS = 15_000;

interface Waiting {
  /** On the monotonic clock. */
  readonly lateAt: number;
  giveUp(): void;
}

/**
 * Bounds how long requests wait. All may wait equally long, so those that came first are late first, and one timer serves all of them:
 * one for each heartbeat would cost more than to judge it.
 */
export class Deadlines {
  readonly #clock: Pick<Clock, "monotonic" | "sleep">;
  readonly #withinMs: number;
  readonly #waiting = new Set<Waiting>();
  /** Ends the watch; null: nobody waits. */
  #stop: AbortController | null = null;

  constructor(clock: Pick<Clock, "monotonic" | "sleep">, withinMs: number = REQUEST_DEADLINE_MS) {
    this.#clock = clock;
    this.#withinMs = withinMs;
  }

  /** The result, or `too_slow` when it takes too long. What was begun goes on; nobody waits for it. */
  bound<T>(work: Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const waiting: Waiting = {
      lateAt: this.#clock.monotonic() + this.#withinMs,
      giveUp: () => reject(new AppError("too_slow", "the answer took too long: try again in a moment")),
    };
    this.#waiting.add(waiting);
    work.then((value) => {
      this.#leave(waiting);
      resolve(value);
    }, (error) => {
      this.#leave(waiting);
      reject(error);
    });
    if (this.#stop === null) void this.#watch(this.#stop = new AbortController());
    return promise;
  }

  #leave(waiting: Waiting): void {
    this.#waiting.delete(waiting);
    if (this.#waiting.size > 0) return;
    // Without a reason of its own, each abort would make an exception with its stack.
    this.#stop?.abort("nobody waits");
    this.#stop = null;
  }

  async #watch({ signal }: AbortController): Promise<void> {
    // Work that is done already has left by then, and needs no timer.
    await null;
    while (!signal.aborted) {
      const [first] = this.#waiting;
      await this.#clock.sleep(first.lateAt - this.#clock.monotonic(), signal);
      if (!signal.aborted) this.#giveUpLate();
    }
  }

  #giveUpLate(): void {
    const now = this.#clock.monotonic();
    for (const waiting of this.#waiting) {
      if (waiting.lateAt > now) return;
      waiting.giveUp();
      this.#leave(waiting);
    }
  }
}

/** The result, or `too_slow` when this request would wait too long for it. */
export function withDeadline<T>(c: AppContext, work: Promise<T>): Promise<T> {
  return c.get("deadlines").bound(work);
}
