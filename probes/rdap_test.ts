import assert from "node:assert/strict";
import { lookUpDomain } from "./rdap.ts";

Deno.test("lookUpDomain() asks for a name in another script as registries know it", async () => {
  const asked: string[] = [];
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    asked.push(new URL(request.url).pathname);
    return Response.json({ events: [{ eventAction: "expiration", eventDate: "2030-01-02T03:04:05Z" }] });
  });
  const base = [`http://127.0.0.1:${server.addr.port}/`];
  const { signal } = new AbortController();
  const lookUp = (domain: string) =>
    lookUpDomain(domain, { "xn--p1ai": base, de: base }, "hora/test", signal);
  for (const domain of ["пример.рф", "xn--e1afmkfd.xn--p1ai", "münchen.de", "my_own.de"]) {
    assert.deepEqual(await lookUp(domain), { ok: true, expiresAt: Date.parse("2030-01-02T03:04:05Z") });
  }
  assert.deepEqual(asked, [
    "/domain/xn--e1afmkfd.xn--p1ai",
    "/domain/xn--e1afmkfd.xn--p1ai",
    "/domain/xn--mnchen-3ya.de",
    "/domain/my_own.de",
  ]);
  assert.deepEqual(await lookUp("xn--ü.de"), {
    ok: false,
    error: "RDAP lookup failed: xn--ü.de is no name that DNS can hold",
  });
});
