import assert from "node:assert/strict";
import * as shapes from "../config/shapes.ts";
import { formatProblem, type LoadResult } from "../config/load.ts";
import { parseConfig } from "../config/parse.ts";

const folder = "tests/testdata/config";
const secret = "sekrit-value-that-is-never-shown";
const env = { HORA_TEST_SECRET: secret };

/** What `hora check` would print. */
function reportOf(result: LoadResult): string {
  const problems = result.ok ? [] : result.problems.map((problem) => `error ${formatProblem(problem)}`);
  const warnings = result.warnings.map((problem) => `warning ${formatProblem(problem)}`);
  return [...problems, ...warnings].map((line) => line + "\n").join("");
}

function examples(kind: "broken" | "good"): string[] {
  return [...Deno.readDirSync(`${folder}/${kind}`)]
    .map((entry) => entry.name).filter((name) => name.endsWith(".toml")).sort();
}

/** With `HORA_TEST_ACCEPT=1` the found reports become the expected ones, to be read before they are committed. */
async function expectReport(kind: "broken" | "good", name: string): Promise<LoadResult> {
  const result = parseConfig(await Deno.readTextFile(`${folder}/${kind}/${name}`), { file: name, env });
  const path = `${folder}/${kind}/${name.replace(/toml$/, "expected")}`;
  const found = reportOf(result);
  if (Deno.env.get("HORA_TEST_ACCEPT") === "1") await Deno.writeTextFile(path, found);
  assert.equal(found, await Deno.readTextFile(path));
  assert.ok(!found.includes(secret), "a secret was printed");
  return result;
}

Deno.test("fifty and more broken files are refused, each with its whole report", async (t) => {
  const names = examples("broken");
  assert.ok(names.length >= 50);
  for (const name of names) {
    await t.step(name, async () => assert.ok(!(await expectReport("broken", name)).ok));
  }
});

Deno.test("good files load, with the warnings they deserve", async (t) => {
  for (const name of examples("good")) {
    await t.step(name, async () => assert.ok((await expectReport("good", name)).ok));
  }
});

Deno.test("HORA_BIND replaces the address, but does not hide that the file's is no text", () => {
  const parse = (bind: string) =>
    parseConfig(`[page]\n[server]\nbind = ${bind}\n`, { file: "x.toml", env: { HORA_BIND: "127.0.0.1:1" } });
  const good = parse('"0.0.0.0:80"');
  assert.ok(good.ok && good.config.server.bind === "127.0.0.1:1");
  assert.equal(reportOf(parse("5")), "error x.toml:3:8: server.bind: must be a text in quotes, got 5\n");
});

Deno.test("a database without a name is a mistake of whoever gave it none", () => {
  const parse = (path: string, env: Record<string, string>) =>
    reportOf(parseConfig(`[page]\n[server]\ndatabase_path = "${path}"\n`, { file: "x.toml", env }));
  const mistake = 'error x.toml:3:17: server.database_path: must name a file, got ""';
  assert.equal(parse("", {}), `${mistake}\n`);
  assert.equal(parse("hora.db", { HORA_DATABASE_PATH: "" }), `${mistake} from HORA_DATABASE_PATH\n`);
  assert.equal(parse("", { HORA_DATABASE_PATH: "hora.db" }), "");
});

Deno.test("what a database's URI says in vain is warned of", () => {
  const warned = (path: string) => {
    const text = `[page]\n[server]\ndatabase_path = "${path}"\n`;
    return reportOf(parseConfig(text, { file: "x.toml", env: {} }));
  };
  for (const path of ["hora.db?cache=shared", "file:hora.db", "file:hora.db?mode=rw#x?y=z"]) {
    assert.equal(warned(path), "", path);
  }
  for (
    const path of ["file:hora.db?mode=rw&immutable=1", "file:hora.db?vfs=unix-none", "file:hora.db?mode=r"]
  ) {
    assert.equal(
      warned(path),
      "warning x.toml:3:17: server.database_path: of the parameters of a URI only mode counts, which may be " +
        `ro, rw, rwc or memory: all else is ignored, got "${path}"\n`,
    );
  }
});

Deno.test("an old file keeps its meaning", async () => {
  const text = await Deno.readTextFile(`${folder}/good/old_style.toml`);
  const result = parseConfig(text, { file: "config.toml", env: { ...env, HORA_BIND: "127.0.0.1:0" } });
  assert.ok(result.ok);
  const { server, channels, monitors, health, peers, maintenance, alerts } = result.config;
  assert.equal(server.bind, "127.0.0.1:0");
  assert.equal(alerts.defaultRetentionDays, 90);
  assert.deepEqual(channels.map((channel) => channel.enabled), [false, true, true]);
  assert.ok(channels[1].type === "email" && channels[1].tls === "implicit");
  assert.ok(channels[2].type === "ntfy" && channels[2].token === null);
  const [api, shop, , , zone, backup] = monitors;
  assert.ok(api.kind === "http");
  assert.deepEqual(api.expectedStatus, [[200, 200]]);
  assert.equal(api.sloUptimePercent, 99.95);
  assert.equal(api.headers["X-Key"].reveal(), secret);
  assert.equal(api.domainExpiry, "example.com");
  assert.match(api.tls.certPin!, /^[0-9a-f]{64}$/);
  assert.ok(api.tls.checkCert);
  assert.deepEqual(api.dependsOn, ["db"]);
  assert.ok(shop.kind === "http" && !shop.tls.checkCert && shop.retentionDays === 1);
  assert.ok(zone.kind === "dns" && zone.record === "MX" && zone.resolver?.port === 53);
  assert.ok(backup.kind === "push" && backup.graceSecs === 0 && backup.notify?.length === 0);
  assert.equal(health?.heartbeatUrl, null);
  assert.equal(peers[0].listenId, "node-b");
  assert.equal(maintenance[0].startAt, Date.UTC(2026, 5, 10, 1));
  assert.ok(Object.isFrozen(monitors) && Object.isFrozen(api.headers));
  assert.ok(!Deno.inspect(result.config, { depth: 9 }).includes(secret));
  assert.ok(!JSON.stringify(result.config).includes(secret));
});

