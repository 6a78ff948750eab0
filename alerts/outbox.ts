import { getLogger } from "@logtape/logtape";
import type { Clock } from "../domain/clock.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../domain/clock.ts";
import type { ChannelConfig, Config } from "../domain/config.ts";
import { messageOf } from "../domain/errors.ts";
import type { AlertEvent } from "../domain/event.ts";
import type { Notification, NotificationStatus, Store } from "../domain/store.ts";
import type { Delivery, Message } from "./channels/channel.ts";

const log = getLogger(["hora", "alerts"]);

/** Nothing is tried for longer than this after its cause, */
const GIVE_UP_MS = DAY;
/** but for so long by this process in any case: Hora or the clock may have been away for days. */
const LEAST_TRIED_MS = HOUR;
const FIRST_PAUSE_MS = 5 * SECOND;
const LONGEST_PAUSE_MS = 15 * MINUTE;
/** A service may ask for no longer a pause than this. */
const LONGEST_REST_MS = HOUR;
/** A message refused so often may be at fault itself: others may pass it. */
const SUSPECT_ATTEMPTS = 4;

/** Pause after so many failures in a row: 5 s, 15 s, 45 s, … at most 15 minutes. */
export function pauseMs(failures: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 3 ** Math.max(0, failures - 1));
}

/** A service that says "again at once" every time is not hammered either: 1 s, 3 s, 9 s, … at most three minutes. */
function leastPauseMs(failures: number): number {
  return pauseMs(failures) / 5;
}

export interface OutboxDeps {
  readonly store: Pick<Store, "outbox">;
  readonly clock: Clock;
  config(): Config;
  attempt(channel: ChannelConfig, message: Message): Promise<Delivery>;
  /** A channel's attempt ended; awaited, so that trouble is told in order. */
  ended(channel: string, delivery: Delivery): Promise<void>;
}

/** A message in its lane; `done` are recipients that took it already, known until a restart. */
type Item = Notification & {
  readonly done?: readonly string[];
  /** How its attempt ended, until that is kept: a store that refuses is asked again, its receiver is not told again. */
  readonly delivery?: Delivery;
  /** When it was put in, on the monotonic clock. */
  readonly laidAt: number;
};

interface Lane {
  /** Oldest first. */
  readonly items: Item[];
  failures: number;
  /** Not before this instant. */
  resumeAt: number;
  running: Promise<void> | null;
  /** The message that is on its way now. */
  sendingId: number | null;
}

/** Being sent, or sent already: nothing takes it back. */
function isOnItsWay(lane: Lane, item: Item): boolean {
  return item.id === lane.sendingId || item.delivery !== undefined;
}

/**
 * Delivers what the store keeps. Promises, in this order: nothing kept is lost, across restarts too; messages about one thing reach a
 * channel in the order of their causes; one channel's trouble never holds up another.
 */
