import { getLogger } from "@logtape/logtape";
import type { Alerts } from "../alerts/alerts.ts";
import type { Board } from "../domain/board.ts";
import { type Clock, HOUR, SECOND } from "../domain/clock.ts";
import type { Config } from "../domain/config.ts";
import { AppError, messageOf } from "../domain/errors.ts";
import { type Monitor, watchesCertificate } from "../domain/monitor.ts";
import { MonitorIndex } from "../domain/monitor_index.ts";
import type { CertificateFacts, Outcome } from "../domain/outcome.ts";
import type { Store, UpkeepPlan } from "../domain/store.ts";
import { isSchedulerOk } from "../peers/health.ts";
import type { Peers } from "../peers/create.ts";
import { type CertificatePassDeps, runCertificatePass } from "./certificates.ts";
import { type DomainPassDeps, runDomainPass } from "./domains.ts";
import { createHeartbeats, type Heartbeats } from "./heartbeats.ts";
import { startJobs } from "./jobs.ts";
import { type Heartbeat, PushWatch } from "./push_watch.ts";
import { reconfigureBoard } from "./load_board.ts";
import { Recorder } from "./record.ts";
import { Runner } from "./run.ts";
import { Sight } from "./sight.ts";
import type { Totals } from "./totals.ts";

export interface EngineDeps {
  readonly clock: Clock;
  config(): Config;
  readonly store: Store;
  readonly board: Board;
  readonly alerts: Alerts;
  readonly peers: Peers;
  /** One check with its retries. */
  attempt(monitor: Monitor, signal: AbortSignal): Promise<Outcome>;
  /** One attempt. */
  probe(monitor: Monitor, signal: AbortSignal): Promise<Outcome>;
  /** Does this machine have any address that is not loopback's? */
  hasNetwork(): boolean;
  readonly cron: "runtime" | "timers";
}

/** Probes in flight at once; what is due beyond that waits its turn. */
const LIMIT = 512;
/** The store must answer a trivial query within this time to be called well. */
const STORE_ANSWERS_MS = 2_000;

/** Time passing: probes, heartbeats, alerts' clock, upkeep. */
export class Engine {
  readonly #deps: EngineDeps;
  readonly #log = getLogger(["hora", "scheduler"]);
  readonly #ending = new AbortController();
  readonly #recorder: Recorder;
  readonly #runner: Runner;
  readonly #sight: Sight;
  readonly #pushes: PushWatch;
  readonly #monitorsById = new MonitorIndex();
  readonly #heartbeats: Heartbeats;
  readonly #certificates = new Map<string, CertificateFacts & { at: number }>();
  readonly #passes: CertificatePassDeps & DomainPassDeps;
  #looking: Promise<void> = Promise.resolve();
  #second: Promise<void> = Promise.resolve();
  #secondAt = -Infinity;
  #secondBusy = false;
  /** What anybody may read of notes, as one text. */
  #openNotes = "";

