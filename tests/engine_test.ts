import assert from "node:assert/strict";
import { startHora } from "../cli/start.ts";
import { systemClock } from "../domain/clock.ts";
import { openStore } from "../store/open.ts";
import { someCheck } from "./support/checks.ts";
import { eventually, type HoraProcess, runHora } from "./support/process.ts";

interface Wire {
  overall: string;
  monitors: {
    id: string;
    status: string;
    incident_id?: number;
    last_error?: string;
    last_checked: string | null;
    uptime_24h_permille: number | null;
    history: { date: string; state: string }[];
  }[];
}

const head = `[page]\ntitle = "T"\n[server]\nrate_limit_burst = 10000\n`;
const monitor = (id: string, kind: string, more: string) =>
  `[[monitors]]\nid = "${id}"\nname = "${id}"\nkind = "${kind}"\ninterval_secs = 1\nprobe_retries = 0\n${more}\n`;

async function folderWith(
  config: string,
): Promise<AsyncDisposable & { path: string; write(text: string): Promise<void> }> {
  const path = await Deno.makeTempDir({ prefix: "hora-test-" });
  const write = (text: string) => Deno.writeTextFile(`${path}/hora.toml`, text);
  await write(config);
  return { path, write, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

const summaryOf = async (url: string): Promise<Wire> => await (await fetch(`${url}/api/summary`)).json();
const statusOf = (wire: Wire, id: string) => wire.monitors.find((one) => one.id === id)?.status;

Deno.test("two whole instances live in one process, each with its own picture", async () => {
  await using one = await folderWith(head + monitor("a", "push", ""));
  await using two = await folderWith(head + monitor("b", "push", ""));
  const start = (path: string) =>
    startHora({
      env: { HORA_BIND: "127.0.0.1:0", HORA_DATABASE_PATH: `${path}/hora.db` },
      configPath: `${path}/hora.toml`,
    });
  const [first, second] = await Promise.all([start(one.path), start(two.path)]);
  try {
    assert.equal(await (await fetch(`${first.url}/api/push/a?ping=7`, { method: "POST" })).text(), "ok");
    const refused = await fetch(`${second.url}/api/push/a`, { method: "POST" });
    await refused.body?.cancel();
    assert.equal(refused.status, 404);
    assert.equal(statusOf(await summaryOf(first.url), "a"), "up", "what was answered is shown at once");
    assert.deepEqual((await summaryOf(second.url)).monitors.map(({ id, status }) => [id, status]), [
      ["b", "unknown"],
    ]);
  } finally {
    await Promise.all([first.stop(), second.stop()]);
  }
});

Deno.test("SIGTERM ends it within five seconds with nothing lost", async () => {
  await using folder = await folderWith(
    head + monitor("job", "push", "") + monitor("gone", "tcp", `target = "127.0.0.1:1"`),
  );
  await using hora = runHora(folder.path);
  const url = await hora.url;
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, i) => fetch(`${url}/api/push/job?ping=${i}`, { method: "POST" })),
  );
  assert.deepEqual(await Promise.all(answers.map((answer) => answer.text())), answers.map(() => "ok"));
  const askedAt = performance.now();
  hora.signal("SIGTERM");
  assert.equal(await hora.ended, 0, hora.log());
  assert.ok(performance.now() - askedAt < 5_000);
  await using again = runHora(folder.path);
  const series = await (await fetch(`${await again.url}/api/monitors/job/latency?hours=1`)).json();
  assert.ok(series.length > 0);
  const metrics = await (await fetch(`${await again.url}/api/summary`)).json() as Wire;
  assert.notEqual(metrics.monitors[0].last_checked, null);
});

