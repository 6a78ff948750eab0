import assert from "node:assert/strict";
import { someConfig } from "../tests/support/web.ts";
import { startingAnswers } from "./starting.ts";

const ask = startingAnswers(() => someConfig({ server: { allowedOrigins: ["https://a.example"] } }));
const request = (path: string, headers: Record<string, string> = {}, method = "GET") =>
  new Request(`http://hora.test${path}`, { method, headers });

Deno.test("what is said while Hora starts has the headers of every answer", () => {
  const own = ask(request("/api/summary", { "x-request-id": "mine", origin: "https://a.example" })).headers;
  assert.equal(own.get("x-request-id"), "mine");
  assert.equal(own.get("access-control-allow-origin"), "https://a.example");
  assert.match(own.get("access-control-expose-headers")!, /x-request-id/);
  assert.match(own.get("vary")!, /^Accept, origin/);
  assert.match(own.get("content-security-policy")!, /default-src 'self'/);
  assert.deepEqual([own.get("retry-after"), own.get("cache-control")], ["1", "no-store"]);
  const [one, other] = ["/", "/healthz"].map((path) => ask(request(path)).headers.get("x-request-id"));
  assert.match(one!, /^[0-9a-f]{32}$/);
  assert.notEqual(one, other);
  const preflight = ask(request("/healthz", { origin: "https://a.example" }, "OPTIONS"));
  assert.equal(preflight.status, 200);
  assert.match(preflight.headers.get("access-control-allow-headers")!, /authorization/);
});

Deno.test("what is said while Hora starts has the form that the caller reads", async () => {
  const cases: [string, string, string, RegExp][] = [
    ["/healthz", "*/*", "application/json", /^\{"status":"degraded","scheduler_ok":false,.*"peers":\{\}\}$/],
    ["/healthz/ready", "*/*", "application/json", /"db_ok":false/],
    ["/api/summary", "application/json", "application/problem+json", /"status":503,"detail":"starting"/],
    ["/", "text/html", "text/plain; charset=utf-8", /^starting\n$/],
  ];
  for (const [path, accept, type, text] of cases) {
    const answer = ask(request(path, { accept }));
    assert.equal(answer.status, 503, path);
    assert.equal(answer.headers.get("content-type"), type, path);
    assert.match(await answer.text(), text, path);
  }
});
