import assert from "node:assert/strict";
import type { AlertEvent } from "../domain/event.ts";
import { Authority } from "./support/authority.ts";
import { canMakeNetworks, faketimeLibrary, HUB, NetMesh, NODE_PORT, until } from "./support/net_mesh.ts";

/**
 * Real processes on a real network. Heartbeats every second, silent after 3 s and 2 s of slack, grace 2 s, so that an outage is told 5 to 6 s
 * after the last heartbeat, up to 5 s later when a witness never answers, and one's own isolation 5 s after that.
 */
const full = Deno.env.get("HORA_TEST_FULL") === "1";
const networks = await canMakeNetworks();
const ignore = !networks || await faketimeLibrary() === null;
if (ignore) {
  const why = "Skipping meshes of real processes: they need root, network namespaces, nft and faketime\n";
  Deno.stdout.writeSync(new TextEncoder().encode(why));
}

const TOKEN = "a-token-of-this-direction-";
const tokenOf = (from: string, to: string) => `${TOKEN}${from}-${to}`;

type Mood = "well" | "garbage" | "endless" | "silent" | "elsewhere";

/** A witness and vantage point that is no Hora at all, in many moods; and the target that everybody monitors. */
class Odd {
  mood: Mood = "well";
  /** Addresses for which the target is down. */
  readonly downFor = new Set<string>();
  readonly askedFor: string[] = [];
  readonly #held: PromiseWithResolvers<Response>[] = [];
  readonly server: Deno.HttpServer<Deno.NetAddr>;

  constructor(hostname: string) {
    this.server = Deno.serve({ port: 0, hostname, onListen: () => {} }, async (request, info) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/target") {
        const isDown = this.downFor.has((info.remoteAddr as Deno.NetAddr).hostname);
        return new Response("target", { status: isDown ? 503 : 200 });
      }
      if (pathname === "/api/peer/probe") this.askedFor.push((await request.json()).target);
      return await this.#answer(pathname);
    });
  }

  #answer(pathname: string): Response | Promise<Response> {
    switch (this.mood) {
      case "garbage":
        return new Response("\x00{]garbage", { headers: { "content-type": "application/json" } });
      case "endless":
        return new Response(new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(65_536)) }));
      case "elsewhere":
        return new Response(null, { status: 302, headers: { location: "http://127.0.0.9:1/" } });
      case "silent": {
        const held = Promise.withResolvers<Response>();
        this.#held.push(held);
        return held.promise;
      }
      case "well":
        if (pathname !== "/healthz") return Response.json({ up: true });
        return Response.json({
          status: "ok",
          scheduler_ok: true,
          db_ok: true,
          last_tick_age: 1,
          id: "z",
          peers: {},
        });
    }
  }

  async end(): Promise<void> {
    for (const held of this.#held) held.resolve(new Response());
    await this.server.shutdown();
  }
}

function configOf(
  mesh: NetMesh,
  odd: Odd,
  id: string,
  change: { pingToken?: string; via?: string } = {},
): string {
  const others = mesh.ids.filter((other) => other !== id);
  const origin = `http://${mesh.ip(HUB)}:${odd.server.addr.port}`;
  return [
    `[page]\n[server]\nbind = "0.0.0.0:${NODE_PORT}"\ndatabase_path = "${mesh.folder}/${id}.db"`,
    `rate_limit_burst = 1000`,
    `[alerts]\nfail_threshold = 1\ngroup_window_secs = 0`,
    `[health]\nid = "${id}"\ninterval_secs = 1\ngrace_secs = 2\nquorum = true\nconfirm_with_peers = true`,
    `[[channels]]\nname = "hook"\ntype = "webhook"\nurl = "http://127.0.0.1:9/"`,
    ...others.map((other) =>
      `[[peers]]\nid = "${other}"\nname = "${other.toUpperCase()}"\n` +
      `ping_url = "${
        change.via !== undefined && other === "c" ? change.via : mesh.url(other)
      }/api/push/${id}"\n` +
      `ping_token = "${change.pingToken ?? tokenOf(id, other)}"\nlisten_token = "${tokenOf(other, id)}"\n` +
      `expect_every_secs = 3`
    ),
    `[[peers]]\nid = "z"\nname = "Z"\nping_url = "${origin}/api/push/${id}"\nwitness_url = "${origin}/healthz"`,
    `[[monitors]]\nid = "t"\nname = "T"\nkind = "http"\ntarget = "${origin}/target"\ninterval_secs = 1\nprobe_retries = 0`,
  ].join("\n");
}

