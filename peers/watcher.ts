import { getLogger } from "@logtape/logtape";
import type { Clock } from "../domain/clock.ts";
import type { Config, Peer } from "../domain/config.ts";
import { messageOf } from "../domain/errors.ts";
import type { AlertEvent } from "../domain/event.ts";
import type { KeptState, Store } from "../domain/store.ts";
import { witnessUrlOf } from "./address.ts";
import type { NodeClient } from "./client.ts";
import { isMissing, type Silence } from "./dead_man.ts";
import type { Hearing } from "./hearing.ts";
import { parseHealth } from "./health.ts";
import { judge, type QuorumVerdict, type Testimony } from "./quorum.ts";
import {
  parseWatchState,
  patienceOf,
  quiet,
  takeHeard,
  takeVerdict,
  type WatchState,
  type WatchStep,
} from "./watch_state.ts";

const WITNESS_TIMEOUT_MS = 5_000;
const WITNESS_BYTES = 64 * 1024;
const STATE_PREFIX = "peer:";

/** How long to wait before witnesses are asked again about a silent peer that is not (yet) called down: 1 … 30 s. */
export function recheckMs(expectEveryMs: number): number {
  return Math.min(30_000, Math.max(1_000, expectEveryMs / 4));
}

/** Two rounds this far apart mean that the machine slept or the process was held so long that heartbeats may have been lost. */
export function heldMs(expectEveryMs: number): number {
  return Math.max(5_000, expectEveryMs / 4);
}

/** We did not listen for a while. */
interface Deafness {
  /** Silence from before this instant proves nothing; on the monotonic clock. */
  readonly since: number;
  /** How much of the time since then we did not listen either. */
  readonly lostMs: number;
}

export interface WatcherDeps {
  readonly store: Pick<Store, "commit" | "states" | "silences">;
  readonly clock: Clock;
  config(): Config;
  tell(event: AlertEvent, notify: readonly string[] | null, keep: readonly KeptState[]): Promise<void>;
  readonly hearing: Hearing;
  readonly client: NodeClient;
}

export type WatchedPeer = Peer & { readonly expectEverySecs: number };

/** The peers whose heartbeats we wait for. */
export function watchedPeers(config: Config): WatchedPeer[] {
  return config.peers.filter((peer): peer is WatchedPeer => peer.expectEverySecs !== null);
}

/**
 * The dead man's switch for watched peers. Promises: a peer is told about once per change; what was told survives a restart; while it is
 * muted nothing moves; asking witnesses never holds up another peer; an error in between leaves the state as it was, to be tried again.
 */
export class Watcher {
  readonly #deps: WatcherDeps;
  readonly #log = getLogger(["hora", "peers"]);
  #states = new Map<string, WatchState>();
  /** By `seriesOf`: a peer that comes in under another name is waited for anew. */
  readonly #watchedSince = new Map<string, number>();
  readonly #busy = new Map<string, Promise<void>>();
  /** When witnesses may be asked again, on the monotonic clock. */
  readonly #askAgainAt = new Map<string, number>();
  #lastRoundAt: number | null = null;
  /** By peer, of those that were not heard since. */
  readonly #deaf = new Map<string, Deafness>();

  constructor(deps: WatcherDeps) {
    this.#deps = deps;
  }

  async load(): Promise<void> {
    const kept = await this.#deps.store.states.load(STATE_PREFIX);
    for (const [key, value] of kept) this.#states.set(key.slice(STATE_PREFIX.length), parseWatchState(value));
    this.#begin();
  }

  /** Starts the grace of peers that are watched from now on, and forgets those that are not any more. */
  async reconfigured(): Promise<void> {
    await this.#forgetGone();
    this.#begin();
  }

  async #forgetGone(): Promise<void> {
    const ids = new Set(watchedPeers(this.#deps.config()).map((peer) => peer.id));
    const gone = [...this.#states.keys()].filter((id) => !ids.has(id));
    if (gone.length === 0) return;
    await this.#deps.store.commit({
      states: gone.map((id) => ({ key: STATE_PREFIX + id, value: null })),
      durable: true,
    });
    for (const id of gone) this.#states.delete(id);
  }

