import type { Check } from "../domain/check.ts";
import { type Clock, SECOND } from "../domain/clock.ts";
import { confirm, type ConfirmRules, thresholdFor } from "../domain/confirm.ts";
import type { Config } from "../domain/config.ts";
import { decide, noteEnd, type Surroundings, type Verdict } from "../domain/episode.ts";
import type { AlertEvent, DownEvent } from "../domain/event.ts";
import type { Monitor } from "../domain/monitor.ts";
import type { Status } from "../domain/status.ts";
import type { Notification, Store } from "../domain/store.ts";
import type { Position } from "./alerts.ts";
import { BurnWatch } from "./burn_watch.ts";
import { recordCheck } from "./check_log.ts";
import { noteText, toldText } from "./decisions.ts";
import { channelsOfEnd, Draft } from "./draft.ts";
import { Grouping } from "./grouping.ts";
import { freshLive, isUnconfirmed, type Live, MACHINE_PREFIX, toKept } from "./machine.ts";
import { mutedNow } from "./mutes.ts";
import { channelNames, unconfirmedChannels } from "./routing.ts";
import { VANTAGE_HARD_MS, type VantageRounds } from "./vantage.ts";
import { instant } from "./words.ts";

export interface DeskDeps {
  readonly store: Store;
  readonly clock: Clock;
  config(): Config;
  statusOf(id: string): Status;
  readonly vantage: VantageRounds;
  /** New messages, already on disk. */
  posted(notifications: readonly Notification[]): void;
  /** An incident was written to although no check came. */
  incidentChanged(monitorId: string): void;
}

export interface Observation {
  readonly monitor: Monitor;
  readonly check: Check;
  readonly snapshot: string | null;
  readonly durable: boolean;
}

/** A check was judged; `kept` resolves when its commit is done, with where the monitor stood after it. */
export interface Observed {
  readonly kept: Promise<Position>;
}

function positionOf({ condition, incidentId }: Live): Position {
  return { status: condition.status, sinceAt: condition.sinceAt, incidentId };
}

/** Most checks change nothing, and then the parts are the same or their fields are; only what differs there is written out to compare. */
function isChanged(before: Live, after: Live): boolean {
  return before.unconfirmedOutageAt !== after.unconfirmedOutageAt ||
    differs(before.condition, after.condition) || differs(before.telling, after.telling) ||
    differs(before.burn, after.burn);
}

function differs<T extends object>(before: T, after: T): boolean {
  const names = Object.keys(after) as (keyof T)[];
  return names.some((name) => before[name] !== after[name]) &&
    JSON.stringify(before) !== JSON.stringify(after);
}

/** Trouble that was told when no channel was selected was told to nobody: once there is one, it is news. */
function unheardForgotten(live: Live, config: Config, notify: Monitor["notify"]): Live {
  const { telling } = live;
  const isUnheard = telling.told !== "healthy" && telling.channels.length === 0 &&
    channelNames(config, notify).length > 0;
  if (!isUnheard) return live;
  return {
    ...live,
    telling: { ...telling, told: "healthy", toldOutageAt: null, wrongSinceAt: null, over: null },
  };
}

/** The commit holds the check and nothing else, and leaves everything that is known as it was. */
function isUneventful({ commit }: Draft, before: Live, after: Live): boolean {
  return commit.openIncident === undefined && commit.updateIncident === undefined &&
    commit.closeIncident === undefined && before.incidentId === null && after.condition.outageAt === null &&
    commit.notifications.length === 0 && commit.decisions.length === 0 && commit.states.length === 0 &&
    !isChanged(before, after);
}

/**
 * Turns checks into incidents and messages. Each step is computed from what is known, committed whole, and only then believed: when the
 * commit fails, nothing has happened. A check that leaves what is known as it was need not be waited for: whether its commit succeeds or
 * not, the next one is judged alike. So many heartbeats of one monitor share a write.
 */
export class Desk {
  readonly lives = new Map<string, Live>();
  readonly burn: BurnWatch;
  readonly #deps: DeskDeps;
  readonly #grouping: Grouping;
  /** Monitors about which time alone may lead to a message: waiting, part of a cause's alert, or kept back by a mute. */
  readonly #watched = new Set<string>();