/** What people read, in one line. */
function words(event: AlertEvent): string {
  switch (event.kind) {
    case "peer_link_degraded":
      return `link ${event.peer} (${event.witness})`;
    case "down":
      return event.vantage === null ? `down ${event.monitor}` : `down ${event.monitor}: ${event.vantage}`;
    case "recovered":
      return `recovered ${event.monitor}`;
    default:
      return event.kind;
  }
}

interface Row {
  readonly name: string;
  /** Only with HORA_TEST_FULL=1. */
  readonly long?: boolean;
  readonly mood?: Mood;
  readonly act: (mesh: NetMesh, odd: Odd) => Promise<void> | void;
  /** Per node what is told, in any order; nodes not named tell nothing. */
  readonly told: Readonly<Record<string, readonly string[]>>;
  /** The same for putting it right again. */
  readonly mend: (mesh: NetMesh, odd: Odd) => Promise<void> | void;
  readonly after: Readonly<Record<string, readonly string[]>>;
}

const deadC: Pick<Row, "told" | "after"> = {
  told: { a: ["down C"], b: ["down C"] },
  after: { a: ["recovered C"], b: ["recovered C"] },
};
const confirmed = "confirmed down from 3/3 vantage points";
const network = "(network issue near this node?)";
const downForAll = (mesh: NetMesh, odd: Odd) => mesh.ids.forEach((id) => odd.downFor.add(mesh.ip(id)));
const allTell = (text: string) => ({ a: [text], b: [text], c: [text] });

