import { createAlerts } from "../../alerts/create.ts";
import type { Confirm } from "../../alerts/vantage.ts";
import type { Alerts, Position } from "../../alerts/alerts.ts";
import { parseConfig } from "../../config/parse.ts";
import type { Check } from "../../domain/check.ts";
import { MINUTE, SECOND } from "../../domain/clock.ts";
import type { Config } from "../../domain/config.ts";
import type { Monitor } from "../../domain/monitor.ts";
import type { CheckStatus } from "../../domain/status.ts";
import type { Store } from "../../domain/store.ts";
import { openStore } from "../../store/open.ts";
import { ManualClock } from "./manual_clock.ts";

/** A config from TOML text, to which empty required sections are added; throws with every problem. */
export function configOf(text: string): Config {
  const whole = `${text.includes("[page]") ? "" : "[page]\n"}${
    text.includes("[server]") ? "" : "[server]\n"
  }${text}`;
  const result = parseConfig(whole, { file: "hora.toml", env: {} });
  if (!result.ok) {
    throw new Error(result.problems.map((problem) => `${problem.path}: ${problem.message}`).join("\n"));
  }
  return result.config;
}

export function checkOf(
  monitorId: string,
  at: number,
  status: CheckStatus,
  more: Partial<Check> = {},
): Check {
  return {
    monitorId,
    at,
    status,
    latencyMs: status === "down" ? null : 20,
    code: null,
    reason: status === "down" ? "connection refused" : null,
    category: status === "down" ? "connection_refused" : null,
    message: null,
    planned: false,
    standsMs: 3 * MINUTE,
    phases: null,
    metrics: [],
    ...more,
  };
}

/** Alerting on a real store and real channels, with a clock moved by hand. */
export class AlertBench implements AsyncDisposable {
  readonly clock: ManualClock;
  config: Config;
  store!: Store;
  alerts!: Alerts;
  readonly #confirm?: Confirm;
  readonly #path: string;

  private constructor(config: Config, path: string, startAt: number | undefined, confirm?: Confirm) {
    this.clock = new ManualClock(startAt);
    this.config = config;
    this.#path = path;
    this.#confirm = confirm;
  }

  static async open(
    text: string,
    options: { confirm?: Confirm; path?: string; startAt?: number } = {},
  ): Promise<AlertBench> {
    const { path = ":memory:", startAt, confirm } = options;
    const bench = new AlertBench(configOf(text), path, startAt, confirm);
    await bench.#start();
    return bench;
  }

  async #start(): Promise<void> {
    this.store = await openStore(this.#path, { clock: this.clock });
    this.alerts = createAlerts({
      store: this.store,
      clock: this.clock,
      config: () => this.config,
      statusOf: () => "unknown",
      confirm: this.#confirm,
      deliveryTimeoutMs: 15_000,
    });
    await this.alerts.load(this.clock.now(), await this.store.checks.lastOfEach());
  }

  monitor(id: string): Monitor {
    const monitor = this.config.monitors.find((candidate) => candidate.id === id);
    if (monitor === undefined) throw new Error(`no monitor ${id}`);
    return monitor;
  }

  /** One check now; a minute passes afterwards unless told otherwise. */
  async check(
    id: string,
    status: CheckStatus,
    more: Partial<Check> & { passMs?: number } = {},
  ): Promise<Position> {
    const { passMs = MINUTE, ...rest } = more;
    const position = await this.alerts.observe({
      monitor: this.monitor(id),
      check: checkOf(id, this.clock.now(), status, rest),
      snapshot: null,
      durable: false,
    });
    await this.pass(passMs);
    return position;
  }

  /** Time passes in one step, then a tick. */
  async pass(ms: number): Promise<void> {
    if (ms > 0) await this.clock.advance(ms);
    await this.alerts.tick(this.clock.now());
  }

  async reload(text: string): Promise<void> {
    this.config = configOf(text);
    await this.alerts.reconfigured(this.clock.now());
  }

  /** Stops and starts anew on the same file. */
  async restart(): Promise<void> {
    await this.#stop();
    await this.#start();
  }

  async #stop(): Promise<void> {
    await this.alerts.stop(AbortSignal.timeout(5 * SECOND));
    await this.store.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }
}
