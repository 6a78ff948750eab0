import assert from "node:assert/strict";
import { Secret } from "../domain/secret.ts";
import { openInstance } from "./support/instance.ts";
import { ask } from "./support/raw_client.ts";
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

/** Everything that begins with Hush is private, a peer's, or in another group; no byte of it may reach a stranger. */
const secretive: Wish = {
  monitors: [
    httpMonitor("shop", { name: "Shop", group: "front", dependsOn: ["hush-db"] }),
    httpMonitor("docs", { name: "Docs" }),
    httpMonitor("hush-db", {
      name: "HushDatabase",
      public: false,
      group: "hushgroup",
      target: "https://hushuser:hushpass@hush-target.example/",
      dependsOn: ["docs"],
    }),
    pushMonitor("hush-job", { name: "HushJob", public: false }),
    httpMonitor("tenant-a", { name: "Tenant A", public: false, group: "tenant", dependsOn: ["hush-db"] }),
  ],
  maintenance: [
    { title: "HushWindow", startAt: 0, endAt: 4e12, monitors: ["hush-db"] },
    { title: "Shop window", startAt: 0, endAt: 4e12, monitors: ["shop", "hush-db", "hush-peer-in"] },
  ],
  peers: [{
    id: "hush-peer",
    name: "HushPeer",
    pingUrl: new Secret("https://hush-node.example/api/push/x"),
    pingToken: null,
    listenId: "hush-peer-in",
    listenToken: new Secret(PEER_TOKEN),
    expectEverySecs: 60,
    witnessUrl: null,
    confirm: null,
    notify: null,
  }],
  server: { groupTokens: { tenant: new Secret(GROUP_TOKEN) } },
};

async function fill(web: Web): Promise<void> {
  const now = web.clock.now();
  for (const id of ["shop", "docs", "hush-db", "hush-job", "tenant-a"]) {
    await web.check({
      monitorId: id,
      at: now - 2_000,
      status: id === "docs" ? "up" : "down",
      reason: id === "docs" ? null : "HTTP 502: hush-reason at hush-target.example",
      category: id === "docs" ? null : "http_status",
      code: 502,
      latencyMs: id.startsWith("hush") ? 48_271 : 42,
      message: id === "docs" ? "hush-message" : null,
    });
  }
  const mentions = {
    cause: { id: "hush-db", name: "HushDatabase" },
    impacted: [{ id: "hush-job", name: "HushJob" }, { id: "docs", name: "Docs" }],
  };
  await web.incident({
    monitorId: "shop",
    startedAt: now - 3_600_000,
    reason: "hush-reason",
    category: "timeout",
    snapshot: "hush-snapshot",
    ...mentions,
  });
  await web.incident({
    monitorId: "hush-db",
    startedAt: now - 7_200_000,
    reason: "hush-reason",
    category: "other",
    note: "hush-note",
    snapshot: "hush-snapshot",
  });
  await web.incident({ monitorId: "hush-gone", startedAt: now - 9_000_000, reason: "hush-gone" });
  await web.asOperator("/api/silence?monitors=shop,hush-db&duration=1h&reason=hush-silence", {
    method: "POST",
  });
}

/** Every GET route, with every id, known or not, that its parameter can take. */
function urls(web: Web): string[] {
  const ids = [
    "shop",
    "hush-db",
    "hush-job",
    "hush-peer",
    "hush-peer-in",
    "1",
    "2",
    "3",
    "2026-11",
    "front",
    "hushgroup",
    "tenant",
    "nobody",
  ];
  const paths = [...new Set(web.app.routes.filter(({ method }) => method === "GET").map(({ path }) => path))];
  const all = paths.flatMap((path) =>
    path.includes(":") ? ids.map((id) => path.replace(/:[a-z]+/, id)) : [path]
  );
  const more = [
    "/api/incidents?monitor=hush-db",
    "/api/incidents?group=hushgroup",
    "/api/report/2026-11?group=hushgroup",
    "/report/2026-11?group=hushgroup",
    "/history?monitor=hush-db",
    "/history?group=hushgroup",
  ];
  return [...all, ...more];
}

/** What an answer says, without what the address itself already says. */
async function textOf(answer: Response, url: string): Promise<string> {
  const headers = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  const said = `${headers}\n${await answer.text()}`;
  return url.split(/[/?=&]/).filter((part) => /hush/i.test(part)).reduce(
    (text, part) => text.replaceAll(part, ""),
    said,
  );
}

