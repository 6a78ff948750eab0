/** The machine's clock, behind an interface so that rules and tests can move time by hand. Only this file reads it. */

export interface Clock {
  /** Unix time in whole milliseconds. May jump when somebody sets the machine's clock. */
  now(): number;
  /** Milliseconds since an arbitrary start; never goes backwards. For durations and for noticing jumps of `now`. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds (24 days at most), or at once when `signal` aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A longer wait would end at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep(ms, signal) {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(Math.max(0, ms), MAX_TIMER_MS));
      signal?.addEventListener("abort", done, { once: true });
    });
  },
};

export const SECOND = 1_000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;
