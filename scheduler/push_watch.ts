import { getLogger } from "@logtape/logtape";
import type { Board } from "../domain/board.ts";
import { type Clock, MINUTE, SECOND } from "../domain/clock.ts";
import type { Config } from "../domain/config.ts";
import { messageOf } from "../domain/errors.ts";
import type { PushMonitor } from "../domain/monitor.ts";
import { MonitorIndex } from "../domain/monitor_index.ts";
import { monitorStates } from "../domain/monitor_states.ts";
import { Past } from "../domain/past.ts";
import type { CheckStatus } from "../domain/status.ts";
import type { Store } from "../domain/store.ts";
import { dueAfter, evaluatePush, type PushDue } from "../probes/push.ts";
import type { Recorder } from "./record.ts";

export interface PushWatchDeps {
  readonly clock: Clock;
  config(): Config;
  readonly store: Pick<Store, "checks" | "states" | "commit" | "gaps">;
  readonly recorder: Recorder;
  readonly board: Board;
}

/** A heartbeat as it came in. */
export interface Heartbeat {
  readonly status: CheckStatus;
  readonly message: string | null;
  readonly latencyMs: number | null;
}

interface Seen {
  /** Newest heartbeat that was not `down`; null: none yet. */
  positive: Past | null;
  /** Since when this monitor is watched. */
  firstConfigured: Past;
  /** When the miss was recorded last; 0: nothing is missing. */
  missedAt: number;
  /** The `down` that was reported first since the newest good heartbeat; null: none, or it was repeated. */
  reported: Reported | null;
  busy: boolean;
  /** When the next one is due, as worked out last. */
  due: Due | null;
}

/** When the next heartbeat is due, and of what that was worked out; a schedule is not read anew every second. */
interface Due {
  readonly monitor: PushMonitor;
  readonly since: Past;
  readonly at: number;
  readonly next: PushDue;
}

interface Reported {
  /** The instant of its check, which is no earlier than that of the check before it, whatever the clock says. */
  readonly at: number;
  readonly heard: Past;
  readonly reason: string | null;
}

/** A miss that goes on is recorded again this often, or every interval if that is shorter, so that its time is covered. */
const REPEAT_MS = 5 * MINUTE;
const STATE = monitorStates.waitedForSince;

/** After the clock was set back, what is past drifts with the two clocks; that is no reason to work it out again. */
function holds(due: Due | null, monitor: PushMonitor, since: Past, at: number): due is Due {
  return due !== null && due.monitor === monitor && due.since === since && Math.abs(due.at - at) < SECOND;
}

/** Takes heartbeats in and notices when one is missing. */
export class PushWatch {
  readonly #deps: PushWatchDeps;
  readonly #log = getLogger(["hora", "scheduler"]);
  readonly #seen = new Map<string, Seen>();
  readonly #monitorsById = new MonitorIndex();

  constructor(deps: PushWatchDeps) {
    this.#deps = deps;
  }

