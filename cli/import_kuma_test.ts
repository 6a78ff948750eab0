import assert from "node:assert/strict";
import { parseConfig } from "../config/parse.ts";
import { DatabaseSync } from "node:sqlite";
import { convertKuma, readKuma } from "./import_kuma.ts";

const backup = {
  monitorList: [
    { id: 1, type: "group", name: "Web" },
    {
      id: 2,
      type: "http",
      name: "Shop",
      parent: 1,
      url: "https://shop.example.com/?a=${x}",
      interval: 60,
      timeout: 48.8,
      keyword: "",
    },
    {
      id: 3,
      type: "keyword",
      name: "Shop",
      url: "https://shop.example.com",
      keyword: "$$cart",
      invertKeyword: true,
      maxretries: null,
    },
    { id: 4, type: "port", name: "DB", hostname: "db.example.com", port: 5432, interval: 20 },
    {
      id: 5,
      type: "dns",
      name: "Zone",
      hostname: "example.com",
      dns_resolve_type: "MX",
      dns_resolve_server: "1.1.1.1,8.8.8.8",
      port: 53,
    },
    { id: 6, type: "push", name: "Cron", pushToken: "0123456789abcdef" },
    { id: 7, type: "docker", name: "Container\n[[evil]]" },
    { id: 8, type: "http", name: "No target", upsideDown: true },
    {
      id: 9,
      type: "http",
      name: "Codes",
      url: "https://a.example.com",
      accepted_statuscodes: ["200-299", "301"],
      headers: '{"B":"2","A":"1"}',
      active: false,
    },
    {
      id: 10,
      type: "json-query",
      name: "Json",
      url: "https://a.example.com",
      jsonPath: "status",
      expectedValue: "ok",
    },
    { id: 11, type: "keyword", name: "Wordless", url: "https://a.example.com", invertKeyword: true },
  ],
};

