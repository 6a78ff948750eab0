import { getLogger } from "@logtape/logtape";
import type { Alerts } from "../alerts/alerts.ts";
import { createAlerts } from "../alerts/create.ts";
import { type Env, findConfigPath, formatProblem, loadConfig } from "../config/load.ts";
import { versionOf, watchConfig } from "../config/watch.ts";
import { Board } from "../domain/board.ts";
import { type Clock, systemClock } from "../domain/clock.ts";
import type { Config } from "../domain/config.ts";
import { messageOf, StartupError } from "../domain/errors.ts";
import type { Monitor } from "../domain/monitor.ts";
import { Slices } from "../domain/slices.ts";
import type { Store } from "../domain/store.ts";
import { version } from "../domain/version.ts";
import { createPeers, type Peers } from "../peers/create.ts";
import { attempt, loadKinds, probe } from "../probes/kinds.ts";
import { createApp } from "../routes/app.ts";
import { startingAnswers } from "../routes/starting.ts";
import type { Patience } from "../routes/patience.ts";
import { endSlowClients } from "../routes/slow_clients.ts";
import type { AppDeps, HealthReport } from "../routes/deps.ts";
import { Engine } from "../scheduler/engine.ts";
import { loadBoard } from "../scheduler/load_board.ts";
import { Reloader, type ReloadResult } from "../scheduler/reload.ts";
import { openStore } from "../store/open.ts";
import { Gate } from "./gate.ts";
import { listen, localUrl } from "./listen.ts";

export interface StartOptions {
  /** Environment variables; the config's `${VAR}` and `HORA_*` are read from here. */
  readonly env: Env;
  /** The file; absent: where `findConfigPath` finds it. */
  readonly configPath?: string;
  readonly clock?: Clock;
  /** Fixed jobs by the runtime's cron, or by timers that follow `clock` (as tests need them). */
  readonly cron?: "runtime" | "timers";
  /** Watch the file for changes; on by default. */
  readonly watch?: boolean;
  /** With clients that are slow to send, to ask again or to read. */
  readonly patience?: Patience;
}

/** A whole instance of Hora. Two of them can live in one process. */
export interface RunningHora {
  /** Where this machine reaches it, without trailing slash. */
  readonly url: string;
  readonly configPath: string;
  readonly board: Board;
  readonly store: Store;
  readonly alerts: Alerts;
  readonly peers: Peers;
  /** The snapshot in force. */
  config(): Config;
  /** Reads the config file now, and the files that it names. */
  reload(): Promise<ReloadResult>;
  /** Ends it cleanly within five seconds: nothing that was found or accepted is lost. Safe to call twice. */
  stop(): Promise<void>;
}

/** How long each part of stopping may take; together less than the five seconds that process managers grant. */
const STOP = { requestsMs: 1_500, alertsMs: 2_000 };

/**
 * Starts an instance, in an order in which nothing is probed before everything that can fail has not failed: config, database, port,
 * picture, probes. Throws `StartupError` with one clear sentence; nothing is left open then.
 */
export async function startHora(options: StartOptions): Promise<RunningHora> {
  const clock = options.clock ?? systemClock;
  const { env } = options;
  const configPath = options.configPath ?? await findConfigPath(env);
  const fileVersion = await versionOf(configPath);
  const loaded = await loadConfig(configPath, env);
  const log = getLogger(["hora", "config"]);
  if (!loaded.ok) {
    throw new StartupError(
      `The configuration has mistakes, \`hora check\` shows them too:\n${
        loaded.problems.map(formatProblem).join("\n")
      }`,
    );
  }
  for (const warning of loaded.warnings) log.warn(formatProblem(warning));
  const state = { config: loaded.config };
  const store = await openStore(loaded.config.server.databasePath, { clock, exclusive: true });
  const closing = new AbortController();
  const cutOff = new AbortController();
  const gate = new Gate(systemClock, startingAnswers(() => state.config));
  let server: Deno.HttpServer<Deno.NetAddr>;
  try {
    server = listen(
      loaded.config.server.bind,
      cutOff.signal,
      (request, info) => gate.handle(request, info),
    );
  } catch (error) {
    await store.close();
    throw error;
  }
  const giveUp = async (error: unknown): Promise<never> => {
    closing.abort();
    gate.close();
    await drain(server, cutOff);
    const { trouble } = store.health();
    await store.close();
    throw trouble === null ? error : new StartupError(trouble, { cause: error });
  };
  const parts = await build(options, state, gate, clock, store).catch(giveUp);
  const { engine, alerts, board, peers } = parts;
  const app = createApp(parts.deps);
  // The page comes first.
  for (const _ of parts.board.views({ kind: "anonymous" })) { /* made at once: nobody is served before */ }
  await gate.open((request, info) => app.fetch(request, info));
  // After the first answers, since it opens a library. Real time: how long a client takes does not depend on `clock`.
  const watching = endSlowClients(server.addr.port, systemClock, closing.signal, options.patience);
  await loadKinds(state.config.monitors);
  await engine.start().catch(async (error) => {
    await alerts.stop(AbortSignal.abort());
    peers.close();
    return await giveUp(error);
  });
  gate.started();

  const reloader = new Reloader({
    clock,
    load: () => loadConfig(configPath, env),
    config: () => state.config,
    async apply(config, changes) {
      await loadKinds(config.monitors);
      const before = state.config;
      // First, so that no check comes in under an id whose history has just been given away.
      state.config = config;
      try {
        await carryOver(store, config.monitors);
        await engine.reconfigured(changes.changed);
      } catch (error) {
        state.config = before;
        throw error;
      }
    },
  }, loaded.text);
  if (options.watch ?? true) {
    watchConfig(configPath, fileVersion, () => reloader.ask(closing.signal), closing.signal);
  }

  let stopped: Promise<void> | null = null;
  const stop = async () => {
    closing.abort();
    const requests = Promise.all([drain(server, cutOff), watching]);
    await reloader.idle();
    await engine.stop();
    await requests;
    await alerts.stop(AbortSignal.timeout(STOP.alertsMs));
    peers.close();
    await store.close();
  };
  return {
    url: localUrl(server.addr.hostname, server.addr.port),
    configPath,
    board,
    store,
    alerts,
    peers,
    config: () => state.config,
    reload: () => reloader.reload(),
    stop: () => stopped ??= stop(),
  };
}

