import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { httpMonitor, openWeb, pushMonitor, type Web, type Wish } from "./support/web.ts";

async function found(command: string): Promise<boolean> {
  try {
    return (await new Deno.Command(command, { args: ["--version"], stdout: "null", stderr: "null" }).output())
      .success;
  } catch {
    return false;
  }
}
const hasPromtool = await found("promtool");

const wish: Wish = {
  monitors: [
    httpMonitor("gw", { name: 'Gate "A" \\ B\nC', sloUptimePercent: 99.9, domainExpiry: "example.net" }),
    httpMonitor("docs", { name: "Docs" }),
    httpMonitor("new", { name: "New" }),
    httpMonitor("vault", { name: "Vault", public: false }),
    pushMonitor("nightly", { name: "Nightly" }),
  ],
  page: { showPeers: true },
};

async function fill(web: Web): Promise<void> {
  const at = web.clock.now() - 4_000;
  await web.check({ monitorId: "gw", at, status: "down", reason: "HTTP 502", category: "http_status" });
  await web.check({
    monitorId: "docs",
    at,
    latencyMs: 48,
    phases: { resolveMs: 1, connectMs: 2, firstByteMs: 40 },
  });
  await web.check({ monitorId: "nightly", at: at - 6_000, latencyMs: null });
  await web.check({ monitorId: "nightly", at, status: "down", category: "missing_heartbeat" });
  web.board.setCertificate({
    monitorId: "docs",
    checkedAt: at,
    error: null,
    facts: {
      notBeforeAt: at - 1e9,
      notAfterAt: at + 86_400_000 * 61 + 5_000,
      fingerprint: "ab",
      subject: "x",
      issuer: "y",
    },
  });
}

