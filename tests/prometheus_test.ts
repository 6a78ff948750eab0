import assert from "node:assert/strict";
import { startHora } from "../cli/start.ts";
import { systemClock } from "../domain/clock.ts";
import { openStore } from "../store/open.ts";
import { Authority } from "./support/authority.ts";
import { eventually } from "./support/process.ts";
import { Background, findProgram, freePort, listening, runProgram } from "./support/programs.ts";

const prometheus = findProgram("prometheus");
const promtool = findProgram("promtool");
const TOKEN = "operator-token-0123456789";

Deno.test({
  name: "promtool plays every alert rule: what fires, when, with which words, and what does not",
  ignore: promtool === null,
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "hora-rules-" });
    try {
      await Deno.copyFile("docs/prometheus/hora-rules.yml", `${folder}/hora-rules.yml`);
      await Deno.copyFile("tests/testdata/prometheus/rules_test.yml", `${folder}/rules_test.yml`);
      assert.match(await runProgram(promtool!, ["test", "rules", `${folder}/rules_test.yml`]), /SUCCESS/);
      const named = (text: string, key: string) =>
        new Set([...text.matchAll(new RegExp(`${key}: (Hora\\w+)`, "g"))].map(([, name]) => name));
      const rules = named(await Deno.readTextFile(`${folder}/hora-rules.yml`), "alert");
      assert.deepEqual(named(await Deno.readTextFile(`${folder}/rules_test.yml`), "alertname"), rules);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** Asks Prometheus; null while it does not answer. */
async function get<T>(port: number, path: string): Promise<T | null> {
  try {
    return (await (await fetch(`http://127.0.0.1:${port}/api/v1/${path}`)).json()).data;
  } catch {
    return null;
  }
}

interface Alerts {
  readonly alerts: readonly { readonly labels: Readonly<Record<string, string>>; readonly state: string }[];
}

/** The dashboard's queries with everything chosen in its lists. */
async function dashboardQueries(): Promise<string[]> {
  const text = await Deno.readTextFile("docs/grafana/hora.json");
  return [...text.matchAll(/"expr": "((?:[^"\\]|\\.)*)"/g)].map(([, expr]) => JSON.parse(`"${expr}"`))
    .map((expr: string) => expr.replaceAll(/\$(?:job|monitor)\b/g, ".+"));
}

Deno.test({
  name:
    "Prometheus scrapes a Hora, fires for the monitor that is down and forgives it, and every query of the dashboard has data",
  ignore: prometheus === null || findProgram("openssl") === null,
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "hora-prometheus-" });
    await using authority = await Authority.make();
    const issued = await authority.issue("web");
    const [cert, key] = await Promise.all([Deno.readTextFile(issued.cert), Deno.readTextFile(issued.key)]);
    await using web = Deno.serve(
      { port: 0, hostname: "127.0.0.1", cert, key, onListen: () => {} },
      () => new Response("fine"),
    );
    await using receiver = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      () => new Response(),
    );
    const shut = freePort();
    await Deno.writeTextFile(
      `${folder}/hora.toml`,
      `[page]\n[server]\nauth_token = "${TOKEN}"\n[alerts]\nfail_threshold = 1\ngroup_window_secs = 0
[[channels]]\nname = "ops"\ntype = "webhook"\nurl = "http://127.0.0.1:${receiver.addr.port}/"
[[monitors]]\nid = "web"\nname = "Web"\ntarget = "https://127.0.0.1:${web.addr.port}/"\ninterval_secs = 1\nca_file = "${authority.ca}"\nslo_uptime = 99.9
[[monitors]]\nid = "gone"\nname = "Gone"\nkind = "tcp"\ntarget = "127.0.0.1:${shut}"\ninterval_secs = 1\nprobe_retries = 0
[[monitors]]\nid = "new"\nname = "New"\nkind = "push"\ninterval_secs = 3600\npublic = false\ndomain_expiry = "example.net"\n`,
    );
    const env = { HORA_BIND: "127.0.0.1:0", HORA_DATABASE_PATH: `${folder}/hora.db` };
    // Known since just now, so that no registry out there is asked.
    const store = await openStore(env.HORA_DATABASE_PATH, { clock: systemClock });
    const now = systemClock.now();
    await store.domains.upsert({
      domain: "example.net",
      checkedAt: now,
      expiresAt: now + 90 * 86_400_000,
      error: null,
    });
    await store.close();
    const hora = await startHora({ env, configPath: `${folder}/hora.toml`, watch: false });
    const rules = (await Deno.readTextFile("docs/prometheus/hora-rules.yml")).replaceAll(/^ +for: .*$/gm, "");
    await Deno.writeTextFile(`${folder}/rules.yml`, rules);
    await Deno.writeTextFile(
      `${folder}/prometheus.yml`,
      `global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [rules.yml]
scrape_configs:
  - job_name: hora
    authorization: { credentials: ${TOKEN} }
    static_configs: [{ targets: ["${new URL(hora.url).host}"] }]
`,
    );
    const port = freePort();
    try {
      await using _running = new Background(prometheus!, [
        `--config.file=${folder}/prometheus.yml`,
        `--storage.tsdb.path=${folder}/data`,
        `--web.listen-address=127.0.0.1:${port}`,
      ]);
      await listening(port);
      const firing = async () =>
        ((await get<Alerts>(port, "alerts"))?.alerts ?? []).filter(({ state }) => state === "firing")
          .map(({ labels }) => `${labels.alertname} ${labels.id ?? ""}`);
      // Before the first scrape Hora is absent, and the rule has no patience here.
      const told = await eventually(
        firing,
        (names) => names.includes("HoraMonitorDown gone") && !names.includes("HoraAbsent "),
      );
      assert.ok(!told.some((name) => /HoraMonitorDown (?:web|new)|Unwell|Stopped/.test(name)), told.join());
      const targets = await get<{ activeTargets: { health: string; lastError: string }[] }>(port, "targets");
      assert.deepEqual(targets!.activeTargets.map(({ health, lastError }) => [health, lastError]), [[
        "up",
        "",
      ]]);
      const queries = await dashboardQueries();
      assert.ok(queries.length >= 18, String(queries.length));
      for (const query of queries) {
        await eventually(
          () => get<{ result: unknown[] }>(port, `query?query=${encodeURIComponent(query)}`),
          (data) => (data?.result.length ?? 0) > 0,
        ).catch((error) => assert.fail(`${query}: ${error}`));
      }
      using _open = Deno.listen({ port: shut, hostname: "127.0.0.1" });
      await eventually(firing, (names) => !names.includes("HoraMonitorDown gone"));
    } finally {
      await hora.stop();
      await Deno.remove(folder, { recursive: true });
    }
  },
});
