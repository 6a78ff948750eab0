import { systemClock } from "../../domain/clock.ts";
import { freePort } from "./programs.ts";
import { type HoraProcess, runHora } from "./process.ts";
import { Receiver } from "./receiver.ts";
import { type Line, Relay } from "./relay.ts";

/** What a node told people, when it reached them. */
export interface Told {
  readonly by: string;
  /** `down NAME: what others see`, `link NAME (WITNESS)`, `recovered NAME`. */
  readonly text: string;
  /** On the test's monotonic clock, ms. */
  readonly at: number;
}

export interface NodeHealth {
  readonly status: string;
  readonly peers: Readonly<Record<string, { state: string; age: number }>>;
}

/** At most so many processes begin at once, so that no mesh sees another's start as silence. */
const STARTS_AT_ONCE = 2;

/** Lets only a few of many in at a time. */
export class Gate {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(places = STARTS_AT_ONCE) {
    this.#free = places;
  }

  async pass<T>(act: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await act();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}

/**
 * Real Hora processes on this machine that reach each other over relays, one per direction, so that every line can be cut, slowed or
 * listened to alone, without any rights. What they tell people comes in at a webhook of the test.
 */
export class ProcessMesh implements AsyncDisposable {
  readonly told: Told[] = [];
  readonly folder: string;
  readonly #ports = new Map<string, number>();
  readonly #lines = new Map<string, Relay>();
  readonly #running = new Map<string, HoraProcess>();
  readonly #hook = new Receiver();

  private constructor(readonly ids: readonly string[], readonly gate: Gate, folder: string) {
    this.folder = folder;
    this.#hook.answer = ({ path, body }) => {
      this.told.push({ by: path.slice(1), text: words(JSON.parse(body)), at: systemClock.monotonic() });
      return new Response("ok");
    };
    for (const id of ids) this.#ports.set(id, freePort());
    for (const from of ids) for (const to of ids) if (from !== to) this.connect(from, to, this.port(to));
  }

  static async create(ids: readonly string[], gate = new Gate()): Promise<ProcessMesh> {
    const mesh = new ProcessMesh(ids, gate, await Deno.makeTempDir({ prefix: "hora-mesh-" }));
    for (const id of ids) await Deno.mkdir(mesh.folderOf(id));
    return mesh;
  }

  folderOf(id: string): string {
    return `${this.folder}/${id}`;
  }

  /** Where a node listens, past all relays. */
  port(id: string): number {
    return this.#ports.get(id)!;
  }

  /** A line from a node to any program on this machine. */
  connect(from: string, to: string, upstream: number): void {
    this.#lines.set(`${from}>${to}`, new Relay(upstream));
  }

  line(name: string): Relay {
    const line = this.#lines.get(name);
    if (line === undefined) throw new Error(`there is no line ${name}`);
    return line;
  }

  /** Everything that any node asked anybody, as it went over the wire. */
  get wires(): string {
    return [...this.#lines.values()].map(({ wire }) => wire).join("\n");
  }

  /** `a>b` one direction, `a-b` both, `a` all of a node's lines. */
  setLine(which: string, line: Line): void {
    const [from, way, to] = which;
    const names = way === undefined
      ? this.ids.filter((id) => id !== from).flatMap((id) => [`${from}>${id}`, `${id}>${from}`])
      : way === "-"
      ? [`${from}>${to}`, `${to}>${from}`]
      : [which];
    for (const name of names) this.line(name).line = line;
  }

  openAll(): void {
    for (const line of this.#lines.values()) line.line = "open";
  }

  /** Lines between nodes that run and that nothing disturbs. */
  openLines(): Relay[] {
    return [...this.#lines].filter(([name, { line }]) =>
      line === "open" && this.ids.includes(name[2]) && this.#running.has(name[0]) &&
      this.#running.has(name[2])
    ).map(([, line]) => line);
  }

  /** Address of one node as another reaches it. */
  url(from: string, to: string): string {
    return `http://127.0.0.1:${this.line(`${from}>${to}`).port}`;
  }

  /** Where a node delivers what it tells. */
  hookUrl(id: string): string {
    return `${this.#hook.url}/${id}`;
  }

  async configure(id: string, toml: string): Promise<void> {
    // As an editor does it: the whole file at once.
    await Deno.writeTextFile(`${this.folderOf(id)}/next.toml`, toml);
    await Deno.rename(`${this.folderOf(id)}/next.toml`, `${this.folderOf(id)}/hora.toml`);
  }

  async start(id: string, env: Record<string, string> = {}): Promise<void> {
    await this.gate.pass(async () => {
      const process = runHora(this.folderOf(id), { HORA_BIND: `127.0.0.1:${this.port(id)}`, ...env });
      this.#running.set(id, process);
      await process.url;
    });
  }

  async stop(id: string, signal: Deno.Signal = "SIGTERM"): Promise<void> {
    const process = this.#running.get(id);
    if (process === undefined) return;
    this.#running.delete(id);
    process.signal(signal);
    await process.ended;
  }

  signal(id: string, signal: Deno.Signal): void {
    this.#running.get(id)!.signal(signal);
  }

  log(id: string): string {
    return this.#running.get(id)?.log() ?? "";
  }

  /** A node's own `/healthz`, whatever is cut; null: it does not answer. */
  async health(id: string): Promise<NodeHealth | null> {
    try {
      const response = await fetch(`http://127.0.0.1:${this.port(id)}/healthz`, {
        signal: AbortSignal.timeout(3_000),
      });
      return await response.json();
    } catch {
      return null;
    }
  }

  /** Every node that runs hears all that it watches. */
  async isWhole(): Promise<boolean> {
    const running = [...this.#running.keys()];
    const healths = await Promise.all(running.map((id) => this.health(id)));
    return healths.every((health) =>
      health !== null && Object.values(health.peers).every(({ state }) => state === "up")
    );
  }

  /** Troubles that were told and whose end was not. */
  get untold(): number {
    const open = new Set<string>();
    for (const { by, text } of this.told) {
      const [kind, name] = text.split(/[ :]+/);
      if (kind === "recovered") open.delete(`${by} ${name}`);
      else open.add(`${by} ${name}`);
    }
    return open.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#running.keys()].map((id) => this.stop(id, "SIGKILL")));
    for (const line of this.#lines.values()) await line[Symbol.asyncDispose]();
    await this.#hook[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}

interface HookBody {
  readonly event: string;
  readonly monitor: string;
  readonly vantage?: string;
  readonly witness?: string;
}

function words({ event, monitor, vantage, witness }: HookBody): string {
  if (event === "peer_link_degraded") return `link ${monitor} (${witness})`;
  return vantage === undefined ? `${event} ${monitor}` : `${event} ${monitor}: ${vantage}`;
}