Deno.test("what is read and clicked has words: a blank name is the id, a blank title the usual one", () => {
  for (const blank of ["", "  ", "\\u200b", "\\u3000"]) {
    const text = `[page]\ntitle = "${blank}"\n[server]\n[health]\nid = "a"\n` +
      `[[monitors]]\nid = "web"\nname = "${blank}"\nkind = "dns"\ntarget = "localhost"\ninterval_secs = 60\n` +
      `[[peers]]\nid = "b"\nname = "${blank}"\nping_url = "https://b.example/api/push/a"\n`;
    const result = parseConfig(text, { file: "hora.toml", env: {} });
    assert.ok(result.ok);
    const { page, monitors, peers } = result.config;
    assert.deepEqual([page.title, monitors[0].name, peers[0].name], ["Status", "web", "b"]);
  }
});

Deno.test("odd values of an old file keep their meaning, or get one that harms nobody", async () => {
  const text = await Deno.readTextFile(`${folder}/good/odd_values.toml`);
  const result = parseConfig(text, { file: "config.toml", env });
  assert.ok(result.ok);
  const { server, alerts, maintenance, monitors: [tcp, web, zone, seconds] } = result.config;
  assert.equal(tcp.name, "tcp");
  assert.equal(alerts.failThreshold, 1);
  assert.equal(alerts.defaultRetentionDays, 1);
  assert.deepEqual(Object.entries(server.groupTokens).map(([group, token]) => [group, token.reveal()]), [
    ["__proto__", "0123456789abcdef-proto"],
    [" ", "0123456789abcdef-blank"],
  ]);
  assert.deepEqual([server.allowedOrigins, server.clientIpHeader], [[], null]);
  assert.deepEqual(maintenance[0], {
    title: "",
    startAt: Date.UTC(2026, 5, 10, 1, 0, 0, 123),
    endAt: Date.UTC(2026, 5, 10, 1, 0, 0, 124),
    monitors: ["tpc"],
  });
  assert.ok(Number.isFinite(new Date(Date.now() + 3 * tcp.intervalSecs * 1000).getTime()));
  assert.ok(tcp.timeoutSecs * 1000 < 2 ** 31);
  assert.ok(web.kind === "http" && web.tls.checkCert);
  assert.deepEqual(Object.entries(web.headers).map(([name, value]) => [name, value.reveal()]), [
    ["__proto__", "x"],
    ["toString", ""],
  ]);
  assert.deepEqual(web.expectedStatus, [[65_535, 65_535]]);
  assert.ok(zone.kind === "dns");
  assert.deepEqual([zone.resolver, zone.record, zone.expected], [
    { host: "fd00::1", port: 5353 },
    "PTR",
    null,
  ]);
  assert.ok(seconds.kind === "push" && seconds.target === "");
});

Deno.test("the sample hora.toml loads without a warning and names every key", async () => {
  const text = await Deno.readTextFile("hora.toml");
  const result = parseConfig(text, { file: "hora.toml", env: {} });
  assert.ok(result.ok);
  assert.deepEqual(result.warnings, []);
  assert.deepEqual(result.config.monitors.map((monitor) => monitor.kind), ["http", "tcp", "dns", "push"]);
  const sections: readonly Record<string, unknown>[] = [
    ...Object.values(shapes).filter((shape) => shape !== shapes.channelShapes),
    ...Object.values(shapes.channelShapes),
  ] as Record<string, unknown>[];
  const unnamed = sections.flatMap((shape) => Object.keys(shape)).filter((key) => !text.includes(key));
  assert.deepEqual(unnamed, []);
});

Deno.test("hora check: 0 and the path when valid, 1 when not, warnings on standard error, --strict, --json", async () => {
  const check = async (file: string, ...args: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "main.ts", "check", ...args],
      env: { HORA_CONFIG: `${folder}/${file}`, HORA_TEST_SECRET: secret },
    }).output();
    const read = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: read(stdout), stderr: read(stderr) };
  };
  const good = await check("good/newer_keys.toml");
  assert.equal(good.code, 0);
  assert.equal(good.stdout, `${folder}/good/newer_keys.toml is valid.\n`);
  assert.match(good.stderr, /^Warning: .*without effect here/);
  assert.equal((await check("good/newer_keys.toml", "--strict")).code, 1);
  const bad = await check("broken/everything_at_once.toml");
  assert.equal(bad.code, 1);
  assert.equal(bad.stdout, "");
  assert.equal(bad.stderr.match(/^Configuration error: /gm)?.length, 15);
  const json = await check("broken/server_bind.toml", "--json");
  assert.equal(json.code, 1);
  assert.equal(JSON.parse(json.stdout).problems[0].line, 3);
  assert.equal((await check("absent.toml")).code, 1);
});
