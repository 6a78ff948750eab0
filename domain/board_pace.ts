import { type Clock, SECOND } from "./clock.ts";

interface Pace {
  version: number;
  /** How often something changed that may not wait. */
  turns: number;
  /** On the monotonic clock. */
  movedAt: number;
  /** Something is new that may wait a second. */
  dirty: boolean;
}

const freshPace = (): Pace => ({ version: 1, turns: 0, movedAt: -Infinity, dirty: false });

/** Whose picture has changed: only that of those who see private things, or (with theirs) the open one that anybody sees. */
export type Audience = "private" | "open";

/**
 * When the board's versions move: for mere checks at most once a second. What anybody sees moves by itself, so that nothing tells when
 * something private happened.
 */
export class BoardPace {
  readonly #all = freshPace();
  readonly #open = freshPace();
  constructor(readonly clock: Pick<Clock, "monotonic">) {}

  get version(): number {
    return this.#all.version;
  }

  get openVersion(): number {
    return this.#open.version;
  }

  get turns(): number {
    return this.#all.turns;
  }

  get openTurns(): number {
    return this.#open.turns;
  }

  /** For whom something waits to be shown; null: nothing does. */
  get news(): Audience | null {
    if (!this.#all.dirty) return null;
    return this.#open.dirty ? "open" : "private";
  }

  /** For whom it is time to move, at `now` on the monotonic clock; null: for nobody yet. */
  due(now: number): Audience | null {
    const isDue = ({ dirty, movedAt }: Pace) => dirty && now - movedAt >= SECOND;
    if (isDue(this.#open)) return "open";
    return isDue(this.#all) ? "private" : null;
  }

  move(isOpen: boolean): void {
    const movedAt = this.clock.monotonic();
    for (const pace of isOpen ? [this.#all, this.#open] : [this.#all]) {
      pace.version += 1;
      pace.movedAt = movedAt;
      pace.dirty = false;
    }
  }

  /** What changed may not wait; the version moves apart. */
  turn(isOpen: boolean): void {
    this.#all.turns += 1;
    if (isOpen) this.#open.turns += 1;
  }

  /** Something is new that may wait a second. */
  soil(isOpen: boolean): void {
    this.#all.dirty = true;
    if (isOpen) this.#open.dirty = true;
  }
}
