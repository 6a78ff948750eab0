export interface Verdict {
  readonly allowed: boolean;
  /** Requests left right after this one; 0 when refused. */
  readonly remaining: number;
  /** Until the next one is allowed, in ms; 0 when allowed. */
  readonly waitMs: number;
}

/**
 * The generic cell rate algorithm: each key may send `burst` requests at once and regains one every `refillMs`. Memory is bounded: past
 * `capacity` keys those that have fully recovered go first, then those not heard of for longest, which then start anew.
 */
export class Limiter {
  readonly #arrivals = new Map<string, number>();
  #sweptAt = 0;

  constructor(
    readonly refillMs: number,
    readonly burst: number,
    readonly capacity: number = 100_000,
  ) {}

  get size(): number {
    return this.#arrivals.size;
  }

  /** Takes one slot for `key` at `now` (monotonic ms). */
  take(key: string, now: number): Verdict {
    const tolerance = this.refillMs * (this.burst - 1);
    const stored = this.#arrivals.get(key) ?? now;
    if (now < stored - tolerance) return { allowed: false, remaining: 0, waitMs: stored - tolerance - now };
    const arrival = Math.max(stored, now) + this.refillMs;
    this.#arrivals.delete(key);
    this.#makeRoom(now);
    this.#arrivals.set(key, arrival);
    const room = Math.min(now + tolerance + this.refillMs - arrival, tolerance + this.refillMs);
    return { allowed: true, remaining: Math.floor(room / this.refillMs), waitMs: 0 };
  }

  #makeRoom(now: number): void {
    if (
      now - this.#sweptAt >= 60_000 || this.#arrivals.size >= this.capacity && now - this.#sweptAt >= 1_000
    ) {
      this.#sweptAt = now;
      for (const [key, arrival] of this.#arrivals) if (arrival <= now) this.#arrivals.delete(key);
    }
    for (const key of this.#arrivals.keys()) {
      if (this.#arrivals.size < this.capacity) break;
      this.#arrivals.delete(key);
    }
  }
}
