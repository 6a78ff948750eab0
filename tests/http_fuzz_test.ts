import assert from "node:assert/strict";
import { Secret } from "../domain/secret.ts";
import { chooser } from "./support/chooser.ts";
import { GROUP_TOKEN, httpMonitor, openWeb, PUSH_TOKEN, pushMonitor, TOKEN } from "./support/web.ts";

const ROUNDS = Deno.env.get("HORA_TEST_FULL") === "1" ? 100_000 : 20_000;
const SEED = Number(Deno.env.get("HORA_FUZZ_SEED") ?? 20_261_123);

const methods = ["GET", "GET", "GET", "HEAD", "POST", "POST", "DELETE", "PUT", "PATCH", "OPTIONS"];
const ids = [
  "gw",
  "vault",
  "nightly",
  "nobody",
  "1",
  "2026-11",
  "9999-12",
  "0000-00",
  "tenant",
  "%",
  "%ff",
  "%2F",
  "%00",
  "..",
  "é",
  "a%20b",
  "x".repeat(300),
];
const names = [
  "token",
  "hours",
  "status",
  "msg",
  "ping",
  "monitors",
  "duration",
  "reason",
  "title",
  "body",
  "severity",
  "until",
  "id",
  "group",
  "monitor",
  "state",
  "from",
  "limit",
  "cursor",
  "label",
  "style",
  "theme",
  "constructor",
  "__proto__",
];
const values = [
  "",
  "0",
  "1",
  "-1",
  "24",
  "99999999999999999999",
  "NaN",
  "up",
  "down",
  "all",
  "*",
  "gw",
  "gw,vault,,",
  "1h",
  "7d",
  "18:00",
  "2026-11-01",
  "2026-99-99T99:99:99Z",
  "1700000000000-1",
  "%",
  "%f",
  "%ff%fe",
  "%00",
  "%F0%9F%98%80",
  "+",
  "<script>",
  "'\"",
  "x".repeat(2_000),
  TOKEN,
  PUSH_TOKEN,
  GROUP_TOKEN,
];
const headerValues = [
  "",
  "*/*",
  "application/json",
  "text/html;q=x, */*;q=9",
  "gzip",
  "br;q=0.5, gzip",
  "Bearer ",
  `Bearer ${TOKEN}`,
  `Bearer ${GROUP_TOKEN}`,
  "Basic xyz",
  'W/"x"',
  "*",
  "curl/8",
  "x".repeat(5_000),
  "1.2.3.4, , unknown",
  "::1",
  "\u00ff\u00fe",
  PUSH_TOKEN,
  "bytes=0-1",
  "Wed, 21 Oct 2015 07:28:00 GMT",
];
const headerNames = [
  "accept",
  "accept-encoding",
  "authorization",
  "x-push-token",
  "x-request-id",
  "x-forwarded-for",
  "x-real-ip",
  "if-none-match",
  "if-modified-since",
  "user-agent",
  "origin",
  "content-type",
  "cookie",
  "range",
  "access-control-request-headers",
];
const bodies = [
  "",
  "{",
  "[]",
  "null",
  '{"from":"x","kind":"http","target":"y"}',
  '{"__proto__":1}',
  "\u0000",
  "[".repeat(20_000),
  "token=x",
];

Deno.test(`${ROUNDS} strange requests get an answer each, and never a 500`, async () => {
  await using web = await openWeb({
    monitors: [
      httpMonitor("gw", { name: "Gateway", sloUptimePercent: 99.9 }),
      httpMonitor("vault", { name: "Vault", public: false, group: "tenant" }),
      pushMonitor("nightly"),
    ],
    server: { groupTokens: { tenant: new Secret(GROUP_TOKEN) } },
  });
  await web.check({ monitorId: "gw" });
  await web.incident({ monitorId: "gw", startedAt: web.clock.now() - 60_000, reason: "x" });
  const { below, pick, next } = chooser(SEED);
  const routes = [
    ...new Set(web.app.routes.map(({ path }) => path)),
    "/*",
    "/nowhere",
    "//",
    "/api",
    "/api/../metrics",
    "/%2e%2e/",
  ];
  const seen = new Map<number, number>();
  for (let round = 0; round < ROUNDS; round++) {
    const path = pick(routes).replace(/:[a-z]+/g, () => pick(ids));
    const query = Array.from({ length: below(4) }, () => `${pick(names)}=${pick(values)}`).join(
      pick(["&", "&", ";", "&&"]),
    );
    const headers = new Headers();
    for (let i = below(4); i > 0; i--) headers.append(pick(headerNames), pick(headerValues));
    if (next() < 0.3) headers.set("authorization", `Bearer ${TOKEN}`);
    if (next() < 0.05) headers.set("if-none-match", "*");
    const method = pick(methods);
    const hasBody = !["GET", "HEAD"].includes(method) && next() < 0.5;
    if (hasBody && next() < 0.5) headers.set("content-type", "application/json");
    const what = `seed ${SEED}, round ${round}: ${method} ${path}?${query} ${JSON.stringify([...headers])}`;
    const answer = await web.request(query === "" ? path : `${path}?${query}`, {
      method,
      headers,
      ...(hasBody ? { body: pick(bodies) } : {}),
    });
    await answer.arrayBuffer();
    seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
    assert.ok(answer.status < 500, `${answer.status}: ${what}`);
    assert.ok(answer.headers.get("x-request-id"), what);
  }
  for (const status of [200, 304, 400, 401, 404, 405]) {
    assert.ok(seen.has(status), `${status} was never seen: ${JSON.stringify([...seen])}`);
  }
});