export class Outbox {
  readonly #deps: OutboxDeps;
  readonly #lanes = new Map<string, Lane>();
  #stopped = false;
  /** The newest reading of the clock. */
  #lastNow = -Infinity;

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
  }

  async load(): Promise<void> {
    const latestAt = this.#deps.clock.now() + LONGEST_REST_MS;
    const unfinished = await this.#deps.store.outbox.listUnfinished();
    this.add(unfinished.map((item) => ({ ...item, dueAt: Math.min(item.dueAt, latestAt) })));
  }

  add(notifications: readonly Notification[]): void {
    for (const notification of notifications) {
      const lane = this.#lane(notification.channel);
      lane.items.push({ ...notification, laidAt: this.#deps.clock.monotonic() });
      lane.items.sort((a, b) => a.id - b.id);
    }
  }

  /** Starts whatever is due; returns at once. */
  pump(now: number): void {
    if (this.#stopped) return;
    if (this.#lastNow - now > SECOND) this.#setBack(this.#lastNow - now);
    this.#lastNow = now;
    for (const [channel, lane] of this.#lanes) {
      if (lane.items.length === 0 && lane.running === null && lane.failures === 0) {
        this.#lanes.delete(channel);
      } else if (lane.running === null && this.#next(lane, now) !== null) {
        lane.running = this.#drain(channel, lane).finally(() => lane.running = null);
      }
    }
  }

  /** The clock was set back: nothing waits longer for that. */
  #setBack(byMs: number): void {
    for (const lane of this.#lanes.values()) {
      lane.resumeAt -= byMs;
      lane.items.splice(0, Infinity, ...lane.items.map((item) => ({ ...item, dueAt: item.dueAt - byMs })));
    }
  }

  /**
   * Held messages of an incident get their last words and may go. With `only`, those for other channels are dropped, unless they are on
   * their way already; resolves with the channels that are not told.
   */
  async release(
    incidentId: number,
    lastWords: (event: AlertEvent) => AlertEvent,
    only: readonly string[] | null = null,
  ): Promise<string[]> {
    const dropped: string[] = [];
    for (const [channel, lane] of this.#lanes) {
      const held = lane.items.filter((item) => item.incidentId === incidentId && item.status === "held");
      for (const item of held) {
        if (only === null || only.includes(channel)) await this.#free(lane, item, lastWords(item.event));
        else if (!isOnItsWay(lane, item)) {
          await this.#finish(lane, item, "dropped", item.attempts, "every peer that answered sees it up");
          dropped.push(channel);
        }
      }
    }
    this.pump(this.#deps.clock.now());
    return dropped;
  }

  async #free(lane: Lane, item: Item, event: AlertEvent): Promise<void> {
    const now = this.#deps.clock.now();
    const index = lane.items.findIndex(({ id }) => id === item.id);
    if (index < 0) return;
    lane.items[index] = { ...lane.items[index], status: "pending", event, dueAt: now };
    // One that could not wait is on its way: how that ends is kept, with these words if it has to go again.
    if (!isOnItsWay(lane, lane.items[index])) await this.#save(item, "pending", now, { event, dueAt: now });
  }

  /** Waits for the attempts in progress, at most until `signal` aborts. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#stopped = true;
    const running = [...this.#lanes.values()].map((lane) => lane.running ?? Promise.resolve());
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    await Promise.race([Promise.all(running), aborted]);
  }

  #lane(channel: string): Lane {
    let lane = this.#lanes.get(channel);
    if (lane === undefined) {
      this.#lanes.set(
        channel,
        lane = { items: [], failures: 0, resumeAt: 0, running: null, sendingId: null },
      );
    }
    return lane;
  }

  /**
   * The message to try now: the oldest that is due, but a suspect one only when no other is. Messages about one thing keep their order;
   * one that rests after a failure holds up the lane, unless it is suspect; a held one holds up its own subject only.
   */
  #next(lane: Lane, now: number): Item | null {
    if (now < lane.resumeAt) return null;
    const seen = new Set<string>();
    let suspect: Item | null = null;
    for (const item of lane.items) {
      const subject = item.monitorId ?? item.event.kind;
      if (seen.has(subject)) continue;
      seen.add(subject);
      const isSuspect = item.attempts >= SUSPECT_ATTEMPTS;
      if (item.dueAt <= now) {
        if (!isSuspect) return item;
        suspect ??= item;
      } else if (item.status !== "held" && !isSuspect) break;
    }
    return suspect;
  }

  async #drain(channel: string, lane: Lane): Promise<void> {
    while (!this.#stopped) {
      const item = this.#next(lane, this.#deps.clock.now());
      if (item === null) return;
      try {
        await this.#one(channel, lane, item);
      } catch (error) {
        // The store failed: the message stays unfinished there, so after a restart it may arrive twice but not never.
        log.error("Keeping the state of notification {id}: {error}", {
          id: item.id,
          error: messageOf(error),
        });
        lane.resumeAt = Math.max(lane.resumeAt, this.#deps.clock.now() + FIRST_PAUSE_MS);
        return;
      } finally {
        lane.sendingId = null;
      }
    }
  }

  async #one(name: string, lane: Lane, item: Item): Promise<void> {
    const delivery = item.delivery ?? await this.#attempt(name, lane, item);
    if (delivery === null) {
      const error = `no enabled channel "${name}" is configured`;
      return await this.#finish(lane, item, "dropped", item.attempts, error);
    }
    if (delivery.ok) {
      lane.failures = 0;
      lane.resumeAt = 0;
      await this.#finish(lane, item, "sent", item.attempts + 1, null);
    } else await this.#failed(name, lane, item, delivery);
    await this.#deps.ended(name, delivery);
  }

  /** Null: there is no such channel. How it ended is known in the lane at once, since the store may refuse to keep it. */
  async #attempt(name: string, lane: Lane, item: Item): Promise<Delivery | null> {
    const config = this.#deps.config();
    const channel = config.channels.find((candidate) => candidate.name === name && candidate.enabled);
    if (channel === undefined) return null;
    const event = item.event.kind === "down" ? { ...item.event, incidentId: item.incidentId } : item.event;
    lane.sendingId = item.id;
    const delivery = await this.#deps.attempt(channel, {
      event,
      id: item.id,
      incidentId: item.incidentId,
      publicUrl: config.server.publicUrl,
      now: this.#deps.clock.now(),
      done: item.done,
    });
    const index = lane.items.findIndex(({ id }) => id === item.id);
    if (index >= 0) lane.items[index] = { ...lane.items[index], delivery };
    return delivery;
  }

  async #failed(
    name: string,
    lane: Lane,
    item: Item,
    delivery: Extract<Delivery, { ok: false }>,
  ): Promise<void> {
    const now = this.#deps.clock.now();
    const attempts = item.attempts + 1;
    const { error } = delivery;
    log.warn("Channel {channel}: {error} (attempt {attempts})", { channel: name, error, attempts });
    const pause = delivery.retryAfterMs === null
      ? pauseMs(attempts)
      : Math.max(delivery.retryAfterMs, leastPauseMs(attempts));
    const isTried = this.#deps.clock.monotonic() - item.laidAt >= LEAST_TRIED_MS;
    if (!delivery.retry || (isTried && now + pause - item.createdAt > GIVE_UP_MS)) {
      return await this.#finish(lane, item, "failed", attempts, error);
    }
    const dueAt = now + pause;
    const index = lane.items.findIndex((candidate) => candidate.id === item.id);
    const { event } = lane.items[index] ?? item;
    if (index >= 0) {
      const done = [...item.done ?? [], ...delivery.done ?? []];
      const again = { event, status: "pending", attempts, dueAt, lastError: error, done } as const;
      lane.items[index] = { ...item, ...again, delivery: undefined };
    }
    lane.failures += 1;
    lane.resumeAt = now + (delivery.retryAfterMs === null ? pauseMs(lane.failures) : pause);
    await this.#save(item, "pending", now, { dueAt, attempts, error, event });
  }

  async #finish(
    lane: Lane,
    item: Notification,
    status: NotificationStatus,
    attempts: number,
    error: string | null,
  ): Promise<void> {
    await this.#save(item, status, this.#deps.clock.now(), { attempts, error });
    const index = lane.items.findIndex((candidate) => candidate.id === item.id);
    if (index >= 0) lane.items.splice(index, 1);
  }

  async #save(
    item: Notification,
    status: NotificationStatus,
    at: number,
    change: { dueAt?: number; attempts?: number; error?: string | null; event?: AlertEvent },
  ): Promise<void> {
    await this.#deps.store.outbox.update(item.id, { status, at, ...change });
  }
}
