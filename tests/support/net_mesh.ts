import type { AlertEvent } from "../../domain/event.ts";
import { systemClock } from "../../domain/clock.ts";
import { openStore } from "../../store/open.ts";

/** Where the test itself is on the mesh's network, and where every node listens. */
export const HUB = 254;
export const NODE_PORT = 8787;
const MAIN = new URL("../../main.ts", import.meta.url).pathname;

export async function run(command: string, ...args: string[]): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await new Deno.Command(command, { args, stdin: "null" }).output();
  return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

async function must(command: string, ...args: string[]): Promise<void> {
  const { code, text } = await run(command, ...args);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")}: ${text}`);
}

/** The library that shifts a process's clock; null: not installed. */
export async function faketimeLibrary(): Promise<string | null> {
  const { code, text } = await run("sh", "-c", "ls /usr/lib/*/faketime/libfaketime.so.1");
  return code === 0 ? text.trim().split("\n")[0] : null;
}

/** May this machine make network namespaces and drop packets in them? */
export async function canMakeNetworks(): Promise<boolean> {
  const name = `peers-try-${Deno.pid}`;
  try {
    await must("ip", "netns", "add", name);
    await must("ip", "netns", "exec", name, "nft", "add", "table", "inet", "t");
    return true;
  } catch {
    return false;
  } finally {
    await run("ip", "netns", "del", name).catch(() => null);
  }
}

/**
 * Real Hora processes, each in a network namespace of its own, on one bridge. Packets can be dropped per direction. What a node told people
 * is read from its own database, so that no cut link hides it.
 */
export class NetMesh {
  readonly #prefix = `peers-${Deno.pid}-`;
  readonly #bridge = `pr${Deno.pid}`;
  readonly #subnet = `10.${77 + Deno.pid % 100}.${Math.floor(Deno.pid / 100) % 250}`;
  readonly #processes = new Map<string, Deno.ChildProcess>();

  private constructor(readonly ids: readonly string[], readonly folder: string) {}

