import { getLogger } from "@logtape/logtape";
import { type Clock, SECOND } from "../domain/clock.ts";
import { messageOf } from "../domain/errors.ts";
import type { Monitor } from "../domain/monitor.ts";
import type { Outcome } from "../domain/outcome.ts";
import { Lateness } from "./lateness.ts";
import { firstDueAt, nextDueAt, startSpreadMs } from "./plan.ts";
import { TimerQueue } from "./timer_queue.ts";

export interface RunnerDeps {
  readonly clock: Clock;
  /** One check with its retries and its own deadline. Ends when the signal aborts. */
  attempt(monitor: Monitor, signal: AbortSignal): Promise<Outcome>;
  /** What became of a check that started at `startedAt` (monotonic). The monitor is not probed again before this resolves. */
  finished(monitor: Monitor, outcome: Outcome, startedAt: number): Promise<void>;
  /** Called about once a second with both readings of the clock. */
  round?(): void;
  /** How many probes may be in flight at once. */
  readonly limit: number;
}

interface Task {
  monitor: Monitor;
  readonly ending: AbortController;
  /** The place in the grid after the very first check; null once it was used. */
  secondDueAt: number | null;
  running: boolean;
}

/** A loop that has not moved for this long while it should have is dead; the next cron tick starts another. */
const STALLED_MS = 30 * SECOND;

/**
 * Starts every monitor's checks on time. Promises: a monitor never overlaps itself; no more than `limit` probes are in flight; a check that
 * could not start in time is skipped, never made up for in a burst; a replaced monitor disturbs no other.
 */
export class Runner {
  readonly #deps: RunnerDeps;
  readonly #log = getLogger(["hora", "scheduler"]);
  readonly #tasks = new Map<string, Task>();
  readonly #queue = new TimerQueue();
  readonly #waiting: { task: Task; dueAt: number }[] = [];
  readonly #working = new Set<Promise<void>>();
  readonly #lateness = new Lateness();
  #inFlight = 0;
  #skipped = 0;
  #loop = new AbortController();
  #nap = new AbortController();
  #movedAt = -Infinity;
  #stopped = false;

  constructor(deps: RunnerDeps) {
    this.#deps = deps;
  }

  /** Monotonic instant of the loop's newest round; −Infinity before the first. */
  get movedAt(): number {
    return this.#movedAt;
  }
  get inFlight(): number {
    return this.#inFlight;
  }
  get skipped(): number {
    return this.#skipped;
  }
  lateness(): { p50: number; p99: number; max: number } {
    return this.#lateness.figures(this.#deps.clock.monotonic());
  }

  /** Watches these monitors from now on. `changed` names those that differ from before: they start anew, at once. */
  watch(monitors: readonly Monitor[], changed: ReadonlySet<string>): void {
    const wanted = new Map(monitors.map((monitor) => [monitor.id, monitor]));
    for (const [id, task] of this.#tasks) {
      const next = wanted.get(id);
      if (next !== undefined && !changed.has(id)) task.monitor = next;
      else this.#drop(id, task);
    }
    const fresh = monitors.filter(({ id }) => !this.#tasks.has(id));
    const spreadMs = startSpreadMs(fresh.length);
    const now = this.#deps.clock.monotonic();
    for (const monitor of fresh) {
      const [first, second] = firstDueAt(monitor.id, monitor.intervalSecs * SECOND, now, spreadMs);
      this.#tasks.set(monitor.id, {
        monitor,
        ending: new AbortController(),
        secondDueAt: second,
        running: false,
      });
      this.#queue.put(monitor.id, first);
    }
    this.#nap.abort();
  }

  /** Called at start and by cron every minute: starts the loop when it is not running. */
  tick(): void {
    if (this.#stopped || this.#deps.clock.monotonic() - this.#movedAt < STALLED_MS) return;
    if (this.#movedAt !== -Infinity) this.#log.error`The scheduler's loop had stalled and is started again`;
    this.#loop.abort();
    this.#loop = new AbortController();
    this.#movedAt = this.#deps.clock.monotonic();
    this.#run(this.#loop.signal).catch((error) => {
      this.#log.error`The scheduler's loop failed and starts again within a minute: ${messageOf(error)}`;
      this.#movedAt = -STALLED_MS;
    });
  }

  /** Starts nothing more, ends the probes in flight and waits for what they still have to record. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#loop.abort();
    this.#nap.abort();
    this.#waiting.length = 0;
    for (const task of this.#tasks.values()) task.ending.abort();
    await Promise.all(this.#working);
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    while (!signal.aborted) {
      const now = clock.monotonic();
      this.#movedAt = now;
      this.#deps.round?.();
      for (let due = this.#queue.take(now); due !== null; due = this.#queue.take(now)) {
        this.#due(due.key, due.dueAt, now);
      }
      const nap = new AbortController();
      this.#nap = nap;
      const wake = () => nap.abort();
      signal.addEventListener("abort", wake, { once: true });
      await clock.sleep(Math.max(0, Math.min(SECOND, this.#queue.nextAt() - clock.monotonic())), nap.signal);
      signal.removeEventListener("abort", wake);
    }
  }

  #due(id: string, dueAt: number, now: number): void {
    const task = this.#tasks.get(id);
    if (task === undefined) return;
    const intervalMs = task.monitor.intervalSecs * SECOND;
    const next = task.secondDueAt !== null && task.secondDueAt > now
      ? { dueAt: task.secondDueAt, skipped: 0 }
      : nextDueAt(task.secondDueAt ?? dueAt, intervalMs, now);
    task.secondDueAt = null;
    this.#queue.put(id, next.dueAt);
    this.#skipped += next.skipped + (task.running ? 1 : 0);
    if (task.running) return;
    task.running = true;
    if (this.#inFlight < this.#deps.limit) this.#start(task, dueAt);
    else this.#waiting.push({ task, dueAt });
  }

  #start(task: Task, dueAt: number): void {
    this.#inFlight += 1;
    const startedAt = this.#deps.clock.monotonic();
    this.#lateness.note(Math.max(0, startedAt - dueAt), startedAt);
    const work: Promise<void> = this.#check(task, startedAt).finally(() => {
      this.#inFlight -= 1;
      task.running = false;
      this.#working.delete(work);
      const next = this.#waiting.shift();
      if (next !== undefined) this.#start(next.task, next.dueAt);
    });
    this.#working.add(work);
  }

  async #check(task: Task, startedAt: number): Promise<void> {
    const { monitor, ending } = task;
    try {
      if (ending.signal.aborted) return;
      const outcome = await this.#deps.attempt(monitor, ending.signal);
      // A probe cut short by us says nothing about its target.
      if (!ending.signal.aborted) await this.#deps.finished(monitor, outcome, startedAt);
    } catch (error) {
      if (!ending.signal.aborted) {
        this.#log.error`Checking ${monitor.id} failed on our side: ${messageOf(error)}`;
      }
    }
  }

  #drop(id: string, task: Task): void {
    task.ending.abort();
    this.#tasks.delete(id);
    this.#queue.delete(id);
    const place = this.#waiting.findIndex((waiting) => waiting.task === task);
    if (place >= 0) this.#waiting.splice(place, 1);
  }
}