Deno.test("nothing private reaches an anonymous caller in any byte of any answer", async () => {
  await using web = await openWeb(secretive);
  await fill(web);
  for (const url of urls(web)) {
    for (
      const headers of [
        {},
        { accept: "text/plain" },
        { accept: "application/json" },
        { accept: "text/html" },
        { authorization: "Bearer wrong" },
      ]
    ) {
      const text = await textOf(await web.request(url, { headers: headers as Record<string, string> }), url);
      assert.doesNotMatch(text, /hush|48271|48,271|48\.271/i, `${url} ${JSON.stringify(headers)}`);
    }
  }
  const operators = await (await web.asOperator("/api/summary")).text();
  assert.match(operators, /HushDatabase.*hush-reason/, "the secrets are there to be found");
  assert.doesNotMatch(operators, /hushpass/, "credentials are nobody's");
});

Deno.test("a group's token shows that group and nothing else that is private", async () => {
  await using web = await openWeb(secretive);
  await fill(web);
  const authorization = `Bearer ${GROUP_TOKEN}`;
  for (const url of [...urls(web), "/api/incidents?group=tenant", "/api/report/2026-11?group=tenant"]) {
    const text = await textOf(await web.request(url, { headers: { authorization } }), url);
    // Raw reasons of its own group are the group's to read; names of others are not.
    assert.doesNotMatch(
      text,
      /HushDatabase|HushJob|HushPeer|HushWindow|hush-db|hush-job|hush-peer|hush-note|hush-silence/i,
      url,
    );
  }
});

Deno.test("a private monitor answers byte for byte like one that does not exist", async () => {
  await using web = await openWeb(secretive);
  await fill(web);
  const paths = [
    "/api/monitors/{}",
    "/api/monitors/{}/latency",
    "/api/monitors/{}/heatmap.svg",
    "/api/badge/{}/status",
    "/api/badge/{}/uptime",
    "/monitor/{}",
    "/api/incidents?monitor={}",
    "/api/push/{}",
  ];
  for (const path of paths) {
    const method = path.includes("push") ? "POST" : "GET";
    for (const accept of ["*/*", "application/json", "text/html"]) {
      const say = async (id: string) => {
        const answer = await web.request(path.replace("{}", id), {
          method,
          headers: { accept, "x-request-id": "same", "x-push-token": "wrong" },
        });
        return [
          answer.status,
          [...answer.headers].filter(([name]) => name !== "x-ratelimit-remaining"),
          (await answer.text()).replaceAll(id, "ID"),
        ];
      };
      assert.deepEqual(await say("hush-job"), await say("nobody-x"), `${path} ${accept}`);
    }
  }
});

/** Everything that anybody can be told, byte for byte: all routes with all methods and the ids there are, in all forms. */
async function everything(web: Web, ids: readonly string[]): Promise<Map<string, string>> {
  const paths = [...new Set(web.app.routes.map(({ path }) => path))].filter((path) => !path.includes("*"));
  const targets = paths.flatMap((path) =>
    path.includes(":") ? ids.map((id) => path.replace(/:[a-z]+/, id)) : [path]
  );
  const said = new Map<string, string>();
  for (const target of [...targets, "/nowhere", "/sitemap.xml", "/.well-known/security.txt"]) {
    for (const method of ["GET", "HEAD", "OPTIONS", "POST", "DELETE", "PUT"]) {
      for (
        const accept of method === "GET" ? ["*/*", "text/plain", "application/json", "text/html"] : ["*/*"]
      ) {
        const answer = await web.request(target, { method, headers: { accept, "x-request-id": "same" } });
        // Each request takes from the client's own allowance.
        const headers = [...answer.headers].filter(([name]) => name !== "x-ratelimit-remaining");
        said.set(
          `${method} ${target} ${accept}`,
          `${answer.status} ${JSON.stringify(headers)} ${await answer.text()}`,
        );
      }
    }
  }
  return said;
}

const openPart: Wish = {
  monitors: [httpMonitor("shop", { name: "Shop", group: "front" }), httpMonitor("docs", { name: "Docs" })],
  maintenance: [{ title: "Shop window", startAt: 0, endAt: 4e12, monitors: ["shop"] }],
};
const openIds = [
  "shop",
  "docs",
  "nobody",
  "hush-db",
  "hush-job",
  "hush-peer-in",
  "1",
  "2",
  "2026-11",
  "2026-10",
  "front",
  "hushgroup",
];

/** A wrong token is told from an unknown id, so that whoever set up the peer learns of it; `/healthz` names peers anyhow. */
const beats = "POST /api/push/hush-peer-in ";

async function fillOpen(web: Web): Promise<void> {
  const now = web.clock.now();
  await web.check({ monitorId: "shop", at: now - 120_000, latencyMs: 42 });
  await web.check({ monitorId: "docs", at: now - 120_000, latencyMs: 42 });
  await web.incident({
    monitorId: "shop",
    startedAt: now - 7_200_000,
    endedAt: now - 3_600_000,
    reason: "x",
    category: "timeout",
  });
}

