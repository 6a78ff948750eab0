import assert from "node:assert/strict";
import type { Alerts } from "../alerts/alerts.ts";
import { DAY, HOUR } from "../domain/clock.ts";
import type { Config } from "../domain/config.ts";
import { parseConfig } from "../config/parse.ts";
import type { CertificateFacts } from "../domain/outcome.ts";
import { openStore } from "../store/open.ts";
import { Authority } from "../tests/support/authority.ts";
import { ManualClock } from "../tests/support/manual_clock.ts";
import { Nginx, nginxProgram } from "../tests/support/nginx.ts";
import { freePort } from "../tests/support/programs.ts";
import { runCertificatePass } from "./certificates.ts";
import { runDomainPass } from "./domains.ts";

function configFrom(monitors: string[]): Config {
  const blocks = monitors.map((lines, at) =>
    `[[monitors]]\nid = "m${at}"\nname = "M${at}"\ninterval_secs = 60\n${lines}`
  );
  const parsed = parseConfig(`[page]\n[server]\n${blocks.join("\n")}`, { file: "test", env: {} });
  if (!parsed.ok) throw new Error(parsed.problems.map((problem) => problem.message).join("; "));
  return parsed.config;
}
const { signal } = new AbortController();

Deno.test({
  name:
    "runCertificatePass() looks at once at new monitors, hourly at others, and leaves the unreachable alone",
  ignore: nginxProgram === null,
  async fn() {
    await using authority = await Authority.make();
    const { cert, key } = await authority.issue("site", { until: "300601120000Z" });
    const block = `server { listen 127.0.0.1:PORT0 ssl; ssl_certificate ${cert}; ssl_certificate_key ${key}; }
      server { listen 127.0.0.1:PORT1; return 200 x; }`;
    await using nginx = await Nginx.start(block, 2);
    const clock = new ManualClock();
    const store = await openStore(":memory:", { clock });
    const config = configFrom([
      `target = "https://localhost:${nginx.ports[0]}/"`,
      `target = "https://localhost:${nginx.ports[1]}/"`,
      `target = "https://localhost:${freePort()}/"`,
      `target = "http://localhost:${nginx.ports[1]}/"`,
      `kind = "tls"\ntarget = "localhost:${nginx.ports[0]}"`,
    ]);
    const seen: [string, CertificateFacts | null, string | null][] = [];
    const alerts = {
      async observeCertificate(
        monitor: { id: string },
        facts: CertificateFacts | null,
        error: string | null,
        now: number,
      ) {
        seen.push([monitor.id, facts, error]);
        await store.certificates.upsert({ monitorId: monitor.id, facts, checkedAt: now, error });
      },
    };
    const deps = { store, alerts, clock, config: () => config };
    assert.equal(await runCertificatePass(deps, signal), 4);
    const of = (id: string) => seen.find(([one]) => one === id);
    assert.equal(of("m0")?.[1]?.notAfterAt, Date.parse("2030-06-01T12:00:00Z"));
    assert.equal(of("m4")?.[1]?.subject, "CN=site");
    assert.equal(of("m1")?.[1], null);
    assert.match(of("m1")?.[2] ?? "", /TLS handshake failed/);
    assert.equal(of("m2"), undefined);
    assert.equal(await runCertificatePass(deps, signal), 1, "only the one never read");
    clock.jump(HOUR);
    assert.equal(await runCertificatePass(deps, signal), 4);
    await store.close();
  },
});

