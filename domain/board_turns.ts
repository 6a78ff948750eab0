import { HOUR } from "./clock.ts";
import type { Config } from "./config.ts";
import type { Announcement, Silence } from "./store.ts";

interface ShownTimes {
  readonly config: Pick<Config, "maintenance">;
  readonly announcements: readonly Announcement[];
  readonly silences: readonly Silence[];
}

/** When time alone changes what a board shows to everybody, or (a silence that ends) to operators. */
export class BoardTurns {
  #generalAt = Infinity;
  #silenceAt = Infinity;

  /** A summary was made at `now`: it holds until the next hour, window, or end of an announcement or silence. */
  shown(now: number, { config, announcements, silences }: ShownTimes): void {
    const instants = [Math.floor(now / HOUR) * HOUR + HOUR];
    for (const { startAt, endAt } of config.maintenance) instants.push(startAt, endAt + 1);
    for (const { untilAt } of announcements) if (untilAt !== null) instants.push(untilAt);
    this.#generalAt = Math.min(this.#generalAt, ...instants.filter((at) => at > now));
    const ends = silences.map(({ untilAt }) => untilAt).filter((at) => at > now);
    this.#silenceAt = Math.min(this.#silenceAt, ...ends);
  }

  /** Which of the two have come by `now`; each is told once. */
  take(now: number): { readonly isGeneral: boolean; readonly isSilence: boolean } {
    const [isGeneral, isSilence] = [now >= this.#generalAt, now >= this.#silenceAt];
    if (isGeneral) this.#generalAt = Infinity;
    if (isSilence) this.#silenceAt = Infinity;
    return { isGeneral, isSilence };
  }
}