  constructor(deps: EngineDeps) {
    this.#deps = deps;
    this.#recorder = new Recorder(deps);
    this.#sight = new Sight({
      clock: deps.clock,
      monitors: () => deps.config().monitors,
      statusOf: (id) => deps.board.statusOf(id),
      probe: deps.probe,
      hasNetwork: deps.hasNetwork,
      tell: (event) => deps.alerts.tell(event, null),
      unseen: (gap) => this.#unseen(gap),
      setBack: (now) => {
        deps.board.cutGaps(now);
        deps.store.cutGaps(now);
      },
    });
    this.#runner = new Runner({
      clock: deps.clock,
      attempt: deps.attempt,
      finished: (monitor, outcome, startedAt) => this.#finished(monitor, outcome, startedAt),
      round: () => this.#round(),
      limit: LIMIT,
    });
    this.#passes = { ...deps, alerts: this.#showing(deps.alerts) };
    this.#pushes = new PushWatch({ ...deps, recorder: this.#recorder });
    this.#heartbeats = createHeartbeats(deps);
  }

  /** Probes begin here, and not before. */
  async start(): Promise<void> {
    const { clock, cron, config, alerts } = this.#deps;
    const { signal } = this.#ending;
    const blindness = alerts.blindness();
    if (blindness !== null) this.#sight.resume(blindness);
    await this.#pushes.load();
    this.#openNotes = await this.#readOpenNotes();
    this.#runner.watch(probed(config()), new Set());
    this.#runner.tick();
    this.#heartbeats.tick();
    startJobs({
      minute: () => {
        this.#runner.tick();
        this.#heartbeats.tick();
      },
      upkeep: (signal) => this.#upkeep(signal),
      certificates: async (signal) => void await runCertificatePass(this.#passes, signal),
      domains: async (signal) => void await runDomainPass(this.#passes, signal),
      retention: (signal) => this.#upkeep(signal),
    }, { clock, by: cron, signal });
    this.#look();
  }

  /**
   * The snapshot was replaced; `changed` names the monitors whose checks differ. What the store may refuse comes first, and can be done
   * again: when this rejects for that, nothing else has changed.
   */
  async reconfigured(changed: readonly string[]): Promise<void> {
    const { alerts, peers, clock, config } = this.#deps;
    await alerts.reconfigured(clock.now());
    await peers.reconfigured();
    await reconfigureBoard(this.#deps, config(), clock.now());
    // Those of a monitor that got a new id name that one now.
    await this.readOperator();
    await this.#pushes.load();
    this.#runner.watch(probed(config()), new Set(changed));
    this.#look();
  }

  /**
   * Records a heartbeat of a push monitor or a watched peer; resolves when it is on disk. False: nobody of that name. Throws `AppError` while the
   * disk refuses: the heartbeat counts, from memory, but its sender must not take it for kept.
   */
  async push(targetId: string, heartbeat: Heartbeat): Promise<boolean> {
    const known = await this.#pushes.heartbeat(targetId, heartbeat) ||
      await this.#peerBeat(targetId, heartbeat);
    const refusal = this.#deps.store.refusal();
    if (known && refusal !== null) throw new AppError("unavailable", refusal);
    return known;
  }

  async #peerBeat(targetId: string, heartbeat: Heartbeat): Promise<boolean> {
    const known = await this.#deps.peers.heartbeat(targetId, heartbeat);
    if (known) this.#deps.board.peersChanged();
    return known;
  }

  /** How the scheduler and the store are doing. */
  async health(): Promise<{ schedulerOk: boolean; dbOk: boolean; lastTickAgeSecs: number }> {
    const { clock, config, store } = this.#deps;
    const ageSecs = this.#runner.movedAt === -Infinity
      ? -1
      : Math.max(0, Math.floor((clock.monotonic() - this.#runner.movedAt) / SECOND));
    return {
      schedulerOk: isSchedulerOk(ageSecs, config().monitors.map(({ intervalSecs }) => intervalSecs)),
      dbOk: await store.isAlive(STORE_ANSWERS_MS) && store.health().ok,
      lastTickAgeSecs: ageSecs,
    };
  }

  /** What is wrong with ourselves, as a sentence; null: nothing. */
  trouble(): string | null {
    return this.#sight.trouble ?? this.#deps.store.health().trouble;
  }

  figures(): {
    latenessMs: { p50: number; p99: number; max: number };
    probesInFlight: number;
    probesSkipped: number;
    totals: ReadonlyMap<string, Totals>;
  } {
    return {
      latenessMs: this.#runner.lateness(),
      probesInFlight: this.#runner.inFlight,
      probesSkipped: this.#runner.skipped,
      totals: this.#recorder.totals,
    };
  }

  /** Silences and announcements changed: the board takes them in. */
  async readOperator(): Promise<void> {
    const { store, board, clock } = this.#deps;
    const now = clock.now();
    board.setSilences(await store.silences.listActive(now));
    board.setAnnouncements(await store.announcements.listActive(now));
  }

  /** Ends everything that runs by the clock; what was found is recorded. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await Promise.all([this.#runner.stop(), this.#heartbeats.stop(), this.#second, this.#looking]);
    await this.#recorder.idle();
  }

  async #finished(monitor: Monitor, outcome: Outcome, startedAt: number): Promise<void> {
    const at = this.#deps.clock.now();
    if (!await this.#sight.isSeen(monitor, outcome, startedAt, this.#ending.signal)) return;
    // It left the config, or got a new id, while its probe ran: what is kept of it was settled then.
    if (this.#monitorsById.find(this.#deps.config(), monitor.id) === undefined) return;
    const standsMs = 3 * monitor.intervalSecs * SECOND;
    await this.#recorder.record(monitor, outcome, { at, durable: false, standsMs });
    await this.#noteCertificate(monitor, outcome.certificate ?? null, at);
  }

  /** Alerting that also shows on the board what it takes in of certificates and domains. */
  #showing(alerts: Alerts): Pick<Alerts, "observeCertificate" | "observeDomain"> {
    const { board } = this.#deps;
    return {
      async observeCertificate(monitor, facts, error, now) {
        await alerts.observeCertificate(monitor, facts, error, now);
        board.setCertificate({ monitorId: monitor.id, facts, checkedAt: now, error });
      },
      async observeDomain(monitor, expiresAt, error, now, checkedAt = now) {
        await alerts.observeDomain(monitor, expiresAt, error, now, checkedAt);
        board.setDomain({ domain: monitor.domainExpiry ?? "", expiresAt, checkedAt, error });
      },
    };
  }

  /** What the probe's own connection showed of the certificate; recorded when it changed, or after an hour. */
  async #noteCertificate(monitor: Monitor, facts: CertificateFacts | null, now: number): Promise<void> {
    if (facts === null || !watchesCertificate(monitor)) return;
    const noted = this.#certificates.get(monitor.id);
    const same = noted?.fingerprint === facts.fingerprint && noted.notAfterAt === facts.notAfterAt;
    if (same && Math.abs(now - noted.at) < HOUR) return;
    this.#certificates.set(monitor.id, { ...facts, at: now });
    await this.#passes.alerts.observeCertificate(monitor, facts, null, now);
  }

  /** About once a second, from the runner's loop, whose stalls are healed. */
  #round(): void {
    const now = this.#deps.clock.monotonic();
    this.#sight.round();
    if (this.#secondBusy || now - this.#secondAt < SECOND - 50) return;
    this.#secondAt = now;
    this.#secondBusy = true;
    this.#second = this.#everySecond().catch((error) => {
      this.#log.error`What is done every second failed: ${messageOf(error)}`;
    }).finally(() => this.#secondBusy = false);
  }

  /** Silences and notes about private monitors are nobody else's business, nor is when they are written. */
  #readOpenNotes(): Promise<string> {
    const { store, config } = this.#deps;
    return store.incidents.notesOf(config().monitors.filter((one) => one.public).map(({ id }) => id));
  }

  async #everySecond(): Promise<void> {
    const { alerts, board, clock, store } = this.#deps;
    await this.#pushes.round();
    await alerts.tick(clock.now());
    if (await store.changedElsewhere()) {
      await this.readOperator();
      const before = this.#openNotes;
      this.#openNotes = await this.#readOpenNotes();
      board.changedElsewhere(this.#openNotes !== before);
    }
    this.#showTrouble();
  }

  /** Nothing was, or is, observed meanwhile: that time counts as not monitored. */
  #unseen(gap: { fromAt: number; untilAt: number | null }): void {
    const { store, board } = this.#deps;
    board.noteGap({ fromAt: gap.fromAt, untilAt: gap.untilAt ?? Infinity });
    if (gap.untilAt !== null) store.noteGap({ fromAt: gap.fromAt, untilAt: gap.untilAt });
    this.#showTrouble();
  }

  #showTrouble(): void {
    this.#deps.board.setTrouble(this.trouble());
  }

  /** At start and for new monitors: certificates and domains that nobody looked at lately. */
  #look(): void {
    const { signal } = this.#ending;
    const look = async () => {
      await runCertificatePass(this.#passes, signal);
      await runDomainPass(this.#passes, signal);
    };
    this.#looking = this.#looking.then(look).catch((error) => {
      if (!signal.aborted) this.#log.error`Cannot look at certificates and domains: ${messageOf(error)}`;
    });
  }

  async #upkeep(signal: AbortSignal): Promise<void> {
    const { store, clock, config } = this.#deps;
    const report = await store.upkeep(upkeepPlan(config(), clock.now()), signal);
    this.#log
      .debug`Upkeep: ${report.sealedChecks} checks sealed, ${report.prunedChecks} pruned, longest slice ${report.longestSliceMs} ms`;
  }
}

/** Monitors that are probed; heartbeats come by themselves. */
const probed = (config: Config): Monitor[] => config.monitors.filter(({ kind }) => kind !== "push");

/** What is to be kept how long, from the config in force. */
function upkeepPlan(config: Config, now: number): UpkeepPlan {
  const peers = config.peers.filter(({ expectEverySecs }) => expectEverySecs !== null);
  return {
    now,
    retentionDays: new Map([
      ...config.monitors.map(({ id, retentionDays }): [string, number] => [id, retentionDays]),
      ...peers.map(({ listenId }): [string, number] => [listenId, config.alerts.defaultRetentionDays]),
    ]),
    ...config.retention,
  };
}
