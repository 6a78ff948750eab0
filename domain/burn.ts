import { MINUTE } from "./clock.ts";

/** How fast an error budget is spent. Rates are ten times the burn rate, cut to whole numbers, as clients know them. */

export interface BurnFlags {
  readonly fast: boolean;
  readonly slow: boolean;
}

export const noBurn: BurnFlags = { fast: false, slow: false };

/** Checks seen in one look-back. */
export interface Seen {
  readonly total: number;
  readonly down: number;
}

/** The four look-backs of the rule, in ms. */
export const lookBacks = {
  fastLong: 60 * MINUTE,
  fastShort: 5 * MINUTE,
  slowLong: 360 * MINUTE,
  slowShort: 30 * MINUTE,
} as const;

export type LookBack = keyof typeof lookBacks;

/** Fewer checks than this in the long look-back prove nothing, nor do fewer failures than confirm an outage (and never less than 3). */
const MIN_SAMPLES = 10;
const MIN_FAILURES = 3;

/** Basis points of allowed failure; `targetPercent` is exclusive 0 … 100. */
function allowedBasisPoints(targetPercent: number): number {
  return Math.max(0.01, 10_000 - targetPercent * 100);
}

export function rateX10(seen: Seen, allowed: number): number {
  return seen.total === 0 ? 0 : Math.trunc((seen.down * 100_000) / (seen.total * allowed) + 1e-9);
}

export interface BurnVerdict {
  readonly flags: BurnFlags;
  readonly alert: { readonly window: "1h" | "6h"; readonly rateX10: number } | null;
}

/** Judges the look-backs. An alert is given once per crossing; the flags go out again when the long look-back calms down. */
export function judgeBurn(
  flags: BurnFlags,
  seen: Readonly<Record<LookBack, Seen>>,
  slo: { readonly targetPercent: number; readonly windowDays: number; readonly failThreshold: number },
): BurnVerdict {
  const allowed = allowedBasisPoints(slo.targetPercent);
  const enough = (long: Seen) =>
    long.total >= MIN_SAMPLES && long.down >= Math.max(MIN_FAILURES, slo.failThreshold);
  const fastLimit = Math.trunc((slo.windowDays * 24) / 5);
  const hour = rateX10(seen.fastLong, allowed);
  if (hour >= fastLimit && enough(seen.fastLong) && rateX10(seen.fastShort, allowed) >= fastLimit) {
    const alert = flags.fast ? null : { window: "1h", rateX10: hour } as const;
    return { flags: { fast: true, slow: true }, alert };
  }
  const fast = flags.fast && hour >= fastLimit;
  const slowLimit = Math.trunc((slo.windowDays * 24) / 12);
  const hours = rateX10(seen.slowLong, allowed);
  if (hours >= slowLimit && enough(seen.slowLong) && rateX10(seen.slowShort, allowed) >= slowLimit) {
    const alert = flags.slow ? null : { window: "6h", rateX10: hours } as const;
    return { flags: { fast, slow: true }, alert };
  }
  return { flags: { fast, slow: flags.slow && hours >= slowLimit }, alert: null };
}

/**
 * Seconds until the budget is gone at this rate; 0: it is gone; null: nothing burns. `downMs` is what the window has already spent.
 */
export function exhaustedInSecs(
  rate: number,
  slo: { readonly targetPercent: number; readonly windowDays: number },
  downMs: number,
): number | null {
  if (rate <= 0) return null;
  const allowed = allowedBasisPoints(slo.targetPercent);
  const budgetMs = (slo.windowDays * 1440 * MINUTE * allowed) / 10_000;
  const leftMinutes = Math.trunc((budgetMs - downMs) / MINUTE);
  return leftMinutes <= 0 ? 0 : Math.trunc((leftMinutes * 6_000_000) / (rate * allowed));
}

const SLOT_MS = MINUTE;
const SLOTS = lookBacks.slowLong / SLOT_MS;

/** Counts of one monitor's checks, minute by minute, over the longest look-back. Planned time is not put in. */
export class BurnSlots {
  readonly #total = new Uint32Array(SLOTS + 1);
  readonly #down = new Uint32Array(SLOTS + 1);
  #newest = -1;

  add(at: number, isDown: boolean): void {
    const slot = Math.floor(at / SLOT_MS);
    // The clock was far ahead and is right again: what was counted then is of no time that will be asked for soon.
    if (this.#newest >= 0 && slot <= this.#newest - this.#total.length) this.#reset();
    if (slot > this.#newest) {
      const from = Math.max(this.#newest + 1, slot - this.#total.length + 1);
      for (let fresh = from; fresh <= slot; fresh++) this.#clear(fresh);
      this.#newest = slot;
    }
    const index = slot % this.#total.length;
    this.#total[index] += 1;
    if (isDown) this.#down[index] += 1;
  }

  /** Checks of the last `lookBackMs` before `now`, to the minute. */
  seen(now: number, lookBackMs: number): Seen {
    const last = Math.floor(now / SLOT_MS);
    let [total, down] = [0, 0];
    const count = lookBackMs / SLOT_MS;
    for (let slot = Math.max(0, last - count); slot <= last; slot++) {
      if (slot > this.#newest || slot <= this.#newest - this.#total.length) continue;
      total += this.#total[slot % this.#total.length];
      down += this.#down[slot % this.#total.length];
    }
    return { total, down };
  }

  /** Adds what another saw of earlier times. */
  merge(earlier: BurnSlots): void {
    const length = this.#total.length;
    const newest = Math.max(this.#newest, earlier.#newest);
    const own = new BurnSlots();
    own.#newest = newest;
    for (let slot = Math.max(0, newest - length + 1); slot <= newest; slot++) {
      for (const source of [this, earlier]) {
        if (slot > source.#newest || slot <= source.#newest - length) continue;
        own.#total[slot % length] += source.#total[slot % length];
        own.#down[slot % length] += source.#down[slot % length];
      }
    }
    this.#total.set(own.#total);
    this.#down.set(own.#down);
    this.#newest = newest;
  }

  #reset(): void {
    this.#total.fill(0);
    this.#down.fill(0);
    this.#newest = -1;
  }

  #clear(slot: number): void {
    const index = slot % this.#total.length;
    this.#total[index] = 0;
    this.#down[index] = 0;
  }
}
