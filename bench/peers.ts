import { seeded } from "../domain/seeded.ts";
import { isMissing } from "../peers/dead_man.ts";
import type { HealthDocument, PeerSeen } from "../peers/health.ts";
import { judge, type Testimony } from "../peers/quorum.ts";
import { patienceOf, quiet, takeHeard, takeVerdict, type WatchState } from "../peers/watch_state.ts";
import { recheckMs } from "../peers/watcher.ts";
import { type BenchOptions, type BenchRow, report } from "./report.ts";

/**
 * A mesh of 50 nodes, all watching all, with quorum: the real rules on a simulated network and a simulated clock. It counts messages and
 * measures how long after the fact people are told; nothing here depends on the machine, so the figures are the same everywhere.
 */

const NODES = 50;
const INTERVAL_MS = 60_000;
const EXPECT_SECS = 180;
const GRACE_MS = 180_000;
const MINUTE = 60_000;

/** The network: may a message sent at `at` go from one node to another? */
type Link = (from: number, to: number, at: number) => boolean;

interface Told {
  readonly at: number;
  readonly by: number;
  readonly about: number;
  readonly kind: string;
}

interface Result {
  readonly told: readonly Told[];
  readonly heartbeats: number;
  readonly polls: number;
  readonly minutes: number;
}

class Mesh {
  readonly #link: Link;
  readonly #random = seeded(50);
  readonly #beatAt: number[];
  /** heard[by][whom]: when, ms; −1: never. */
  readonly #heard = Array.from({ length: NODES }, () => new Array<number>(NODES).fill(-1));
  readonly #states = Array.from({ length: NODES }, () => new Array<WatchState>(NODES).fill(quiet));
  readonly #askAt = Array.from({ length: NODES }, () => new Array<number>(NODES).fill(0));
  readonly #told: Told[] = [];
  #heartbeats = 0;
  #polls = 0;

  constructor(link: Link) {
    this.#link = link;
    this.#beatAt = Array.from({ length: NODES }, () => this.#random() * INTERVAL_MS);
  }

