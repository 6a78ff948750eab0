import assert from "node:assert/strict";
import { Secret } from "../domain/secret.ts";
import { createApp } from "../routes/app.ts";
import type { AppDeps } from "../routes/deps.ts";
import { GROUP_TOKEN, httpMonitor, openWeb, pushMonitor, TOKEN, type Wish } from "./support/web.ts";

const wish: Wish = {
  monitors: [
    ...Array.from({ length: 9 }, (_, i) => httpMonitor(`gw-${i}`, { name: `Gateway ${i}`, group: "core" })),
    httpMonitor("vault", { name: "Vault", public: false, group: "core" }),
    httpMonitor("cellar", { name: "Cellar", public: false, group: "tenant" }),
    pushMonitor("nightly", { name: "Nightly" }),
  ],
  server: { groupTokens: { tenant: new Secret(GROUP_TOKEN) } },
};

interface Raw {
  /** Status line and headers but `date`, sorted, without the slots left. */
  readonly head: string;
  readonly slotsLeft: number | null;
  readonly body: Uint8Array;
}

/** A surface of its own on a socket, that tells which of its answers were ready. */
class Surface implements AsyncDisposable {
  /** One for each request: was the answer there without waiting for anything? */
  readonly wasReady: boolean[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(deps: AppDeps) {
    const app = createApp(deps);
    this.#server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request, info) => {
      const answer = app.fetch(request, info);
      this.wasReady.push(answer instanceof Response);
      return answer;
    });
  }

  /** Sends these very bytes and reads what comes until the other side closes. */
  async ask(method: string, target: string, headers: Record<string, string>): Promise<Raw> {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port: this.#server.addr.port });
    const lines = Object.entries({ host: "status.example.com", "x-request-id": "same", ...headers });
    const request = `${method} ${target} HTTP/1.1\r\n${
      lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")
    }connection: close\r\n\r\n`;
    const writer = connection.writable.getWriter();
    await writer.write(new TextEncoder().encode(request));
    writer.releaseLock();
    const bytes = new Uint8Array(await new Response(connection.readable).arrayBuffer());
    const text = new TextDecoder("latin1").decode(bytes);
    const end = text.indexOf("\r\n\r\n");
    const [status, ...fields] = text.slice(0, end).split("\r\n");
    const slots = fields.find((field) => field.startsWith("x-ratelimit-remaining:"));
    return {
      head: [status, ...fields.filter((field) => field !== slots && !field.startsWith("date:")).sort()].join(
        "\n",
      ),
      slotsLeft: slots === undefined ? null : Number(slots.split(":")[1]),
      body: bytes.subarray(end + 4),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

const browser = {
  accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
  "user-agent": "Mozilla/5.0 (X11; Linux x86_64)",
};

/** Method, target, headers; whether a second such request finds its answer ready. */
type Case = readonly [string, string, Record<string, string>, boolean];

const cases: readonly Case[] = [
  ["GET", "/", { ...browser, "accept-encoding": "gzip, deflate, br" }, true],
  ["GET", "/", { ...browser, "accept-encoding": "gzip" }, true],
  ["GET", "/", { ...browser, "accept-encoding": "br;q=0.2, gzip;q=0.9" }, true],
  ["GET", "/", { ...browser, "accept-encoding": "br;q=0, gzip;q=0, *;q=0.5" }, true],
  ["GET", "/", browser, true],
  ["GET", "/", {}, true],
  ["GET", "/", { "user-agent": "curl/8.14.1", accept: "*/*" }, true],
  ["GET", "/", { ...browser, accept: "text/plain" }, true],
  ["GET", "/", { ...browser, range: "bytes=0-9" }, true],
  ["GET", "/", { ...browser, origin: "https://elsewhere.example" }, true],
  ["GET", "/?theme=dark&refresh=30", browser, true],
  ["GET", "/?utm_source=x", browser, true],
  ["GET", "/status/core", browser, true],
  ["GET", "/status/c%6fre", browser, true],
  ["GET", "/history", browser, true],
  ["GET", "/favicon.svg", {}, true],
  ["GET", "/api/summary", { "accept-encoding": "br" }, true],
  ["GET", "/api/summary", { accept: "application/json", "x-forwarded-for": "203.0.113.9" }, true],
  ["GET", "/api/monitors/gw-0", {}, true],
  ["GET", "/api/monitors/gw-0/latency?hours=24", { "accept-encoding": "br" }, true],
  ["GET", "/api/incidents", {}, true],
  ["GET", "/api/badge/gw-0/status", {}, true],
  ["GET", "/api/badge/gw-0/uptime?style=flat-square&label=edge", { "accept-encoding": "br" }, true],
  ["GET", "/metrics", { "accept-encoding": "gzip" }, true],
  ["GET", "/metrics", { accept: "application/openmetrics-text;version=1.0.0,text/plain;q=0.5" }, true],
  ["GET", "/api/summary", { "if-none-match": "*" }, true],
  ["GET", "/api/summary", { "if-none-match": 'W/"something-else"' }, true],
  ["GET", "/", { ...browser, "if-none-match": "*", "accept-encoding": "br" }, true],
  ["GET", "/metrics", { "if-none-match": "*" }, true],
  // What shapes the answer beyond what is looked at, or is nobody's business but the operator's, goes the long way.
  ["GET", "/history.atom", {}, false],
  ["HEAD", "/", browser, false],
  ["HEAD", "/api/summary", { "accept-encoding": "br" }, false],
  ["OPTIONS", "/api/summary", {}, false],
  ["POST", "/api/summary", {}, false],
  ["GET", "/", { ...browser, authorization: `Bearer ${TOKEN}` }, false],
  ["GET", "/", { ...browser, authorization: "Basic abc" }, false],
  ["GET", `/?token=${TOKEN}`, browser, false],
  ["GET", `/?%74oken=${TOKEN}`, browser, false],
  ["GET", "/?token=wrong", browser, false],
  ["GET", "/?pass=1.x", browser, false],
  ["GET", `/api/summary?token=${TOKEN}`, {}, false],
  ["GET", `/api/badge/gw-0/status?token=${TOKEN}`, {}, false],
  ["GET", `/status/tenant?token=${GROUP_TOKEN}`, browser, false],
  ["GET", "/?token=a&token=b", browser, false],
  ["GET", "/api/badge/vault/status", {}, false],
  ["GET", "/nowhere", browser, false],
  ["GET", "/", { ...browser, "x-long": "a".repeat(40_000) }, false],
  ["GET", "/", { ...browser, host: "what/ever" }, false],
];

/** Brings every address of the table to where its answer could be ready, in the order of the table. */
async function warmUp(surface: Surface): Promise<void> {
  for (const [method, target, headers] of cases) {
    const { "if-none-match": _, "x-long": _long, ...others } = headers;
    await surface.ask(method, target, others);
  }
}

Deno.test("a ready answer is byte for byte the one of the long way", async () => {
  await using web = await openWeb(wish);
  await web.check({ monitorId: "gw-0", latencyMs: 42 });
  await web.check({ monitorId: "vault", latencyMs: 43 });
  await using warm = new Surface(web.deps);
  await warmUp(warm);
  for (const [method, target, headers, isReady] of cases) {
    const what = `${method} ${target.slice(0, 60)} ${JSON.stringify(headers).slice(0, 120)}`;
    await using fresh = new Surface(web.deps);
    const expected = await fresh.ask(method, target, headers);
    assert.equal(fresh.wasReady.at(-1), false, what);
    const first = await warm.ask(method, target, headers);
    assert.equal(warm.wasReady.at(-1), isReady, what);
    const second = await warm.ask(method, target, headers);
    for (const answer of [first, second]) {
      assert.equal(answer.head, expected.head, what);
      assert.deepEqual(answer.body, expected.body, what);
      assert.equal(answer.slotsLeft === null, expected.slotsLeft === null, what);
    }
    if (second.slotsLeft !== null) assert.equal(second.slotsLeft, first.slotsLeft! - 1, what);
  }
});

Deno.test("a 304 is ready for the validator that was sent, and only for that", async () => {
  await using web = await openWeb(wish);
  await using warm = new Surface(web.deps);
  for (const target of ["/", "/api/summary", "/api/badge/gw-0/status"]) {
    const { head } = await warm.ask("GET", target, browser);
    const [, etag] = /^etag: (.+)$/m.exec(head)!;
    for (const [sent, status] of [[etag, 304], [`"no", ${etag}`, 304], [`"no"`, 200]] as const) {
      const headers = { ...browser, "if-none-match": sent };
      await using fresh = new Surface(web.deps);
      const expected = await fresh.ask("GET", target, headers);
      const answer = await warm.ask("GET", target, headers);
      assert.equal(warm.wasReady.at(-1), true);
      assert.match(answer.head, new RegExp(`^HTTP/1.1 ${status} `));
      assert.equal(answer.head, expected.head);
      assert.deepEqual(answer.body, expected.body);
    }
  }
});

Deno.test("nobody is given what was made for somebody with a token", async () => {
  await using web = await openWeb(wish);
  for (const monitorId of ["gw-0", "vault", "cellar"]) await web.check({ monitorId });
  await using surface = new Surface(web.deps);
  const paths = [
    "/",
    "/api/summary",
    "/metrics",
    "/status/core",
    "/status/tenant",
    "/history",
    "/api/incidents",
  ];
  const tokens = [TOKEN, GROUP_TOKEN, "wrong"];
  const decode = (answer: Raw) => new TextDecoder().decode(answer.body);
  for (let round = 0; round < 3; round++) {
    for (const path of paths) {
      for (const token of tokens) {
        const byHeader = decode(
          await surface.ask("GET", path, { ...browser, authorization: `Bearer ${token}` }),
        );
        const byQuery = decode(await surface.ask("GET", `${path}?token=${token}`, browser));
        for (const text of [byHeader, byQuery]) {
          if (token === TOKEN && !path.includes("istory") && !path.includes("incidents")) {
            assert.match(text, /Vault|vault|Cellar/, `${path} ${round}`);
          }
          if (token === "wrong") assert.doesNotMatch(text, /Vault|Cellar|vault|cellar/, `${path} ${round}`);
        }
        const open = decode(await surface.ask("GET", path, browser));
        assert.doesNotMatch(open, /Vault|Cellar|vault|cellar/, `${path} after ${token}, round ${round}`);
      }
    }
  }
});

Deno.test("a ready answer takes its slot, from the bucket of the client it is for", async () => {
  await using web = await openWeb({ ...wish, server: { ...wish.server, rateLimitBurst: 4 } });
  await using surface = new Surface(web.deps);
  const from = (address: string) => surface.ask("GET", "/api/summary", { "x-forwarded-for": address });
  const left: (number | null)[] = [];
  for (let i = 0; i < 4; i++) left.push((await from("203.0.113.9")).slotsLeft);
  assert.deepEqual(left, [3, 2, 1, 0]);
  assert.deepEqual(surface.wasReady, [false, true, true, true]);
  const refused = await from("203.0.113.9");
  assert.match(refused.head, /^HTTP\/1\.1 429 [\s\S]*\nretry-after: 1\n/);
  assert.equal((await from("2001:db8:1:2::1")).slotsLeft, 3);
  assert.equal((await from("2001:db8:1:2::ffff")).slotsLeft, 2);
  assert.equal((await from("2001:db8:1:3::1")).slotsLeft, 3);
  assert.equal((await surface.ask("GET", "/api/badge/gw-0/status", {})).slotsLeft, null);
  await web.clock.advance(1_000);
  assert.equal((await from("203.0.113.9")).slotsLeft, 0);
});

Deno.test("a ready answer is forgotten as soon as what it shows has changed", async () => {
  await using web = await openWeb(wish);
  const summary = async () => await (await web.request("/api/summary")).json();
  const isReady = () => {
    const answer = web.app.fetch(new Request("http://status.example.com/api/summary"), {});
    return answer instanceof Response;
  };
  await summary();
  assert.equal(isReady(), true);
  await web.check({ monitorId: "gw-3", status: "down", reason: "HTTP 500" });
  assert.equal(isReady(), false);
  assert.equal((await summary()).overall, "down");
  assert.equal(isReady(), true);
  await web.check({ monitorId: "vault", status: "down", reason: "HTTP 500" });
  await (await web.asOperator("/api/silence?monitors=vault&duration=1h", { method: "POST" })).text();
  assert.equal(isReady(), true, "what is private does not even cost strangers time");
  await (await web.asOperator("/api/announce?title=Works", { method: "POST" })).text();
  assert.equal((await summary()).incidents[0].title, "Works");
  web.config = { ...web.config, monitors: web.config.monitors.filter(({ id }) => id !== "gw-3") };
  web.board.reconfigure(web.config);
  assert.equal((await summary()).overall, "unknown");
  assert.equal(isReady(), true);
  await web.clock.advance(61_000);
  assert.equal(isReady(), false);
});

Deno.test("an origin that must be allowed by name goes the long way", async () => {
  const server = { ...wish.server, allowedOrigins: ["https://a.example", "https://b.example"] };
  await using web = await openWeb({ ...wish, server });
  await using surface = new Surface(web.deps);
  const allowed = async (headers: Record<string, string>) =>
    /^access-control-allow-origin: (.+)$/m.exec((await surface.ask("GET", "/api/summary", headers)).head)
      ?.[1];
  for (let round = 0; round < 3; round++) {
    assert.equal(await allowed({}), undefined);
    assert.equal(await allowed({ origin: "https://a.example" }), "https://a.example");
    assert.equal(await allowed({ origin: "https://b.example" }), "https://b.example");
    assert.equal(await allowed({ origin: "https://c.example" }), undefined);
  }
  assert.deepEqual(surface.wasReady.slice(4), [true, false, false, false, true, false, false, false]);
});

Deno.test("ready answers are few however many addresses are asked for", async () => {
  await using web = await openWeb(wish);
  const ask = (query: string) => web.app.fetch(new Request(`http://status.example.com/?x=${query}`), {});
  const isReady = async (query: string) => {
    const answer = ask(query);
    await answer;
    return answer instanceof Response;
  };
  for (let i = 0; i < 4_100; i++) await ask(String(i));
  assert.equal(await isReady("4099"), true);
  assert.equal(await isReady("0"), false);
  const long = "y".repeat(600);
  await ask(long);
  assert.equal(await isReady(long), false);
});
