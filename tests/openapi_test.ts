import assert from "node:assert/strict";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import openapiTS, { astToString } from "openapi-typescript";
import { Secret } from "../domain/secret.ts";
import {
  httpMonitor,
  openWeb,
  PEER_TOKEN,
  PUSH_TOKEN,
  pushMonitor,
  type Web,
  type Wish,
} from "./support/web.ts";

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { name: string; in: string; required?: boolean }[];
  readonly responses: Record<string, { content?: Record<string, { schema: Record<string, unknown> }> }>;
}
interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: {
    readonly schemas: Record<string, unknown>;
    readonly securitySchemes: Record<string, unknown>;
  };
}

const wish: Wish = {
  monitors: [
    httpMonitor("gw", { name: "Gateway", group: "core", sloUptimePercent: 99.9, sloLatencyMs: 200 }),
    pushMonitor("nightly", { name: "Nightly" }),
    httpMonitor("vault", { name: "Vault", public: false, group: "core" }),
  ],
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
};

async function documentOf(web: Web): Promise<Document> {
  return await (await web.request("/api/openapi.json")).json();
}

Deno.test("the OpenAPI document is valid 3.1 and keeps the names that generated clients know", async () => {
  await using web = await openWeb(wish);
  const document = await documentOf(web);
  assert.equal(document.openapi, "3.1.0");
  const result = await new Validator().validate(document as unknown as Record<string, unknown>);
  assert.deepEqual(result.errors ?? [], []);
  const ids = Object.values(document.paths).flatMap((path) =>
    Object.values(path).map((one) => one.operationId)
  );
  const known = [
    "healthz",
    "summary_json",
    "latency_json",
    "push",
    "silence",
    "announce",
    "announce_clear",
    "peer_probe",
    "status_badge",
    "uptime_badge",
  ];
  for (const id of known) assert.ok(ids.includes(id), id);
  assert.equal(new Set(ids).size, ids.length);
  const schemas =
    "Summary MonitorView IncidentView MaintenanceView DayCell Point HealthReport PeerSeen SilenceResponse AnnounceResponse " +
    "AnnounceClearResponse ProbeRequest ProbeResponse GroupView PeerView Kind";
  for (const name of schemas.split(" ")) assert.ok(name in document.components.schemas, name);
});

