import assert from "node:assert/strict";
import { Authority } from "../tests/support/authority.ts";
import { meshConfig } from "../tests/support/mesh_config.ts";
import { findProgram } from "../tests/support/programs.ts";
import { RawServer, untilEnded } from "../tests/support/raw_server.ts";
import { Receiver } from "../tests/support/receiver.ts";
import { createNodeClient } from "./client.ts";
import type { HealthDocument, PeerSeen } from "./health.ts";
import { inspectPeers, type Trial } from "./inspect.ts";

const NOW = Date.parse("2026-11-23T12:00:00Z");

/** The node on the other side, as far as `peer check` sees it. */
interface Side {
  readonly healthz?: (origin: string) => Response;
  readonly push?: () => Response;
  readonly probe?: () => Response;
}

const health = (peers: Record<string, PeerSeen> = {}, more = {}) =>
  Response.json(
    { status: "ok", scheduler_ok: true, db_ok: true, last_tick_age: 1, id: "b", peers, ...more },
    { headers: { date: new Date(NOW).toUTCString() } },
  );
const heard: Record<string, PeerSeen> = { a: { state: "up", age: 7 } };
const well: Required<Side> = {
  healthz: () => health(heard),
  push: () => new Response("unknown status", { status: 400 }),
  probe: () => new Response("target not in this node's configuration", { status: 404 }),
};
const refused = () => new Response("unknown peer or invalid token", { status: 401 });
const notFound = () => new Response("unknown push target", { status: 404 });

interface Case {
  readonly name: string;
  readonly side?: Side;
  /** Our block for it; `ORIGIN` is where it is. */
  readonly peer?: string;
  /** What our running instance hears; null: none runs. */
  readonly own?: Record<string, PeerSeen> | null;
  readonly cadenceSecs?: number;
  /** `VERDICT SUBJECT: beginning or part of the text`, all of them in order. */
  readonly finds: readonly string[];
}

const block = (more = "") =>
  `[[peers]]\nid = "b"\nname = "B"\nping_url = "ORIGIN/api/push/a"\nping_token = "our-secret-token-1"\n` +
  `listen_token = "its-secret-token-1"\nexpect_every_secs = 180\n${more}\n`;
const outOk = ["ok confirmation: It would confirm outages", "ok heartbeat out: It accepts our ping_token"];
const nodeOk = ["ok node: It answers and is well", "ok heartbeat out: It heard us 7 s ago"];
const inOk = ["ok heartbeat in: We heard it 5 s ago"];

