import { MINUTE } from "../domain/clock.ts";
import type { Config } from "../domain/config.ts";
import { readCron } from "../domain/cron.ts";
import type { Notification, Store } from "../domain/store.ts";
import { buildDigest, digestPeriod, digestText } from "./digest.ts";
import { Draft } from "./draft.ts";
import { channelNames } from "./routing.ts";

const LAST_SENT = "digest_last_sent";

export interface DigestDeps {
  readonly store: Store;
  config(): Config;
  posted(notifications: readonly Notification[]): void;
}

/** Sends the digest when its schedule says so: once, however many slots were missed, and kept with the time it was sent. */
export class DigestClock {
  readonly #deps: DigestDeps;
  #lookAt = 0;

  constructor(deps: DigestDeps) {
    this.#deps = deps;
  }

  async tick(now: number): Promise<void> {
    const { digest } = this.#deps.config();
    // Set too far ahead by a clock that was wrong: looks again.
    const rests = now < this.#lookAt && this.#lookAt - now <= MINUTE;
    if (digest === null || rests) return;
    const dueAt = slotAfter(digest.schedule, await this.#lastSent(digest.schedule, now));
    if (now < dueAt) {
      this.#lookAt = Math.min(dueAt, now + MINUTE);
      return;
    }
    const draft = new Draft(now);
    const { store } = this.#deps;
    const config = this.#deps.config();
    const summary = digestText(await buildDigest(store, config, now));
    draft.tell(
      { kind: "digest", at: now, period: digestPeriod(now), summary },
      channelNames(config, digest.notify),
      null,
    );
    draft.keep(LAST_SENT, now);
    const { notifications } = await draft.save(store);
    this.#lookAt = now + MINUTE;
    this.#deps.posted(notifications);
  }

  /** Never sent, or by a clock that was far ahead: the next digest waits for its next slot, counted from now. */
  async #lastSent(schedule: string, now: number): Promise<number> {
    const { store } = this.#deps;
    const kept = (await store.states.load(LAST_SENT)).get(LAST_SENT);
    // A clock that was set back to before the slot it sent last comes to that one again.
    const isSent = typeof kept === "number" &&
      (kept <= now || kept < slotAfter(schedule, slotAfter(schedule, now)));
    if (isSent) return kept;
    const draft = new Draft(now);
    draft.keep(LAST_SENT, now);
    await draft.save(store);
    return now;
  }
}

/** Infinity: the schedule never comes again. */
function slotAfter(schedule: string, at: number): number {
  if (at === Infinity) return at;
  return readCron(schedule).nextRun(new Date(at))?.getTime() ?? Infinity;
}
