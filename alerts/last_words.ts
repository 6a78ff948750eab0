import { getLogger } from "@logtape/logtape";
import { type Clock, MINUTE } from "../domain/clock.ts";
import type { Config } from "../domain/config.ts";
import { messageOf } from "../domain/errors.ts";
import type { AlertEvent } from "../domain/event.ts";
import type { Monitor } from "../domain/monitor.ts";
import type { Notification, Store } from "../domain/store.ts";
import type { Desk } from "./desk.ts";
import { Draft } from "./draft.ts";
import { isUnconfirmed, type Live, MACHINE_PREFIX, toKept } from "./machine.ts";
import { mutedNow } from "./mutes.ts";
import type { Outbox } from "./outbox.ts";
import { channelNames, unconfirmedChannels } from "./routing.ts";
import type { PeersVerdict, VantageRounds } from "./vantage.ts";

const log = getLogger(["hora", "alerts"]);

/** How often peers are asked again about an outage that all of them contradict. */
const ASK_AGAIN_MS = MINUTE;

export interface LastWordsDeps {
  readonly store: Store;
  readonly clock: Clock;
  config(): Config;
  readonly vantage: VantageRounds;
  readonly desk: Desk;
  readonly outbox: Outbox;
  posted(notifications: readonly Notification[]): void;
  /** An incident was written to although no check came. */
  incidentChanged(monitorId: string): void;
}

/**
 * What happens when the peers have spoken. Promises, in this order: messages that waited for them leave, whatever fails here; an outage that
 * every answering peer contradicts goes to `alerts.notify_unconfirmed` instead; everybody else hears of it as soon as that is so no more.
 * All of it runs under the monitor's lock.
 */
export class LastWords {
  readonly #deps: LastWordsDeps;
  /** When peers may be asked again, per monitor, on the monotonic clock. */
  readonly #nextAt = new Map<string, number>();
  readonly #said = new Map<string, string>();

  constructor(deps: LastWordsDeps) {
    this.#deps = deps;
  }

  async ended(monitor: Monitor, incidentId: number, verdict: PeersVerdict | null): Promise<void> {
    const { desk, outbox } = this.#deps;
    const lastWords = (event: AlertEvent): AlertEvent =>
      event.kind === "down" && verdict !== null ? { ...event, vantage: verdict.text } : event;
    let only: readonly string[] | null = null;
    try {
      await this.#record(monitor, incidentId, verdict);
      const live = desk.lives.get(monitor.id);
      if (live?.incidentId === incidentId) only = await this.#route(monitor, live, verdict);
    } catch (error) {
      log.warn("Keeping what peers said: {error}", { error: messageOf(error) });
    }
    const dropped = await outbox.release(incidentId, lastWords, only);
    if (dropped.length > 0) await this.#untold(monitor, dropped);
  }

  /** Peers contradicted an outage that lasts: do they still? Returns at once. */
  async askAgain(monitor: Monitor): Promise<void> {
    const { desk, vantage, clock } = this.#deps;
    const live = desk.lives.get(monitor.id);
    if (live === undefined || !isUnconfirmed(live) || live.incidentId === null) return;
    const now = clock.monotonic();
    if (now < (this.#nextAt.get(monitor.id) ?? -Infinity)) return;
    this.#nextAt.set(monitor.id, now + ASK_AGAIN_MS);
    const isAsked = vantage.start(monitor, live.condition.outageAt!, live.incidentId);
    if (!isAsked) await this.#tellAll(monitor, live);
  }

  async #record(monitor: Monitor, incidentId: number, verdict: PeersVerdict | null): Promise<void> {
    const key = `${monitor.id} ${incidentId}`;
    if (verdict === null || this.#said.get(monitor.id) === key + verdict.text) return;
    const now = this.#deps.clock.now();
    const draft = new Draft(now);
    draft.commit.updateIncident = { id: incidentId, at: now, vantage: verdict.text };
    draft.decide(monitor.id, "vantage", `Other vantage points: ${verdict.text}`, incidentId);
    await draft.save(this.#deps.store);
    this.#deps.incidentChanged(monitor.id);
    this.#said.set(monitor.id, key + verdict.text);
  }

  /** The only channels whose held messages may go; null: all. */
  async #route(
    monitor: Monitor,
    live: Live,
    verdict: PeersVerdict | null,
  ): Promise<readonly string[] | null> {
    const config = this.#deps.config();
    const usual = channelNames(config, monitor.notify);
    const instead = unconfirmedChannels(config, usual, verdict?.contradicted ?? false);
    if (isUnconfirmed(live)) {
      if (instead === null) await this.#tellAll(monitor, live);
      return instead;
    }
    if (instead === null || live.telling.toldOutageAt !== live.condition.outageAt) return null;
    this.#nextAt.set(monitor.id, this.#deps.clock.monotonic() + ASK_AGAIN_MS);
    const { channels } = live.telling;
    await this.#tell(monitor, { ...live, unconfirmedOutageAt: live.condition.outageAt }, {
      channels: instead.filter((name) => !channels.includes(name)),
      why: `Every peer that answered sees it up, so for now only these are told: ${instead.join(", ")}`,
    });
    return instead;
  }

  /** Everybody who is to know of outages and does not know of this one. A mute keeps it back until it ends. */
  async #tellAll(monitor: Monitor, live: Live): Promise<void> {
    const { store, clock, config } = this.#deps;
    if (await mutedNow(store, config(), monitor.id, clock.now()) !== null) return;
    const channels = channelNames(config(), monitor.notify)
      .filter((name) => !live.telling.channels.includes(name));
    await this.#tell(monitor, { ...live, unconfirmedOutageAt: null }, {
      channels,
      why: `Peers do not all see it up any more, so these are told too: ${channels.join(", ")}`,
    });
  }

  async #tell(
    monitor: Monitor,
    live: Live,
    { channels, why }: { channels: readonly string[]; why: string },
  ): Promise<void> {
    const { store, clock, desk, posted } = this.#deps;
    const draft = new Draft(clock.now());
    draft.tell(desk.downEvent(monitor, live, draft.now), channels, live.incidentId);
    draft.decide(monitor.id, "told", why, live.incidentId);
    const after = {
      ...live,
      telling: { ...live.telling, channels: [...live.telling.channels, ...channels] },
    };
    draft.keep(MACHINE_PREFIX + monitor.id, toKept(after));
    const { notifications } = await draft.save(store);
    desk.put(monitor.id, after);
    posted(notifications);
  }

  /** These have no right to the end of what they never heard of; unless they were told that it was slow before. */
  async #untold(monitor: Monitor, dropped: readonly string[]): Promise<void> {
    const { store, clock, config, desk } = this.#deps;
    const live = desk.lives.get(monitor.id);
    if (live === undefined || config().alerts.alertOnDegraded) return;
    const channels = live.telling.channels.filter((name) => !dropped.includes(name));
    const after = { ...live, telling: { ...live.telling, channels } };
    const draft = new Draft(clock.now());
    draft.commit.durable = true;
    draft.keep(MACHINE_PREFIX + monitor.id, toKept(after));
    await draft.save(store);
    desk.put(monitor.id, after);
  }
}
