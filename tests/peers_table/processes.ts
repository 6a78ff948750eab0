import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { type Act, type Scene, shared, until } from "../support/mesh_play.ts";
import { Nginx, nginxProgram } from "../support/nginx.ts";
import type { Gate, ProcessMesh } from "../support/process_mesh.ts";
import { Receiver } from "../support/receiver.ts";
import { SmallDisk } from "../support/small_disk.ts";
import { BACK, fileOf, LINK, MISSED, onMesh, say, shortened, type Wish } from "./mesh.ts";

const canMount = SmallDisk.canMount();

export async function withProcesses(t: Deno.TestContext, gate: Gate): Promise<void> {
  using disk = canMount ? SmallDisk.make("3m") : null;
  await using elsewhere = new Receiver();
  const envOf = (id: string): Record<string, string> =>
    id === "c" && disk !== null ? { HORA_DATABASE_PATH: `${disk.folder}/hora.db` } : {};
  const more = `[[monitors]]\nid = "slow"\nname = "slow"\nkind = "http"\ntarget = "${elsewhere.url}/slow"\n` +
    `interval_secs = 1\ntimeout_secs = 120\nprobe_retries = 0\nconfirm_with_peers = false\n`;
  const health = (id: string) =>
    `[health]\nid = "${id}"\ninterval_secs = 1\ngrace_secs = 6\nquorum = true\n` +
    `heartbeat_url = "${elsewhere.url}/beat-of-${id}"`;
  const held = Promise.withResolvers<void>();
  let isSlow = false;
  elsewhere.answer = async ({ path }) => {
    if (path === "/slow" && isSlow) await held.promise;
    return new Response("ok");
  };
  const beats = () => elsewhere.seen.filter(({ path }) => path === "/beat-of-c").length;
  const moreBeats = async () => {
    const before = beats();
    await until(() => beats() >= before + 5, 40, () => "heartbeat_url gets nothing");
  };
  await onMesh("abc", gate, (mesh) => ({
    file: (id) => fileOf(mesh, id, { health: health(id), more }),
    env: envOf,
  }), async (mesh, play) => {
    const file = (id: string, wish: Wish = {}): Act => ({
      configure: id,
      toml: () => fileOf(mesh, id, { health: health(id), more, ...wish }),
    });
    const cIsDown = { told: say("ab", "down C", MISSED), after: say("ab", "recovered C", BACK) };
    const quiet = { told: [], after: [] };
    const scenes: Scene[] = [
      [{
        name: "all are well: nobody says anything, heartbeat_url is told",
        acts: [{ call: moreBeats }],
        ...quiet,
      }],
      [{
        name: "a target that hangs stops no heartbeat",
        acts: [{ call: () => void (isSlow = true) }, { call: moreBeats }, { call: moreBeats }],
        mend: [{
          call: () => {
            isSlow = false;
            held.resolve();
          },
        }],
        ...quiet,
      }],
      [{
        name: "a process hangs with its port open: no heartbeat leaves, and they go on when it does",
        acts: [{ freeze: "c" }],
        mend: [{ thaw: "c" }, { call: moreBeats }],
        ...cIsDown,
      }],
      [{
        name: "a node's tokens for its peers are wrong",
        acts: [file("c", { pingToken: "quite-another-token" })],
        mend: [file("c")],
        told: say("ab", "down C", MISSED),
        after: cIsDown.after,
      }],
      [{
        name: "one node expects another token of a peer: a broken link",
        acts: [file("a", { listenToken: { c: "quite-another-token" } })],
        mend: [file("a")],
        told: say("a", "link C (B)", LINK),
        after: say("a", "recovered C", BACK),
      }],
      [{
        name: "a node's new file is wrong: it goes on with the old one",
        long: true,
        acts: [file("c", { health: "" }), { heartbeats: 8 }],
        mend: [file("c")],
        ...quiet,
      }],
      [{
        name: "a peer leaves a node's file while it is down, and comes back into it",
        long: true,
        acts: [
          { kill: "c" },
          { told: "a down C" },
          file("a", { without: "c" }),
          {
            call: () =>
              until(async () => (await mesh.health("a"))?.peers.c === undefined, 20, () => "not read"),
          },
        ],
        told: say("ab", "down C", MISSED),
        mend: [{ start: "c", env: envOf("c") }, file("a")],
        after: say("b", "recovered C", BACK),
      }],
      [{
        name: "a proxy stands before a node, and then the node behind it dies",
        needs: nginxProgram === null ? "nginx" : null,
        acts: [
          { call: () => proxies.begin(mesh, "c") },
          { heartbeats: 8 },
          { kill: "c" },
        ],
        mend: [{ start: "c", env: envOf("c") }],
        told: say("ab", "down C", [10, 40]),
        after: cIsDown.after,
      }],
      [{
        name: "a node's disk is full: it is not well, and its silence says so",
        needs: disk === null ? "a file system of its own" : null,
        acts: [{ call: () => disk === null ? undefined : fillUp(disk) }],
        mend: [{ call: () => disk?.free() }],
        told: say("ab", "down C", [5, 30]),
        after: cIsDown.after,
      }],
    ];
    await using proxies = new Proxies();
    for (const scene of shortened(scenes)) await play.scene(t, scene);
    await t.step({
      ...shared,
      name: "the log says what happened, each thing once",
      fn: () => logIsBrief(mesh.log("a")),
    });
  });
}

/** Into a log that was begun anew, more could be written before its file has to grow. */
function fillUp(disk: SmallDisk): void {
  const db = new DatabaseSync(`${disk.folder}/hora.db`, { timeout: 5_000 });
  db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
  disk.fill();
}

/** A peer's outages are told apart, and a heartbeat that fails as the one before did is not worth a line. */
function logIsBrief(log: string): void {
  const lines = log.split("\n");
  assert.ok(lines.some((line) => line.endsWith("Peer c is down: missing heartbeat")), log);
  assert.ok(lines.some((line) => line.endsWith("Peer c is heard again")), log);
  const about = lines.map((line) => line.split("peers: ")[1] ?? "").filter((text) =>
    text.startsWith("Heartbeats to c ")
  );
  assert.ok(about.length === 0 || about.includes("Heartbeats to c arrive again"), log);
  about.forEach((text, index) => assert.notEqual(text, about[index + 1], log));
}

/** nginx in front of a node, for everybody who reaches it. */
class Proxies {
  #nginx: Nginx | null = null;

  async begin(mesh: ProcessMesh, id: string): Promise<void> {
    const block =
      `server { listen 127.0.0.1:PORT0; location / { proxy_pass http://127.0.0.1:${mesh.port(id)}; ` +
      `proxy_set_header Host $host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; } }`;
    this.#nginx = await Nginx.start(block, 1);
    for (const from of mesh.ids) if (from !== id) mesh.line(`${from}>${id}`).upstream = this.#nginx.ports[0];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#nginx?.[Symbol.asyncDispose]();
  }
}