Deno.test("kill -9 in mid-outage: history, incident and bars are there again, and nothing is told twice", async () => {
  const told: string[] = [];
  await using receiver = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      told.push(await request.text());
      return new Response("ok");
    },
  );
  const channel =
    `[[channels]]\nname = "hook"\ntype = "webhook"\nurl = "http://127.0.0.1:${receiver.addr.port}/"\n`;
  let isWell = true;
  const listen = () =>
    Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      () => new Response(null, { status: isWell ? 204 : 500 }),
    );
  await using target = listen();
  const config = head + channel + "[alerts]\nfail_threshold = 2\n" +
    monitor("web", "http", `target = "http://127.0.0.1:${target.addr.port}/"`);
  await using folder = await folderWith(config);
  let incident: number | undefined;
  {
    await using hora = runHora(folder.path);
    const url = await hora.url;
    await eventually(() => summaryOf(url), (wire) => statusOf(wire, "web") === "up");
    isWell = false;
    const down = await eventually(() => summaryOf(url), (wire) => statusOf(wire, "web") === "down");
    incident = down.monitors[0].incident_id;
    // Killed before it notes that the message was accepted, it would rightly send it once more.
    const sent = /hora_notifications_total\{[^}]*outcome="sent"[^}]*\} 1\b/;
    await eventually(
      async () => await (await fetch(`${url}/metrics`)).text(),
      (text) => sent.test(text),
    );
    assert.equal(told.length, 1);
    hora.signal("SIGKILL");
    await hora.ended;
  }
  await using hora = runHora(folder.path);
  const url = await hora.url;
  const at = await summaryOf(url);
  assert.equal(statusOf(at, "web"), "down", "the outage stands before any new check");
  assert.equal(at.monitors[0].incident_id, incident);
  assert.notEqual(at.monitors[0].history.at(-1)!.state, "empty");
  const before = at.monitors[0].last_checked!;
  await eventually(
    () => summaryOf(url),
    (wire) => Date.parse(wire.monitors[0].last_checked!) - Date.parse(before) >= 3_000,
  );
  assert.equal(told.length, 1, "an outage that was told is not told again");
  isWell = true;
  await eventually(() => summaryOf(url), (wire) => statusOf(wire, "web") === "up");
  await eventually(() => Promise.resolve(told.length), (count) => count === 2);
  assert.deepEqual(told.map((text) => text.match(/down|recover/i)?.[0].toLowerCase()), ["down", "recover"]);
});

Deno.test("a changed file is taken over live, a broken one changes nothing and is explained", async () => {
  const base = head + monitor("a", "tcp", `target = "127.0.0.1:1"`);
  await using folder = await folderWith(base);
  await using hora = runHora(folder.path);
  const url = await hora.url;
  await eventually(() => summaryOf(url), (wire) => statusOf(wire, "a") !== "unknown");
  await folder.write(base + monitor("b", "push", ""));
  await eventually(() => summaryOf(url), (wire) => wire.monitors.length === 2);
  assert.notEqual(statusOf(await summaryOf(url), "a"), "unknown", "what is known of the others stays");
  await folder.write(base.replace("interval_secs = 1", "interval_secs = 0"));
  await hora.logged("interval_secs");
  assert.equal((await summaryOf(url)).monitors.length, 2);
  await folder.write(base);
  await eventually(() => summaryOf(url), (wire) => wire.monitors.length === 1);
});

Deno.test("the log names those keys of the server that wait for a restart, and the others hold at once", async () => {
  const config = (server: string) => `[page]\n[server]\n${server}`;
  await using folder = await folderWith(config("rate_limit_burst = 100\n"));
  await using hora = runHora(folder.path);
  const url = await hora.url;
  const ask = async () => {
    const headers = { origin: "https://b.example", "x-client": "198.51.100.9" };
    const answer = await fetch(`${url}/api/summary`, { headers });
    await answer.body?.cancel();
    return ["access-control-allow-origin", "x-ratelimit-limit", "x-ratelimit-remaining"]
      .map((name) => answer.headers.get(name));
  };
  assert.deepEqual(await ask(), ["*", "100", "99"]);
  const live = `allowed_origins = ["https://a.example"]\nclient_ip_header = "x-client"\n` +
    `trusted_proxies = ["203.0.113.0/24"]\n`;
  await folder.write(config(`rate_limit_burst = 200\nrate_limit_refill_secs = 2\n${live}`));
  hora.signal("SIGHUP");
  await hora.logged("server.rate_limit_burst changed, which needs a restart");
  assert.deepEqual(await ask(), [null, "100", "99"]);
  assert.deepEqual(hora.log().match(/server\.\w+(?= changed)/g), [
    "server.rate_limit_refill_secs",
    "server.rate_limit_burst",
  ]);
});