  /** Runs second by second, as the nodes do. `alive` says whether a node's process runs. */
  run(untilAt: number, alive: (node: number, at: number) => boolean): Result {
    for (let at = 0; at < untilAt; at += 1_000) {
      for (let node = 0; node < NODES; node += 1) {
        if (!alive(node, at)) continue;
        if (this.#beatAt[node] <= at) this.#beat(node, at, alive);
      }
      for (let node = 0; node < NODES; node += 1) if (alive(node, at)) this.#look(node, at, alive);
    }
    return {
      told: this.#told,
      heartbeats: this.#heartbeats,
      polls: this.#polls,
      minutes: untilAt / MINUTE,
    };
  }

  #beat(node: number, at: number, alive: (node: number, at: number) => boolean): void {
    this.#beatAt[node] += INTERVAL_MS;
    for (let to = 0; to < NODES; to += 1) {
      if (to === node) continue;
      this.#heartbeats += 1;
      if (this.#link(node, to, at) && alive(to, at)) this.#heard[to][node] = at + this.#random() * 1_000;
    }
  }

  #look(by: number, at: number, alive: (node: number, at: number) => boolean): void {
    for (let about = 0; about < NODES; about += 1) {
      if (about === by) continue;
      const state = this.#states[by][about];
      const heardAt = this.#heard[by][about];
      const silentMs = heardAt < 0 ? null : Math.max(0, at - heardAt);
      const missing = isMissing({
        silentMs,
        watchedMs: at,
        expectEveryMs: EXPECT_SECS * 1_000,
        graceMs: GRACE_MS,
      });
      if (!missing && (state === quiet || silentMs === null || silentMs > EXPECT_SECS * 1_000)) continue;
      if (missing && (state.announced === "down" || at < this.#askAt[by][about])) continue;
      const step = missing
        ? takeVerdict(
          state,
          this.#ask(by, about, at, alive),
          heardAt,
          at,
          patienceOf(EXPECT_SECS * 1_000, GRACE_MS),
        )
        : takeHeard(state);
      this.#states[by][about] = step.state;
      if (step.effect.kind !== "none") this.#told.push({ at, by, about, kind: step.effect.kind });
    }
  }

  #ask(by: number, about: number, at: number, alive: (node: number, at: number) => boolean) {
    this.#askAt[by][about] = at + recheckMs(EXPECT_SECS * 1_000);
    const testimonies: Testimony[] = [];
    for (let witness = 0; witness < NODES; witness += 1) {
      if (witness === by || witness === about) continue;
      this.#polls += 1;
      const reached = alive(witness, at) && this.#link(by, witness, at) && this.#link(witness, by, at);
      testimonies.push({ name: String(witness), health: reached ? this.#health(witness, about, at) : null });
    }
    return judge(String(about), EXPECT_SECS, testimonies);
  }

  #health(of: number, about: number, at: number): HealthDocument {
    const heardAt = this.#heard[of][about];
    const age = heardAt < 0 ? -1 : Math.max(0, Math.floor((at - heardAt) / 1_000));
    const state: PeerSeen["state"] = age < 0 ? "unknown" : age > EXPECT_SECS ? "down" : "up";
    return { status: "ok", id: String(of), peers: new Map([[String(about), { state, age }]]) };
  }
}

const HAPPENS_AT = 15 * MINUTE;
const whole: Link = () => true;
const after = (cut: Link): Link => (from, to, at) => at < HAPPENS_AT || cut(from, to, at);
const everybody = () => true;

function row(name: string, value: number, unit: string): BenchRow {
  return { bench: "peers", row: name, value, unit };
}

function median(values: number[]): number {
  return values.length === 0 ? NaN : values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

function quietMesh(): BenchRow[] {
  const { told, heartbeats, minutes, polls } = new Mesh(whole).run(60 * MINUTE, everybody);
  return [
    row(
      "an hour in which nothing happens: heartbeats a minute, whole mesh",
      heartbeats / minutes,
      "messages",
    ),
    row("… sent by one node", heartbeats / minutes / NODES, "messages"),
    row("… questions to witnesses", polls, "messages"),
    row("… alerts", told.length, "alerts"),
  ];
}

function lossyMesh(): BenchRow[] {
  const random = seeded(7);
  const { told } = new Mesh(() => random() >= 0.05).run(60 * MINUTE, everybody);
  const downs = told.filter(({ kind }) => kind === "down").length;
  return [
    row("an hour with 5 % of messages lost: outages told wrongly", downs, "alerts"),
    row("… broken links told", told.filter(({ kind }) => kind === "link").length, "alerts"),
  ];
}

function deadNode(): BenchRow[] {
  const { told, polls } = new Mesh(whole).run(30 * MINUTE, (node, at) => node !== 7 || at < HAPPENS_AT);
  const waits = told.filter(({ kind }) => kind === "down").map(({ at }) => (at - HAPPENS_AT) / 1_000);
  return [
    row("one node dies: other nodes that say so", waits.length, "nodes"),
    {
      ...row("… seconds until they say so, median", median(waits), "s"),
      spread: [Math.min(...waits), Math.max(...waits)],
    },
    row("… questions to witnesses, whole mesh, once", polls, "messages"),
    row("… anything else told", told.length - waits.length, "alerts"),
  ];
}

function brokenLink(): BenchRow[] {
  const cut = after((from, to) => !(from === 3 && to === 9));
  const { told, polls } = new Mesh(cut).run(30 * MINUTE, everybody);
  return [
    row(
      "one link breaks one way: broken links told",
      told.filter(({ kind }) => kind === "link").length,
      "alerts",
    ),
    row("… outages told wrongly", told.filter(({ kind }) => kind === "down").length, "alerts"),
    row("… questions a minute while it lasts", polls / ((30 * MINUTE - HAPPENS_AT) / MINUTE), "messages"),
  ];
}

function cutOffNode(): BenchRow[] {
  const cut = after((from, to) => from !== 0 && to !== 0);
  const { told } = new Mesh(cut).run(45 * MINUTE, everybody);
  const own = told.filter(({ by, kind }) => by === 0 && kind === "down");
  const others = told.filter(({ by, kind }) => by !== 0 && kind === "down");
  return [
    row("one node is cut off: others that call it down", others.length, "nodes"),
    row(
      "… minutes until it calls the others down itself",
      ((own[0]?.at ?? NaN) - HAPPENS_AT) / MINUTE,
      "min",
    ),
  ];
}

function halves(): BenchRow[] {
  const cut = after((from, to) => from < NODES / 2 === to < NODES / 2);
  const { told } = new Mesh(cut).run(30 * MINUTE, everybody);
  const downs = told.filter(({ kind }) => kind === "down");
  return [
    row("the mesh breaks in halves: nodes called down by each", downs.length / NODES, "nodes"),
    row("… after, median", median(downs.map(({ at }) => (at - HAPPENS_AT) / 1_000)), "s"),
  ];
}

export function run(options: BenchOptions): Promise<void> {
  report([quietMesh, lossyMesh, deadNode, brokenLink, cutOffNode, halves].flatMap((part) => part()), options);
  return Promise.resolve();
}