const rows: Row[] = [
  {
    name: "a process is killed and comes back",
    act: (mesh) => mesh.stop("c", "SIGKILL"),
    ...deadC,
    mend: (mesh) => mesh.start("c"),
  },
  {
    name: "a process hangs with its port open",
    long: true,
    act: (mesh) => mesh.signal("c", "SIGSTOP"),
    ...deadC,
    mend: (mesh) => mesh.signal("c", "SIGCONT"),
  },
  {
    name: "one direction breaks",
    act: (mesh) => mesh.cut("c>a"),
    told: { a: ["link C (B)"] },
    mend: (mesh) => mesh.mendAll(),
    after: { a: ["recovered C"] },
  },
  {
    name: "the line between two breaks",
    long: true,
    act: (mesh) => mesh.cut("a-c"),
    told: { a: ["link C (B)"], c: ["link A (B)"] },
    mend: (mesh) => mesh.mendAll(),
    after: { a: ["recovered C"], c: ["recovered A"] },
  },
  {
    name: "one node is cut off from everybody",
    long: true,
    act: (mesh) => mesh.cut("a"),
    told: {
      a: ["down B", "down C", "down T: no peer vantage reachable, unconfirmed, 3 vantage(s) unreachable"],
      b: ["down A"],
      c: ["down A"],
    },
    mend: (mesh) => mesh.mendAll(),
    after: { a: ["recovered B", "recovered C", "recovered T"], b: ["recovered A"], c: ["recovered A"] },
  },
  {
    name: "a node comes back with wrong tokens",
    long: true,
    act: async (mesh, odd) => {
      await mesh.stop("c");
      await mesh.configure("c", configOf(mesh, odd, "c", { pingToken: "quite-another-token" }));
      await mesh.start("c");
    },
    ...deadC,
    mend: (mesh, odd) => mesh.configure("c", configOf(mesh, odd, "c")),
  },
  {
    name: "a target is down for everybody, one peer answers nonsense",
    long: true,
    mood: "garbage",
    act: downForAll,
    told: allTell(`down T: ${confirmed}, 1 vantage(s) unreachable`),
    mend: (_, odd) => odd.downFor.clear(),
    after: allTell("recovered T"),
  },
  {
    name: "a target is down for one node only",
    long: true,
    act: (mesh, odd) => void odd.downFor.add(mesh.ip("a")),
    told: { a: [`down T: seen UP by B, C, Z - down from 1/4 vantage points ${network}`] },
    mend: (_, odd) => odd.downFor.clear(),
    after: { a: ["recovered T"] },
  },
  {
    name: "a target is down for everybody, one peer answers without end",
    long: true,
    mood: "endless",
    act: downForAll,
    told: allTell(`down T: ${confirmed}, 1 vantage(s) unreachable`),
    mend: (_, odd) => odd.downFor.clear(),
    after: allTell("recovered T"),
  },
  {
    name: "a target is down for everybody, one peer never answers",
    long: true,
    mood: "silent",
    act: downForAll,
    told: allTell(`down T: ${confirmed}, 1 vantage(s) unreachable`),
    mend: (_, odd) => odd.downFor.clear(),
    after: allTell("recovered T"),
  },
  {
    name: "a target is down for everybody, one peer redirects elsewhere",
    long: true,
    mood: "elsewhere",
    act: downForAll,
    told: allTell(`down T: ${confirmed}, 1 vantage(s) unreachable`),
    mend: (_, odd) => odd.downFor.clear(),
    after: allTell("recovered T"),
  },
  {
    name: "a process is killed while a witness never answers",
    long: true,
    mood: "silent",
    act: (mesh) => mesh.stop("c", "SIGKILL"),
    ...deadC,
    mend: (mesh) => mesh.start("c"),
  },
  {
    name: "a node's clock is an hour ahead, then two behind",
    long: true,
    act: async (mesh) => {
      await mesh.stop("b");
      await mesh.start("b", "+1h");
    },
    told: {},
    mend: async (mesh) => {
      await mesh.stop("b");
      await mesh.start("b", "-1h");
    },
    after: {},
  },
  {
    name: "one line is slow",
    long: true,
    act: (mesh) => mesh.slow("b"),
    told: {},
    mend: (mesh) => mesh.mendAll(),
    after: {},
  },
  {
    name: "all are restarted in turn",
    long: true,
    act: async (mesh) => {
      for (const id of mesh.ids) {
        await mesh.stop(id);
        await mesh.start(id);
      }
    },
    told: {},
    mend: () => {},
    after: {},
  },
];

/** Waits until every node has told exactly this since `seen`, and a few seconds more when nothing is to be told. */
async function expectTold(
  mesh: NetMesh,
  seen: Map<string, number>,
  expected: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  const now = async (id: string) =>
    (await mesh.told(id)).slice(seen.get(id) ?? 0).map(({ event }) => words(event)).sort();
  const want = (id: string) => [...(expected[id] ?? [])].sort();
  const shown = async () =>
    JSON.stringify(Object.fromEntries(await Promise.all(mesh.ids.map(async (id) => [id, await now(id)]))));
  const matches = async () => {
    for (const id of mesh.ids) if (JSON.stringify(await now(id)) !== JSON.stringify(want(id))) return false;
    return true;
  };
  const isQuiet = Object.keys(expected).length === 0;
  await until(matches, 40, async () => `expected ${JSON.stringify(expected)}, was told ${await shown()}`);
  if (isQuiet) {
    await until(
      () => allUp(mesh),
      20,
      async () => JSON.stringify(await Promise.all(mesh.ids.map((id) => mesh.health(id)))),
    );
    assert.ok(await matches(), `nothing was to be told, but it was ${await shown()}`);
  }
  for (const id of mesh.ids) seen.set(id, (await mesh.told(id)).length);
}