  constructor(deps: DeskDeps) {
    this.#deps = deps;
    this.#grouping = new Grouping(this.lives, deps.statusOf);
    this.burn = new BurnWatch(deps.store);
  }

  put(id: string, live: Live): void {
    this.lives.set(id, live);
    const { pending, keptBack, folded } = live.telling;
    const waits = isUnconfirmed(live) || pending !== null || keptBack !== null || folded !== null;
    if (waits) this.#watched.add(id);
    else this.#watched.delete(id);
  }

  drop(id: string): void {
    this.lives.delete(id);
    this.#watched.delete(id);
    this.burn.drop(id);
  }

  /** A monitor got a new id: what is known of it moves along, as the store's part did; a check may have come in since. */
  async rename(from: string, to: string, now: number): Promise<void> {
    const live = this.lives.get(from);
    if (live === undefined) return;
    const draft = new Draft(now);
    draft.commit.durable = true;
    draft.keep(MACHINE_PREFIX + from, null);
    draft.keep(MACHINE_PREFIX + to, toKept(live));
    await draft.save(this.#deps.store);
    this.drop(from);
    this.put(to, live);
  }

  /** A monitor left the config: its outage ends in the record, and nobody is told of what nobody watches any more. */
  async remove(id: string, now: number): Promise<void> {
    const live = this.lives.get(id);
    if (live === undefined) return;
    const draft = new Draft(now);
    draft.commit.durable = true;
    draft.keep(MACHINE_PREFIX + id, null);
    if (live.incidentId !== null) {
      draft.commit.closeIncident = { id: live.incidentId, endedAt: now, unwatched: true };
    }
    draft.decide(id, "removed", "It is no longer configured", live.incidentId);
    await draft.save(this.#deps.store);
    this.drop(id);
  }

  /** Those whose windows ended first come first: who waited less may be part of their message. */
  watched(): string[] {
    const endOf = (id: string) => this.lives.get(id)?.telling.pending?.untilAt ?? 0;
    return [...this.#watched].sort((a, b) => endOf(a) - endOf(b));
  }

  /** Resolves when the next check of the monitor may be judged. */
  async observe({ monitor, check, snapshot, durable }: Observation): Promise<Observed> {
    const before = this.lives.get(monitor.id) ?? freshLive;
    const now = this.#deps.clock.now();
    const draft = new Draft(now);
    draft.commit.checks = [check];
    draft.commit.durable = durable;
    const step = confirm(before.condition, check, this.#rulesOf(monitor));
    const { alertOnDegraded } = this.#deps.config().alerts;
    const annotate = () => this.#grouping.annotate(this.#deps.config(), monitor.id);
    recordCheck(draft, {
      monitor,
      check,
      snapshot,
      before,
      step,
      rules: this.#rulesOf(monitor),
      alertOnDegraded,
      annotate,
    });
    const { condition, change } = step;
    const telling = change?.kind === "ended"
      ? noteEnd(before.telling, change, before.incidentId)
      : before.telling;
    const live = await this.#settle(draft, monitor, before, { ...before, condition, telling }, check);
    const withBurn = await this.burn.judge(draft, this.#deps.config(), monitor, check, live);
    if (this.lives.has(monitor.id) && isUneventful(draft, before, withBurn)) {
      return { kept: draft.save(this.#deps.store).then(() => positionOf(before)) };
    }
    await this.#save(draft, monitor, before, withBurn);
    return { kept: Promise.resolve(positionOf(this.lives.get(monitor.id) ?? withBurn)) };
  }

  /** Time passed: a window may have ended, or a mute. */
  async reconsider(monitor: Monitor): Promise<void> {
    const before = this.lives.get(monitor.id);
    if (before === undefined) return;
    const draft = new Draft(this.#deps.clock.now());
    const live = await this.#settle(draft, monitor, before, before, null);
    if (isChanged(before, live) || !draft.isEmpty) await this.#save(draft, monitor, before, live);
    if (draft.commit.updateIncident !== undefined) this.#deps.incidentChanged(monitor.id);
  }

  /** What a job reported stands until it reports again, which may be tomorrow; so time confirms it too. */
  #rulesOf(monitor: Monitor): ConfirmRules {
    const { pushAlertWindowSecs } = this.#deps.config().alerts;
    const provenAfterMs = monitor.kind === "push" ? pushAlertWindowSecs * SECOND : null;
    return { failThreshold: monitor.failThreshold, provenAfterMs };
  }

  /** Asks the rules what to tell, and drafts it. Mutes are read only when there is something to keep back. */
  async #settle(
    draft: Draft,
    monitor: Monitor,
    before: Live,
    live: Live,
    check: Check | null,
  ): Promise<Live> {
    const config = this.#deps.config();
    live = unheardForgotten(live, config, monitor.notify);
    const { provenAfterMs } = this.#rulesOf(monitor);
    const around: Surroundings = {
      now: draft.now,
      muted: null,
      alertOnDegraded: config.alerts.alertOnDegraded,
      failThreshold: monitor.failThreshold,
      afterCauseThreshold: check === null
        ? monitor.failThreshold
        : thresholdFor(before.condition, check, this.#rulesOf(monitor)),
      afterCauseMs: provenAfterMs,
      byFailure: check?.status === "down",
      ...this.#grouping.surroundings(config, monitor, draft.now),
    };
    let verdict = decide(live.telling, live.condition, around);
    let muted: string | null = null;
    if (verdict.tell !== null || verdict.notes.length > 0) {
      muted = await mutedNow(this.#deps.store, config, monitor.id, draft.now);
      if (muted !== null) verdict = decide(live.telling, live.condition, { ...around, muted });
    }
    const incidentId = draft.commit.openIncident !== undefined ? "opened" : before.incidentId;
    this.#note(draft, monitor, verdict, muted, around, incidentId);
    if (verdict.tell === null) {
      return verdict.telling === live.telling ? live : { ...live, telling: verdict.telling };
    }
    const told = this.#tell(draft, config, monitor, before, live, verdict.tell, incidentId);
    return {
      ...live,
      telling: { ...verdict.telling, channels: told.channels },
      unconfirmedOutageAt: told.isUnconfirmed ? live.condition.outageAt : null,
    };
  }

  #note(
    draft: Draft,
    monitor: Monitor,
    verdict: Verdict,
    muted: string | null,
    around: Surroundings,
    incidentId: number | null | "opened",
  ): void {
    // Most checks have nothing to note, and looking up the cause costs the more the larger the fleet.
    if (verdict.notes.length === 0) return;
    const { pending, folded } = verdict.telling;
    const causeId = folded?.causeId;
    const root = this.#deps.config().monitors.find((candidate) => candidate.id === causeId);
    const cause = root?.name ?? null;
    if (verdict.notes.includes("folded") && root !== undefined && typeof incidentId === "number") {
      // The cause showed itself after the incident had been opened: the record names it too.
      const mention = { id: root.id, name: root.name };
      draft.commit.updateIncident ??= { id: incidentId, at: draft.now, cause: mention, impacted: [] };
    }
    const until = pending === null ? "" : instant(pending.untilAt);
    for (const kind of verdict.notes) {
      draft.commit.durable = true;
      const text = noteText(kind, { muted, cause, until, threshold: around.afterCauseThreshold });
      draft.decide(monitor.id, kind, text, incidentId);
    }
  }

  /** Drafts the messages and returns the channels that know of the trouble afterwards. */
  #tell(
    draft: Draft,
    config: Config,
    monitor: Monitor,
    before: Live,
    live: Live,
    what: "down" | "degraded" | "recovered",
    incidentId: number | null | "opened",
  ): { channels: string[]; isUnconfirmed: boolean } {
    const usual = what === "recovered"
      ? channelsOfEnd(config, before.telling.channels, monitor.notify)
      : channelNames(config, monitor.notify);
    const verdict = what === "down"
      ? this.#deps.vantage.verdictOf(monitor.id, live.condition.outageAt)
      : null;
    const instead = unconfirmedChannels(config, usual, verdict?.contradicted ?? false);
    const channels = instead ?? usual;
    const event = this.#event(monitor, before, live, what, draft.now);
    const aboutId = event.kind === "recovered" ? event.incidentId : incidentId;
    const isAsking = what === "down" &&
      this.#deps.vantage.isAsking(monitor, live.condition.outageAt, incidentId === "opened");
    draft.tell(event, channels, aboutId, isAsking ? draft.now + VANTAGE_HARD_MS : null);
    const kind = channels.length === 0 ? "told_nobody" : "told";
    const whom = channels.length === 0 ? "nobody: no enabled channel is selected" : channels.join(", ");
    draft.decide(monitor.id, kind, `Told that ${toldText(what)}: ${whom}`, aboutId);
    return {
      channels: what === "recovered" ? [] : [...new Set([...before.telling.channels, ...channels])],
      isUnconfirmed: instead !== null,
    };
  }

  #event(
    monitor: Monitor,
    before: Live,
    live: Live,
    what: "down" | "degraded" | "recovered",
    now: number,
  ): AlertEvent {
    const subject = { monitorId: monitor.id, monitor: monitor.name, at: now };
    const { condition } = live;
    if (what === "recovered") {
      const { wrongSinceAt: sinceAt, over } = live.telling;
      const endedAt = over?.endedAt ?? condition.sinceAt;
      const durationMs = sinceAt === null ? null : Math.max(0, endedAt - sinceAt);
      return { kind: "recovered", ...subject, incidentId: over?.incidentId ?? null, sinceAt, durationMs };
    }
    if (what === "degraded") {
      const sinceAt = condition.degradedSinceAt ?? now;
      return {
        kind: "degraded",
        ...subject,
        latencyMs: condition.latencyMs,
        reason: condition.reason,
        sinceAt,
      };
    }
    const down = this.downEvent(monitor, { ...live, incidentId: before.incidentId }, now);
    return { ...down, ...this.#context(live) };
  }

  /** The message that a monitor is down, with what the peers said so far. */
  downEvent(monitor: Monitor, { condition, incidentId }: Live, now: number): AlertEvent & DownEvent {
    return {
      at: now,
      kind: "down",
      monitorId: monitor.id,
      monitor: monitor.name,
      reason: condition.reason,
      ...this.#grouping.annotate(this.#deps.config(), monitor.id),
      vantage: this.#deps.vantage.verdictOf(monitor.id, condition.outageAt)?.text ?? null,
      incidentId,
      sinceAt: condition.outageAt ?? now,
      failures: condition.failures,
    };
  }

  /** Whoever is told of an outage that is not fresh wants to know why only now. */
  #context({ condition: { outageAt }, telling: { folded, keptBack } }: Live): Pick<DownEvent, "context"> {
    const config = this.#deps.config();
    if (folded !== null && folded.outageAt === outageAt) {
      const cause = config.monitors.find(({ id }) => id === folded.causeId)?.name ?? folded.causeId;
      return { context: `it was part of ${cause}'s alert, and goes on without it` };
    }
    const isKeptBack = keptBack !== null && keptBack.outageAt === outageAt;
    return isKeptBack ? { context: "a mute kept this back until now" } : {};
  }

  async #save(draft: Draft, monitor: Monitor, before: Live, live: Live): Promise<void> {
    if (isChanged(before, live)) draft.keep(MACHINE_PREFIX + monitor.id, toKept(live));
    const { result, notifications } = await draft.save(this.#deps.store);
    const incidentId = draft.commit.openIncident !== undefined
      ? result.incidentId
      : live.condition.outageAt === null
      ? null
      : live.incidentId;
    this.put(monitor.id, { ...live, incidentId });
    this.#deps.posted(notifications);
    const { outageAt } = live.condition;
    if (draft.commit.openIncident !== undefined && outageAt !== null && incidentId !== null) {
      this.#deps.vantage.start(monitor, outageAt, incidentId);
    }
  }
}
