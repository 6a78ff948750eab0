import type { Alerts } from "../alerts/alerts.ts";
import type { Board } from "../domain/board.ts";
import { type Check, instantAfter } from "../domain/check.ts";
import type { Clock } from "../domain/clock.ts";
import type { Config } from "../domain/config.ts";
import { windowOf } from "../domain/maintenance.ts";
import type { Monitor } from "../domain/monitor.ts";
import type { Outcome } from "../domain/outcome.ts";
import { countCheck, type Totals } from "./totals.ts";

export interface RecorderDeps {
  readonly clock: Clock;
  config(): Config;
  readonly alerts: Pick<Alerts, "observe">;
  readonly board: Board;
}

/** How the recording of one outcome differs from that of a probe that just ended. */
export interface RecordOptions {
  /** Unix ms; absent: now. */
  readonly at?: number;
  /** How long the check speaks, in ms. */
  readonly standsMs: number;
  /** Resolve only when it is on disk. */
  readonly durable: boolean;
}

/**
 * Turns outcomes into checks, hands them to alerting, which commits them, and then to the board. Promises: in order of arrival per
 * monitor, each with an instant of its own, whoever brings it; what it resolved for is kept, what it rejected was not.
 */
export class Recorder {
  readonly #deps: RecorderDeps;
  readonly #tails = new Map<string, Promise<unknown>>();
  readonly #lastAt = new Map<string, number>();
  /** Per monitor, since start. */
  readonly totals = new Map<string, Totals>();

  constructor(deps: RecorderDeps) {
    this.#deps = deps;
  }

  record(monitor: Monitor, outcome: Outcome, options: RecordOptions): Promise<Check> {
    const before = this.#tails.get(monitor.id) ?? Promise.resolve();
    const work = this.#record(monitor, outcome, options, before);
    const tail = work.then(() => {}, () => {}).finally(() => {
      if (this.#tails.get(monitor.id) === tail) this.#tails.delete(monitor.id);
    });
    this.#tails.set(monitor.id, tail);
    return work;
  }

  /** Resolves when nothing is being recorded any more. */
  async idle(): Promise<void> {
    while (this.#tails.size > 0) await Promise.all(this.#tails.values());
  }

  /**
   * Alerting hears of the check at once, because it keeps the order itself and lets checks share a write; the board hears of it after
   * those that came `before`.
   */
  async #record(
    monitor: Monitor,
    outcome: Outcome,
    options: RecordOptions,
    before: Promise<unknown>,
  ): Promise<Check> {
    const { alerts, board } = this.#deps;
    const check = this.#checkOf(monitor, outcome, options);
    this.#lastAt.set(monitor.id, check.at);
    const observed = alerts.observe({
      monitor,
      check,
      snapshot: outcome.snapshot ?? null,
      durable: options.durable,
    });
    const [observing] = await Promise.allSettled([observed, before]);
    if (observing.status === "rejected") throw observing.reason;
    board.apply(check, observing.value);
    countCheck(this.totals, check);
    return check;
  }

  #checkOf(monitor: Monitor, outcome: Outcome, options: RecordOptions): Check {
    const now = options.at ?? this.#deps.clock.now();
    const lastAt = this.#lastAt.get(monitor.id) ?? this.#deps.board.newestOf(monitor.id)?.at ?? -Infinity;
    const at = instantAfter(lastAt, now);
    return {
      monitorId: monitor.id,
      at,
      status: outcome.status,
      latencyMs: outcome.latencyMs === null ? null : Math.max(0, Math.round(outcome.latencyMs)),
      code: outcome.code,
      reason: outcome.reason,
      category: outcome.category,
      message: outcome.message ?? null,
      planned: windowOf(this.#deps.config().maintenance, monitor.id, at) !== null,
      standsMs: options.standsMs,
      phases: outcome.phases ?? null,
      metrics: outcome.metrics ?? [],
    };
  }
}
