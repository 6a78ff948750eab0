import { getLogger } from "@logtape/logtape";
import type { Check } from "../domain/check.ts";
import { type Clock, SECOND } from "../domain/clock.ts";
import type { Config } from "../domain/config.ts";
import { freshCondition } from "../domain/confirm.ts";
import { messageOf } from "../domain/errors.ts";
import type { Status } from "../domain/status.ts";
import type { KeptState, Notification, Store } from "../domain/store.ts";
import { version } from "../domain/version.ts";
import type { Alerts, Position } from "./alerts.ts";
import { deliver } from "./deliver.ts";
import { Deferred } from "./deferred.ts";
import { Desk } from "./desk.ts";
import { DigestClock } from "./digest_clock.ts";
import { Expiries } from "./expiries.ts";
import { Locks } from "./locks.ts";
import { attach, freshLive, fromKept, type Machine, MACHINE_PREFIX, toKept } from "./machine.ts";
import { Outbox } from "./outbox.ts";
import { channelNames } from "./routing.ts";
import { standingSince } from "./standing_since.ts";
import { Troubles } from "./trouble.ts";
import { LastWords } from "./last_words.ts";
import { type Confirm, VantageRounds } from "./vantage.ts";

const log = getLogger(["hora", "alerts"]);

export interface AlertDeps {
  readonly store: Store;
  readonly clock: Clock;
  config(): Config;
  /** Status of an id whose alerting is not ours, as the board has it. */
  statusOf(id: string): Status;
  /** An incident was written to although no check came. */
  readonly incidentChanged?: (monitorId: string) => void;
  /** Cut off after 12 s. */
  readonly confirm?: Confirm;
  /** Deadline of one delivery, in ms; 15 s when absent. */
  readonly deliveryTimeoutMs?: number;
}

export function createAlerts(deps: AlertDeps): Alerts {
  return new AlertService(deps);
}

class AlertService implements Alerts {
  readonly #deps: AlertDeps;
  /** Made for the first message: it reads the machine's certificates. */
  #client: Deno.HttpClient | null = null;
  readonly #locks = new Locks();
  readonly #outbox: Outbox;
  readonly #vantage: VantageRounds;
  readonly #desk: Desk;
  readonly #expiries: Expiries;
  readonly #troubles: Troubles;
  readonly #digest: DigestClock;
  readonly #deferred: Deferred;
  readonly #lastWords: LastWords;
  #filling: Promise<void> = Promise.resolve();
  #ticking = false;

