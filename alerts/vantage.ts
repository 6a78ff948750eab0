import { getLogger } from "@logtape/logtape";
import { messageOf } from "../domain/errors.ts";
import type { Monitor } from "../domain/monitor.ts";

const log = getLogger(["hora", "alerts"]);

/** A message waits no longer than this for what the peers saw. */
export const VANTAGE_HARD_MS = 12_000;

/** What the peers say about a monitor that is down here. */
export interface PeersVerdict {
  /** For the message. */
  readonly text: string;
  /** Peers answered, and every one of them sees it up. */
  readonly contradicted: boolean;
}

/** Asks the peers; null: there is nobody to ask. */
export type Confirm = (monitor: Monitor, signal: AbortSignal) => Promise<PeersVerdict | null>;

export interface VantageDeps {
  readonly confirm?: Confirm;
  /** The round ended with or without words; the messages may go. */
  ended(monitor: Monitor, incidentId: number, verdict: PeersVerdict | null): Promise<void>;
}

interface Round {
  readonly outageAt: number;
  readonly verdict: PeersVerdict | null;
  readonly isRunning: boolean;
}

/**
 * One round of questions per confirmed outage, after it is on disk. It only adds words: peers that are silent, slow or broken leave the
 * message as it is, and a crash in the middle sends it without them.
 */
export class VantageRounds {
  readonly #deps: VantageDeps;
  readonly #rounds = new Map<string, Round>();
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(deps: VantageDeps) {
    this.#deps = deps;
  }

  /** Would words still come for a message about this outage? */
  isAsking(monitor: Monitor, outageAt: number | null, opensNow: boolean): boolean {
    if (this.#deps.confirm === undefined || !monitor.confirmWithPeers) return false;
    const round = this.#rounds.get(monitor.id);
    return round?.outageAt === outageAt ? round.isRunning : opensNow;
  }

  verdictOf(monitorId: string, outageAt: number | null): PeersVerdict | null {
    const round = this.#rounds.get(monitorId);
    return round?.outageAt === outageAt ? round.verdict : null;
  }

  /** Begins a round; false: there is nobody to ask. Asked again about one outage, what was said stands until the end of the round. */
  start(monitor: Monitor, outageAt: number, incidentId: number): boolean {
    const { confirm } = this.#deps;
    if (confirm === undefined || !monitor.confirmWithPeers) return false;
    const verdict = this.verdictOf(monitor.id, outageAt);
    this.#rounds.set(monitor.id, { outageAt, verdict, isRunning: true });
    const run = this.#ask(confirm, monitor, outageAt, incidentId).finally(() => this.#running.delete(run));
    this.#running.add(run);
    return true;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  async #ask(
    confirm: Confirm,
    monitor: Monitor,
    outageAt: number,
    incidentId: number,
  ): Promise<void> {
    const timer = new AbortController();
    const timeout = setTimeout(() => timer.abort(), VANTAGE_HARD_MS);
    const signal = AbortSignal.any([this.#stop.signal, timer.signal]);
    const late = new Promise<null>((resolve) =>
      signal.addEventListener("abort", () => resolve(null), { once: true })
    );
    let verdict: PeersVerdict | null = null;
    try {
      verdict = await Promise.race([confirm(monitor, signal), late]);
    } catch (error) {
      log.warn("Asking peers about {id}: {error}", { id: monitor.id, error: messageOf(error) });
    } finally {
      clearTimeout(timeout);
    }
    this.#rounds.set(monitor.id, { outageAt, verdict, isRunning: false });
    try {
      await this.#deps.ended(monitor, incidentId, verdict);
    } catch (error) {
      log.warn("Keeping what peers said of {id}: {error}", { id: monitor.id, error: messageOf(error) });
    }
  }
}
