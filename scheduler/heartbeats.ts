import { getLogger } from "@logtape/logtape";
import type { Clock } from "../domain/clock.ts";
import type { Config } from "../domain/config.ts";
import { messageOf } from "../domain/errors.ts";
import type { Peers } from "../peers/create.ts";

/** How often watched peers are looked at, and how finely heartbeats are timed. */
const ROUND_MS = 1_000;
/** A loop that has not moved for this long is dead, and the next cron tick starts another. */
const STALLED_MS = 30_000;
/** The first heartbeat leaves early, so that a restart is not mistaken for an outage; spread, so that a mesh does not beat as one. */
const FIRST_BEAT_MS = 5_000;

export interface HeartbeatsDeps {
  readonly peers: Pick<Peers, "beat" | "watch">;
  readonly clock: Clock;
  config(): Config;
  /** 0 ≤ x < 1. */
  random?(): number;
}

export interface Heartbeats {
  /** Called by cron every minute and once at start: (re)starts the loop when it is not running. */
  tick(): void;
  /** Ends the loop and lets what is under way end. */
  stop(): Promise<void>;
}

/**
 * When the next heartbeat is due, on the monotonic clock, given when the last one was. Keeps the beat (no drift) unless more than one was
 * missed, then goes on from now.
 */
export function nextBeat(dueAt: number, intervalMs: number, now: number): number {
  const next = dueAt + intervalMs;
  return next > now ? next : now + intervalMs;
}

/** Sends heartbeats at any cadence down to a second and watches peers, once a second, on one timer. */
export function createHeartbeats(deps: HeartbeatsDeps): Heartbeats {
  const { peers, clock, config } = deps;
  const log = getLogger(["hora", "scheduler"]);
  const random = deps.random ?? Math.random;
  const running = new Set<Promise<void>>();
  let current = new AbortController();
  let movedAt = -Infinity;
  let stopped = false;

  const hold = (work: Promise<void>) => {
    const held: Promise<void> = work.finally(() => running.delete(held));
    running.add(held);
  };

  const loop = async (signal: AbortSignal) => {
    const intervalMs = () => (config().health?.intervalSecs ?? 60) * 1000;
    let dueAt = clock.monotonic() + Math.min(FIRST_BEAT_MS, intervalMs()) * random();
    while (!signal.aborted) {
      const now = clock.monotonic();
      movedAt = now;
      // A shorter interval after a reload counts at once.
      dueAt = Math.min(dueAt, now + intervalMs());
      if (now >= dueAt) {
        dueAt = nextBeat(dueAt, intervalMs(), now);
        hold(peers.beat(signal));
      }
      hold(peers.watch(signal));
      await clock.sleep(Math.max(0, Math.min(ROUND_MS, dueAt - clock.monotonic())), signal);
    }
  };

  return {
    tick() {
      if (stopped || clock.monotonic() - movedAt < STALLED_MS) return;
      if (movedAt !== -Infinity) log.warn`The heartbeat loop had stalled and is started again`;
      current.abort();
      current = new AbortController();
      movedAt = clock.monotonic();
      const signal = current.signal;
      hold(
        loop(signal).catch((error) => {
          log.error`The heartbeat loop failed and starts again within a minute: ${messageOf(error)}`;
          movedAt = -Infinity;
        }),
      );
    },
    async stop() {
      stopped = true;
      current.abort();
      await Promise.all(running);
    },
  };
}