async function allUp(mesh: NetMesh): Promise<boolean> {
  const healths = await Promise.all(mesh.ids.map((id) => mesh.health(id)));
  return healths.every((health) =>
    health !== null && Object.values(health.peers).every(({ state }) => state === "up")
  );
}

async function withMesh(ids: string, act: (mesh: NetMesh, odd: Odd) => Promise<void>): Promise<void> {
  await using mesh = await NetMesh.create([...ids]);
  const odd = new Odd(mesh.ip(HUB));
  try {
    for (const id of ids) await mesh.configure(id, configOf(mesh, odd, id));
    await Promise.all([...ids].map((id) => mesh.start(id)));
    await until(() => allUp(mesh), 30, () => "the mesh did not come up");
    await act(mesh, odd);
  } finally {
    await odd.end();
  }
}

Deno.test({
  name: "three real nodes in networks of their own",
  ignore,
  fn: async (t) =>
    await withMesh("abc", async (mesh, odd) => {
      const seen = new Map<string, number>();
      await expectTold(mesh, seen, {});
      for (const row of rows.filter(({ long }) => full || !long)) {
        await t.step(row.name, async () => {
          odd.mood = row.mood ?? "well";
          await row.act(mesh, odd);
          await expectTold(mesh, seen, row.told);
          await row.mend(mesh, odd);
          odd.mood = "well";
          await expectTold(mesh, seen, row.after);
          await until(() => allUp(mesh), 20, () => "the mesh did not come back");
        });
      }
      await t.step("hora peer check finds every direction well, and a wrong token by its name", async () => {
        const well = await mesh.hora("a", "peer", "check");
        assert.equal(well.code, 0, well.text);
        assert.match(well.text, /Every direction works/);
        await mesh.configure("check", "");
        await Deno.writeTextFile(
          `${mesh.folder}/a.toml`,
          configOf(mesh, odd, "a", { pingToken: "quite-another-token" }),
        );
        const wrong = await mesh.hora("a", "peer", "check");
        assert.equal(wrong.code, 1, wrong.text);
        assert.match(
          wrong.text,
          /WRONG\s+heartbeat out\s+It refuses our ping_token: that must equal listen_token/,
        );
        assert.match(wrong.text, /WRONG\s+confirmation\s+It does not let us ask/);
        assert.doesNotMatch(wrong.text, /quite-another-token|a-token-of-this/);
      });
      await t.step("hora peer check names a firewall, and a certificate that nobody signed", async () => {
        await using authority = await Authority.make();
        const { cert, key } = await authority.issue("c", { selfSigned: true, names: `IP:${mesh.ip(HUB)}` });
        const secure = Deno.serve({
          port: 0,
          hostname: mesh.ip(HUB),
          onListen: () => {},
          cert: await Deno.readTextFile(cert),
          key: await Deno.readTextFile(key),
        }, () => new Response("nobody gets here"));
        const via = `https://${mesh.ip(HUB)}:${secure.addr.port}`;
        await Deno.writeTextFile(`${mesh.folder}/a.toml`, configOf(mesh, odd, "a", { via }));
        await mesh.cut("a>b");
        const { code, text } = await mesh.hora("a", "peer", "check");
        await secure.shutdown();
        assert.equal(code, 1, text);
        const [, aboutB, aboutC] = /^b \(B\)\n([^]*)^c \(C\)\n([^]*)^z /m.exec(text) ?? [text];
        assert.match(
          aboutB,
          /WRONG\s+node\s+Its \/healthz cannot be read\. No answer within 10 s: does a firewall drop what we send/,
        );
        assert.match(aboutB, /ok\s+heartbeat in\s+We heard it \d+ s ago/);
        assert.match(
          aboutC,
          /WRONG\s+node\s+Its \/healthz cannot be read\. Its TLS certificate is signed by nobody whom this machine trusts: /,
        );
      });
    }),
});