  constructor(deps: AlertDeps) {
    this.#deps = deps;
    const { store, clock } = deps;
    const config = () => deps.config();
    const statusOf = (id: string) => deps.statusOf(id);
    const incidentChanged = (id: string) => deps.incidentChanged?.(id);
    const posted = (notifications: readonly Notification[]) => this.#posted(notifications);
    const client = () => this.#client ??= Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
    const transport = {
      get client() {
        return client();
      },
      userAgent: `hora/${version}`,
      timeoutMs: deps.deliveryTimeoutMs ?? 15 * SECOND,
      now: () => clock.now(),
    };
    this.#troubles = new Troubles({ store, clock, config, posted });
    this.#outbox = new Outbox({
      store,
      clock,
      config,
      attempt: (channel, message) => deliver(transport, channel, message),
      ended: (channel, delivery) => this.#troubles.ended(channel, delivery),
    });
    this.#vantage = new VantageRounds({
      confirm: deps.confirm,
      ended: (monitor, incidentId, verdict) =>
        this.#locks.run(monitor.id, () => this.#lastWords.ended(monitor, incidentId, verdict)),
    });
    this.#desk = new Desk({
      store,
      clock,
      config,
      statusOf,
      vantage: this.#vantage,
      posted,
      incidentChanged,
    });
    this.#expiries = new Expiries({
      store,
      clock,
      config,
      posted,
      statusOf: (id) => this.#desk.lives.get(id)?.condition.status ?? statusOf(id),
    });
    this.#digest = new DigestClock({ store, config, posted });
    this.#deferred = new Deferred({ store, config, posted });
    const { vantage, desk, outbox } = { vantage: this.#vantage, desk: this.#desk, outbox: this.#outbox };
    this.#lastWords = new LastWords({
      store,
      clock,
      config,
      vantage,
      desk,
      outbox,
      posted,
      incidentChanged,
    });
  }

  async load(now: number, newest: ReadonlyMap<string, Check>): Promise<ReadonlyMap<string, Position>> {
    await this.#attachMachines();
    await this.#adopt(newest);
    await this.#expiries.load();
    await this.#troubles.load();
    await this.#deferred.load();
    await this.#outbox.load();
    await this.reconfigured(now);
    const positions = new Map<string, Position>();
    for (const id of this.#desk.lives.keys()) positions.set(id, this.positionOf(id)!);
    for (const [id, check] of newest) {
      // One failed check is not yet an outage.
      const status = check.status === "down" ? "degraded" : check.status;
      if (!positions.has(id)) positions.set(id, { status, sinceAt: check.at, incidentId: null });
    }
    return positions;
  }

  positionOf(monitorId: string): Position | null {
    const live = this.#desk.lives.get(monitorId);
    if (live === undefined) return null;
    const { condition: { status, sinceAt }, incidentId } = live;
    return { status, sinceAt, incidentId };
  }

  async #attachMachines(): Promise<void> {
    const { store } = this.#deps;
    const config = this.#deps.config();
    const monitors = new Map(config.monitors.map((monitor) => [monitor.id, monitor]));
    const open = new Map(
      (await store.incidents.listOpen()).map((incident) => [incident.monitorId, incident]),
    );
    const machines = new Map<string, Machine>();
    for (const [key, kept] of await store.states.load(MACHINE_PREFIX)) {
      machines.set(key.slice(MACHINE_PREFIX.length), fromKept(kept));
    }
    for (const id of open.keys()) if (!machines.has(id)) machines.set(id, fromKept(undefined));
    for (const [id, machine] of machines) {
      const incident = open.get(id) ?? null;
      const channels = incident === null ? [] : channelNames(config, monitors.get(id)?.notify ?? null);
      this.#desk.put(id, attach(machine, incident, channels));
    }
  }

  /** Series that no machine remembers, because they were imported, go on as their history ends. */
  async #adopt(newest: ReadonlyMap<string, Check>): Promise<void> {
    const { store, config } = this.#deps;
    const states: KeptState[] = [];
    for (const { id } of config().monitors) {
      const check = newest.get(id);
      if (check === undefined || check.status === "down" || this.#desk.lives.has(id)) continue;
      const sinceAt = await standingSince(store, check);
      const live = { ...freshLive, condition: { ...freshCondition, status: check.status, sinceAt } };
      this.#desk.put(id, live);
      states.push({ key: MACHINE_PREFIX + id, value: toKept(live) });
    }
    if (states.length > 0) await store.commit({ states, durable: false });
  }

  async observe(input: Parameters<Alerts["observe"]>[0]): Promise<Position> {
    const { kept } = await this.#locks.run(input.monitor.id, () => this.#desk.observe(input));
    return await kept;
  }

  observeCertificate(...args: Parameters<Alerts["observeCertificate"]>): Promise<void> {
    return this.#locks.run(`certificate ${args[0].id}`, () => this.#expiries.certificate(...args));
  }

  observeDomain(...args: Parameters<Alerts["observeDomain"]>): Promise<void> {
    return this.#locks.run(`domain ${args[0].id}`, () => this.#expiries.domain(...args));
  }

  tell(...[event, notify, keep]: Parameters<Alerts["tell"]>): Promise<void> {
    return this.#locks.run("tell", () => this.#deferred.tell(event, notify, this.#deps.clock.now(), keep));
  }

  blindness() {
    return this.#deferred.blindness();
  }

  async tick(now: number): Promise<void> {
    this.#outbox.pump(now);
    if (this.#ticking) return;
    this.#ticking = true;
    try {
      const watched = this.#desk.watched();
      // Mostly nobody is watched; a large fleet is not gone through every second for that.
      const monitors = new Map(
        watched.length === 0 ? [] : this.#deps.config().monitors.map((monitor) => [monitor.id, monitor]),
      );
      for (const id of watched) {
        const monitor = monitors.get(id);
        if (monitor === undefined) continue;
        await this.#locks.run(id, () => this.#desk.reconsider(monitor));
        await this.#locks.run(id, () => this.#lastWords.askAgain(monitor));
      }
      await this.#locks.run("tell", () => this.#deferred.reconsider(now));
      await this.#digest.tick(now);
    } catch (error) {
      log.error("Alerting: {error}", { error: messageOf(error) });
    } finally {
      this.#ticking = false;
    }
  }

  async reconfigured(now: number): Promise<void> {
    const { monitors } = this.#deps.config();
    const present = new Set(monitors.map((monitor) => monitor.id));
    for (const monitor of monitors) {
      const earlier = monitor.previousIds.find((id) => !present.has(id) && this.#desk.lives.has(id));
      if (earlier === undefined || this.#desk.lives.has(monitor.id)) continue;
      await this.#locks.run(earlier, () => this.#desk.rename(earlier, monitor.id, now));
      await this.#expiries.rename(earlier, monitor.id, now);
    }
    for (const id of [...this.#desk.lives.keys()]) {
      if (!present.has(id)) await this.#locks.run(id, () => this.#desk.remove(id, now));
    }
    this.#filling = this.#filling.then(() => this.#desk.burn.fill(monitors, now));
  }

  channelTrouble() {
    return this.#troubles.list();
  }

  deliveries() {
    return this.#troubles.counts();
  }

  async stop(signal: AbortSignal): Promise<void> {
    await this.#vantage.stop();
    await this.#outbox.stop(signal);
    await this.#locks.idle();
    await this.#filling;
    this.#client?.close();
  }

  /** On disk now: into the lanes, and out at once. */
  #posted(notifications: readonly Notification[]): void {
    if (notifications.length === 0) return;
    this.#outbox.add(notifications);
    this.#outbox.pump(this.#deps.clock.now());
  }
}