Deno.test("convertKuma() writes entries that load, with everything that was left out named", () => {
  const text = convertKuma(backup);
  const result = parseConfig(`[page]\n[server]\n${text}`, { file: "import", env: {} });
  assert.ok(result.ok, JSON.stringify(result));
  const monitors = result.config.monitors;
  assert.deepEqual(monitors.map((one) => one.id), [
    "shop",
    "shop-2",
    "db",
    "zone",
    "cron",
    "codes",
    "json",
    "wordless",
  ]);
  assert.equal(monitors[0].target, "https://shop.example.com/?a=${x}");
  assert.equal(monitors[0].group, "Web");
  assert.equal(monitors[0].timeoutSecs, 49);
  assert.ok(monitors[0].kind === "http" && monitors[0].keyword === null);
  assert.ok(monitors[1].kind === "http" && monitors[1].keyword === "$$cart" && monitors[1].keywordInvert);
  assert.ok(monitors[3].kind === "dns" && monitors[3].resolver?.host === "1.1.1.1");
  assert.match(text, /# other resolvers: 8\.8\.8\.8/);
  assert.match(text, /# skipped: Container \[\[evil\]\], type docker/);
  assert.match(text, /# No target needs your hand:\n# - target: is required/);
  assert.match(text, /# paused in Kuma/);
  assert.match(text, /id = "wordless"[^[]*# its keyword was empty in Kuma: set keyword\n/);
  assert.match(text, /headers = \{ "A" = "1", "B" = "2" \}/);
});

Deno.test("convertKuma() refuses what is no backup", () => {
  assert.throws(() => convertKuma([]), /no monitorList/);
});

/** The columns that matter, named and typed as Kuma makes them. */
const KUMA_TABLES = `
  CREATE TABLE monitor (id INTEGER PRIMARY KEY, name VARCHAR(150), active BOOLEAN NOT NULL DEFAULT 1, interval INTEGER DEFAULT 20,
    url TEXT, type VARCHAR(20), hostname VARCHAR(255), port INTEGER, keyword VARCHAR(255), maxretries INTEGER DEFAULT 0,
    ignore_tls BOOLEAN DEFAULT 0, upside_down BOOLEAN DEFAULT 0, maxredirects INTEGER DEFAULT 10,
    accepted_statuscodes_json TEXT NOT NULL DEFAULT '["200-299"]', dns_resolve_type VARCHAR(5), dns_resolve_server VARCHAR(255),
    push_token VARCHAR(32), method TEXT DEFAULT 'GET', body TEXT, headers TEXT, basic_auth_user TEXT, proxy_id INTEGER,
    expiry_notification BOOLEAN DEFAULT 1, auth_method VARCHAR(250), description TEXT, parent INTEGER,
    invert_keyword BOOLEAN DEFAULT 0, json_path TEXT, expected_value VARCHAR(255), timeout DOUBLE DEFAULT 0);
  CREATE TABLE monitor_notification (id INTEGER PRIMARY KEY, monitor_id INTEGER, notification_id INTEGER);
`;

const withKumaFile = async (sql: string, use: (path: string) => Promise<void>) => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/kuma.db`;
    const db = new DatabaseSync(path);
    db.exec(sql);
    db.close();
    await use(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
};

Deno.test("readKuma() reads the database as it reads a backup", async () => {
  const sql = `${KUMA_TABLES}
    INSERT INTO monitor (id, type, name) VALUES (1, 'group', 'Web');
    INSERT INTO monitor (id, type, name, parent, url, keyword, invert_keyword, accepted_statuscodes_json, interval, timeout,
      ignore_tls, expiry_notification, maxredirects, upside_down, active, auth_method, proxy_id)
      VALUES (2, 'keyword', 'Shop', 1, 'https://shop.example.com', 'sold out', 1, '["200-299","301"]', 30, 24.5, 1, 0, 0, 1, 0,
        'basic', 4);
    INSERT INTO monitor (id, type, name, push_token, interval) VALUES (3, 'push', 'Cron', '0123456789abcdef', 3600);
    INSERT INTO monitor (id, type, name, hostname, dns_resolve_type, dns_resolve_server, port, interval)
      VALUES (4, 'dns', 'Zone', 'example.com', 'MX', '1.1.1.1', 53, 60);
    INSERT INTO monitor (id, type, name, url, json_path, expected_value, interval)
      VALUES (5, 'json-query', 'Json', 'https://a.example.com', '$.ok', 'true', 60);
    INSERT INTO monitor_notification (monitor_id, notification_id) VALUES (3, 1);`;
  const same = [
    { id: 1, type: "group", name: "Web" },
    {
      id: 2,
      type: "keyword",
      name: "Shop",
      parent: 1,
      url: "https://shop.example.com",
      keyword: "sold out",
      invertKeyword: true,
      accepted_statuscodes: ["200-299", "301"],
      interval: 30,
      timeout: 24.5,
      ignoreTls: true,
      expiryNotification: false,
      maxredirects: 0,
      upsideDown: true,
      active: false,
      authMethod: "basic",
      proxyId: 4,
    },
    {
      id: 3,
      type: "push",
      name: "Cron",
      pushToken: "0123456789abcdef",
      interval: 3600,
      notificationIDList: { 1: true },
    },
    {
      id: 4,
      type: "dns",
      name: "Zone",
      hostname: "example.com",
      dns_resolve_type: "MX",
      dns_resolve_server: "1.1.1.1",
      port: 53,
      interval: 60,
    },
    {
      id: 5,
      type: "json-query",
      name: "Json",
      url: "https://a.example.com",
      jsonPath: "$.ok",
      expectedValue: "true",
      interval: 60,
    },
  ];
  await withKumaFile(sql, async (path) => {
    assert.equal(convertKuma(await readKuma(path)), convertKuma({ monitorList: same }));
  });
});

Deno.test("readKuma() says what is wrong with a file that is something else", async () => {
  await withKumaFile("CREATE TABLE checks (id INTEGER)", async (path) => {
    await assert.rejects(() => readKuma(path), /is no database of Uptime Kuma: it has no monitors/);
    await Deno.writeTextFile(path, "id,name\n");
    await assert.rejects(() => readKuma(path), /neither a database nor a JSON backup/);
  });
});