Deno.test("a monitor that is renamed, or comes back, is shown with its history at once", async () => {
  const job = (id: string, more = "") =>
    monitor(id, "push", more).replace("interval_secs = 1", "interval_secs = 3600");
  await using folder = await folderWith(head.replace("[server]", "history_days = 1\n[server]") + job("a"));
  const hora = await startHora({
    env: { HORA_BIND: "127.0.0.1:0", HORA_DATABASE_PATH: `${folder.path}/hora.db` },
    configPath: `${folder.path}/hora.toml`,
    watch: false,
  });
  const shown = async () => (await summaryOf(hora.url)).monitors.map((one) => ({ ...one }));
  const change = async (text: string) => {
    await folder.write(text);
    assert.equal(await hora.reload(), "applied");
  };
  try {
    const day = 86_400_000;
    const yesterday = Math.floor(Date.now() / day) * day - day / 2;
    await hora.store.commit({ checks: [someCheck({ monitorId: "a", at: yesterday })], durable: true });
    await (await fetch(`${hora.url}/api/push/a`, { method: "POST" })).body?.cancel();
    await hora.store.silences.insert(["a"], Date.now() + day, null, Date.now());
    const facts = { notBeforeAt: 0, notAfterAt: day, fingerprint: "aa", subject: "", issuer: "" };
    await hora.store.certificates.upsert({ monitorId: "a", facts, checkedAt: 0, error: null });
    await change(head + job("b", `previous_ids = ["a"]`));
    const [renamed] = await shown();
    assert.deepEqual([renamed.id, renamed.status, renamed.uptime_24h_permille], ["b", "up", 1000]);
    const [gauges] = hora.board.gauges({ kind: "operator" });
    assert.deepEqual(gauges.certificate, facts, "what was read of its certificate is shown on");
    assert.notEqual(gauges.silencedUntilAt, null, "what silenced the old id silences the new one");
    assert.deepEqual(renamed.history.slice(-2).map(({ state }) => state), ["up", "up"]);
    await change(head);
    assert.deepEqual(await shown(), []);
    await change(head + job("b", `previous_ids = ["a"]`));
    const [back] = await shown();
    assert.deepEqual([back.id, back.status, back.history.at(-1)!.state], ["b", "up", "up"]);
  } finally {
    await hora.stop();
  }
});

Deno.test("an outage whose monitor leaves the file ends with the watch, and nowhere as if it were well again", async () => {
  const base = `[page]\n[server]\n[alerts]\nfail_threshold = 1\n`;
  const job = monitor("job", "push", "").replace("interval_secs = 1", "interval_secs = 3600");
  await using folder = await folderWith(base + job);
  const hora = await startHora({
    env: { HORA_BIND: "127.0.0.1:0", HORA_DATABASE_PATH: `${folder.path}/hora.db` },
    configPath: `${folder.path}/hora.toml`,
    watch: false,
  });
  const read = async (path: string, accept = "text/html") =>
    await (await fetch(hora.url + path, { headers: { accept } })).text();
  try {
    await (await fetch(`${hora.url}/api/push/job?status=down`, { method: "POST" })).body?.cancel();
    const { incident_id: id } = (await summaryOf(hora.url)).monitors[0];
    for (const text of [base, base + job]) {
      await folder.write(text);
      assert.equal(await hora.reload(), "applied");
    }
    const { ongoing, unwatched } = JSON.parse(await read(`/api/incidents/${id}`));
    assert.deepEqual({ ongoing, unwatched }, { ongoing: false, unwatched: true });
    const incident = await read(`/incident/${id}`);
    assert.match(incident, /favicon\.svg\?state=unknown/);
    const asText = [`/incident/${id}`, "/history"].map((path) => read(path, "text/plain"));
    const others = [read("/history"), read("/history.atom"), ...asText];
    for (const text of [incident, ...await Promise.all(others)]) {
      assert.match(text, /no longer watched/i);
      assert.doesNotMatch(text, /answers again/i);
    }
  } finally {
    await hora.stop();
  }
});