  static async create(ids: readonly string[]): Promise<NetMesh> {
    const mesh = new NetMesh(ids, await Deno.makeTempDir({ prefix: "hora-mesh-" }));
    await must("ip", "link", "add", mesh.#bridge, "type", "bridge");
    await must("ip", "addr", "add", `${mesh.ip(HUB)}/24`, "dev", mesh.#bridge);
    await must("ip", "link", "set", mesh.#bridge, "up");
    for (const id of ids) await mesh.#plug(id);
    return mesh;
  }

  async #plug(id: string): Promise<void> {
    const space = this.#prefix + id;
    const cable = `${this.#bridge}${id}`;
    await must("ip", "netns", "add", space);
    await must("ip", "link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", space);
    await must("ip", "link", "set", cable, "master", this.#bridge, "up");
    await must("ip", "-n", space, "link", "set", "lo", "up");
    await must("ip", "-n", space, "addr", "add", `${this.ip(id)}/24`, "dev", "eth0");
    await must("ip", "-n", space, "link", "set", "eth0", "up");
    await this.#nft(id, "add table inet mesh; add chain inet mesh in { type filter hook input priority 0; }");
  }

  /** Address of a node, or of the test itself (`HUB`). */
  ip(who: string | number): string {
    return `${this.#subnet}.${typeof who === "number" ? who : who.charCodeAt(0) - 96}`;
  }

  url(id: string): string {
    return `http://${this.ip(id)}:${NODE_PORT}`;
  }

  async #nft(id: string, rules: string): Promise<void> {
    await must("ip", "netns", "exec", this.#prefix + id, "nft", rules);
  }

  /** `a>b`: a cannot open connections to b any more. `a-b`: nothing passes between them. `a`: nothing passes to or from a. */
  async cut(link: string): Promise<void> {
    const [from, way, to] = link;
    if (way === undefined) return await this.#nft(from, `add rule inet mesh in iif eth0 drop`);
    const syn = way === ">" ? " tcp flags & (syn|ack) == syn" : "";
    await this.#nft(to, `add rule inet mesh in ip saddr ${this.ip(from)}${syn} drop`);
    if (way === "-") await this.#nft(from, `add rule inet mesh in ip saddr ${this.ip(to)} drop`);
  }

  /** Makes a node's line so slow that every answer takes a while. */
  async slow(id: string): Promise<void> {
    const shape = ["root", "tbf", "rate", "24kbit", "burst", "1600", "latency", "2s"];
    await must("ip", "netns", "exec", this.#prefix + id, "tc", "qdisc", "replace", "dev", "eth0", ...shape);
  }

  async mendAll(): Promise<void> {
    for (const id of this.ids) {
      await this.#nft(id, "flush chain inet mesh in");
      await run("ip", "netns", "exec", this.#prefix + id, "tc", "qdisc", "del", "dev", "eth0", "root");
    }
  }

  async configure(id: string, toml: string): Promise<void> {
    await Deno.writeTextFile(`${this.folder}/${id}.toml`, toml);
  }

  /** Starts a node's process and waits until it answers on its own machine. `faketime` shifts its clock, such as `+1h`. */
  async start(id: string, faketime?: string): Promise<void> {
    const hora = [Deno.execPath(), "run", "-A", MAIN];
    // The library itself, not its wrapper, which would stand between us and the process to be stopped.
    const shifted = faketime === undefined ? hora : [
      "env",
      `LD_PRELOAD=${await faketimeLibrary()}`,
      `FAKETIME=${faketime}`,
      "FAKETIME_DONT_FAKE_MONOTONIC=1",
      ...hora,
    ];
    const child = new Deno.Command("ip", {
      args: ["netns", "exec", this.#prefix + id, "sh", "-c", `exec "$@" >>${id}.log 2>&1`, "sh", ...shifted],
      cwd: this.folder,
      env: { HORA_CONFIG: `${this.folder}/${id}.toml`, NO_COLOR: "1" },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    this.#processes.set(id, child);
    await until(
      async () => (await this.health(id)) !== null,
      30,
      async () => `${id} does not answer:\n${await this.#log(id)}`,
    );
  }

  async #log(id: string): Promise<string> {
    return (await Deno.readTextFile(`${this.folder}/${id}.log`)).slice(-2_000);
  }

  async stop(id: string, signal: Deno.Signal = "SIGTERM"): Promise<void> {
    const child = this.#processes.get(id);
    if (child === undefined) return;
    this.#processes.delete(id);
    child.kill(signal);
    await child.status;
  }

  /** Freezes (`SIGSTOP`) or thaws (`SIGCONT`) a node: its port still accepts connections and nobody answers. */
  signal(id: string, signal: Deno.Signal): void {
    this.#processes.get(id)!.kill(signal);
  }

  async hora(id: string, ...args: string[]): Promise<{ code: number; text: string }> {
    const { code, stdout, stderr } = await new Deno.Command("ip", {
      args: ["netns", "exec", this.#prefix + id, Deno.execPath(), "run", "-A", MAIN, ...args],
      cwd: this.folder,
      env: { HORA_CONFIG: `${this.folder}/${id}.toml`, NO_COLOR: "1" },
      stdin: "null",
    }).output();
    return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
  }

  /** A node's `/healthz`, read inside its namespace, whatever is cut; null: no answer. */
  async health(id: string): Promise<{ peers: Record<string, { state: string; age: number }> } | null> {
    const url = `http://127.0.0.1:${NODE_PORT}/healthz`;
    const { code, text } = await run("ip", "netns", "exec", this.#prefix + id, "curl", "-s", "-m", "3", url);
    try {
      return code === 0 ? JSON.parse(text) : null;
    } catch {
      return null;
    }
  }

  /** What a node has told people so far, oldest first; read from a copy, so that its database is left alone. */
  async told(id: string): Promise<{ at: number; event: AlertEvent }[]> {
    const copy = await Deno.makeTempDir({ dir: this.folder });
    try {
      for (const end of ["", "-wal"]) {
        await run("cp", `${this.folder}/${id}.db${end}`, `${copy}/copy.db${end}`);
      }
      const store = await openStore(`${copy}/copy.db`, { clock: systemClock });
      const kept = await store.outbox.list({ limit: 500 });
      await store.close();
      return kept.reverse().map(({ createdAt, event }) => ({ at: createdAt, event }));
    } finally {
      await Deno.remove(copy, { recursive: true });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const id of this.ids) await this.stop(id, "SIGKILL");
    for (const id of this.ids) await run("ip", "netns", "del", this.#prefix + id);
    await run("ip", "link", "del", this.#bridge);
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** Waits for a fact, at most so many seconds. */
export async function until(
  fact: () => Promise<boolean>,
  withinSecs: number,
  otherwise: () => string | Promise<string>,
): Promise<void> {
  const end = performance.now() + withinSecs * 1_000;
  while (!await fact()) {
    if (performance.now() > end) throw new Error(await otherwise());
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
}