  /** At start and after a reload: learns since when each monitor is watched and when it was heard last. */
  async load(): Promise<void> {
    const { store, clock } = this.#deps;
    const kept = await store.states.load(STATE);
    const monitors = this.#monitors();
    for (const id of this.#seen.keys()) {
      if (!monitors.some((monitor) => monitor.id === id)) this.#seen.delete(id);
    }
    for (const { id } of monitors) {
      if (this.#seen.has(id)) continue;
      const known = kept.get(STATE + id);
      const firstConfiguredAt = typeof known === "number" ? known : clock.now();
      if (known === undefined) {
        await store.commit({ states: [{ key: STATE + id, value: firstConfiguredAt }], durable: false });
      }
      const positive = await store.checks.lastPositive(id);
      this.#seen.set(id, {
        positive: positive === null ? null : new Past(positive.at, clock),
        firstConfigured: new Past(firstConfiguredAt, clock),
        missedAt: 0,
        reported: this.#reportOf(id),
        busy: false,
        due: null,
      });
    }
  }

  /** Records a heartbeat; resolves when it is on disk. False: no push monitor has this id. */
  async heartbeat(id: string, heartbeat: Heartbeat): Promise<boolean> {
    const monitor = this.#monitorsById.find(this.#deps.config(), id);
    if (monitor?.kind !== "push") return false;
    const positive = heartbeat.status !== "down";
    const heard = new Past(this.#deps.clock.now(), this.#deps.clock);
    const seen = this.#seen.get(id);
    // At once, so that what was reported before is not repeated behind this one's back.
    if (positive && seen !== undefined) seen.reported = null;
    const check = await this.#deps.recorder.record(monitor, {
      status: heartbeat.status,
      latencyMs: heartbeat.latencyMs,
      code: null,
      reason: heartbeat.status === "up"
        ? null
        : heartbeat.message ?? `the service reported ${heartbeat.status}`,
      category: heartbeat.status === "up" ? null : "reported_by_service",
      message: heartbeat.status === "up" ? heartbeat.message : null,
    }, { durable: true, standsMs: this.#standsMs(monitor, positive) });
    if (seen !== undefined && positive) {
      seen.positive = heard;
      seen.missedAt = 0;
    } else if (seen !== undefined) seen.reported ??= { at: check.at, heard, reason: check.reason };
    this.#deps.board.settle();
    return true;
  }

  /** Every second or so: records what is missing. Never rejects. */
  async round(): Promise<void> {
    const now = this.#deps.clock.now();
    await Promise.all(this.#monitors().map((monitor) => this.#look(monitor, now)));
  }

  async #look(monitor: PushMonitor, now: number): Promise<void> {
    const seen = this.#seen.get(monitor.id);
    if (seen === undefined || seen.busy) return;
    const { clock } = this.#deps;
    const lastPositiveAt = seen.positive?.at(clock) ?? null;
    const firstConfiguredAt = seen.firstConfigured.at(clock);
    const since = seen.positive ?? seen.firstConfigured;
    const at = lastPositiveAt ?? firstConfiguredAt;
    if (!holds(seen.due, monitor, since, at)) {
      seen.due = { monitor, since, at, next: dueAfter(monitor, lastPositiveAt, firstConfiguredAt) };
    }
    const verdict = evaluatePush(monitor, { lastPositiveAt, firstConfiguredAt, now }, seen.due!.next);
    if (!verdict.overdue) return await this.#repeatReport(monitor, seen, now);
    const repeatMs = Math.min(REPEAT_MS, monitor.intervalSecs * SECOND);
    // One that was recorded by a clock that was ahead is recorded again.
    if (seen.missedAt <= now && now - seen.missedAt < repeatMs) return;
    seen.busy = true;
    try {
      if (seen.missedAt === 0 && await this.#mayBeLost(monitor, seen, verdict.dueAt!)) return;
      seen.missedAt = now;
      await this.#deps.recorder.record(monitor, {
        status: "down",
        latencyMs: null,
        code: null,
        reason: verdict.reason,
        category: verdict.category,
      }, { durable: false, standsMs: 3 * repeatMs });
    } catch (error) {
      seen.missedAt = 0;
      this.#log.error`Cannot record the missing heartbeat of ${monitor.id}: ${messageOf(error)}`;
    } finally {
      seen.busy = false;
    }
  }

  /** The newest check, if it is a reported `down`: after a restart what was reported still stands. */
  #reportOf(id: string): Reported | null {
    const newest = this.#deps.board.newestOf(id);
    const isReport = newest?.status === "down" && newest.category === "reported_by_service";
    return isReport
      ? { at: newest.at, heard: new Past(newest.at, this.#deps.clock), reason: newest.reason }
      : null;
  }

  /**
   * A job that reported `down` may not speak again before tomorrow. When its word has stood for the window it is recorded once more, which
   * confirms it; one that is confirmed already needs no more words.
   */
  async #repeatReport(monitor: PushMonitor, seen: Seen, now: number): Promise<void> {
    const { reported } = seen;
    const windowMs = this.#deps.config().alerts.pushAlertWindowSecs * SECOND;
    if (reported === null || now - reported.heard.at(this.#deps.clock) < windowMs) return;
    seen.reported = null;
    if (this.#deps.board.statusOf(monitor.id) === "down") return;
    seen.busy = true;
    try {
      await this.#deps.recorder.record(monitor, {
        status: "down",
        latencyMs: null,
        code: null,
        reason: reported.reason,
        category: "reported_by_service",
      }, {
        at: Math.max(now, reported.at + windowMs),
        durable: false,
        standsMs: this.#standsMs(monitor, false),
      });
    } catch (error) {
      seen.reported = reported;
      this.#log.error`Cannot record what ${monitor.id} reported: ${messageOf(error)}`;
    } finally {
      seen.busy = false;
    }
  }

  /**
   * A heartbeat that fell due while nobody was listening may have been sent and lost: it is waited for once more, from then on. Side of doubt:
   * what was missing before goes on missing.
   */
  async #mayBeLost(monitor: PushMonitor, seen: Seen, dueAt: number): Promise<boolean> {
    if (this.#deps.board.newestOf(monitor.id)?.status === "down") return false;
    const gap = (await this.#deps.store.gaps(dueAt)).find(({ fromAt, untilAt }) =>
      fromAt <= dueAt && dueAt < untilAt
    );
    if (gap === undefined) return false;
    seen.positive = new Past(gap.untilAt, this.#deps.clock);
    return true;
  }

  /** A good heartbeat speaks until the next one is due; a bad one until it would be repeated. */
  #standsMs(monitor: PushMonitor, positive: boolean): number {
    const now = this.#deps.clock.now();
    if (!positive) return 3 * monitor.intervalSecs * SECOND;
    const { dueAt } = evaluatePush(monitor, { lastPositiveAt: now, firstConfiguredAt: now, now });
    return dueAt === null ? monitor.intervalSecs * SECOND : Math.max(SECOND, dueAt - now);
  }

  #monitors(): PushMonitor[] {
    return this.#deps.config().monitors.filter((monitor) => monitor.kind === "push");
  }
}
