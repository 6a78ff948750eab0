import assert from "node:assert/strict";
import { monitor, NOW, states, summary } from "../tests/support/summaries.ts";
import { columnsOf, permilleText, statusText } from "./text.ts";

Deno.test("statusText() keeps the order of lines that scripts know", () => {
  const gateway = monitor({
    id: "g",
    name: "Gateway",
    group: "core",
    status: "down",
    uptime24h: 0.9729,
    lastLatencyMs: null,
    impacted: ["Shop"],
  });
  const shop = monitor({
    id: "s",
    name: "Shop",
    group: "core",
    uptime24h: 0.9699,
    lastLatencyMs: 31,
    cause: "Gateway",
  });
  const docs = monitor({ id: "d", name: "Docs", uptime24h: 1, lastLatencyMs: 48 });
  const view = summary([gateway, shop, docs], {
    title: "Harbour Status",
    generatedAt: Date.parse("2031-03-04T05:06:07Z"),
    overall: "down",
    banners: [{
      id: 1,
      title: "Fibre works",
      body: "Links are slow until noon",
      severity: "warning",
      at: NOW,
      untilAt: null,
    }],
    maintenances: [{
      reason: "Switch swap",
      startAt: 0,
      endAt: 1,
      monitors: [{ id: "gw", name: "Gateway" }, { id: "cache", name: "Cache" }],
    }],
    peers: [{ id: "l", name: "Lyon node", status: "up", lastSeenAt: NOW, pings: true }],
  });
  assert.equal(
    statusText(view, view.title),
    `Harbour Status
==============

Overall: down (Major outage)
Updated: 2031-03-04 05:06:07 UTC

Incidents:
  [WARNING] Fibre works
    Links are slow until noon

Maintenance:
  Switch swap (Gateway, Cache)

core
----
  ○ Gateway     97.2%         -
      impacts: Shop
  ● Shop        96.9%      31ms
      caused by Gateway

  ● Docs       100.0%      48ms

Peers
-----
  ● Lyon node
`,
  );
});

Deno.test("statusText() says so when nothing is configured", () => {
  assert.match(statusText(states.nothing(), "Harbour"), /UTC\n\nNo monitors configured yet\.\n$/);
});

Deno.test("statusText() keeps columns under one another and lines within 80, whatever the names are made of", () => {
  for (const state of ["well", "right_to_left", "emoji"] as const) {
    const lines = statusText(states[state](), "Harbour").split("\n").filter((line) =>
      /^ {2}[●◐○?] /.test(line)
    );
    const widths = new Set(lines.map(columnsOf));
    assert.equal(widths.size, 1, state);
    assert.ok(Math.max(...widths) <= 80);
  }
});

Deno.test("a very long name moves its own figures alone", () => {
  const lines = statusText(states.long_names(), "Harbour").split("\n");
  assert.ok(lines.some((line) => line.startsWith("  ● Other  ")));
});

const permilles: [number | null, string][] = [
  [0, "0.0%"],
  [0.0079, "0.7%"],
  [2 / 3, "66.6%"],
  [0.995, "99.5%"],
  [0.999999, "99.9%"],
  [1, "100.0%"],
  [null, "-"],
];
for (const [ratio, text] of permilles) {
  Deno.test(`permilleText(${ratio}) is ${text}`, () => assert.equal(permilleText(ratio), text));
}

const columns: [string, number][] = [["abc", 3], ["東京", 4], ["🚢 x", 4], ["👩‍🔧", 2], ["é", 1], ["بوابة", 5]];
for (const [text, width] of columns) {
  Deno.test(`columnsOf(${text}) is ${width}`, () => assert.equal(columnsOf(text), width));
}
