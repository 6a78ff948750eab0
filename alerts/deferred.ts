import type { Config } from "../domain/config.ts";
import type { AlertEvent } from "../domain/event.ts";
import type { KeptState, Notification, Store } from "../domain/store.ts";
import { toldText } from "./decisions.ts";
import { Draft } from "./draft.ts";
import { mutedNow } from "./mutes.ts";
import { channelNames } from "./routing.ts";
import { subjectOf } from "./words.ts";

const PREFIX = "deferred/";
const BLIND = "blind";

/** We cannot see, and people were told so. */
export interface Blindness {
  readonly reason: string;
  readonly fromAt: number;
}

interface Kept {
  readonly event: AlertEvent;
  readonly notify: readonly string[] | null;
  /** People were told of trouble before the mute and not of its end: whatever comes, the end is theirs. */
  readonly isOwed?: boolean;
}

export interface DeferredDeps {
  readonly store: Store;
  config(): Config;
  posted(notifications: readonly Notification[]): void;
}

/**
 * Tells what comes from outside the monitors' checks (peers, our own blindness). What a mute keeps back is told when it ends, unless it is
 * over by then.
 */
export class Deferred {
  readonly #deps: DeferredDeps;
  readonly #kept = new Map<string, Kept>();
  #blind: Blindness | null = null;

  constructor(deps: DeferredDeps) {
    this.#deps = deps;
  }

  async load(): Promise<void> {
    for (const [key, value] of await this.#deps.store.states.load(PREFIX)) {
      this.#kept.set(key.slice(PREFIX.length), value as Kept);
    }
    this.#blind = (await this.#deps.store.states.load(BLIND)).get(BLIND) as Blindness | undefined ?? null;
  }

  /** What people believe about our own eyes, across restarts; null: that we see. */
  blindness(): Blindness | null {
    return this.#blind;
  }

  /** `keep` is what the teller remembers about it: kept with the messages, or not at all. */
  async tell(
    event: AlertEvent,
    notify: readonly string[] | null,
    now: number,
    keep: readonly KeptState[] = [],
  ): Promise<void> {
    const id = subjectOf(event)?.id ?? null;
    const muted = id === null ? null : await mutedNow(this.#deps.store, this.#deps.config(), id, now);
    if (id === null) return await this.#send(event, notify, now, null, keep);
    const earlier = this.#kept.get(id);
    const isOwed = earlier !== undefined && (earlier.isOwed === true || earlier.event.kind === "recovered");
    const isOver = event.kind === "recovered" && earlier !== undefined && !isOwed;
    if (isOver) return await this.#forget(id, now, keep);
    if (muted === null) return await this.#send(event, notify, now, id, keep);
    const draft = draftOf(now, keep);
    draft.commit.durable = true;
    const kept = { event, notify, isOwed };
    draft.keep(PREFIX + id, kept);
    draft.decide(id, "muted", `Nobody is told that ${toldText(event.kind)} because of ${muted}`);
    await draft.save(this.#deps.store);
    this.#kept.set(id, kept);
  }

  /** Mutes may have ended. */
  async reconsider(now: number): Promise<void> {
    for (const [id, { event, notify }] of [...this.#kept]) {
      if (await mutedNow(this.#deps.store, this.#deps.config(), id, now) === null) {
        await this.#send({ ...event, at: now }, notify, now, id, []);
      }
    }
  }

  async #send(
    event: AlertEvent,
    notify: readonly string[] | null,
    now: number,
    id: string | null,
    keep: readonly KeptState[],
  ): Promise<void> {
    const draft = draftOf(now, keep);
    const channels = channelNames(this.#deps.config(), notify);
    draft.tell(event, channels, null);
    if (id !== null) {
      const whom = channels.length === 0 ? "nobody: no enabled channel is selected" : channels.join(", ");
      draft.decide(
        id,
        channels.length === 0 ? "told_nobody" : "told",
        `Told that ${toldText(event.kind)}: ${whom}`,
      );
      if (this.#kept.has(id)) draft.keep(PREFIX + id, null);
    }
    const blind = blindnessAfter(event, this.#blind);
    if (blind !== this.#blind) draft.keep(BLIND, blind);
    const { notifications } = await draft.save(this.#deps.store);
    this.#blind = blind;
    if (id !== null) this.#kept.delete(id);
    this.#deps.posted(notifications);
  }

  async #forget(id: string, now: number, keep: readonly KeptState[]): Promise<void> {
    const draft = draftOf(now, keep);
    draft.commit.durable = true;
    draft.keep(PREFIX + id, null);
    draft.decide(id, "muted_ended", "It was good again before the mute ended, so nobody was told");
    await draft.save(this.#deps.store);
    this.#kept.delete(id);
  }
}

function draftOf(now: number, keep: readonly KeptState[]): Draft {
  const draft = new Draft(now);
  for (const { key, value } of keep) draft.keep(key, value);
  return draft;
}

function blindnessAfter(event: AlertEvent, before: Blindness | null): Blindness | null {
  if (event.kind !== "blind") return before;
  if (event.untilAt === null) return { reason: event.reason, fromAt: event.fromAt };
  // The end of another interruption (a machine that slept) is not the end of this one.
  return before?.fromAt === event.fromAt ? null : before;
}