Deno.test("every route is described, and nothing is described that is not there", async () => {
  await using web = await openWeb(wish);
  const document = await documentOf(web);
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{([^}]+)\}/g, ":$1")}`)
  );
  const mounted = web.app.routes.filter(({ method }) => method !== "ALL").map(({ method, path }) =>
    `${method} ${path}`
  );
  assert.deepEqual([...new Set(mounted)].sort(), described.sort());
});

/** Arguments that make each operation succeed; the token is sent by the caller. */
const examples: Record<string, { path?: string; body?: string; headers?: Record<string, string> }> = {
  "get /api/monitors/{id}": { path: "/api/monitors/gw" },
  "get /api/monitors/{id}/latency": { path: "/api/monitors/gw/latency?hours=24" },
  "get /api/monitors/{id}/heatmap.svg": { path: "/api/monitors/gw/heatmap.svg" },
  "get /api/incidents": { path: "/api/incidents?limit=1" },
  "get /api/incidents/{id}": { path: "/api/incidents/1" },
  "get /api/report/{month}": { path: "/api/report/2026-11" },
  "get /incident/{id}": { path: "/incident/1" },
  "get /api/badge/{id}/status": { path: "/api/badge/gw/status" },
  "get /api/badge/{id}/uptime": { path: "/api/badge/gw/uptime?style=for-the-badge" },
  "post /api/push/{id}": {
    path: "/api/push/nightly?status=up&ping=5",
    headers: { "x-push-token": PUSH_TOKEN },
  },
  "post /api/silence": { path: "/api/silence?monitors=gw&duration=5m" },
  "delete /api/silence": { path: "/api/silence?id=1" },
  "post /api/announce": { path: "/api/announce?title=Hello&until=1h" },
  "post /api/peer/probe": {
    body: JSON.stringify({ from: "lyon", kind: "http", target: "https://gw.example.net/" }),
    headers: { "content-type": "application/json", "x-push-token": PEER_TOKEN },
  },
};

/** The document with every object closed, so that an answer cannot hold a field nobody described. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (schema === null || typeof schema !== "object") return schema;
  const entries = Object.entries(schema).map(([key, value]) => [key, closed(value)]);
  const copy = Object.fromEntries(entries);
  const isPlain = copy.type === "object" && "properties" in copy && !("additionalProperties" in copy);
  return isPlain ? { ...copy, additionalProperties: false } : copy;
}

Deno.test("every described operation answers as described, to anybody and to the operator", async () => {
  await using web = await openWeb(wish);
  await web.check({ monitorId: "gw", phases: { connectMs: 3, tlsMs: 5 } });
  await web.check({
    monitorId: "nightly",
    at: web.clock.now() - 5_000,
    status: "down",
    reason: "tape full",
    category: "reported_by_service",
  });
  await web.incident({
    monitorId: "gw",
    startedAt: web.clock.now() - 3_600_000,
    endedAt: web.clock.now() - 60_000,
    reason: "HTTP 502: sad",
    category: "http_status",
    code: 502,
    note: "seen",
  });
  await web.incident({ monitorId: "vault", startedAt: web.clock.now() - 1_800_000, reason: "secret" });
  const document = await documentOf(web);
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema(closed({ $id: "doc", components: document.components }) as Record<string, unknown>);
  const root = (schema: unknown) =>
    JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"doc#/components'));
  let checked = 0;
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const example = examples[`${method} ${path}`] ?? {};
      if (
        path.startsWith("/assets/") || /\{(?:group|name|month)\}/.test(path) && example.path === undefined
      ) continue;
      const target = example.path ?? path.replace("{id}", "gw");
      for (const asker of ["request", "asOperator"] as const) {
        const answer = await web[asker](target, {
          method: method.toUpperCase(),
          body: example.body,
          headers: example.headers,
        });
        const text = await answer.text();
        const what = `${asker} ${method} ${target}: ${answer.status} ${text.slice(0, 200)}`;
        const described = operation.responses[answer.status];
        assert.ok(described !== undefined, `undescribed status: ${what}`);
        if (asker === "asOperator") assert.equal(answer.status, 200, what);
        const type = (answer.headers.get("content-type") ?? "").split(";")[0];
        const content = described.content?.[type];
        assert.ok(content !== undefined, `undescribed type ${type}: ${what}`);
        if (!type.endsWith("json")) continue;
        const validate = ajv.compile(closed(root(content.schema)) as Record<string, unknown>);
        assert.ok(validate(JSON.parse(text)), `${what}\n${JSON.stringify(validate.errors)}`);
        checked += 1;
      }
    }
  }
  assert.ok(checked > 15, String(checked));
});

Deno.test("what is refused before an operation looks at anything is described with each of them", async () => {
  await using web = await openWeb(wish);
  for (const [path, methods] of Object.entries((await documentOf(web)).paths)) {
    for (const [method, { responses }] of Object.entries(methods)) {
      const target = path.replace(/\{[^}]+\}/, "%ff");
      const asked: [string, Record<string, string>, number][] = [
        [target, { host: "no host" }, 400],
        [`${target}?${"x".repeat(9_000)}`, {}, 414],
        [target, { "x-long": "x".repeat(40_000) }, 431],
      ];
      if (target !== path) asked.push([target, {}, 400]);
      for (const [address, headers, status] of asked) {
        const answer = await web.request(address, { method: method.toUpperCase(), headers });
        await answer.body?.cancel();
        assert.equal(answer.status, status, `${method} ${target}`);
        assert.ok(String(status) in responses, `${method} ${path} lacks ${status}`);
      }
      assert.ok("503" in responses, `${method} ${path} lacks what is said while Hora starts`);
    }
  }
});

/** What a generated client needs beside the document's own examples. */
const given: Record<
  string,
  { path?: Record<string, string>; query?: Record<string, unknown>; body?: unknown }
> = {
  "get /api/incidents/{id}": { path: { id: "1" } },
  "get /incident/{id}": { path: { id: "1" } },
  "post /api/push/{id}": { path: { id: "nightly" } },
  "post /api/silence": { query: { monitors: "gw", duration: "5m" } },
  "post /api/announce": { query: { title: "Hello" } },
  "post /api/peer/probe": { body: { from: "lyon", kind: "http", target: "https://gw.example.net/" } },
};

/** A program that reads a few answers as their types say, then calls every operation and prints its status. */
function clientOf({ paths }: Document): string {
  const everyday: Record<string, string> = { id: "gw", month: "2026-11", group: "core", name: "x.css" };
  const calls = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => {
      const { path: own = {}, query, body } = given[`${method} ${path}`] ?? {};
      const names = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name);
      const inPath = Object.fromEntries(names.map((name) => [name, own[name] ?? everyday[name]]));
      const params = {
        ...(names.length === 0 ? {} : { path: inPath }),
        ...(query === undefined ? {} : { query }),
      };
      const init = { params, parseAs: "text", ...(body === undefined ? {} : { body }) };
      const call = `client.${method.toUpperCase()}("${path}", ${JSON.stringify(init)})`;
      return `say((await ${call}).response.status + " ${method.toUpperCase()} ${path}");`;
    })
  );
  return `import createClient from "openapi-fetch";
