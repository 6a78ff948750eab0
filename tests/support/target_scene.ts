import assert from "node:assert/strict";
import type { Mood, OddPeer } from "./odd_peer.ts";
import type { ProcessMesh } from "./process_mesh.ts";
import { shared, until } from "./mesh_play.ts";

/** One monitor that all nodes have, whom it fails for, and what each of them says. */
export interface TargetRow {
  /** Its id, and the last part of its target. */
  readonly key: string;
  readonly name: string;
  readonly kind?: "http" | "tcp" | "exec" | "push";
  /** The nodes that see it fail. */
  readonly down?: string;
  /** How it fails; `keyword`: the answer is fine but for a word in it. */
  readonly outage?: "status" | "hangs" | "keyword";
  /** The nodes that see it slow. */
  readonly slow?: string;
  /** What the odd peer answers about it. */
  readonly z?: Mood;
  /** More keys of the monitor, on every node. */
  readonly more?: string;
  /** What differs on one node; null: it has no such monitor. `first`: one more monitor on that target, before this one. */
  readonly on?: Readonly<Record<string, { id?: string; more?: string; first?: string } | null>>;
  /** The password in its target, per node. */
  readonly secret?: Readonly<Record<string, string>>;
  /** By nodes: the last words of `down NAME: …`; empty: there are none. */
  readonly says: Readonly<Record<string, string>>;
}

/** An alert leaves at the latest so many seconds after the outage is confirmed, which takes an interval and a time-out. */
const DEADLINE_SECS = 12 + 7;
const BUSY_SECS = 40;

/** The target of all rows. Who asks is told by a header, since all come from one machine. */
export class Targets implements AsyncDisposable {
  #failing = new Map<string, TargetRow>();
  readonly #held: PromiseWithResolvers<Response>[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  /** Listens while the port's row is well. */
  #listener: Deno.Listener | null = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #tcpPort = (this.#listener!.addr as Deno.NetAddr).port;