async function promtool(args: string[], input = ""): Promise<{ code: number; text: string }> {
  const child = new Deno.Command("promtool", { args, stdin: "piped", stdout: "piped", stderr: "piped" })
    .spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

Deno.test("/metrics keeps the names, labels and order that scrapers know, and leaves out what nobody knows", async () => {
  await using web = await openWeb(wish);
  await fill(web);
  const answer = await web.request("/metrics");
  assert.equal(answer.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  assert.equal(answer.headers.get("etag"), null);
  const text = await answer.text();
  const families = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);
  assert.deepEqual(families.slice(0, 6), [
    "hora_monitor_up gauge",
    "hora_monitor_degraded gauge",
    "hora_monitor_uptime_ratio gauge",
    "hora_monitor_last_latency_ms gauge",
    "hora_monitor_latency_ms summary",
    "hora_cert_expiry_days gauge",
  ]);
  const name = 'name="Gate \\"A\\" \\\\ B\\nC"';
  for (
    const line of [
      `hora_monitor_up{id="gw",${name}} 0`,
      'hora_monitor_up{id="docs",name="Docs"} 1',
      'hora_monitor_degraded{id="new",name="New"} 0',
      'hora_monitor_uptime_ratio{id="docs",name="Docs"} 1.000',
      'hora_monitor_last_latency_ms{id="docs",name="Docs"} 48',
      'hora_monitor_latency_ms{id="docs",name="Docs",quantile="0.95"} 48',
      'hora_cert_expiry_days{id="docs",name="Docs"} 61',
      'hora_monitor_status{id="new",name="New",hora_monitor_status="unknown"} 1',
      'hora_monitor_checks_total{id="gw",' + name + ',status="down"} 2',
      'hora_heartbeat_age_seconds{id="nightly",name="Nightly"} 10',
      'hora_monitor_phase_duration_seconds{id="docs",name="Docs",phase="connect"} 0.002',
      'hora_monitor_info{id="nightly",name="Nightly",kind="push"} 1',
      "hora_monitors 4",
    ]
  ) assert.ok(text.split("\n").includes(line), line);
  assert.doesNotMatch(text, /hora_monitor_up\{id="new"/);
  assert.doesNotMatch(
    text,
    /Vault|process_|hora_build_info|channel/,
    "private monitors and Hora itself are the operator's",
  );
  assert.match(
    await (await web.asOperator("/metrics")).text(),
    /hora_build_info\{version="[0-9.]+",runtime="deno [0-9.]+"\} 1/,
  );
});

Deno.test("docs/api.md names every metric, and none that is not there", async () => {
  await using web = await openWeb(wish);
  const text = await (await web.asOperator("/metrics")).text();
  const exposed = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name).filter((name) =>
    name.startsWith("hora_")
  );
  const docs = await Deno.readTextFile("docs/api.md");
  const documented = [...docs.matchAll(/`(hora_[a-z_]+)`/g)].map(([, name]) => name);
  assert.deepEqual([...new Set(documented)].sort(), exposed.sort());
});

Deno.test("/metrics speaks OpenMetrics when asked", async () => {
  await using web = await openWeb(wish);
  await fill(web);
  const accept = "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
  const answer = await web.request("/metrics", { headers: { accept } });
  assert.match(answer.headers.get("content-type")!, /^application\/openmetrics-text/);
  const upper = await web.request("/metrics", { headers: { accept: "Application/OpenMetrics-Text" } });
  assert.equal(upper.headers.get("content-type"), answer.headers.get("content-type"));
  const text = await answer.text();
  assert.match(text, /# TYPE hora_monitor_checks counter\n/);
  assert.match(text, /# TYPE hora_monitor_status stateset\n/);
  assert.ok(text.endsWith("\n# EOF\n"));
});

Deno.test({
  name: "promtool finds nothing in /metrics but the units in names that must stay",
  ignore: !hasPromtool,
  async fn() {
    await using web = await openWeb(wish);
    await fill(web);
    for (const who of ["request", "asOperator"] as const) {
      const text = await (await web[who]("/metrics")).text();
      const { text: findings } = await promtool(["check", "metrics"], text);
      const unexpected = findings.split("\n").filter((line) =>
        line !== "" &&
        !/^(hora_monitor_last_latency_ms|hora_monitor_latency_ms|hora_cert_expiry_days) .*(unit|units)/.test(
          line,
        )
      );
      assert.deepEqual(unexpected, []);
    }
  },
});

Deno.test({
  name: "promtool accepts the alert rules, and every series they and the dashboard name is in /metrics",
  ignore: !hasPromtool,
  async fn() {
    const { code, text } = await promtool(["check", "rules", "docs/prometheus/hora-rules.yml"]);
    assert.equal(code, 0, text);
    await using web = await openWeb(wish);
    await fill(web);
    const metrics = await (await web.asOperator("/metrics")).text();
    const rules = await Deno.readTextFile("docs/prometheus/hora-rules.yml");
    const dashboard = await Deno.readTextFile("docs/grafana/hora.json");
    JSON.parse(dashboard);
    const named = new Set(`${rules} ${dashboard}`.match(/\b(?:hora|process)_[a-z_]+\b/g));
    for (const name of named) {
      assert.ok(
        metrics.includes(`\n# TYPE ${name} `) || metrics.includes(`# TYPE ${name} `) ||
          metrics.includes(`,${name}="`),
        name,
      );
    }
    assert.ok(named.size > 12);
  },
});

Deno.test("/metrics of a large fleet is sent as it grows, says the same, and is packed when asked", async () => {
  const many = Array.from({ length: 1_100 }, (_, at) => httpMonitor(`m${at}`, { name: `Monitor ${at}` }));
  await using web = await openWeb({ monitors: [...many, httpMonitor("vault", { public: false })] });
  await web.check({ monitorId: "m1099", at: web.clock.now() - 1_000, latencyMs: 12 });
  const ask = (accepted: string) => web.request("/metrics", { headers: { "accept-encoding": accepted } });
  const [first, ...others] = await Promise.all(["identity", "gzip", "gzip, br"].map(ask));
  const plain = await first.text();
  for (const [i, unpack] of [gunzipSync, brotliDecompressSync].entries()) {
    assert.equal(others[i].headers.get("content-encoding"), ["gzip", "br"][i]);
    assert.match(others[i].headers.get("vary")!, /Accept-Encoding, Authorization, Accept/);
    const bytes = Buffer.from(await others[i].arrayBuffer());
    assert.ok(bytes.length < plain.length / 5, String(bytes.length));
    assert.equal(unpack(bytes).toString(), plain);
  }
  assert.match(plain, /^hora_monitor_last_latency_ms\{id="m1099",name="Monitor 1099"\} 12$/m);
  assert.equal(
    plain.match(/^hora_monitor_degraded\{/gm)?.length,
    1_100,
    "each once, and not the private one",
  );
  assert.doesNotMatch(plain, /vault|hora_build_info/);
  const whole = await web.asOperator("/metrics");
  assert.equal(whole.headers.get("cache-control"), "private, no-store");
  assert.match(await whole.text(), /hora_build_info[^]*hora_monitor_silenced\{id="vault"/);
});
