import { getLogger } from "@logtape/logtape";
import { type Clock, SECOND } from "../domain/clock.ts";
import type { AlertEvent } from "../domain/event.ts";
import type { Monitor } from "../domain/monitor.ts";
import type { Outcome } from "../domain/outcome.ts";
import type { Status } from "../domain/status.ts";
import {
  type ClockReading,
  clockTrouble,
  describeClockTrouble,
  judge,
  mayBeOurs,
  siteOf,
  type Vote,
  WITNESSES,
} from "./blindness.ts";
import { hashOf } from "./plan.ts";

export interface SightDeps {
  readonly clock: Clock;
  monitors(): readonly Monitor[];
  /** The status shown now, before the outcome in question. */
  statusOf(id: string): Status;
  /** One attempt without retries, bounded by the monitor's own timeout. */
  probe(monitor: Monitor, signal: AbortSignal): Promise<Outcome>;
  /** Does this machine have any address that is not its own loopback's? */
  hasNetwork(): boolean;
  tell(event: AlertEvent): Promise<void>;
  /** A stretch in which nothing was observed; `untilAt` null: it goes on. */
  unseen(gap: { fromAt: number; untilAt: number | null }): void;
  /** The clock was set back to `now`: no stretch after that has passed. */
  setBack(now: number): void;
}

/** A verdict against the targets holds this long, so that a big outage does not ask the same witnesses for every monitor. */
const VERDICT_STANDS_MS = 2 * SECOND;
/** Shorter interruptions of our own are logged, longer ones are told to people. */
const TELL_FROM_MS = 30 * SECOND;
/** Sites that must be reached again before we trust our eyes. */
const SITES_TO_SEE_AGAIN = 2;

interface Blind {
  readonly reason: string;
  readonly fromAt: number;
  readonly sitesSeen: Set<string>;
}

/**
 * Guards against calling others down when it is us who cannot see. Promises: a target's outcome waits for witnesses only when it is the first
 * of its kind after the target was well; while blind, failures that may be ours are not observed; blindness and its end are told once each.
 */
export class Sight {
  readonly #deps: SightDeps;
  readonly #log = getLogger(["hora", "scheduler"]);
  readonly #suspects = new Set<string>();
  #jury: Promise<"ours" | "theirs"> | null = null;
  #clearedAt = -Infinity;
  #blind: Blind | null = null;
  #reading: ClockReading | null = null;
  #interruptedAt = -Infinity;

  constructor(deps: SightDeps) {
    this.#deps = deps;
  }