const cases: Case[] = [
  { name: "all is well", finds: [...nodeOk, ...outOk, ...inOk] },
  {
    name: "our token is not its listen_token, and it hides that",
    side: { push: notFound, probe: refused },
    finds: [
      ...nodeOk,
      "wrong confirmation: It does not let us ask: our ping_token must equal listen_token in its [[peers]] block for us",
      "wrong heartbeat out: It refuses our ping_token: that must equal listen_token in its [[peers]] block for us",
      ...inOk,
    ],
  },
  {
    name: "it may know us or not, and hides that",
    side: { push: notFound, probe: refused, healthz: () => health() },
    finds: [
      "ok node",
      "note heartbeat out: It does not watch us",
      'wrong confirmation: It does not let us ask: it needs a [[peers]] block with id "a"',
      "wrong heartbeat out: It has no [[peers]] block for us, or our ping_token is not its listen_token",
      ...inOk,
    ],
  },
  {
    name: "our token is refused openly",
    side: { push: () => new Response("invalid push token", { status: 401 }), probe: refused },
    finds: [
      ...nodeOk,
      "wrong confirmation: It does not let us ask",
      "wrong heartbeat out: It refuses our ping_token: that must equal listen_token in its [[peers]] block for us",
      ...inOk,
    ],
  },
  {
    name: "it knows us and does not watch us",
    side: { push: notFound, healthz: () => health() },
    finds: [
      "ok node",
      'note heartbeat out: It does not watch us: it has no [[peers]] with id "a" and expect_every_secs',
      outOk[0],
      'wrong heartbeat out: It accepts our ping_token, but watches nobody called "a", as ping_url ends',
      ...inOk,
    ],
  },
  {
    name: "it cannot be asked and hides why heartbeats fail",
    side: { push: notFound },
    peer: block("confirm = false"),
    finds: [
      ...nodeOk,
      "note confirmation: It is not asked to confirm outages",
      'wrong heartbeat out: It knows nobody under "a", as ping_url ends, or hides that the token is wrong',
      ...inOk,
    ],
  },
  {
    name: "its token is wrong on the way to us",
    own: { b: { state: "unknown", age: -1 } },
    finds: [
      ...nodeOk,
      ...outOk,
      "wrong heartbeat in: We have never heard it: its ping_url must lead here and end in /api/push/b",
    ],
  },
  {
    name: "it fell silent",
    own: { b: { state: "down", age: 900 } },
    finds: [...nodeOk, ...outOk, "wrong heartbeat in: We last heard it 900 s ago"],
  },
  {
    name: "it calls itself something else",
    side: { healthz: () => health(heard, { id: "lyon" }) },
    finds: [
      'wrong node: It calls itself "lyon" there, "b" here: id must equal its health.id',
      nodeOk[1],
      ...outOk,
      ...inOk,
    ],
  },
  {
    name: "ping_url leads to ourselves",
    side: { healthz: () => health(heard, { id: "a" }) },
    finds: ["wrong node: ping_url leads back to this node itself", ...inOk],
  },
  {
    name: "it has no [health]",
    side: { healthz: () => health({}, { id: undefined }) },
    finds: [
      "wrong node: It has no [health] section",
      "note heartbeat out: It does not watch us",
      ...outOk,
      ...inOk,
    ],
  },
  {
    name: "it is not well",
    side: { healthz: () => health(heard, { status: "degraded" }) },
    finds: ["note node: It answers, but says that it is not well itself", nodeOk[1], ...outOk, ...inOk],
  },
  {
    name: "another program answers there",
    side: {
      healthz: () => new Response("<!doctype html>welcome"),
      push: () => new Response("welcome", { status: 405 }),
      probe: () => new Response("welcome", { status: 405 }),
    },
    finds: [
      "wrong node: What answers at /healthz is no Hora: ping_url names the wrong host or port",
      "wrong confirmation: It cannot be asked. HTTP 405",
      "wrong heartbeat out: Heartbeats do not arrive. HTTP 405",
      ...inOk,
    ],
  },
  {
    name: "a proxy in front of it answers for it",
    side: {
      healthz: () => new Response("bad gateway", { status: 502 }),
      push: () => new Response("bad gateway", { status: 502 }),
      probe: () => new Response("bad gateway", { status: 502 }),
    },
    finds: [
      "wrong node: Its /healthz cannot be read. HTTP 502: a proxy answers for it: is the node behind it running?",
      "wrong confirmation: It cannot be asked. HTTP 502: a proxy answers for it",
      "wrong heartbeat out: Heartbeats do not arrive. HTTP 502: a proxy answers for it",
      ...inOk,
    ],
  },
  {
    name: "it limits our requests",
    side: { push: () => new Response("", { status: 429 }) },
    finds: [
      ...nodeOk,
      outOk[0],
      "wrong heartbeat out: Heartbeats do not arrive. HTTP 429: it limits our requests",
      ...inOk,
    ],
  },
  {
    name: "its clock is ten minutes ahead",
    side: {
      healthz: () => {
        const answer = health(heard);
        answer.headers.set("date", new Date(NOW + 600_000).toUTCString());
        return answer;
      },
    },
    finds: [nodeOk[0], "note clock: Its clock is 600 s ahead of ours", nodeOk[1], ...outOk, ...inOk],
  },
  {
    name: "it expects us more often than we beat",
    side: { healthz: () => health({ a: { state: "down", age: 31 } }) },
    finds: [
      "ok node",
      "wrong heartbeat out: It heard us 31 s ago and calls that too long, but we beat every 60 s: its expect_every_secs",
      ...outOk,
      ...inOk,
    ],
  },
  {
    name: "it has not heard us for long",
    side: { healthz: () => health({ a: { state: "down", age: 900 } }) },
    finds: [
      "ok node",
      "wrong heartbeat out: It last heard us 900 s ago: is this node running",
      ...outOk,
      ...inOk,
    ],
  },
  {
    name: "it beats more seldom than we expect",
    cadenceSecs: 300,
    finds: [
      ...nodeOk,
      ...outOk,
      "wrong heartbeat in: It beats every 300 s and expect_every_secs is 180, so it is called silent while it is well: 900",
      ...inOk,
    ],
  },
  {
    name: "it beats hardly more often than we expect",
    cadenceSecs: 100,
    finds: [
      ...nodeOk,
      ...outOk,
      "note heartbeat in: It beats every 100 s and expect_every_secs is 180, so one lost heartbeat is an alert: 300",
      ...inOk,
    ],
  },
  { name: "it beats as often as it should", cadenceSecs: 60, finds: [...nodeOk, ...outOk, ...inOk] },
  {
    name: "we do not run",
    own: null,
    finds: [...nodeOk, ...outOk, "note heartbeat in: This node is not running"],
  },
  {
    name: "we run with another file",
    own: {},
    finds: [...nodeOk, ...outOk, "wrong heartbeat in: The running instance does not know this peer"],
  },
  {
    name: "anybody may pretend to be it, and we do not confirm",
    peer: '[[peers]]\nid = "b"\nname = "B"\nping_url = "ORIGIN/api/push/a"\nexpect_every_secs = 180\n',
    finds: [
      ...nodeOk,
      ...outOk,
      "note heartbeat in: Anybody who knows its id can pretend to be it: set listen_token",
      ...inOk,
    ],
  },
  {
    name: "a hosted service gets heartbeats only",
    peer: '[[peers]]\nid = "b"\nname = "B"\nping_url = "ORIGIN/0f9a"\n',
    finds: [
      "note heartbeat out: ping_url is no Hora's",
      "note heartbeat in: We do not watch it: expect_every_secs is not set",
    ],
  },
  {
    name: "it only beats to us",
    peer: '[[peers]]\nid = "b"\nname = "B"\nlisten_token = "its-secret-token-1"\nexpect_every_secs = 180\n',
    finds: ["note heartbeat out: It gets no heartbeats from us: ping_url is not set", ...inOk],
  },
];