Deno.test("what a probe finds of a monitor that left the config meanwhile is not recorded", async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Response>();
  await using target = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    asked.resolve();
    return answer.promise;
  });
  await using folder = await folderWith(
    head + monitor("gone", "http", `target = "http://127.0.0.1:${target.addr.port}/"`),
  );
  const hora = await startHora({
    env: { HORA_BIND: "127.0.0.1:0", HORA_DATABASE_PATH: `${folder.path}/hora.db` },
    configPath: `${folder.path}/hora.toml`,
    watch: false,
  });
  try {
    await asked.promise;
    await folder.write(head);
    const reconfigured = hora.alerts.reconfigured.bind(hora.alerts);
    // The answer comes just when everything about the monitor was settled.
    hora.alerts.reconfigured = async (now) => {
      await reconfigured(now);
      answer.resolve(new Response("", { status: 503 }));
      await eventually(
        async () => await (await fetch(`${hora.url}/metrics`)).text(),
        (text) => /^hora_probes_in_flight 0$/m.test(text),
      );
    };
    assert.equal(await hora.reload(), "applied");
    assert.deepEqual(await hora.store.checks.newest("gone", 1), []);
    assert.deepEqual([...await hora.store.states.load("machine/")], []);
  } finally {
    await hora.stop();
  }
});

Deno.test("an earlier id whose checks go on after the new one's first stays apart, and the log says so", async () => {
  await using folder = await folderWith(head + monitor("b", "push", `previous_ids = ["a"]`));
  await using store = await openStore(`${folder.path}/hora.db`, { clock: systemClock });
  const now = Date.now();
  await store.commit({ checks: [someCheck({ monitorId: "b", at: now - 9_000 })], durable: true });
  await store.commit({ checks: [someCheck({ monitorId: "a", at: now - 8_000 })], durable: true });
  await using hora = runHora(folder.path);
  await hora.logged("The history of a stays apart from b's: it goes on after that has begun");
  assert.equal((await store.checks.newest("a", 9)).length, 1);
});