  constructor() {
    this.#server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
      const row = this.#failing.get(new URL(request.url).pathname.split("/").at(-1)!);
      const who = request.headers.get("x-from") ?? "nobody";
      if (row?.slow?.includes(who)) await new Promise((resolve) => setTimeout(resolve, 700));
      if (!row?.down?.includes(who)) return new Response("all is fine");
      if (row.outage === "keyword") return new Response("all is well");
      if (row.outage !== "hangs") return new Response("out of order", { status: 503 });
      const held = Promise.withResolvers<Response>();
      this.#held.push(held);
      return await held.promise;
    });
  }

  fail(rows: readonly TargetRow[]): void {
    for (const row of rows) this.#failing.set(row.key, row);
    if (rows.some(({ kind }) => kind === "tcp")) {
      this.#listener?.close();
      this.#listener = null;
    }
  }

  heal(): void {
    this.#failing = new Map();
    for (const held of this.#held.splice(0)) held.resolve(new Response("late"));
    this.#listener ??= Deno.listen({ hostname: "127.0.0.1", port: this.#tcpPort });
  }

  /** The address of a row's target, when it holds no secret. */
  target(row: TargetRow): string {
    return `http://127.0.0.1:${this.#server.addr.port}/${row.key}`;
  }

  /** The row's `[[monitors]]` in one node's file. */
  toml(row: TargetRow, node: string): string {
    const own = row.on?.[node];
    if (own === null) return "";
    const id = own?.id ?? row.key;
    const first = own?.first === undefined ? "" : this.#monitor(row, node, `${id}-first`, own.first);
    return first + this.#monitor(row, node, id, own?.more ?? row.more ?? "");
  }

  #monitor(row: TargetRow, node: string, id: string, more: string): string {
    const head = `[[monitors]]\nid = "${id}"\nname = "${id}"\n`;
    switch (row.kind ?? "http") {
      case "push":
        return `${head}kind = "push"\ninterval_secs = 86400\npush_token = "token-of-this-job-1234"\n`;
      case "exec":
        return `${head}kind = "exec"\ncommand = ["look"]\ninterval_secs = 2\n`;
      case "tcp":
        return `${head}kind = "tcp"\ntarget = "127.0.0.1:${this.#tcpPort}"\ninterval_secs = 2\n`;
      case "http": {
        const secret = row.secret?.[node];
        const port = this.#server.addr.port;
        const target = secret === undefined
          ? this.target(row)
          : `http://me:${secret}@127.0.0.1:${port}/${row.key}?token=${secret}`;
        return `${head}kind = "http"\ntarget = "${target}"\ninterval_secs = 2\ntimeout_secs = ${
          row.outage === "hangs" ? 5 : 8
        }\nprobe_retries = 0\n` +
          `headers = { x-from = "${node}" }\n${more}\n`;
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.heal();
    this.#listener?.close();
    await this.#server.shutdown();
  }
}

/** All rows at once: every target fails, every node says its words, every target comes back. */
export class TargetScene {
  constructor(readonly mesh: ProcessMesh, readonly targets: Targets, readonly odd: OddPeer) {}

  async play(t: Deno.TestContext, rows: readonly TargetRow[]): Promise<void> {
    const { mesh, targets, odd } = this;
    const mark = mesh.told.length;
    for (const { key, z } of rows) odd.moods.set(key, z ?? "up");
    targets.fail(rows);
    await this.#others(rows, true);
    const told = () => mesh.told.slice(mark);
    const expected = rows.flatMap((row) => wordsOf(row, "down"));
    const isIn = (words: string) => told().some(({ by, text }) => `${by} ${text}` === words);
    const isComplete = () => expected.every(isIn);
    const spoken = await until(isComplete, DEADLINE_SECS + BUSY_SECS, () => "").then(() => true, () => false);
    for (const row of rows) await this.#judge(t, row, told());
    assert.ok(spoken, `said was ${JSON.stringify(told())}`);
    const foreign = told().map(({ by, text }) => `${by} ${text}`).filter((words) =>
      !expected.includes(words)
    );
    assert.deepEqual(foreign, [], "told besides");
    assert.equal(told().length, expected.length, "told more than once");
    targets.heal();
    await this.#others(rows, false);
    const healed = rows.flatMap((row) => wordsOf(row, "recovered"));
    await until(
      () => healed.every(isIn),
      BUSY_SECS,
      () => `not back: ${JSON.stringify(healed.filter((one) => !isIn(one)))}`,
    );
  }

  async #judge(t: Deno.TestContext, row: TargetRow, told: ProcessMesh["told"]): Promise<void> {
    await t.step({
      ...shared,
      name: row.name,
      fn: () => {
        const mine = told.filter(({ text }) => text.split(/[ :]+/)[1] === row.key);
        assert.deepEqual(mine.map(({ by, text }) => `${by} ${text}`).sort(), wordsOf(row, "down").sort());
      },
    });
  }

  /** Jobs report by themselves, programs look at a file. */
  async #others(rows: readonly TargetRow[], fails: boolean): Promise<void> {
    for (const { kind, key, down } of rows) {
      for (const node of down ?? "") {
        if (kind === "push") {
          const url = `http://127.0.0.1:${this.mesh.port(node)}/api/push/${key}?status=${
            fails ? "down" : "up"
          }`;
          const headers = { "x-push-token": "token-of-this-job-1234" };
          const answer = await fetch(url, { method: "POST", headers });
          assert.equal(await answer.text(), "ok");
        } else if (kind === "exec") {
          const flag = `${this.mesh.folderOf(node)}/fails`;
          await (fails ? Deno.writeTextFile(flag, "") : Deno.remove(flag));
        }
      }
    }
  }
}

function wordsOf(row: TargetRow, kind: "down" | "recovered"): string[] {
  return Object.entries(row.says).flatMap(([nodes, vantage]) =>
    [...nodes].map((node) => {
      const id = row.on?.[node]?.id ?? row.key;
      return kind === "recovered" || vantage === ""
        ? `${node} ${kind} ${id}`
        : `${node} ${kind} ${id}: ${vantage}`;
    })
  );
}