interface Parts {
  readonly engine: Engine;
  readonly alerts: Alerts;
  readonly board: Board;
  readonly peers: Peers;
  readonly deps: AppDeps;
}

async function build(
  options: StartOptions,
  state: { readonly config: Config },
  gate: Gate,
  clock: Clock,
  store: Store,
): Promise<Parts> {
  const config = () => state.config;
  const startedAt = clock.now();
  const context = (signal: AbortSignal) => ({
    signal,
    clock,
    execDir: config().execDir,
    userAgent: `hora/${version}`,
  });
  const board = new Board(config(), clock);
  await carryOver(store, config().monitors);
  const peers: Peers = createPeers({
    store,
    clock,
    config,
    tell: (event, notify, keep) => alerts.tell(event, notify, keep),
    health: () => engine.health(),
    probe: (monitor, signal) => probe(monitor, context(signal)),
  });
  const alerts: Alerts = createAlerts({
    store,
    clock,
    config,
    statusOf: (id) => board.statusOf(id),
    incidentChanged: (id) => board.incidentChanged(id),
    confirm: (monitor, signal) => peers.ask(monitor, "down", signal),
  });
  await loadBoard(store, alerts, board, clock.now());
  await peers.load();
  board.setPeers(() => peers.view());
  const engine: Engine = new Engine({
    clock,
    config,
    store,
    board,
    alerts,
    peers,
    attempt: (monitor, signal) => attempt(monitor, context(signal)),
    probe: (monitor, signal) => probe(monitor, context(signal)),
    hasNetwork,
    cron: options.cron ?? "timers",
  });
  const deps: AppDeps = {
    config,
    store,
    clock,
    version,
    board,
    slices: () => gate.isStarted ? new Slices() : Slices.ofStart(),
    push: async (targetId, heartbeat) => void await engine.push(targetId, heartbeat),
    probeForPeer: (request) => peers.answer(request),
    health: () => healthReport(engine, peers, config()),
    operatorChanged: () => engine.readOperator(),
    figures: () => ({
      startedAt,
      ...engine.figures(),
      notifications: alerts.deliveries(),
      channelTrouble: alerts.channelTrouble(),
    }),
  };
  return { engine, alerts, board, peers, deps };
}

async function healthReport(engine: Engine, peers: Peers, config: Config): Promise<HealthReport> {
  const { schedulerOk, dbOk, lastTickAgeSecs } = await engine.health();
  const trouble = engine.trouble();
  return {
    status: schedulerOk && dbOk ? "ok" : "degraded",
    scheduler_ok: schedulerOk,
    db_ok: dbOk,
    last_tick_age: lastTickAgeSecs,
    ...(config.health === null ? {} : { id: config.health.id }),
    peers: peers.health(),
    ...(trouble === null ? {} : { trouble }),
  };
}

/** Histories of monitors that were renamed follow their new ids, before their first check. */
async function carryOver(store: Store, monitors: readonly Monitor[]): Promise<void> {
  const log = getLogger(["hora", "store"]);
  await store.claimIds(monitors.map(({ id }) => id));
  for (const { id, previousIds } of monitors) {
    if (previousIds.length === 0) continue;
    const carried = await store.carryOver(id, previousIds);
    if (carried.length > 0) log.info`The history of ${carried.join(", ")} is ${id}'s now`;
  }
}

/** Any address besides loopback's and those that a lone network card gives itself. */
function hasNetwork(): boolean {
  try {
    return Deno.networkInterfaces().some(({ address }) => !/^(127\.|::1$|169\.254\.|fe80:)/i.test(address));
  } catch {
    // Not allowed to look: no reason to doubt our network.
    return true;
  }
}

/** Takes no new connections and lets requests end, for a while; in real time, since it must end even when `clock` stands still. */
async function drain(server: Deno.HttpServer<Deno.NetAddr>, cutOff: AbortController): Promise<void> {
  let isOver = false;
  const given = new AbortController();
  const gone = server.shutdown().catch((error) => {
    getLogger(["hora", "http"]).warn`Closing the server: ${messageOf(error)}`;
  }).finally(() => {
    isOver = true;
    given.abort();
  });
  await systemClock.sleep(STOP.requestsMs, given.signal);
  if (!isOver) cutOff.abort();
  await gone;
}