Deno.test("runDomainPass() asks each domain once a day through the bootstrap, which it keeps for a week", async () => {
  const asked: string[] = [];
  let works = true;
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request): Response => {
      const { pathname } = new URL(request.url);
      asked.push(pathname);
      if (!works) return new Response("", { status: 500 });
      const base = new URL("/rdap", request.url).href;
      if (pathname === "/bootstrap") {
        return Response.json({ services: [[["test", "co.test"], [base]], "nonsense", [["x"], ["ftp://y"]]] });
      }
      if (pathname === "/rdap/domain/moved.test") {
        return new Response(null, { status: 302, headers: { location: "/rdap/domain/here.test" } });
      }
      const events = [{ eventAction: "registration", eventDate: "2001-01-01T00:00:00Z" }, {
        eventAction: "expiration",
        eventDate: "2030-01-02T03:04:05Z",
      }];
      return Response.json({ events });
    },
  );
  const clock = new ManualClock("2026-11-23T12:00:00Z");
  const store = await openStore(":memory:", { clock });
  const dns = (domain: string) => `kind = "dns"\ntarget = "x.test"\ndomain_expiry = "${domain}"`;
  const config = configFrom([dns("one.test"), dns("one.test"), dns("moved.test"), dns("none.zz")]);
  const seen: [string, number | null, string | null][] = [];
  const alerts = {
    async observeDomain(
      monitor: { id: string; domainExpiry: string | null },
      expiresAt: number | null,
      error: string | null,
      now: number,
    ) {
      seen.push([monitor.id, expiresAt, error]);
      const domain = monitor.domainExpiry ?? "";
      const before = (await store.domains.list()).find((record) => record.domain === domain);
      await store.domains.upsert({
        domain,
        expiresAt: expiresAt ?? before?.expiresAt ?? null,
        checkedAt: now,
        error,
      });
    },
  };
  const bootstrapUrl = `http://127.0.0.1:${server.addr.port}/bootstrap`;
  const deps = { store, alerts, clock, config: () => config, bootstrapUrl };

  assert.equal(await runDomainPass(deps, signal), 3);
  const expiry = Date.parse("2030-01-02T03:04:05Z");
  assert.deepEqual(seen.slice(0, 3), [["m0", expiry, null], ["m1", expiry, null], ["m2", expiry, null]]);
  assert.match(seen[3][2] ?? "", /no server is known for the zone of none\.zz/);
  assert.equal(asked.filter((path) => path.endsWith("/one.test")).length, 1);
  assert.equal(await runDomainPass(deps, signal), 0, "not again today");

  clock.jump(DAY);
  works = false;
  asked.length = seen.length = 0;
  assert.equal(await runDomainPass(deps, signal), 3);
  assert.ok(!asked.includes("/bootstrap"), "the list is kept");
  assert.match(seen[0][2] ?? "", /HTTP 500/);
  assert.equal(
    (await store.domains.list()).find((record) => record.domain === "one.test")?.expiresAt,
    expiry,
  );

  clock.jump(7 * DAY);
  asked.length = 0;
  await runDomainPass(deps, signal);
  assert.ok(asked.includes("/bootstrap"), "asked again after a week");
  assert.ok(asked.includes("/rdap/domain/one.test"), "the old list serves on");
  await store.close();
});

Deno.test("runDomainPass() shows a monitor added later what was found today, without another lookup", async () => {
  const clock = new ManualClock("2026-11-23T12:00:00Z");
  const store = await openStore(":memory:", { clock });
  const checkedAt = clock.now() - HOUR;
  const expiresAt = clock.now() + 5 * DAY;
  await store.domains.upsert({ domain: "one.test", expiresAt, checkedAt, error: null });
  await store.domains.upsert({ domain: "two.test", expiresAt, checkedAt, error: "HTTP 503" });
  const dns = (domain: string) => `kind = "dns"\ntarget = "x.test"\ndomain_expiry = "${domain}"`;
  const seen: unknown[] = [];
  const alerts = {
    observeDomain: (...[monitor, ...found]: Parameters<Alerts["observeDomain"]>) => {
      seen.push([monitor.id, ...found]);
      return Promise.resolve();
    },
  };
  const bootstrapUrl = "http://127.0.0.1:1/nobody-is-asked";
  const config = configFrom([dns("one.test"), dns("one.test"), dns("two.test")]);
  assert.equal(await runDomainPass({ store, alerts, clock, config: () => config, bootstrapUrl }, signal), 0);
  assert.deepEqual(seen, [
    ["m0", expiresAt, null, clock.now(), checkedAt],
    ["m1", expiresAt, null, clock.now(), checkedAt],
    ["m2", null, "HTTP 503", clock.now(), checkedAt],
  ]);
  await store.close();
});
