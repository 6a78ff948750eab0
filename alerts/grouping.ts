import type { Config } from "../domain/config.ts";
import type { Surroundings } from "../domain/episode.ts";
import type { Mention } from "../domain/incident.ts";
import type { Monitor } from "../domain/monitor.ts";
import { MonitorIndex } from "../domain/monitor_index.ts";
import type { Status } from "../domain/status.ts";
import { type Node, Topology } from "../domain/topology.ts";
import { isUnconfirmed, type Live } from "./machine.ts";
import { plannedNow } from "./mutes.ts";
import { channelNames } from "./routing.ts";

/** Answers what stands upstream and downstream of a monitor at this moment. Remembers the graph of one config snapshot. */
export class Grouping {
  #config: Config | null = null;
  #topology = new Topology([]);
  readonly #monitors = new MonitorIndex();
  readonly #lives: ReadonlyMap<string, Live>;
  readonly #statusOf: (id: string) => Status;

  constructor(lives: ReadonlyMap<string, Live>, statusOf: (id: string) => Status) {
    this.#lives = lives;
    this.#statusOf = statusOf;
  }

  /** The first upstream that is down, or else everything that hangs on this monitor. */
  annotate(config: Config, id: string): { cause: Mention | null; impacted: Mention[] } {
    const topology = this.#graph(config);
    const cause = topology.upstreams(id).find((node) => this.#status(node.id) === "down");
    if (cause !== undefined) return { cause: mention(cause), impacted: [] };
    return { cause: null, impacted: topology.dependents(id).map(mention) };
  }

  surroundings(
    config: Config,
    monitor: Monitor,
    now: number,
  ): Pick<
    Surroundings,
    "windowMs" | "hasUpstreams" | "coverId" | "upstreamPendingUntil" | "upstreamFailing"
  > {
    const upstreams = this.#graph(config).upstreams(monitor.id);
    const waits = upstreams.map((node) => this.#lives.get(node.id)?.telling.pending?.untilAt ?? null)
      .filter((at) => at !== null);
    return {
      windowMs: config.alerts.groupWindowSecs * 1000,
      hasUpstreams: upstreams.length > 0,
      coverId: upstreams.find((node) => this.#covers(config, node, monitor, now))?.id ?? null,
      upstreamPendingUntil: waits.length === 0 ? null : Math.max(...waits),
      upstreamFailing: upstreams.some((node) => {
        const condition = this.#lives.get(node.id)?.condition;
        return condition !== undefined && condition.failures > 0 && condition.outageAt === null;
      }),
    };
  }

  /**
   * An upstream covers a dependent while it is down and its alert reaches everyone the dependent's would: because it was told, or is itself
   * part of an alert and about to be told. A muted upstream covers nobody, for nobody heard of it, and one that all peers see up neither.
   */
  #covers(config: Config, upstream: Node, dependent: Monitor, now: number): boolean {
    const live = this.#lives.get(upstream.id);
    const outageAt = live?.condition.outageAt ?? null;
    if (live === undefined || outageAt === null || isUnconfirmed(live)) return false;
    const isTold = live.telling.told === "down" && live.telling.toldOutageAt === outageAt;
    const isFolded = live.telling.folded?.outageAt === outageAt && live.telling.keptBack === null &&
      plannedNow(config, upstream.id, now) === null &&
      !this.#topology.upstreams(upstream.id).some((node) => node.id === dependent.id);
    if (!isTold && !isFolded) return false;
    const reached = isTold
      ? live.telling.channels
      : channelNames(config, this.#monitors.find(config, upstream.id)?.notify ?? null);
    return channelNames(config, dependent.notify).every((name) => reached.includes(name));
  }

  #status(id: string): Status {
    return this.#lives.get(id)?.condition.status ?? this.#statusOf(id);
  }

  #graph(config: Config): Topology {
    if (this.#config !== config) {
      this.#config = config;
      this.#topology = new Topology(config.monitors);
    }
    return this.#topology;
  }
}

function mention(node: Node): Mention {
  return { id: node.id, name: node.name };
}
