import type { Clock } from "../domain/clock.ts";
import type { Config } from "../domain/config.ts";
import type { Notification, Store } from "../domain/store.ts";
import type { Delivery } from "./channels/channel.ts";
import { Draft } from "./draft.ts";

/** A channel that fails, from its first failure on. */
interface Trouble {
  readonly failures: number;
  readonly sinceAt: number;
  readonly lastError: string;
  readonly told: boolean;
}

const PREFIX = "channel/";

export interface TroubleDeps {
  readonly store: Store;
  readonly clock: Clock;
  config(): Config;
  posted(notifications: readonly Notification[]): void;
}

/** Counts how deliveries end. A channel that keeps failing is told through those that do not, once, until it works again. */
export class Troubles {
  readonly #deps: TroubleDeps;
  readonly #troubles = new Map<string, Trouble>();
  readonly #counts = new Map<string, { sent: number; failed: number }>();

  constructor(deps: TroubleDeps) {
    this.#deps = deps;
  }

  async load(): Promise<void> {
    for (const [key, value] of await this.#deps.store.states.load(PREFIX)) {
      this.#troubles.set(key.slice(PREFIX.length), value as Trouble);
    }
  }

  list(): { channel: string; failures: number; lastError: string; sinceAt: number }[] {
    const { channels, alerts } = this.#deps.config();
    return [...this.#troubles]
      .filter(([channel, trouble]) =>
        trouble.failures >= alerts.channelFailThreshold &&
        channels.some((candidate) => candidate.name === channel)
      )
      .map(([channel, { failures, lastError, sinceAt }]) => ({ channel, failures, lastError, sinceAt }));
  }

  counts(): { channel: string; outcome: "sent" | "failed"; count: number }[] {
    return [...this.#counts].flatMap(([channel, { sent, failed }]) => [
      { channel, outcome: "sent" as const, count: sent },
      { channel, outcome: "failed" as const, count: failed },
    ]);
  }

  async ended(channel: string, delivery: Delivery): Promise<void> {
    const counts = this.#counts.get(channel) ?? { sent: 0, failed: 0 };
    this.#counts.set(channel, counts);
    if (delivery.ok) {
      counts.sent += 1;
      if (this.#troubles.delete(channel)) await this.#keep(channel, null);
      return;
    }
    counts.failed += 1;
    const now = this.#deps.clock.now();
    const before = this.#troubles.get(channel);
    const failures = (before?.failures ?? 0) + 1;
    const others = this.#deps.config().channels.filter((candidate) =>
      candidate.enabled && candidate.name !== channel && !this.#troubles.has(candidate.name)
    ).map((candidate) => candidate.name);
    const isNews = before?.told !== true && failures >= this.#deps.config().alerts.channelFailThreshold;
    const told = before?.told === true || (isNews && others.length > 0);
    const trouble = { failures, sinceAt: before?.sinceAt ?? now, lastError: delivery.error, told };
    this.#troubles.set(channel, trouble);
    const draft = new Draft(now);
    if (isNews && others.length > 0) {
      draft.tell(
        { kind: "channel_trouble", at: now, channel, failures, reason: delivery.error },
        others,
        null,
      );
    }
    draft.keep(PREFIX + channel, trouble);
    const { notifications } = await draft.save(this.#deps.store);
    this.#deps.posted(notifications);
  }

  async #keep(channel: string, value: Trouble | null): Promise<void> {
    const draft = new Draft(this.#deps.clock.now());
    draft.keep(PREFIX + channel, value);
    await draft.save(this.#deps.store);
  }
}
