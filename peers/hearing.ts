import { type Check, instantAfter } from "../domain/check.ts";
import type { Clock } from "../domain/clock.ts";
import type { CheckStatus } from "../domain/status.ts";
import type { Store } from "../domain/store.ts";

/** A heartbeat as it came in. */
export interface Heartbeat {
  readonly status: CheckStatus;
  readonly message: string | null;
  readonly latencyMs: number | null;
}

interface Heard {
  /** Of the newest positive heartbeat, Unix ms, for people. */
  readonly at: number;
  /** The same on the clock that never jumps, for measuring; negative when it came before our start. */
  readonly monotonicAt: number;
}

/** When each watched peer was last heard. Kept by listen id; every heartbeat is on disk before `record` resolves. */
export class Hearing {
  readonly #store: Pick<Store, "commit" | "checks">;
  readonly #clock: Clock;
  readonly #heard = new Map<string, Heard>();
  /** Newest recorded instant per series: two heartbeats in one millisecond are both kept. */
  readonly #recordedAt = new Map<string, number>();

  constructor(store: Pick<Store, "commit" | "checks">, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Reads what the store knows of series that are not in memory yet. */
  async load(listenIds: readonly string[]): Promise<void> {
    const fresh = listenIds.filter((id) => !this.#recordedAt.has(id));
    for (const id of fresh) {
      const [newest] = await this.#store.checks.newest(id, 1);
      const positive = await this.#store.checks.lastPositive(id);
      this.#recordedAt.set(id, Math.max(newest?.at ?? 0, this.#recordedAt.get(id) ?? 0));
      if (positive !== null && !this.#heard.has(id)) this.#heard.set(id, this.#fromStore(positive.at));
    }
  }

  /** A heartbeat of before our start; one "from the future" (the clock was set back) counts as heard just now. */
  #fromStore(at: number): Heard {
    const age = Math.max(0, this.#clock.now() - at);
    return { at, monotonicAt: this.#clock.monotonic() - age };
  }

  async record(listenId: string, heartbeat: Heartbeat, expectEveryMs: number): Promise<Check> {
    const now = this.#clock.now();
    const at = instantAfter(this.#recordedAt.get(listenId) ?? 0, now);
    this.#recordedAt.set(listenId, at);
    const check = toCheck(listenId, heartbeat, at, expectEveryMs);
    const monotonicAt = this.#clock.monotonic();
    await this.#store.commit({ checks: [check], durable: true });
    if (heartbeat.status !== "down") this.#heard.set(listenId, { at: now, monotonicAt });
    return check;
  }

  /** Unix ms of the newest positive heartbeat; null: never. */
  seenAt(listenId: string): number | null {
    return this.#heard.get(listenId)?.at ?? null;
  }

  /** Ms since the newest positive heartbeat; null: never. */
  silentMs(listenId: string): number | null {
    const heard = this.#heard.get(listenId);
    return heard === undefined ? null : Math.max(0, this.#clock.monotonic() - heard.monotonicAt);
  }
}

function toCheck(monitorId: string, heartbeat: Heartbeat, at: number, standsMs: number): Check {
  const isUp = heartbeat.status === "up";
  return {
    monitorId,
    at,
    status: heartbeat.status,
    latencyMs: heartbeat.latencyMs,
    code: null,
    reason: isUp ? null : heartbeat.message,
    category: isUp ? null : "reported_by_service",
    message: isUp ? heartbeat.message : null,
    planned: false,
    standsMs,
    phases: null,
    metrics: [],
  };
}
