import type { AlertEvent } from "../../domain/event.ts";
import type { Config } from "../../domain/config.ts";
import type { Monitor } from "../../domain/monitor.ts";
import type { Outcome } from "../../domain/outcome.ts";
import { createPeers, type Peers } from "../../peers/create.ts";
import { openStore } from "../../store/open.ts";
import type { ManualClock } from "./manual_clock.ts";
import { meshConfig } from "./mesh_config.ts";

type Store = Awaited<ReturnType<typeof openStore>>;

export interface MeshSettings {
  readonly intervalSecs: number;
  readonly expectSecs: number;
  readonly graceSecs: number;
  readonly quorum: boolean;
  /** More TOML for one node. */
  readonly extra?: Readonly<Record<string, string>>;
}

/** One node of a mesh inside this process: real store, real peers, real HTTP. Its clock is moved by hand. */
class MeshNode {
  readonly signal = new AbortController();
  healthy = true;
  alive = false;
  peers!: Peers;
  store!: Store;
  startedAt = 0;

  constructor(readonly id: string, readonly databasePath: string) {}
}

/**
 * A whole mesh in one process, everybody watching everybody. Each direction has a port of its own, so that it can be cut alone. What each
 * node told people is kept as `SECONDS ID KIND ABOUT`.
 */
export class Mesh {
  readonly told: string[] = [];
  readonly #nodes = new Map<string, MeshNode>();
  readonly #cut = new Set<string>();
  readonly #links = new Map<string, Deno.HttpServer<Deno.NetAddr>>();
  readonly #configs = new Map<string, Config>();
  readonly #folder: string;
  readonly #startAt: number;

  constructor(
    ids: readonly string[],
    readonly clock: ManualClock,
    readonly settings: MeshSettings,
    folder: string,
  ) {
    this.#folder = folder;
    this.#startAt = clock.monotonic();
    for (const id of ids) this.#nodes.set(id, new MeshNode(id, `${folder}/${id}.db`));
    for (const from of ids) for (const to of ids) if (from !== to) this.#link(from, to);
    for (const id of ids) this.#configs.set(id, this.#config(id));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const id of this.#nodes.keys()) await this.stop(id);
    for (const link of this.#links.values()) await link.shutdown();
    await Deno.remove(this.#folder, { recursive: true });
  }

  node(id: string): MeshNode {
    return this.#nodes.get(id)!;
  }

  async start(id: string): Promise<void> {
    const node = this.node(id);
    const { clock } = this;
    node.store = await openStore(node.databasePath, { clock });
    node.peers = createPeers({
      store: node.store,
      clock,
      config: () => this.#configs.get(id)!,
      tell: async (event, _, states) => {
        await node.store.commit({ states, durable: true });
        this.told.push(`${this.seconds} ${id} ${words(event)}`);
      },
      health: () => Promise.resolve({ schedulerOk: node.healthy, dbOk: true, lastTickAgeSecs: 1 }),
      probe: seesUp,
      random: () => 0,
    });
    await node.peers.load();
    node.alive = true;
    node.startedAt = this.seconds;
  }

  async stop(id: string): Promise<void> {
    const node = this.node(id);
    if (!node.alive) return;
    node.alive = false;
    node.peers.close();
    await node.store.close();
  }

  /** Cuts or mends one direction (`a>b`) or both (`a-b`). */
  cut(link: string, mend = false): void {
    const [, from, way, to] = link.match(/^(\w)([>-])(\w)$/)!;
    for (const one of way === "-" ? [`${from}>${to}`, `${to}>${from}`] : [`${from}>${to}`]) {
      if (mend) this.#cut.delete(one);
      else this.#cut.add(one);
    }
  }

  get seconds(): number {
    return Math.round((this.clock.monotonic() - this.#startAt) / 1000);
  }

  /** Lets time pass second by second, with heartbeats on their cadence. */
  async pass(seconds: number): Promise<void> {
    for (let i = 0; i < seconds; i += 1) {
      const alive = [...this.#nodes.values()].filter((node) => node.alive);
      const due = alive.filter((node) => (this.seconds - node.startedAt) % this.settings.intervalSecs === 0);
      const beats = due.map((node) => node.peers.beat(node.signal.signal));
      await this.clock.advance(1_000);
      await Promise.all(beats);
      for (const node of alive) await node.peers.watch(node.signal.signal);
    }
  }

  #link(from: string, to: string): void {
    const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
      const node = this.node(to);
      if (this.#cut.has(`${from}>${to}`) || !node.alive) return new Response(null, { status: 502 });
      const { pathname } = new URL(request.url);
      if (pathname === "/healthz") {
        const { health } = node.peers;
        return Response.json({
          status: "ok",
          scheduler_ok: true,
          db_ok: true,
          last_tick_age: 1,
          id: to,
          peers: health(),
        });
      }
      const heartbeat = { status: "up", message: null, latencyMs: null } as const;
      const known = await node.peers.heartbeat(pathname.replace("/api/push/", ""), heartbeat);
      return new Response(known ? "ok" : "unknown push target", { status: known ? 200 : 404 });
    });
    this.#links.set(`${from}>${to}`, server);
  }

  #config(id: string): Config {
    const { intervalSecs, graceSecs, quorum, expectSecs, extra } = this.settings;
    const others = [...this.#nodes.keys()].filter((other) => other !== id);
    return meshConfig(
      `[health]\nid = "${id}"\ninterval_secs = ${intervalSecs}\ngrace_secs = ${graceSecs}\nquorum = ${quorum}\n` +
        others.map((other) =>
          `[[peers]]\nid = "${other}"\nname = "${other.toUpperCase()}"\nlisten_token = "${
            "t".repeat(20)
          }"\n` +
          `ping_url = "http://127.0.0.1:${this.#links.get(`${id}>${other}`)!.addr.port}/api/push/${id}"\n` +
          `expect_every_secs = ${expectSecs}\n`
        ).join("") + (extra?.[id] ?? ""),
    );
  }
}

const seesUp = (_: Monitor): Promise<Outcome> =>
  Promise.resolve({ status: "up", latencyMs: 1, code: null, reason: null, category: null });

function words(event: AlertEvent): string {
  switch (event.kind) {
    case "peer_link_degraded":
      return `link ${event.peer} (${event.witness})`;
    case "down":
    case "recovered":
      return `${event.kind} ${event.monitor}`;
    default:
      return event.kind;
  }
}