Deno.test("SIGHUP reads the style sheet again that an unchanged file names", async () => {
  await using folder = await folderWith(head.replace("[server]", `custom_css = "own.css"\n[server]`));
  await Deno.writeTextFile(`${folder.path}/own.css`, ".mine { color: #111 }");
  await using hora = runHora(folder.path);
  const url = await hora.url;
  const stylePath = async () => {
    const page = await (await fetch(url, { headers: { accept: "text/html" } })).text();
    return page.match(/<link rel="stylesheet" href="([^"]+)"/)![1];
  };
  const read = async (path: string) => await (await fetch(url + path)).text();
  const first = await stylePath();
  assert.match(await read(first), /#111/);
  await Deno.writeTextFile(`${folder.path}/own.css`, ".mine { color: #222 }");
  hora.signal("SIGHUP");
  await hora.logged("Configuration taken over");
  assert.match(await read(await stylePath()), /#222/);
  assert.match(await read(first), /#111/, "pages that somebody kept still name the one before");
});

Deno.test("what cannot start says so in one sentence, with exit code 1, before any probe", async (t) => {
  let probes = 0;
  await using target = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, () => {
    probes += 1;
    return new Response("ok");
  });
  const config = head + monitor("a", "http", `target = "http://127.0.0.1:${target.addr.port}/"`);
  const cases: [string, (folder: string) => Promise<Record<string, string>>, RegExp][] = [
    [
      "a busy port",
      () => Promise.resolve({ HORA_BIND: `127.0.0.1:${target.addr.port}` }),
      /another program uses that port/,
    ],
    ["a bind that is none", () => Promise.resolve({ HORA_BIND: "nonsense" }), /bind/],
    ["a missing config", (folder) => Promise.resolve({ HORA_CONFIG: `${folder}/none.toml` }), /none\.toml/],
    [
      "a missing folder",
      (folder) => Promise.resolve({ HORA_DATABASE_PATH: `${folder}/no/hora.db` }),
      /no\/hora\.db|folder/,
    ],
    ["a damaged database", async (folder) => {
      await Deno.writeTextFile(`${folder}/bad.db`, "this is no database, whatever its name says".repeat(200));
      return { HORA_DATABASE_PATH: `${folder}/bad.db` };
    }, /bad\.db/],
  ];
  for (const [name, prepare, expected] of cases) {
    await t.step(name, async () => {
      await using folder = await folderWith(config);
      await using hora = runHora(folder.path, await prepare(folder.path));
      assert.equal(await hora.ended, 1);
      assert.match(hora.log(), expected);
      assert.doesNotMatch(hora.log(), /^\s+at |Uncaught/m, "no stack trace");
    });
  }
  await t.step("a second process on the same database", async () => {
    await using folder = await folderWith(head + monitor("a", "push", ""));
    await using first: HoraProcess = runHora(folder.path);
    await first.url;
    await using second = runHora(folder.path);
    assert.equal(await second.ended, 1);
    assert.match(second.log(), /hora\.db/);
  });
  assert.equal(probes, 0);
});

Deno.test("commands beside a running Hora cost it nothing that it was told, with config and database in one folder", async () => {
  await using folder = await folderWith(head + monitor("job", "push", ""));
  const push = async (url: string, ping: number) => {
    const answer = await fetch(`${url}/api/push/job?ping=${ping}`, { method: "POST" });
    assert.equal(await answer.text(), "ok");
  };
  {
    await using hora = runHora(folder.path);
    const url = await hora.url;
    await push(url, 1);
    // Whatever watches the config must leave the database's files alone: closing one of them anywhere in the process drops its locks.
    await folder.write(head + monitor("job", "push", "") + monitor("other", "push", ""));
    await eventually(() => summaryOf(url), (wire) => wire.monitors.length === 2);
    for (const args of [["incidents"], ["silence", "list"]]) {
      await using command = runHora(folder.path, {}, args);
      assert.equal(await command.ended, 0);
    }
    await push(url, 2);
    hora.signal("SIGKILL");
    await hora.ended;
  }
  await using again = runHora(folder.path);
  const url = await again.url;
  const [job] = (await summaryOf(url)).monitors as unknown as { last_latency_ms: number }[];
  assert.equal(job.last_latency_ms, 2, "the heartbeat after the commands is there");
});

Deno.test("what a command writes beside a running Hora is shown at once, although nothing else happens", async () => {
  await using folder = await folderWith(
    head + monitor("job", "push", "").replace("interval_secs = 1\n", "interval_secs = 3600\n"),
  );
  await using hora = runHora(folder.path);
  const url = await hora.url;
  const history = async () =>
    await (await fetch(`${url}/history`, { headers: { accept: "text/html" } })).text();
  for (let i = 0; i < 5; i++) {
    await (await fetch(`${url}/api/push/job?status=down&msg=broken`, { method: "POST" })).text();
  }
  await eventually(history, (page) => page.includes("/incident/"));
  await using command = runHora(folder.path, {}, ["annotate", "last", "Cable replaced"]);
  assert.equal(await command.ended, 0);
  await eventually(history, (page) => page.includes("Cable replaced"));
});

Deno.test("the cause that time alone wrote into an incident is shown at once, although nothing else happens", async () => {
  const hourly = (id: string, more: string) =>
    monitor(id, "push", `fail_threshold = 1\n${more}`).replace(
      "interval_secs = 1\n",
      "interval_secs = 3600\n",
    );
  await using folder = await folderWith(head + hourly("gw", "") + hourly("web", `depends_on = ["gw"]`));
  await using hora = runHora(folder.path);
  const url = await hora.url;
  const push = async (id: string, status: string) =>
    await (await fetch(`${url}/api/push/${id}?status=${status}`, { method: "POST" })).text();
  await push("gw", "up");
  await push("web", "down");
  await push("gw", "down");
  const causes = async () => {
    const { incidents } = await (await fetch(`${url}/api/incidents`)).json();
    return incidents.map(({ cause }: { cause: { id: string } | null }) => JSON.stringify(cause)).join();
  };
  assert.equal(await causes(), "null,null");
  await eventually(causes, (now) => now !== "null,null");
});

Deno.test("strangers cannot tell when a command silenced a private monitor", async () => {
  const token = (name: string) => `${name} = "0123456789abcdef0123456789abcdef"\n`;
  const hourly = (id: string, more: string) =>
    monitor(id, "push", token("push_token") + more).replace("interval_secs = 1\n", "interval_secs = 3600\n");
  await using folder = await folderWith(
    head + token("auth_token") + hourly("secret", "public = false") + hourly("open", ""),
  );
  await using hora = runHora(folder.path);
  const url = await hora.url;
  const headers = { authorization: "Bearer 0123456789abcdef0123456789abcdef" };
  const madeAt = async (init: RequestInit) =>
    (await (await fetch(`${url}/api/summary`, init)).json()).generated_at;
  const [shown, operators] = [await madeAt({}), await madeAt({ headers })];
  await using command = runHora(folder.path, {}, ["silence", "secret", "1h"]);
  assert.equal(await command.ended, 0);
  await eventually(() => madeAt({ headers }), (at) => at !== operators);
  assert.equal(await madeAt({}), shown);
});