  /** A process before this one went blind and ended so: it goes on until we see again, whose end is told. */
  resume({ reason, ...kept }: { readonly reason: string; readonly fromAt: number }): void {
    const fromAt = Math.min(kept.fromAt, this.#deps.clock.now());
    this.#blind = { reason, fromAt, sitesSeen: new Set() };
    this.#log.error`Nothing is observed until it is back: ${reason}`;
    this.#deps.unseen({ fromAt, untilAt: null });
  }

  /** Why we cannot see at present; null: we can. */
  get trouble(): string | null {
    return this.#blind?.reason ?? null;
  }

  /** Once a second: notices a clock that jumped, a machine that slept, a process that was held. */
  round(): void {
    this.#lookAgain();
    const { clock } = this.#deps;
    const now = { wall: clock.now(), monotonic: clock.monotonic() };
    const before = this.#reading;
    this.#reading = now;
    const trouble = before === null ? null : clockTrouble(before, now);
    if (before === null || trouble === null) return;
    this.#interruptedAt = now.monotonic;
    const reason = describeClockTrouble(trouble);
    this.#log.warn`Nothing was observed meanwhile: ${reason}`;
    if (trouble.kind === "backward") return this.#setBack(now.wall);
    const gap = { fromAt: before.wall, untilAt: now.wall };
    this.#deps.unseen(gap);
    if (trouble.ms >= TELL_FROM_MS) this.#tell(reason, gap);
  }

  /** Blindness that lasts goes on all the same. */
  #setBack(now: number): void {
    this.#deps.setBack(now);
    if (this.#blind === null) return;
    this.#blind = { ...this.#blind, fromAt: Math.min(this.#blind.fromAt, now) };
    this.#deps.unseen({ fromAt: this.#blind.fromAt, untilAt: null });
  }

  /** May this outcome be recorded? False: it says nothing about its target. */
  async isSeen(monitor: Monitor, outcome: Outcome, startedAt: number, signal: AbortSignal): Promise<boolean> {
    if (startedAt < this.#interruptedAt && outcome.status !== "up") return false;
    const site = siteOf(monitor);
    if (!mayBeOurs(outcome)) {
      if (site !== null && outcome.status !== "down") this.#saw(site);
      return true;
    }
    if (site === null) return true;
    if (this.#blind !== null) return false;
    if (this.#deps.statusOf(monitor.id) !== "up" && this.#deps.statusOf(monitor.id) !== "unknown") {
      return true;
    }
    if (!this.#deps.hasNetwork()) {
      this.#close("this machine has no network");
      return false;
    }
    if (this.#deps.clock.monotonic() - this.#clearedAt < VERDICT_STANDS_MS) return true;
    return await this.#verdict(site, signal) === "theirs";
  }

  async #verdict(site: string, signal: AbortSignal): Promise<"ours" | "theirs"> {
    this.#suspects.add(site);
    this.#jury ??= this.#ask(signal).finally(() => {
      this.#jury = null;
      this.#suspects.clear();
    });
    return await this.#jury;
  }

  /** Asks monitors of other sites, one attempt each, until their answers decide. */
  async #ask(signal: AbortSignal): Promise<"ours" | "theirs"> {
    const witnesses = this.#witnesses();
    const ended = new AbortController();
    const votes: Vote[] = [];
    const verdict = await new Promise<"ours" | "theirs">((resolve) => {
      const decide = () => {
        const verdict = judge(this.#suspects, votes, witnesses.length);
        if (verdict !== null) resolve(verdict);
      };
      decide();
      for (const witness of witnesses) {
        this.#deps.probe(witness.monitor, AbortSignal.any([signal, ended.signal])).then(
          (outcome) => votes.push({ site: witness.site, reached: !mayBeOurs(outcome) }),
          () => votes.push({ site: witness.site, reached: true }),
        ).then(decide);
      }
    });
    ended.abort();
    if (verdict === "theirs") this.#clearedAt = this.#deps.clock.monotonic();
    else this.#close("targets of many different sites fail at the same moment");
    return verdict;
  }

  /** Monitors of other sites that were well, one a site, other ones each time. */
  #witnesses(): { monitor: Monitor; site: string }[] {
    const bySite = new Map<string, Monitor>();
    for (const monitor of this.#deps.monitors()) {
      const site = siteOf(monitor);
      if (site === null || this.#suspects.has(site) || bySite.has(site)) continue;
      if (this.#deps.statusOf(monitor.id) === "up") bySite.set(site, monitor);
    }
    const turn = String(this.#deps.clock.now());
    return [...bySite].map(([site, monitor]) => ({ site, monitor, place: hashOf(site + turn) }))
      .sort((a, b) => a.place - b.place).slice(0, WITNESSES);
  }

  #close(reason: string): void {
    if (this.#blind !== null) return;
    const fromAt = this.#deps.clock.now();
    this.#blind = { reason: `our own network or resolver is gone: ${reason}`, fromAt, sitesSeen: new Set() };
    this.#log.error`Nothing is observed until it is back: ${this.#blind.reason}`;
    this.#deps.unseen({ fromAt, untilAt: null });
    this.#tell(this.#blind.reason, { fromAt, untilAt: null });
  }

  #saw(site: string): void {
    if (this.#blind === null) return;
    this.#blind.sitesSeen.add(site);
    this.#lookAgain();
  }

  /** Ends blindness when enough sites were reached; a file that names fewer by now asks for no more than it has. */
  #lookAgain(): void {
    if (this.#blind === null) return;
    const sites = new Set(this.#deps.monitors().map(siteOf).filter((site) => site !== null));
    if (this.#blind.sitesSeen.size < Math.min(SITES_TO_SEE_AGAIN, sites.size)) return;
    const { reason, fromAt } = this.#blind;
    const gap = { fromAt, untilAt: this.#deps.clock.now() };
    this.#blind = null;
    this.#log.info`We can see again after ${Math.round((gap.untilAt - fromAt) / SECOND)} s`;
    this.#deps.unseen(gap);
    this.#tell(reason, gap);
  }

  #tell(reason: string, gap: { fromAt: number; untilAt: number | null }): void {
    this.#deps.tell({ kind: "blind", at: this.#deps.clock.now(), reason, ...gap }).catch((error) => {
      this.#log.error`Cannot tell that we were blind: ${String(error)}`;
    });
  }
}
