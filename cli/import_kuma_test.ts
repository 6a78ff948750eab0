import assert from "node:assert/strict";
import { parseConfig } from "../config/load.ts";
import { convertKuma } from "./import_kuma.ts";

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
  ],
};

Deno.test("convertKuma() writes entries that load, with everything that was left out named", () => {
  const text = convertKuma(backup);
  const result = parseConfig(`[page]\n[server]\n${text}`, { file: "import", env: {} });
  assert.ok(result.ok, JSON.stringify(result));
  const monitors = result.config.monitors;
  assert.deepEqual(monitors.map((one) => one.id), ["shop", "shop-2", "db", "zone", "cron", "codes", "json"]);
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
  assert.match(text, /headers = \{ "A" = "1", "B" = "2" \}/);
});

Deno.test("convertKuma() refuses what is no backup", () => {
  assert.throws(() => convertKuma([]), /no monitorList/);
});
