export interface Verdict {
  readonly allowed: boolean;
  /** Requests left right after this one; 0 when refused. */
  readonly remaining: number;
  /** Until the next one is allowed, in ms; 0 when allowed. */
  readonly waitMs: number;
}

/**
 * The generic cell rate algorithm: each key may send `burst` requests at once and regains one every `refillMs`. Memory is bounded by two
 * generations of keys: a full or old one becomes the past, and the past before it is dropped. So a key is forgotten, and starts anew,
 * only when it has fully recovered or when `capacity / 2` other keys came after it.
 */
export class Limiter {
  #present = new Map<string, number>();
  #past = new Map<string, number>();
  #turnedAt = -Infinity;

  constructor(
    readonly refillMs: number,
    readonly burst: number,
    readonly capacity: number = 100_000,
  ) {}

  get size(): number {
    return this.#present.size + this.#past.size;
  }

  /** Takes one slot for `key` at `now` (monotonic ms). */
  take(key: string, now: number): Verdict {
    this.#turn(now);
    // Whole microseconds: sums of fractions would miss a slot by their last bit.
    const at = Math.floor(now * 1_000);
    const refill = this.refillMs * 1_000;
    const tolerance = refill * (this.burst - 1);
    const stored = this.#present.get(key) ?? this.#past.get(key) ?? at;
    const wait = stored - tolerance - at;
    if (wait > 0) return { allowed: false, remaining: 0, waitMs: wait / 1_000 };
    const arrival = Math.max(stored, at) + refill;
    this.#present.set(key, arrival);
    const room = Math.min(at + tolerance + refill - arrival, tolerance + refill);
    return { allowed: true, remaining: Math.floor(room / refill), waitMs: 0 };
  }

  #turn(now: number): void {
    const isOld = now - this.#turnedAt >= Math.max(60_000, this.refillMs * this.burst);
    if (!isOld && this.#present.size < this.capacity / 2) return;
    this.#past = this.#present;
    this.#present = new Map();
    this.#turnedAt = now;
  }
}
