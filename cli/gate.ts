import { type Clock, SECOND } from "../domain/clock.ts";
import { asksForHealth } from "../routes/starting.ts";

type Handler = (request: Request, info: Deno.ServeHandlerInfo<Deno.NetAddr>) => Response | Promise<Response>;

/** Longer than almost every start; whoever asks at a slow one is told to come again. */
const HELD_MS = 5 * SECOND;
/** More are told to come again at once, so that a flood takes no memory. */
const MOST_HELD = 1_000;
/** Those who waited have so long to get their answers before all else that a start does. */
const FIRST_MS = SECOND;

/**
 * Stands before the app while that is not there yet: the port is taken early, so that a start fails early, and who wants to see something
 * meanwhile waits a little instead of being sent away. Whoever asks whether Hora is well, or sends something, is told at once that it only
 * starts: the one wants to know just that, and the other may be gone, and send it again, before it is read.
 */
export class Gate {
  readonly #clock: Pick<Clock, "sleep">;
  readonly #starting: (request: Request) => Response;
  readonly #opened = Promise.withResolvers<void>();
  readonly #held = new Set<Promise<unknown>>();
  #handler: Handler | null = null;
  #isStarted = false;

  /** `starting` says that Hora starts. */
  constructor(clock: Pick<Clock, "sleep">, starting: (request: Request) => Response) {
    this.#clock = clock;
    this.#starting = starting;
  }

  get isStarted(): boolean {
    return this.#isStarted;
  }

  handle: Handler = (request, info) => {
    if (this.#isStarted) return this.#handler!(request, info);
    if (asksForHealth(request)) return this.#starting(request);
    if (this.#handler !== null) return this.#handler(request, info);
    const isLooking = request.method === "GET" || request.method === "HEAD";
    if (!isLooking || this.#held.size >= MOST_HELD) return this.#starting(request);
    const answer = this.#hold(request, info);
    this.#held.add(answer);
    answer.finally(() => this.#held.delete(answer)).catch(() => {});
    return answer;
  };

  /** Lets everybody in; resolves when those who waited have their answers, or a second later. */
  async open(handler: Handler): Promise<void> {
    this.#handler = handler;
    this.#opened.resolve();
    if (this.#held.size > 0) await this.#orAfter(FIRST_MS, Promise.allSettled(this.#held));
  }

  /** Monitors are watched from now on, so that Hora can say how it is. After `open`. */
  started(): void {
    this.#isStarted = true;
  }

  /** The start failed: those who wait are sent away. */
  close(): void {
    this.#opened.resolve();
  }

  async #hold(request: Request, info: Deno.ServeHandlerInfo<Deno.NetAddr>): Promise<Response> {
    await this.#orAfter(HELD_MS, this.#opened.promise);
    return await (this.#handler?.(request, info) ?? this.#starting(request));
  }

  async #orAfter(ms: number, event: Promise<unknown>): Promise<void> {
    const isOver = new AbortController();
    await Promise.race([event, this.#clock.sleep(ms, isOver.signal)]);
    isOver.abort();
  }
}
