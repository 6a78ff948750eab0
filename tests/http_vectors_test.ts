import assert from "node:assert/strict";
import { Secret } from "../domain/secret.ts";
import {
  GROUP_TOKEN,
  httpMonitor,
  openWeb,
  PEER_TOKEN,
  PUSH_TOKEN,
  pushMonitor,
  TOKEN,
  type Web,
  type Wish,
} from "./support/web.ts";

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
  server: { groupTokens: { tenant: new Secret(GROUP_TOKEN) } },
};

/** Method, path, headers, status, body (text or pattern). */
type Case = readonly [string, string, Record<string, string>, number, (string | RegExp)?];

async function tryAll(web: Web, cases: readonly Case[]): Promise<void> {
  for (const [method, path, headers, status, body] of cases) {
    const answer = await web.request(path, { method, headers });
    const text = await answer.text();
    const what = `${method} ${path} ${JSON.stringify(headers)}: ${answer.status} ${text.slice(0, 120)}`;
    assert.equal(answer.status, status, what);
    if (typeof body === "string") assert.equal(text, body, what);
    else if (body !== undefined) assert.match(text, body, what);
    assert.match(answer.headers.get("x-request-id") ?? "", /^[0-9a-f]{32}$/, what);
  }
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

Deno.test("errors have the status and the words that clients know", async () => {
  await using web = await openWeb(harbour);
  const op = bearer(TOKEN);
  await tryAll(web, [
    ["GET", "/api/summary?token=a&token=b", {}, 400, /^Failed to deserialize query string: /],
    ["GET", "/api/monitors/gw/latency?hours=x", {}, 400, /^Failed to deserialize query string: /],
    ["GET", "/api/monitors/nobody/latency?hours=abc", {}, 400],
    ["GET", "/api/monitors/gw/latency?hours=", {}, 400],
    ["GET", "/api/monitors/gw/latency?hours=1&hours=2", {}, 400],
    ["GET", "/api/monitors/gw/latency?hours=9223372036854775808", {}, 400],
    ["GET", "/api/monitors/gw/latency?hours=-3&other=1&other=2", {}, 200, "[]"],
    ["GET", "/api/monitors/gw/latency?hours=+7", {}, 400],
    ["GET", "/api/monitors/gw/latency?hours=%2B7", {}, 200],
    ["GET", "/api/monitors/nobody/latency", {}, 404, "unknown monitor"],
    ["GET", "/api/monitors/%ff/latency", {}, 400, /^Invalid URL: /],
    ["GET", "/api/badge/nobody/status", {}, 404, "unknown monitor"],
    ["GET", "/api/badge/gw/status?token=a&token=b", {}, 200],
    ["GET", "/api/report/2031-13", {}, 400, "month must be YYYY-MM and not in the future"],
    ["GET", "/api/report/2026-12", {}, 400],
    ["GET", "/api/report/2026-+5", {}, 400],
    ["GET", "/api/report/2026-11?group=nobody", {}, 404, "unknown group"],
    ["GET", "/status/nobody", {}, 404, "unknown group"],
    ["POST", "/api/silence", {}, 401, "silencing requires server.auth_token and a matching token"],
    ["POST", "/api/silence", op, 400, /^Failed to deserialize query string: missing field `monitors`/],
    [
      "POST",
      "/api/silence?monitors=gw&duration=10",
      op,
      400,
      "invalid duration (use e.g. 10m, 1h30m; max 7d)",
    ],
    ["POST", "/api/silence?monitors=gw&duration=7d", op, 200],
    ["POST", "/api/silence?monitors=gw&duration=7d1s", op, 400],
    ["POST", "/api/silence?monitors=,%20,&duration=1m", op, 400, "no monitor ids given"],
    ["POST", "/api/silence?monitors=gw,typo&duration=1m", op, 404, "unknown monitor id"],
    ["POST", "/api/announce?title=x", {}, 401, "announcing requires server.auth_token and a matching token"],
    ["DELETE", "/api/announce", {}, 401, "announcing requires server.auth_token and a matching token"],
    ["POST", "/api/announce?title=+%20", op, 400, "title must not be empty"],
    [
      "POST",
      "/api/announce?title=x&severity=Info",
      op,
      400,
      "severity must be info, warning, critical or resolved",
    ],
    [
      "POST",
      "/api/announce?title=x&severity=",
      op,
      400,
      "severity must be info, warning, critical or resolved",
    ],
    ["POST", "/api/announce?title=x&until=soon", op, 400, "invalid until (use e.g. 4h, 90m)"],
    ["POST", "/api/push/nobody?status=DOWN", {}, 404, "unknown push target"],
    ["POST", "/api/push/gw", {}, 404, "unknown push target"],
    ["POST", "/api/push/nightly?ping=x", {}, 401, "invalid push token"],
    ["GET", "/nowhere", {}, 404, ""],
    ["GET", "/api/summary/", {}, 404, ""],
    ["GET", "/API/summary", {}, 404, ""],
    ["POST", "/api/peer/probe", {}, 415, "Expected request with `Content-Type: application/json`"],
  ]);
});

Deno.test("the viewer's token is the Bearer header when there is one, or else the query", async () => {
  await using web = await openWeb(harbour);
  const sees = async (path: string, headers: Record<string, string>) =>
    (await (await web.request(path, { headers })).text()).includes("Vault");
  const right = `?token=${TOKEN}`;
  assert.equal(await sees("/api/summary", {}), false);
  assert.equal(await sees(`/api/summary${right}`, {}), true);
  assert.equal(await sees("/api/summary?token=wrong", bearer(TOKEN)), true);
  assert.equal(await sees(`/api/summary${right}`, bearer("wrong")), false);
  assert.equal(await sees(`/api/summary${right}`, { authorization: "Basic abc" }), true);
  assert.equal(await sees(`/api/summary${right}`, { authorization: `bearer ${TOKEN}` }), true);
  assert.equal(await sees("/api/summary", { authorization: `Bearer  ${TOKEN}` }), false);
  assert.equal(await sees("/api/summary", bearer(GROUP_TOKEN)), false);
});

Deno.test("without a configured token nobody is an operator", async () => {
  await using web = await openWeb({ ...harbour, server: { authToken: null } });
  for (const token of ["", "undefined", "null", TOKEN]) {
    const answer = await web.request(`/api/silence?monitors=all&duration=1m&token=${token}`, {
      method: "POST",
    });
    assert.equal(answer.status, 401, token);
    await answer.body?.cancel();
  }
});

Deno.test("a group's token counts on that group's page and report, nowhere else", async () => {
  await using web = await openWeb(harbour);
  const text = async (path: string) =>
    await (await web.request(path, { headers: bearer(GROUP_TOKEN) })).text();
  assert.match(await text("/status/tenant"), /Cellar/);
  assert.doesNotMatch(await text("/status/core"), /Vault/);
  assert.match(await text("/api/report/2026-11?group=tenant"), /Cellar/);
  assert.doesNotMatch(await text("/api/report/2026-11?group=core"), /Vault/);
  assert.doesNotMatch(await text("/api/report/2026-11"), /Cellar/);
  for (
    const path of ["/api/summary", "/metrics", "/api/incidents", "/api/monitors/cellar", "/history", "/"]
  ) {
    assert.doesNotMatch(await text(path), /Cellar/, path);
  }
});

Deno.test("a heartbeat needs its own token; a private target looks missing to all others", async () => {
  await using web = await openWeb(harbour);
  const push = { "x-push-token": PUSH_TOKEN };
  await tryAll(web, [
    ["POST", "/api/push/nightly", push, 200, "ok"],
    ["POST", `/api/push/nightly?token=${PUSH_TOKEN}`, {}, 200, "ok"],
    ["POST", `/api/push/nightly?token=${PUSH_TOKEN}`, { "x-push-token": "wrong" }, 401, "invalid push token"],
    ["POST", "/api/push/nightly", bearer(PUSH_TOKEN), 401],
    ["POST", "/api/push/nightly", bearer(TOKEN), 401],
    ["POST", "/api/push/nightly?status=DOWN", push, 400],
    ["POST", "/api/push/nightly?status=", push, 400],
    ["POST", "/api/push/nightly?ping=-1", push, 400],
    ["POST", "/api/push/nightly?ping=3600001", push, 400],
    ["POST", "/api/push/nightly?ping=3600000&status=degraded&msg=slow", push, 200, "ok"],
    ["POST", "/api/push/nightly?status=up&status=down", push, 400],
    ["POST", "/api/push/open?status=down&msg=tape+full", {}, 200, "ok"],
    ["POST", "/api/push/secretly", {}, 404, "unknown push target"],
    ["POST", "/api/push/secretly?status=DOWN", { "x-push-token": "wrong" }, 404, "unknown push target"],
    ["POST", "/api/push/secretly", push, 200, "ok"],
    ["GET", "/api/push/nightly", push, 405, ""],
  ]);
  assert.equal((await web.store.checks.newest("open", 1))[0].reason, "tape full");
});

Deno.test("a heartbeat's message is cut at 500 characters, without control characters", async () => {
  await using web = await openWeb(harbour);
  const msg = encodeURIComponent(`\u001b[31mred\u0000 ${"é😀".repeat(400)}`);
  const answer = await web.request(`/api/push/open?msg=${msg}`, { method: "POST" });
  assert.equal(await answer.text(), "ok");
  const { message } = (await web.store.checks.newest("open", 1))[0];
  assert.equal([...message!].length, 500);
  assert.match(message!, /^ \[31mred {2}é😀/);
});

Deno.test("wrong methods name the right ones; OPTIONS promises only CORS", async () => {
  await using web = await openWeb(harbour);
  const cases: [string, string, string | null, boolean][] = [
    ["POST", "/api/summary", "GET,HEAD", true],
    ["POST", "/metrics", "GET,HEAD", false],
    ["GET", "/api/push/nightly", "POST", true],
    ["PUT", "/healthz", "GET,HEAD", false],
    ["PATCH", "/", "GET,HEAD", false],
  ];
  for (const [method, path, allow, limited] of cases) {
    const answer = await web.request(path, { method });
    assert.equal(answer.status, 405, path);
    assert.equal(answer.headers.get("allow"), allow, path);
    assert.equal(answer.headers.has("x-ratelimit-limit"), limited, path);
    assert.equal(await answer.text(), "");
  }
  for (const path of ["/api/summary", "/no/such/path", "/"]) {
    const answer = await web.request(path, {
      method: "OPTIONS",
      headers: { origin: "https://dash.example" },
    });
    assert.equal(answer.status, 200, path);
    assert.equal(await answer.text(), "");
    assert.equal(answer.headers.get("content-security-policy"), null);
    assert.equal(answer.headers.get("x-ratelimit-limit"), null);
    assert.equal(answer.headers.get("allow"), path === "/no/such/path" ? null : "GET,HEAD");
    assert.match(answer.headers.get("access-control-allow-headers")!, /authorization/);
    assert.ok(answer.headers.get("x-request-id"));
  }
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

Deno.test("security headers stand on every answer, and the policy allows neither scripts nor inline styles", async () => {
  await using web = await openWeb(harbour);
  for (const path of ["/", "/nowhere", "/api/summary", "/metrics", "/api/monitors/x/latency"]) {
    const { headers } = await web.request(path);
    const policy = headers.get("content-security-policy")!;
    assert.match(policy, /^default-src 'self'; script-src 'none'; style-src 'self'; img-src 'self' data:/);
    assert.doesNotMatch(policy, /unsafe/);
    assert.equal(headers.get("x-content-type-options"), "nosniff", path);
    assert.equal(headers.get("x-frame-options"), "DENY");
    assert.equal(headers.get("referrer-policy"), "no-referrer");
    assert.ok(headers.get("permissions-policy"));
    assert.equal(headers.get("cross-origin-opener-policy"), "same-origin");
  }
});

Deno.test("an inbound request id is kept when it is short and plain, else replaced", async () => {
  await using web = await openWeb(harbour);
  const cases: [string, boolean][] = [
    ["abc-1.2_3", true],
    ["x".repeat(128), true],
    ["x".repeat(129), false],
    ["a b", false],
    ["<b>", false],
  ];
  for (const [id, kept] of cases) {
    const answer = await web.request("/healthz", { headers: { "x-request-id": id } });
    assert.equal(answer.headers.get("x-request-id") === id, kept, id);
    await answer.body?.cancel();
  }
});

Deno.test("CORS lets any origin read by default, those listed only when there is a list, and the star means any", async () => {
  const origin = async (allowedOrigins: string[], asked: string) => {
    await using web = await openWeb({ ...harbour, server: { allowedOrigins } });
    const answer = await web.request("/api/summary", { headers: { origin: asked } });
    assert.match(
      answer.headers.get("vary")!,
      /origin, access-control-request-method, access-control-request-headers/,
    );
    assert.match(answer.headers.get("access-control-expose-headers")!, /x-ratelimit-remaining/);
    await answer.body?.cancel();
    return answer.headers.get("access-control-allow-origin");
  };
  assert.equal(await origin([], "https://a.example"), "*");
  assert.equal(await origin(["*"], "https://a.example"), "*");
  assert.equal(await origin(["https://a.example"], "https://a.example"), "https://a.example");
  assert.equal(await origin(["https://a.example"], "https://b.example"), null);
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

Deno.test("errors are problems when JSON is preferred, and every 401 says how to authenticate", async () => {
  await using web = await openWeb(harbour);
  const answer = await web.request("/api/silence", {
    method: "POST",
    headers: { accept: "application/json" },
  });
  assert.equal(answer.headers.get("content-type"), "application/problem+json");
  assert.deepEqual(await answer.json(), {
    type: "about:blank",
    title: "Unauthorized",
    status: 401,
    detail: "silencing requires server.auth_token and a matching token",
  });
  for (const path of ["/api/silence", "/api/announce", "/api/push/nightly"]) {
    const refused = await web.request(path, { method: "POST" });
    assert.equal(refused.status, 401);
    assert.ok(refused.headers.get("www-authenticate"), path);
    await refused.body?.cancel();
  }
});

Deno.test("a silence is listed, cleared by id or monitor, and shown to the operator alone", async () => {
  await using web = await openWeb(harbour);
  const json = async (path: string, method: string) => await (await web.asOperator(path, { method })).json();
  const now = Math.floor(web.clock.now() / 1_000);
  const made = await json("/api/silence?monitors=gw,%20docs,,gw&duration=2h5m&reason=deploy", "POST");
  assert.deepEqual(made.monitors, ["gw", "docs", "gw"]);
  assert.equal(made.until, now + 7_500);
  assert.equal(made.ids.length, 2);
  assert.deepEqual((await json("/api/silence?monitors=+all+&duration=1d", "POST")).monitors, ["*"]);
  const { silences } = await json("/api/silence", "GET");
  assert.equal(silences.length, 3);
  assert.equal(silences.find((one: { monitor: string }) => one.monitor === "gw").reason, "deploy");
  assert.match(await (await web.asOperator("/api/summary")).text(), /"silenced_until":/);
  assert.doesNotMatch(await (await web.request("/api/summary")).text(), /silenced/);
  assert.deepEqual(await json(`/api/silence?id=${made.ids[0]}`, "DELETE"), { cleared: 1 });
  assert.deepEqual(await json("/api/silence?monitors=docs", "DELETE"), { cleared: 1 });
  assert.deepEqual(await json("/api/silence", "DELETE"), { cleared: 1 });
  assert.deepEqual(await json("/api/silence", "DELETE"), { cleared: 0 });
  assert.equal((await web.request("/api/silence")).status, 401);
});

Deno.test("a banner shows at once, keeps its limits, and goes by id", async () => {
  await using web = await openWeb(harbour);
  const json = async (path: string, method: string) => await (await web.asOperator(path, { method })).json();
  await (await web.request("/api/summary")).body?.cancel();
  const title = encodeURIComponent(`  Fibre works${"!".repeat(300)}`);
  const first = await json(`/api/announce?title=${title}&severity=warning&until=4h`, "POST");
  assert.equal(first.until, Math.floor(web.clock.now() / 1_000) + 14_400);
  const summary = await (await web.request("/api/summary")).json();
  assert.equal([...summary.incidents[0].title].length, 200);
  assert.equal(summary.incidents[0].at, "2026-11-23 14:17 UTC");
  const second = await json("/api/announce?title=Second", "POST");
  assert.ok(!("until" in second));
  assert.equal((await json("/api/announce", "GET")).announcements.length, 2);
  assert.deepEqual(await json(`/api/announce?id=${first.id}`, "DELETE"), { cleared: 1 });
  assert.deepEqual((await (await web.request("/api/summary")).json()).incidents.length, 1);
  assert.deepEqual(await json("/api/announce", "DELETE"), { cleared: 1 });
  assert.deepEqual(await json("/api/announce", "DELETE"), { cleared: 0 });
});

Deno.test("a peer's probe is judged in order: type, size, syntax, shape, token, target", async () => {
  let answer: { up: boolean; error?: string } | null = { up: false, error: "x".repeat(300) };
  await using web = await openWeb({
    ...harbour,
    peers: [{
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
    }],
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