const documentOf = (peers: Record<string, PeerSeen>): HealthDocument => ({
  status: "ok",
  id: "a",
  peers: new Map(Object.entries(peers)),
});

async function findings(toml: string, change: Partial<Trial> = {}): Promise<string[]> {
  const client = createNodeClient();
  try {
    const found = await inspectPeers({
      config: meshConfig(`[health]\nid = "a"\n${toml}`),
      client,
      now: () => NOW,
      signal: new AbortController().signal,
      ownHealth: documentOf({ b: { state: "up", age: 5 } }),
      cadenceSecs: () => null,
      ...change,
    });
    return found.map(({ verdict, subject, text }) => `${verdict} ${subject}: ${text}`);
  } finally {
    client.close();
  }
}

function match(found: readonly string[], expected: readonly string[]): void {
  assert.equal(found.length, expected.length, found.join("\n"));
  expected.forEach((words, index) =>
    assert.ok(found[index].includes(words), `${found[index]}\nis not\n${words}`)
  );
  assert.doesNotMatch(found.join("\n"), /secret-token/);
}

for (const { name, side = {}, peer = block(), own, cadenceSecs, finds } of cases) {
  Deno.test(`inspectPeers() when ${name}`, async () => {
    const { healthz, push, probe } = { ...well, ...side };
    await using receiver = new Receiver();
    receiver.answer = ({ path }) =>
      path === "/healthz" ? healthz(receiver.url) : path === "/api/peer/probe" ? probe() : push();
    const change = {
      ...(own === undefined ? {} : { ownHealth: own === null ? null : documentOf(own) }),
      cadenceSecs: () => cadenceSecs ?? null,
    };
    match(await findings(peer.replaceAll("ORIGIN", receiver.url), change), finds);
    for (const seen of receiver.seen.filter(({ method }) => method === "GET")) {
      assert.equal(seen.headers.get("x-push-token"), null, "the token goes nowhere but to what needs it");
    }
  });
}

Deno.test("inspectPeers() says once what stands in the way, and what to do", async () => {
  const gone = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = gone.addr;
  gone.close();
  await using closing = new RawServer((connection) => connection.close());
  await using plain = new Receiver();
  const ways: [origin: string, words: string][] = [
    [`http://127.0.0.1:${port}`, "The connection is refused: is that node running on that port"],
    ["http://no-such-host.invalid", "Its name has no address: is the host in the URL spelled right"],
    [`http://127.0.0.1:${closing.port}`, "It ended the connection without an answer: is the port right"],
    [
      plain.url.replace("http:", "https:"),
      "What answers there does not speak TLS: is it http:// and not https://?",
    ],
  ];
  for (const [origin, words] of ways) {
    match(await findings(block().replaceAll("ORIGIN", origin)), [
      `wrong node: Its /healthz cannot be read. ${words}`,
      ...inOk,
    ]);
  }
});

Deno.test("inspectPeers() says that packets seem to be dropped", async () => {
  await using silent = new RawServer(untilEnded);
  const client = createNodeClient();
  const hasty: Trial["client"] = (request) => client({ ...request, timeoutMs: 200 });
  try {
    match(
      await findings(block().replaceAll("ORIGIN", `http://127.0.0.1:${silent.port}`), { client: hasty }),
      [
        "wrong node: Its /healthz cannot be read. No answer within 0.2 s: does a firewall drop what we send",
        ...inOk,
      ],
    );
  } finally {
    client.close();
  }
});

Deno.test({
  name: "inspectPeers() names what is wrong with a certificate",
  ignore: findProgram("openssl") === null,
  fn: async () => {
    await using authority = await Authority.make();
    const ways: [name: string, wish: Parameters<Authority["issue"]>[1], words: string][] = [
      [
        "strange",
        {},
        "Its TLS certificate is signed by nobody whom this machine trusts: use a certificate of a public",
      ],
      ["old", { until: "210101000000Z" }, "Its TLS certificate has expired: renew it there"],
      [
        "early",
        { from: "450101000000Z" },
        "Its TLS certificate is not valid yet: is the clock of this machine right?",
      ],
    ];
    for (const [name, wish, words] of ways) {
      const { cert, key } = await authority.issue(name, wish);
      const server = Deno.serve({
        hostname: "127.0.0.1",
        port: 0,
        cert: await Deno.readTextFile(cert),
        key: await Deno.readTextFile(key),
        onListen: () => {},
      }, () => health(heard));
      match(await findings(block().replaceAll("ORIGIN", `https://127.0.0.1:${server.addr.port}`)), [
        `wrong node: Its /healthz cannot be read. ${words}`,
        ...inOk,
      ]);
      await server.shutdown();
    }
  },
});