/** What happens behind the curtain. */
async function happenInPrivate(web: Web): Promise<void> {
  const now = web.clock.now();
  for (const status of ["up", "down", "down"] as const) {
    await web.check({ monitorId: "hush-db", at: now, status, reason: "hush", category: "other" });
  }
  await web.incident({
    monitorId: "hush-db",
    startedAt: now - 60_000,
    reason: "hush",
    category: "other",
    note: "hush",
  });
  const push = await web.request("/api/push/hush-job", {
    method: "POST",
    headers: { "x-push-token": PUSH_TOKEN },
  });
  assert.equal(await push.text(), "ok");
  for (const path of ["/api/silence?monitors=all&duration=1h", "/api/silence?monitors=hush-db&duration=1h"]) {
    assert.equal((await web.asOperator(path, { method: "POST" })).status, 200);
  }
  web.board.peersChanged();
}

Deno.test("where private things are, every answer to anybody is the one that is given where there are none", async () => {
  await using plain = await openWeb(openPart);
  const { monitors = [], ...more } = secretive;
  await using full = await openWeb({ ...more, monitors: [...openPart.monitors!, ...monitors.slice(2)] });
  // Before and after what is open, so that numbers given in turn would differ.
  await happenInPrivate(full);
  for (const web of [plain, full]) await fillOpen(web);
  await happenInPrivate(full);
  const [without, within] = [await everything(plain, openIds), await everything(full, openIds)];
  assert.ok(without.size > 500, String(without.size));
  for (const [request, answer] of without) {
    // The operator's own figures need a token only where one is configured; both have one here.
    if (!request.startsWith(beats)) assert.equal(within.get(request), answer, request);
    else assert.match(within.get(request)!, /^401 .* invalid push token$/);
  }
});

Deno.test("nothing that anybody can read moves when something private happens", async () => {
  const { monitors = [], ...more } = secretive;
  await using web = await openWeb({ ...more, monitors: [...openPart.monitors!, ...monitors.slice(2)] });
  await fillOpen(web);
  const before = await everything(web, openIds);
  await web.clock.advance(100);
  await happenInPrivate(web);
  const after = await everything(web, openIds);
  for (const [request, answer] of before) assert.equal(after.get(request), answer, request);
});

Deno.test("of the store's trouble strangers learn that there is some, and the operator what it is", async () => {
  await using instance = await openInstance(`
[page]
title = "Harbour"
[server]
auth_token = "${TOKEN}"
group_tokens = { tenant = "${GROUP_TOKEN}" }
[[monitors]]
id = "job"
name = "Job"
kind = "push"
interval_secs = 60
group = "tenant"
`);
  const { port, clock, folder } = instance;
  await Deno.rename(`${folder}/hora.db`, `${folder}/away.db`);
  await clock.advance(11_000);
  const operator = `Bearer ${TOKEN}`;
  const asked: [string, string, number, RegExp][] = [
    ["GET", "/api/summary", 200, /"stale":"The monitoring itself is in trouble"/],
    ["GET", "/status/tenant", 200, /Stale: The monitoring itself is in trouble/],
    ["POST", "/api/push/job", 503, /^this cannot be stored at present$/],
  ];
  for (const [method, path, status, words] of asked) {
    for (const authorization of ["", "Bearer wrong", `Bearer ${GROUP_TOKEN}`, operator]) {
      const answer = await ask(port, method, path, { accept: "text/plain", authorization });
      assert.equal(answer.status, status, `${path} ${authorization}`);
      if (authorization === operator) {
        assert.match(answer.body, /The database's file is gone: .*hora\.db back/, path);
      } else {
        assert.match(answer.body, words, path);
        assert.doesNotMatch(answer.body, /hora\.db|database/, path);
      }
    }
  }
  for (const path of ["/healthz", "/healthz/live", "/healthz/ready"]) {
    const troubleFor = async (authorization: string) =>
      JSON.parse((await ask(port, "GET", path, { authorization })).body).trouble;
    assert.equal(await troubleFor(""), undefined, path);
    assert.equal(await troubleFor(`Bearer ${GROUP_TOKEN}`), undefined, path);
    assert.match(await troubleFor(operator), /The database's file is gone/, path);
  }
  const page = await ask(port, "GET", "/", { accept: "text/html" });
  assert.match(page.body, /out of date\.[^]*The monitoring itself is in trouble/);
  assert.doesNotMatch(page.body, /hora\.db|database/);
  await Deno.rename(`${folder}/away.db`, `${folder}/hora.db`);
});

Deno.test("what exactly ails Hora moves nothing that anybody can read", async () => {
  await using web = await openWeb(openPart);
  web.board.setTrouble("The disk is full; 1 checks could no longer be kept in memory");
  const { openVersion, version } = web.board;
  web.board.setTrouble("The disk is full; 2 checks could no longer be kept in memory");
  assert.equal(web.board.openVersion, openVersion);
  assert.ok(web.board.version > version);
});
