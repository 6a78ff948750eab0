import { MINUTE } from "../domain/clock.ts";

/** How late probes started over the last minute; bounded in memory by the newest 16,384 starts. */
export class Lateness {
  readonly #at = new Float64Array(16_384).fill(-Infinity);
  readonly #late = new Float64Array(16_384);
  #next = 0;

  note(lateMs: number, now: number): void {
    this.#at[this.#next] = now;
    this.#late[this.#next] = lateMs;
    this.#next = (this.#next + 1) % this.#at.length;
  }

  figures(now: number): { p50: number; p99: number; max: number } {
    const recent = this.#late.filter((_, index) => now - this.#at[index] <= MINUTE).sort();
    const rank = (p: number) => recent[Math.max(0, Math.ceil((p * recent.length) / 100) - 1)] ?? 0;
    return { p50: rank(50), p99: rank(99), max: recent.at(-1) ?? 0 };
  }
}
