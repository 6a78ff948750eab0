import type { Config } from "../domain/config.ts";
import type { AlertEvent } from "../domain/event.ts";
import type {
  Commit,
  CommitResult,
  NewDecision,
  NewNotification,
  Notification,
  Store,
} from "../domain/store.ts";
import type { DecisionKind } from "./decisions.ts";
import { channelNames } from "./routing.ts";
import { subjectOf } from "./words.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Everything one cause leads to, gathered for one commit. */
export class Draft {
  readonly commit: Mutable<Commit> & {
    notifications: NewNotification[];
    decisions: NewDecision[];
    states: { key: string; value: unknown }[];
  };
  readonly now: number;

  constructor(now: number) {
    this.now = now;
    this.commit = { notifications: [], decisions: [], states: [], durable: false };
  }

  /** Nothing is to be written. */
  get isEmpty(): boolean {
    const { checks, openIncident, updateIncident, closeIncident, notifications, decisions, states } =
      this.commit;
    return checks === undefined && openIncident === undefined && updateIncident === undefined &&
      closeIncident === undefined && notifications.length + decisions.length + states.length === 0;
  }

  /** Adds one message per channel; `heldUntil` keeps them back for last words. Returns the channels' names. */
  tell(
    event: AlertEvent,
    channels: readonly string[],
    incidentId: number | null | "opened",
    heldUntil: number | null = null,
  ): void {
    this.commit.durable = true;
    for (const channel of channels) {
      this.commit.notifications.push({
        channel,
        event,
        monitorId: subjectOf(event)?.id ?? null,
        incidentId,
        status: heldUntil === null ? "pending" : "held",
        createdAt: this.now,
        dueAt: heldUntil ?? this.now,
      });
    }
  }

  decide(
    monitorId: string,
    kind: DecisionKind,
    text: string,
    incidentId: number | null | "opened" = null,
  ): void {
    this.commit.decisions.push({ at: this.now, monitorId, kind, text, incidentId });
  }

  keep(key: string, value: unknown): void {
    this.commit.states.push({ key, value });
  }

  async save(store: Pick<Store, "commit">): Promise<{ result: CommitResult; notifications: Notification[] }> {
    const result = await store.commit(this.commit);
    const notifications = this.commit.notifications.map((fresh, index): Notification => ({
      ...fresh,
      id: result.notificationIds[index],
      incidentId: fresh.incidentId === "opened" ? result.incidentId : fresh.incidentId,
      attempts: 0,
      lastError: null,
      endedAt: null,
    }));
    return { result, notifications };
  }
}

/** Who gets the end of something: those who heard its beginning and still exist; nobody left: whoever is selected now. */
export function channelsOfEnd(
  config: Config,
  heard: readonly string[],
  notify: readonly string[] | null,
): string[] {
  const left = channelNames(config, heard);
  return left.length > 0 ? left : channelNames(config, notify);
}