  #begin(): void {
    const series = new Set(watchedPeers(this.#deps.config()).map(seriesOf));
    for (const one of this.#watchedSince.keys()) if (!series.has(one)) this.#watchedSince.delete(one);
    for (const one of series) {
      if (!this.#watchedSince.has(one)) this.#watchedSince.set(one, this.#deps.clock.monotonic());
    }
  }

  /** How long a watched peer has been silent, as the rules want it. */
  silence(peer: WatchedPeer): Silence {
    const monotonic = this.#deps.clock.monotonic();
    return {
      silentMs: this.#deps.hearing.silentMs(peer.listenId),
      watchedMs: monotonic - (this.#watchedSince.get(seriesOf(peer)) ?? monotonic),
      expectEveryMs: peer.expectEverySecs * 1000,
      graceMs: (this.#deps.config().health?.graceSecs ?? 0) * 1000,
    };
  }

  /** Looks at every watched peer once. Peers whose witnesses are still being asked are passed over. Never rejects. */
  async round(signal: AbortSignal): Promise<void> {
    const config = this.#deps.config();
    this.#noticeHold(watchedPeers(config));
    const rounds = watchedPeers(config).map((peer) => {
      const running = this.#busy.get(peer.id);
      if (running !== undefined) return running;
      const look = this.#look(config, peer, signal)
        .catch((error) => this.#log.error`Cannot judge peer ${peer.id}, will try again: ${messageOf(error)}`)
        .finally(() => this.#busy.delete(peer.id));
      this.#busy.set(peer.id, look);
      return look;
    });
    await Promise.all(rounds);
  }

  /** The first hold since a peer was heard makes its silence count anew; later ones only stop the count, so that it does end. */
  #noticeHold(peers: readonly WatchedPeer[]): void {
    const now = this.#deps.clock.monotonic();
    const gapMs = this.#lastRoundAt === null ? 0 : now - this.#lastRoundAt;
    this.#lastRoundAt = now;
    const affected = peers.filter((peer) => gapMs > heldMs(peer.expectEverySecs * 1000));
    if (affected.length === 0) return;
    this.#log.warn`This node was held for ${Math.round(gapMs / 1000)} s, which is no silence of its peers`;
    for (const { id, listenId } of affected) {
      const before = this.#deaf.get(id);
      const isNew = before === undefined || (this.#deps.hearing.silentMs(listenId) ?? 0) < now - before.since;
      this.#deaf.set(id, isNew ? { since: now, lostMs: 0 } : { ...before, lostMs: before.lostMs + gapMs });
    }
  }

  #isMissing(peer: WatchedPeer): boolean {
    const silence = this.silence(peer);
    const deaf = this.#deaf.get(peer.id);
    if (deaf === undefined || silence.silentMs === null) return isMissing(silence);
    const listenedMs = this.#deps.clock.monotonic() - deaf.since - deaf.lostMs;
    return isMissing({ ...silence, silentMs: Math.min(silence.silentMs, listenedMs) });
  }

  async #look(config: Config, peer: WatchedPeer, signal: AbortSignal): Promise<void> {
    const state = this.#states.get(peer.id) ?? quiet;
    const missing = this.#isMissing(peer);
    if (!missing) {
      this.#askAgainAt.delete(peer.id);
      if (state.announced === "nothing" && state.isolatedAt === null && state.settlingAt === null) return;
      // Overdue but within slack or grace is neither missing nor heard again.
      const { silentMs, expectEveryMs } = this.silence(peer);
      if (silentMs === null || silentMs > expectEveryMs) return;
    } else if (state.announced === "down") return;
    if (await this.#isMuted(config, peer)) return;
    if (!missing) return await this.#perform(peer, state, takeHeard(state));
    const monotonic = this.#deps.clock.monotonic();
    if (monotonic < (this.#askAgainAt.get(peer.id) ?? 0)) return;
    this.#askAgainAt.set(peer.id, monotonic + recheckMs(peer.expectEverySecs * 1000));
    const verdict = await this.#verdict(config, peer, signal);
    if (signal.aborted || !this.#isMissing(peer)) return;
    const patience = patienceOf(peer.expectEverySecs * 1000, (config.health?.graceSecs ?? 0) * 1000);
    const seenAt = this.#deps.hearing.seenAt(peer.listenId);
    await this.#perform(peer, state, takeVerdict(state, verdict, seenAt, this.#deps.clock.now(), patience));
  }

  /** Planned maintenance and silences mute peers too. When silences cannot be read, we speak. */
  async #isMuted(config: Config, peer: WatchedPeer): Promise<boolean> {
    const now = this.#deps.clock.now();
    const planned = config.maintenance.some((window) =>
      window.startAt <= now && now <= window.endAt &&
      (window.monitors.length === 0 || window.monitors.includes(peer.listenId))
    );
    if (planned) return true;
    try {
      const silences = await this.#deps.store.silences.listActive(now);
      return silences.some(({ target }) => target === "*" || target === peer.listenId);
    } catch (error) {
      this.#log.error`Cannot read silences, so peer ${peer.id} is not muted: ${messageOf(error)}`;
      return false;
    }
  }

  async #verdict(config: Config, peer: WatchedPeer, signal: AbortSignal): Promise<QuorumVerdict> {
    if (config.health?.quorum !== true) return { kind: "confirmed" };
    const witnesses = config.peers.flatMap((other) => {
      const url = other.id === peer.id ? null : witnessUrlOf(other);
      return url === null ? [] : [{ name: other.name, url }];
    });
    const testimonies = await Promise.all(
      witnesses.map(async ({ name, url }): Promise<Testimony> => {
        const answer = await this.#deps.client({
          method: "GET",
          url,
          timeoutMs: WITNESS_TIMEOUT_MS,
          maxBodyBytes: WITNESS_BYTES,
          signal,
        });
        return { name, health: answer.ok ? parseHealth(answer.body) : null };
      }),
    );
    return judge(peer.id, peer.expectEverySecs, testimonies);
  }

  /** What is told and that it was told are kept together, so that no crash repeats or loses an alert. */
  async #perform(peer: WatchedPeer, before: WatchState, { state, effect }: WatchStep): Promise<void> {
    const event = toEvent(
      peer,
      effect,
      this.#deps.clock.now(),
      this.#deps.hearing.seenAt(peer.listenId),
      this.#watchStartAt(peer),
    );
    this.#note(peer, effect);
    if (event === null && state === before) return;
    const states = [{ key: STATE_PREFIX + peer.id, value: state }];
    if (event !== null) await this.#deps.tell(event, peer.notify, states);
    else await this.#deps.store.commit({ states, durable: true });
    this.#states.set(peer.id, state);
  }

  #note({ id }: WatchedPeer, effect: WatchStep["effect"]): void {
    switch (effect.kind) {
      case "isolated":
        return this.#log.warn`Peer ${id} is silent and no witness answers: this node may be cut off`;
      case "down":
        return this.#log.warn`Peer ${id} is down: ${effect.reason}`;
      case "link":
        return this.#log.warn`Peer ${id} is silent here, but ${effect.witness} hears it`;
      case "recovered":
        return this.#log.info`Peer ${id} is heard again`;
    }
  }

  #watchStartAt(peer: WatchedPeer): number {
    return this.#deps.clock.now() - this.silence(peer).watchedMs;
  }
}

function toEvent(
  peer: WatchedPeer,
  effect: WatchStep["effect"],
  at: number,
  seenAt: number | null,
  watchStartAt: number,
): AlertEvent | null {
  const who = { at, monitorId: peer.listenId, monitor: peer.name, incidentId: null };
  switch (effect.kind) {
    case "down":
      return {
        ...who,
        kind: "down",
        reason: effect.reason,
        cause: null,
        impacted: [],
        vantage: null,
        sinceAt: seenAt ?? watchStartAt,
        failures: 1,
      };
    case "link":
      return { at, kind: "peer_link_degraded", peer: peer.name, witness: effect.witness };
    case "recovered": {
      const durationMs = effect.sinceAt === null ? null : Math.max(0, at - effect.sinceAt);
      return { ...who, kind: "recovered", sinceAt: effect.sinceAt, durationMs };
    }
    default:
      return null;
  }
}

function seriesOf({ id, listenId }: WatchedPeer): string {
  return `${id} ${listenId}`;
}
