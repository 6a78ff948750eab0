import { getLogger } from "@logtape/logtape";
import {
  BurnSlots,
  exhaustedInSecs,
  judgeBurn,
  type LookBack,
  lookBacks,
  type Seen,
} from "../domain/burn.ts";
import type { Check } from "../domain/check.ts";
import { DAY, HOUR } from "../domain/clock.ts";
import type { Config } from "../domain/config.ts";
import { readCovered } from "../domain/covered.ts";
import { messageOf } from "../domain/errors.ts";
import type { Monitor } from "../domain/monitor.ts";
import type { Store } from "../domain/store.ts";
import type { Draft } from "./draft.ts";
import type { Live } from "./machine.ts";
import { mutedNow } from "./mutes.ts";
import { channelNames } from "./routing.ts";
import { burn } from "./words.ts";

const log = getLogger(["hora", "alerts"]);

/**
 * Watches how fast budgets are spent. Only what was seen counts: until the last six hours have been read back after a start, and when they
 * cannot be read, nothing is called a burn.
 */
export class BurnWatch {
  readonly #store: Pick<Store, "aggregates" | "checks" | "gaps" | "silences">;
  readonly #slots = new Map<string, { slots: BurnSlots; isFilled: boolean }>();

  constructor(store: Pick<Store, "aggregates" | "checks" | "gaps" | "silences">) {
    this.#store = store;
  }

  drop(id: string): void {
    this.#slots.delete(id);
  }

  /** Reads the last six hours back, for monitors that have an objective. */
  async fill(monitors: readonly Monitor[], now: number): Promise<void> {
    for (const monitor of monitors) {
      if (!isWatched(monitor) || this.#slots.get(monitor.id)?.isFilled) continue;
      try {
        await this.#fillOne(monitor.id, now);
      } catch (error) {
        log.warn("Reading recent checks of {id}: {error}", { id: monitor.id, error: messageOf(error) });
      }
    }
  }

  async #fillOne(id: string, now: number): Promise<void> {
    const past = new BurnSlots();
    for await (const check of this.#store.checks.stream(id, now - lookBacks.slowLong, now + 1)) {
      if (!check.planned) past.add(check.at, check.status === "down");
    }
    const entry = this.#entry(id);
    entry.slots.merge(past);
    entry.isFilled = true;
  }

  #entry(id: string) {
    let entry = this.#slots.get(id);
    if (entry === undefined) this.#slots.set(id, entry = { slots: new BurnSlots(), isFilled: false });
    return entry;
  }

  /** Takes the check in, and drafts an alert when the budget burns and nobody knows of an outage already. */
  async judge(draft: Draft, config: Config, monitor: Monitor, check: Check, live: Live): Promise<Live> {
    if (!isWatched(monitor)) return live;
    const { slots, isFilled } = this.#entry(monitor.id);
    if (!check.planned) slots.add(check.at, check.status === "down");
    const flags = live.burn;
    if (!isFilled || (check.status !== "down" && !flags.fast && !flags.slow)) return live;
    const seen = Object.fromEntries(
      Object.entries(lookBacks).map(([name, ms]) => [name, slots.seen(check.at, ms)]),
    ) as Record<LookBack, Seen>;
    const slo = {
      targetPercent: monitor.sloUptimePercent ?? 0,
      windowDays: monitor.sloWindowDays,
      failThreshold: monitor.failThreshold,
    };
    const verdict = judgeBurn(flags, seen, slo);
    const burning = { ...live, burn: verdict.flags };
    if (verdict.alert === null) return burning;
    // Who knows of the outage, or will when its window or mute ends, needs no second message about the same failures.
    if (live.condition.outageAt !== null || live.telling.told === "down") {
      draft.decide(
        monitor.id,
        "budget_known",
        "Its error budget burns too; the outage is known, so that is not told",
      );
      return burning;
    }
    // Muted: the old flags stay, so that a burn that goes on is told when the mute ends.
    if (await mutedNow(this.#store, config, monitor.id, draft.now) !== null) return live;
    await this.#tell(draft, config, monitor, verdict.alert);
    return burning;
  }

  async #tell(
    draft: Draft,
    config: Config,
    monitor: Monitor,
    alert: { window: "1h" | "6h"; rateX10: number },
  ): Promise<void> {
    const event = {
      kind: "budget_burn",
      at: draft.now,
      monitorId: monitor.id,
      monitor: monitor.name,
      rateX10: alert.rateX10,
      window: alert.window,
      exhaustedInSecs: await this.#exhausted(monitor, alert.rateX10, draft.now),
    } as const;
    const channels = channelNames(config, monitor.notify);
    draft.tell(event, channels, null);
    draft.decide(
      monitor.id,
      "budget",
      `It is ${burn(event)}: ${channels.join(", ") || "nobody is selected"}`,
    );
  }

  /** Null when the history cannot be read: the message goes without the estimate. */
  async #exhausted(monitor: Monitor, rate: number, now: number): Promise<number | null> {
    try {
      const fromAt = Math.floor((now - monitor.sloWindowDays * DAY) / HOUR) * HOUR;
      const query = { grain: "hour", fromAt, untilAt: now + 1, monitorId: monitor.id } as const;
      const hours = await readCovered(this.#store, query, now);
      const downMs = hours.reduce((sum, hour) => sum + hour.coverage.downMs, 0);
      const slo = { targetPercent: monitor.sloUptimePercent ?? 0, windowDays: monitor.sloWindowDays };
      return exhaustedInSecs(rate, slo, downMs);
    } catch (error) {
      log.warn("Reading the budget of {id}: {error}", { id: monitor.id, error: messageOf(error) });
      return null;
    }
  }
}

/** Heartbeats come one per job and misses one per look, so their counts say nothing about a rate; their outages are told at once anyway. */
function isWatched(monitor: Monitor): boolean {
  return monitor.sloUptimePercent !== null && monitor.kind !== "push";
}
