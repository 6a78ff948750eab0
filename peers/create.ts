import { getLogger } from "@logtape/logtape";
import type { Clock } from "../domain/clock.ts";
import type { Config } from "../domain/config.ts";
import { messageOf } from "../domain/errors.ts";
import type { AlertEvent } from "../domain/event.ts";
import type { Monitor } from "../domain/monitor.ts";
import type { KeptState, Store } from "../domain/store.ts";
import type { PeerView } from "../domain/summary.ts";
import { createNodeClient } from "./client.ts";
import { askPeers, type Confirmation } from "./confirm.ts";
import { peerState } from "./dead_man.ts";
import { Hearing, type Heartbeat } from "./hearing.ts";
import { type Delivery, sendHeartbeats } from "./heartbeat.ts";
import { isHealthy, type LocalHealth, type PeerSeen } from "./health.ts";
import { type Answer, type ProbeOnce, type Question, Responder } from "./respond.ts";
import { takingTurns } from "./turns.ts";
import { watchedPeers, Watcher } from "./watcher.ts";

export interface PeersDeps {
  readonly store: Pick<Store, "commit" | "checks" | "states" | "silences">;
  readonly clock: Clock;
  /** The snapshot in force. */
  config(): Config;
  /** `Alerts["tell"]`: durable, in one transaction with `keep`. */
  tell(event: AlertEvent, notify: readonly string[] | null, keep: readonly KeptState[]): Promise<void>;
  /** This node's own state; bounded in time by the caller. */
  health(): Promise<LocalHealth>;
  /** One attempt at a monitor, for other nodes; nothing is stored. */
  readonly probe: ProbeOnce;
  /** 0 ≤ x < 1; spreads heartbeats. */
  random?(): number;
}

/** Everything between this node and others. Without `[[peers]]` every call is cheap and does nothing. */
export interface Peers {
  /** Reads what the store kept. Once, before anything else. */
  load(): Promise<void>;
  /** The config was replaced. */
  reconfigured(): Promise<void>;
  /** Records a heartbeat of a watched peer, named by its listen id; resolves when it is on disk. False: nobody of that name is watched. */
  heartbeat(listenId: string, heartbeat: Heartbeat): Promise<boolean>;
  /** Tells all receivers that we live, unless we are not well: then silence is the signal. Never rejects. */
  beat(signal: AbortSignal): Promise<void>;
  /** One look at every watched peer; call it about once a second. Never rejects. */
  watch(signal: AbortSignal): Promise<void>;
  /** What the peers see of a monitor that is `local` here; null when nobody is to be asked. Takes 12 s at most and never rejects. */
  ask(monitor: Monitor, local: "up" | "down", signal: AbortSignal): Promise<Confirmation | null>;
  /** Answers another node's question; null: not found. The caller has authorised it. */
  answer(question: Question): Promise<Answer | null>;
  /** Watched peers, in the order of the file. */
  view(): PeerView[];
  /** Watched peers by id, as `/healthz` shows them. */
  health(): Record<string, PeerSeen>;
  close(): void;
}

/** Heartbeats of one round leave within this time, or a fiftieth of the interval if that is shorter. */
const SPREAD_MS = 1_000;
/** A limiter gives a place back within about a second. */
const REFUSED_MS = 2_000;
/** Questions to one peer that are under way at once. */
const QUESTIONS_AT_ONCE = 64;

export function createPeers(deps: PeersDeps): Peers {
  const { store, clock, config } = deps;
  const log = getLogger(["hora", "peers"]);
  const random = deps.random ?? Math.random;
  const client = createNodeClient();
  const asking = takingTurns(client, QUESTIONS_AT_ONCE);
  const hearing = new Hearing(store, clock);
  const watcher = new Watcher({ store, clock, config, tell: deps.tell, hearing, client });
  const responder = new Responder();
  const listenIds = () => watchedPeers(config()).map((peer) => peer.listenId);

  const ask: Peers["ask"] = async (monitor, local, signal) => {
    if (!monitor.confirmWithPeers) return null;
    try {
      return await askPeers(config(), monitor, local, asking, signal);
    } catch (error) {
      log.error`Cannot ask peers about ${monitor.id}, so the alert leaves without a verdict: ${
        messageOf(error)
      }`;
      return null;
    }
  };

  /** Why the last heartbeat to a receiver failed. A dead peer is one line in the log, not one a minute. */
  const troubles = new Map<string, string>();
  const noteDelivery = ({ name, trouble }: Delivery) => {
    const before = troubles.get(name) ?? null;
    if (trouble === before) return;
    if (trouble === null) {
      troubles.delete(name);
      log.info`Heartbeats to ${name} arrive again`;
    } else {
      troubles.set(name, trouble);
      log.warn`Heartbeats to ${name} do not arrive: ${trouble}`;
    }
  };

  const beat: Peers["beat"] = async (signal) => {
    const now = config();
    if (now.health === null) return;
    try {
      const health = await deps.health();
      if (!isHealthy(health)) {
        log.warn`Not well, so no heartbeat is sent: scheduler ${health.schedulerOk}, database ${health.dbOk}`;
        return;
      }
      const spreadMs = Math.min(SPREAD_MS, now.health.intervalSecs * 20);
      const pauses = {
        spread: async () => {
          const ms = random() * spreadMs;
          if (ms > 0) await clock.sleep(ms, signal);
        },
        refused: () => clock.sleep(REFUSED_MS, signal),
      };
      const deliveries = await sendHeartbeats(now, health, client, pauses, signal);
      if (!signal.aborted) deliveries.forEach(noteDelivery);
    } catch (error) {
      log.error`Heartbeats failed: ${messageOf(error)}`;
    }
  };

  return {
    async load() {
      await hearing.load(listenIds());
      await watcher.load();
    },
    async reconfigured() {
      await hearing.load(listenIds());
      await watcher.reconfigured();
    },
    async heartbeat(listenId, heartbeat) {
      const peer = watchedPeers(config()).find((one) => one.listenId === listenId);
      if (peer === undefined) return false;
      await hearing.record(listenId, heartbeat, peer.expectEverySecs * 1000);
      return true;
    },
    beat,
    watch: (signal) => watcher.round(signal),
    ask,
    answer: (question) => responder.answer(config().monitors, question, deps.probe),
    view: () =>
      watchedPeers(config()).map((peer): PeerView => ({
        id: peer.id,
        name: peer.name,
        status: peerState(watcher.silence(peer)),
        lastSeenAt: hearing.seenAt(peer.listenId),
        pings: peer.pingUrl !== null && !peer.pingUrl.isEmpty,
      })),
    health: () =>
      Object.fromEntries(
        watchedPeers(config()).map((peer) => {
          const silence = watcher.silence(peer);
          const age = silence.silentMs === null ? -1 : Math.floor(silence.silentMs / 1000);
          return [peer.id, { state: peerState(silence), age }];
        }),
      ),
    close: () => client.close(),
  };
}