import type { components, paths } from "./schema.d.ts";
const client = createClient<paths>({ baseUrl: Deno.args[0] });
const say = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(text + "\\n"));
const { data } = await client.GET("/api/summary");
const first: components["schemas"]["MonitorView"] = data!.monitors[0];
const status: "up" | "degraded" | "down" | "unknown" = first.status;
const points = await client.GET("/api/monitors/{id}/latency", { params: { path: { id: first.id }, query: { hours: 1 } } });
const latency: number = points.data![0].latency_ms;
const denied = await client.POST("/api/silence", { params: { query: { monitors: "all", duration: "1m" } } });
say([status, latency, denied.response.status].join(" "));
${calls.join("\n")}
`;
}

Deno.test("every example in the document is as its schema says", async () => {
  await using web = await openWeb(wish);
  const document = await documentOf(web);
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: "doc", components: document.components });
  let checked = 0;
  const walk = (at: unknown, where: string): void => {
    if (at === null || typeof at !== "object") return;
    const { schema, example } = at as { schema?: Record<string, unknown>; example?: unknown };
    for (const [value, type] of [[example, schema], [schema?.example, schema]] as const) {
      if (value === undefined || type === undefined) continue;
      const text = JSON.stringify(type).replaceAll('"#/components', '"doc#/components');
      const validate = ajv.compile(JSON.parse(text));
      assert.ok(validate(value), `${where}: ${JSON.stringify(value)} ${JSON.stringify(validate.errors)}`);
      checked += 1;
    }
    for (const [key, value] of Object.entries(at)) walk(value, `${where}/${key}`);
  };
  walk(document.paths, "#/paths");
  walk(document.components, "#/components");
  assert.ok(checked > 60, String(checked));
});

Deno.test("a client's types generated from the document compile, and fit what the server sends", async () => {
  await using web = await openWeb(wish);
  await web.check({ monitorId: "gw" });
  await web.incident({ monitorId: "gw", startedAt: web.clock.now() - 60_000, reason: "x" });
  const document = await documentOf(web);
  const types = astToString(await openapiTS(JSON.stringify(document)));
  const folder = await Deno.makeTempDir({ dir: "tests", prefix: "client_" });
  try {
    await Deno.writeTextFile(`${folder}/schema.d.ts`, types);
    await Deno.writeTextFile(`${folder}/client.ts`, clientOf(document));
    const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, web.app.fetch);
    const { port } = server.addr as Deno.NetAddr;
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--check",
        "--allow-net",
        "--allow-read",
        `${folder}/client.ts`,
        `http://127.0.0.1:${port}`,
      ],
      env: { NO_COLOR: "1" },
    }).output();
    await server.shutdown();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    const [first, ...calls] = new TextDecoder().decode(stdout).trim().split("\n");
    assert.equal(first, "up 42 401");
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { responses }]) =>
        [`${method.toUpperCase()} ${path}`, responses] as const
      )
    );
    assert.equal(calls.length, operations.length);
    for (const [index, [operation, responses]] of operations.entries()) {
      const [status, ...said] = calls[index].split(" ");
      assert.equal(said.join(" "), operation);
      assert.ok(status in responses, calls[index]);
      if (!operation.includes("/assets/")) assert.ok(["200", "401"].includes(status), calls[index]);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
