import assert from "node:assert/strict";
import type { Peer } from "../domain/config.ts";
import { Secret } from "../domain/secret.ts";
import { httpMonitor, openWeb, PEER_TOKEN, pushMonitor, type Wish } from "./support/web.ts";

const harbour: Wish = {
  monitors: [
    httpMonitor("gw", { name: "Gateway", group: "core" }),
    httpMonitor("docs", { name: "Docs" }),
    httpMonitor("vault", { name: "Vault", public: false, group: "core" }),
    httpMonitor("cellar", { name: "Cellar", public: false, group: "tenant" }),
    pushMonitor("nightly", { name: "Nightly" }),
    pushMonitor("secretly", { name: "Secretly", public: false }),
    pushMonitor("open", { name: "Open", pushToken: null }),
  ],
};

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

Deno.test("a heartbeat's message is cut at 500 characters, without control characters", async () => {
  await using web = await openWeb(harbour);
  const msg = encodeURIComponent(`\u001b[31mred\u0000 ${"é😀".repeat(400)}`);
  const answer = await web.request(`/api/push/open?msg=${msg}`, { method: "POST" });
  assert.equal(await answer.text(), "ok");
  const { message } = (await web.store.checks.newest("open", 1))[0];
  assert.equal([...message!].length, 500);
  assert.match(message!, /^ \[31mred {2}é😀/);
});

Deno.test("HEAD has the status, the headers and the length of GET, and no body", async () => {
  await using web = await openWeb(harbour);
  for (
    const path of [
      "/",
      "/api/summary",
      "/healthz",
      "/api/badge/gw/status",
      "/nowhere",
      "/api/monitors/x/latency",
    ]
  ) {
    const get = await web.request(path);
    const head = await web.request(path, { method: "HEAD" });
    assert.equal(head.status, get.status, path);
    assert.equal(await head.text(), "");
    const length = (await get.arrayBuffer()).byteLength;
    if (length > 0) assert.equal(head.headers.get("content-length"), String(length), path);
    for (const name of ["content-type", "etag", "cache-control"]) {
      assert.equal(head.headers.get(name), get.headers.get(name), `${path} ${name}`);
    }
  }
});

const lyon: Peer = {
  id: "lyon",
  name: "Lyon",
  pingUrl: null,
  pingToken: null,
  listenId: "lyon",
  listenToken: new Secret(PEER_TOKEN),
  expectEverySecs: 60,
  witnessUrl: null,
  confirm: null,
  notify: null,
};

Deno.test("a peer that asks about a hundred outages at once is answered, and its heartbeats still arrive", async () => {
  const oslo = { ...lyon, id: "oslo", name: "Oslo", listenId: "oslo", listenToken: null };
  await using web = await openWeb({
    ...harbour,
    peers: [lyon, oslo],
    server: { rateLimitBurst: 3, rateLimitRefillSecs: 3_600 },
  });
  const post = async (path: string, token: string, body?: string) => {
    const headers = { "x-push-token": token, "content-type": "application/json" };
    const answer = await web.request(path, { method: "POST", headers, body });
    await answer.body?.cancel();
    return answer.status;
  };
  const ask = (from: string, token: string) =>
    post("/api/peer/probe", token, JSON.stringify({ from, kind: "tcp", target: "db.example.net:5432" }));
  for (let i = 0; i < 100; i += 1) assert.equal(await ask("lyon", PEER_TOKEN), 200);
  assert.equal(await post("/api/push/lyon?status=up", PEER_TOKEN), 200);
  assert.equal(await post(`/api/push/lyon?token=${PEER_TOKEN}`, PEER_TOKEN), 200);
  const strangers = [
    await ask("lyon", "wrong-token"),
    await post("/api/push/lyon", "wrong-token"),
    await post("/api/push/oslo", ""),
    await post("/api/push/oslo", ""),
    await ask("oslo", ""),
  ];
  assert.deepEqual(strangers, [401, 401, 200, 429, 429]);
});

Deno.test("the limiter counts per client, shares one bucket over its routes, and tells whole seconds to wait", async () => {
  await using web = await openWeb({ ...harbour, server: { rateLimitBurst: 3, rateLimitRefillSecs: 2 } });
  const remaining = async (path: string, init: RequestInit & { from?: string } = {}) => {
    const answer = await web.request(path, init);
    await answer.body?.cancel();
    return [answer.status, answer.headers.get("x-ratelimit-remaining")];
  };
  assert.deepEqual(await remaining("/api/summary"), [200, "2"]);
  assert.deepEqual(await remaining("/api/push/nobody", { method: "POST" }), [404, "1"]);
  assert.deepEqual(await remaining("/api/silence", { method: "PUT" }), [405, "0"]);
  const refused = await web.request("/api/summary");
  assert.equal(refused.status, 429);
  assert.equal(await refused.text(), "Too Many Requests! Wait for 2s");
  assert.equal(refused.headers.get("retry-after"), "2");
  assert.equal(refused.headers.get("x-ratelimit-after"), "2");
  assert.equal(refused.headers.get("x-ratelimit-limit"), "3");
  assert.ok(
    refused.headers.get("content-security-policy") && refused.headers.get("access-control-allow-origin"),
  );
  await web.clock.advance(1_500);
  assert.equal((await web.request("/api/summary")).headers.get("retry-after"), "1");
  for (const path of ["/api/badge/gw/status", "/api/openapi.json", "/nowhere", "/metrics", "/"]) {
    assert.equal((await remaining(path))[1], null, path);
  }
  assert.deepEqual(await remaining("/api/summary", { headers: { "x-forwarded-for": "198.51.100.1" } }), [
    200,
    "2",
  ]);
  assert.deepEqual(await remaining("/api/summary", { headers: { "x-real-ip": "198.51.100.1" } }), [200, "1"]);
  const spoof = { from: "203.0.113.5", headers: { "x-forwarded-for": "198.51.100.77" } };
  assert.deepEqual(await remaining("/api/summary", spoof), [200, "2"]);
  assert.deepEqual(
    await remaining("/api/summary", { ...spoof, headers: { "x-forwarded-for": "198.51.100.78" } }),
    [200, "1"],
  );
  assert.deepEqual(await remaining("/api/summary", { from: "2001:db8::1" }), [200, "2"]);
  assert.deepEqual(await remaining("/api/summary", { from: "2001:db8::ffff:2" }), [200, "1"]);
});

Deno.test("anonymous answers have a validator and a lifetime; those that a token shaped are private", async () => {
  await using web = await openWeb(harbour);
  await web.check({ monitorId: "gw" });
  for (
    const path of [
      "/",
      "/api/summary",
      "/api/monitors/gw",
      "/api/incidents",
      "/api/report/2026-11",
      "/api/badge/gw/uptime",
      "/api/monitors/gw/latency",
    ]
  ) {
    const first = await web.request(path);
    const etag = first.headers.get("etag");
    assert.match(etag ?? "", /^W\/"/, path);
    assert.match(first.headers.get("cache-control")!, /^public, max-age=[0-9]+/, path);
    await first.body?.cancel();
    const again = await web.request(path, { headers: { "if-none-match": etag! } });
    assert.equal(again.status, 304, path);
    assert.equal(again.headers.get("etag"), etag);
    assert.equal(await again.text(), "");
    if (path.includes("badge")) continue;
    assert.match(first.headers.get("vary")!, /authorization/i, path);
    const own = await web.asOperator(path, { headers: { "if-none-match": etag! } });
    assert.equal(own.status, 200, path);
    assert.equal(own.headers.get("cache-control"), "private, no-store", path);
    assert.equal(own.headers.get("etag"), null, path);
    await own.body?.cancel();
  }
});

Deno.test("however long nothing happens, no figure that anybody asks for is older than five seconds", async () => {
  await using web = await openWeb(harbour);
  await web.check({ monitorId: "gw", at: web.clock.now() - 60_000, status: "down" });
  const id = await web.incident({ monitorId: "gw", startedAt: web.clock.now() - 60_000 });
  const json = async (path: string) => await (await web.request(path)).json();
  const startedAt = web.clock.now() - 60_000;
  const moments: Record<string, () => Promise<number>> = {
    summary: async () => Date.parse((await json("/api/summary")).generated_at),
    incidents: async () => startedAt + (await json("/api/incidents")).incidents[0].duration_secs * 1_000,
    incident: async () => startedAt + (await json(`/api/incidents/${id}`)).duration_secs * 1_000,
    report: async () => Date.parse((await json("/api/report/2026-11")).generated_at),
    text: async () => {
      const text = await (await web.request("/", { headers: { accept: "text/plain" } })).text();
      return Date.parse(text.match(/^Updated: (.*) UTC$/m)![1].replace(" ", "T") + "Z");
    },
  };
  for (const pauseMs of [300, 900, 1_700, 2_900, 3_900, 4_700, 60_000]) {
    for (let i = 0; i < 20; i++) {
      await web.clock.advance(pauseMs);
      for (const [name, ask] of Object.entries(moments)) {
        const ageMs = web.clock.now() - await ask();
        // What is said in whole seconds may be up to one older than it is.
        assert.ok(ageMs < (name === "summary" ? 5_001 : 6_000), `${name} after ${pauseMs} ms: ${ageMs}`);
      }
    }
  }
});

Deno.test("bodies are compressed when asked", async () => {
  await using web = await openWeb({
    ...harbour,
    monitors: Array.from({ length: 20 }, (_, i) => httpMonitor(`m${i}`)),
  });
  const plain = await (await web.request("/api/summary")).text();
  const gz = await web.request("/api/summary", { headers: { "accept-encoding": "gzip" } });
  assert.equal(gz.headers.get("content-encoding"), "gzip");
  const unpacked = gz.body!.pipeThrough(new DecompressionStream("gzip"));
  assert.equal(await new Response(unpacked).text(), plain);
  const br = await web.request("/api/summary", { headers: { "accept-encoding": "gzip, br" } });
  assert.equal(br.headers.get("content-encoding"), "br");
  assert.ok((await br.arrayBuffer()).byteLength < plain.length / 5);
});

Deno.test("a peer's probe is judged in order: type, size, syntax, shape, token, target", async () => {
  let answer: { up: boolean; error?: string } | null = { up: false, error: "x".repeat(300) };
  await using web = await openWeb({
    ...harbour,
    peers: [lyon],
  }, { probe: () => Promise.resolve(answer) });
  const ask = async (body: string, headers: Record<string, string> = {}) => {
    const got = await web.request("/api/peer/probe", {
      method: "POST",
      body,
      headers: { "content-type": "application/json", ...headers },
    });
    return [got.status, await got.text()] as const;
  };
  const good = JSON.stringify({ from: "lyon", kind: "tcp", target: "db.example.net:5432", more: 1 });
  const token = { "x-push-token": PEER_TOKEN };
  assert.equal((await ask(good, { "content-type": "text/plain" }))[0], 415);
  assert.equal(
    (await ask(good, { ...token, "content-type": "application/vnd.x+json; charset=utf-8" }))[0],
    200,
  );
  const large = await ask("x".repeat(2_097_153));
  assert.deepEqual([large[0], large[1].startsWith("Failed to buffer the request body: ")], [413, true]);
  const broken = await ask("{");
  assert.deepEqual([broken[0], broken[1].startsWith("Failed to parse the request body as JSON: ")], [
    400,
    true,
  ]);
  for (
    const body of [
      "{}",
      "[]",
      "null",
      '{"from":"lyon","kind":"ftp","target":""}',
      '{"from":1,"kind":"tcp","target":""}',
    ]
  ) {
    const [status, text] = await ask(body);
    assert.equal(status, 422, body);
    assert.match(text, /^Failed to deserialize the JSON body into the target type: /);
  }
  for (const headers of [{}, { "x-push-token": "" }, { "x-push-token": "wrong" }, bearer(PEER_TOKEN)]) {
    assert.deepEqual(await ask(good, headers as Record<string, string>), [
      401,
      "unknown peer or invalid token",
    ]);
  }
  assert.equal((await ask(good.replace("lyon", "nobody"), token))[0], 401);
  assert.equal((await ask(good.replace("tcp", "exec"), token))[0], 404);
  const [, text] = await ask(good, token);
  assert.deepEqual(JSON.parse(text), { up: false, error: "x".repeat(200) });
  answer = null;
  assert.deepEqual(await ask(good, token), [404, "target not in this node's configuration"]);
});
