import assert from "node:assert/strict";
import { ManualClock } from "../tests/support/manual_clock.ts";
import { Board } from "./board.ts";
import type { Check } from "./check.ts";
import { DAY, HOUR, MINUTE, SECOND } from "./clock.ts";
import type { Config } from "./config.ts";
import { HistogramBuilder } from "./histogram.ts";
import type { Monitor } from "./monitor.ts";
import type { Status } from "./status.ts";
import { hourRows } from "../tests/support/hours.ts";
import { SumsTable } from "./sums_table.ts";
import { anonymous, operator } from "./viewer.ts";

function monitor(id: string, change: Partial<Monitor> = {}): Monitor {
  return {
    kind: "tcp",
    id,
    name: id.toUpperCase(),
    target: "127.0.0.1:1",
    intervalSecs: 60,
    timeoutSecs: 10,
    failThreshold: 1,
    degradedOverMs: null,
    sloLatencyMs: null,
    sloUptimePercent: null,
    sloWindowDays: 30,
    probeRetries: 0,
    notify: null,
    retentionDays: 365,
    group: null,
    dependsOn: [],
    public: true,
    publicErrorDetail: false,
    domainExpiry: null,
    confirmWithPeers: false,
    previousIds: [],
    dualStack: false,
    ipFamily: "any",
    send: null,
    expect: null,
    ...change,
  } as Monitor;
}

function config(monitors: Monitor[], change: Partial<Config> = {}): Config {
  return {
    page: { title: "T", historyDays: 3, showPeers: false },
    alerts: { certExpiryDays: 14 },
    maintenance: [],
    banners: [],
    monitors,
    peers: [],
    ...change,
  } as unknown as Config;
}

function check(monitorId: string, at: number, change: Partial<Check> = {}): Check {
  return {
    monitorId,
    at,
    status: "up",
    latencyMs: 10,
    code: null,
    reason: null,
    category: null,
    message: null,
    planned: false,
    standsMs: 3 * MINUTE,
    phases: null,
    metrics: [],
    ...change,
  };
}

const standing = (status: Status, sinceAt = 0) => ({ status, sinceAt, incidentId: null });

function boardOf(monitors: Monitor[], change: Partial<Config> = {}) {
  const clock = new ManualClock("2026-11-23T12:00:00Z");
  return { clock, board: new Board(config(monitors, change), clock) };
}

Deno.test("a monitor without a check is unknown and has no figures", () => {
  const { board } = boardOf([monitor("a")]);
  const summary = board.summary(anonymous);
  assert.equal(summary.overall, "unknown");
  const [view] = summary.monitors;
  assert.deepEqual([view.status, view.uptime24h, view.latency.p50, view.lastCheckedAt], [
    "unknown",
    null,
    null,
    null,
  ]);
  assert.deepEqual([...view.days].map(({ state }) => state), ["empty", "empty", "empty"]);
});

Deno.test("uptime counts covered time, the newest check's up to now, planned time left out", async () => {
  const { board, clock } = boardOf([monitor("a")]);
  const down = {
    status: "down",
    latencyMs: null,
    reason: "refused",
    category: "connection_refused",
  } as const;
  board.apply(check("a", clock.now()), standing("up"));
  assert.equal(board.summary(anonymous).monitors[0].uptime24h, 1);
  await clock.advance(MINUTE);
  board.apply(check("a", clock.now(), down), standing("down"));
  await clock.advance(MINUTE);
  board.apply(check("a", clock.now(), { planned: true }), standing("up"));
  await clock.advance(MINUTE);
  board.apply(check("a", clock.now()), standing("up"));
  await clock.advance(2 * MINUTE);
  const [view] = board.summary(anonymous).monitors;
  assert.equal(view.uptime24h, 3 / 4);
  const today = [...view.days].at(-1)!;
  assert.deepEqual([today.state, today.uptime, today.downMs], ["down", 3 / 4, MINUTE]);
  await clock.advance(HOUR);
  assert.equal(board.summary(anonymous).monitors[0].uptime24h, 4 / 5, "a check speaks for three intervals");
});

Deno.test("a monitor unchecked for three intervals is unknown, and the version moves when it becomes so", async () => {
  const { board, clock } = boardOf([monitor("a"), monitor("b", { kind: "push" } as Partial<Monitor>)]);
  board.apply(check("a", clock.now()), standing("up"));
  board.apply(check("b", clock.now()), standing("up"));
  assert.equal(board.summary(anonymous).overall, "up");
  const before = board.version;
  await clock.advance(3 * MINUTE + 12 * SECOND);
  assert.notEqual(board.version, before);
  assert.deepEqual(board.summary(anonymous).monitors.map(({ status }) => status), ["unknown", "up"]);
});

Deno.test("time alone makes a summary anew after a second, and leaves the version where it is", async () => {
  const { board, clock } = boardOf([monitor("a")]);
  board.apply(check("a", clock.now()), standing("up"));
  board.settle();
  const first = board.summary(anonymous);
  await clock.advance(SECOND - 1);
  assert.equal(board.summary(anonymous), first);
  await clock.advance(1);
  const { version, generatedAt } = board.summary(anonymous);
  assert.deepEqual([version, generatedAt], [first.version, first.generatedAt + SECOND]);
});

Deno.test("the summary is the same object until something changed; mere checks move it once a second", async () => {
  const { board, clock } = boardOf([monitor("a")]);
  board.apply(check("a", clock.now()), standing("up"));
  const first = board.summary(anonymous);
  board.apply(check("a", clock.now() + 1), standing("up"));
  assert.equal(board.summary(anonymous), first);
  await clock.advance(SECOND);
  assert.notEqual(board.summary(anonymous), first);
  const second = board.summary(anonymous);
  board.apply(check("a", clock.now() + 1, { status: "down" }), standing("down"));
  assert.notEqual(board.summary(anonymous), second, "a change of status shows at once");
});

Deno.test("turns move for a status and an operator's word, and stand still for mere checks and for time that passes", async () => {
  const { board, clock } = boardOf([monitor("a")]);
  board.apply(check("a", clock.now()), standing("up"));
  const before = board.turns;
  const version = board.version;
  board.apply(check("a", clock.now() + 1), standing("up"));
  await clock.advance(SECOND);
  assert.notEqual(board.version, version);
  await clock.advance(MINUTE);
  assert.equal(board.turns, before);
  board.apply(check("a", clock.now() + 1, { status: "down" }), standing("down"));
  assert.notEqual(board.turns, before);
  const down = board.turns;
  board.setSilences([]);
  assert.notEqual(board.turns, down);
  const silenced = board.turns;
  board.summary(anonymous);
  await clock.advance(4 * MINUTE);
  assert.notEqual(board.turns, silenced, "it became unknown");
});

Deno.test("a summary made after its views holds these very views, whatever the viewer's rights add to them", () => {
  const { board, clock } = boardOf([monitor("net"), monitor("web", { dependsOn: ["net"] }), monitor("new")]);
  board.apply(check("net", clock.now(), { status: "down" }), standing("down"));
  board.apply(check("web", clock.now(), { status: "down" }), standing("down"));
  for (const viewer of [anonymous, operator]) {
    const views = [...board.views(viewer)];
    assert.deepEqual(views.map(({ cause }) => cause), [null, "NET", null]);
    const { monitors } = board.summary(viewer);
    views.forEach((view, i) => assert.equal(monitors[i], view));
  }
  board.apply(check("net", clock.now() + 1), standing("up"));
  assert.deepEqual([...board.views(anonymous)].map(({ cause }) => cause), [null, null, null]);
});

Deno.test("anonymous viewers see no private monitor, no raw reason, no target and no private name", () => {
  const { board, clock } = boardOf([
    monitor("db", { public: false, dependsOn: ["net"] }),
    monitor("net"),
    monitor("web", { dependsOn: ["db"] }),
  ], { maintenance: [{ title: "secret", startAt: 0, endAt: Infinity, monitors: ["db"] }] });
  const down = {
    status: "down",
    latencyMs: null,
    reason: "HTTP 500: hush",
    category: "http_status",
    code: 500,
  };
  for (const id of ["db", "web"]) {
    board.apply(check(id, clock.now(), down as Partial<Check>), standing("down"));
  }
  board.apply(check("net", clock.now()), standing("up"));
  const seen = board.summary(anonymous);
  assert.deepEqual(seen.monitors.map(({ id }) => id), ["net", "web"]);
  assert.deepEqual([seen.monitors[1].cause, seen.monitors[1].lastError, seen.monitors[1].target], [
    null,
    "HTTP 500",
    null,
  ]);
  assert.deepEqual(seen.maintenances, []);
  assert.equal(JSON.stringify(seen).includes("hush"), false);
  assert.equal(JSON.stringify(seen).includes("DB"), false);
  const full = board.summary(operator);
  assert.deepEqual([full.monitors[2].cause, full.monitors[2].lastError], ["DB", "HTTP 500: hush"]);
  board.apply(check("net", clock.now() + 1, down as Partial<Check>), standing("down"));
  assert.equal(
    board.summary(anonymous).monitors[1].cause,
    "NET",
    "the walk goes on through private monitors",
  );
  assert.deepEqual(board.summary(anonymous).monitors[0].impacted, ["WEB"]);
});

Deno.test("percentiles roll over the last day and leave failed checks out", async () => {
  const { board, clock } = boardOf([monitor("a")]);
  for (const [index, latencyMs] of [7, 9, 20, 31].entries()) {
    board.apply(check("a", clock.now() + index, { latencyMs }), standing("up"));
  }
  board.apply(check("a", clock.now() + 9, { latencyMs: 63, status: "down" }), standing("down"));
  assert.deepEqual(board.summary(anonymous).monitors[0].latency, { p50: 9, p95: 31, p99: 31 });
  await clock.advance(23 * HOUR);
  board.apply(check("a", clock.now(), { latencyMs: 5 }), standing("up"));
  assert.equal(board.summary(anonymous).monitors[0].latency.p50, 9);
  await clock.advance(2 * HOUR);
  assert.deepEqual(board.summary(anonymous).monitors[0].latency, { p50: 5, p95: 5, p99: 5 });
});

Deno.test("rebuilt from aggregates it shows what it showed before", async () => {
  const monitors = [monitor("a", { sloUptimePercent: 99 })];
  const { board, clock } = boardOf(monitors);
  const newest = check("a", clock.now(), { status: "degraded" });
  const counts = { up: 50, degraded: 0, down: 10, planned: 0 };
  const coverage = { upMs: 50 * MINUTE, degradedMs: 0, downMs: 10 * MINUTE, plannedMs: 0 };
  const latency = new HistogramBuilder();
  for (let i = 0; i < 50; i++) latency.add(12);
  const row = [...Object.values(counts), ...Object.values(coverage)];
  const days = new SumsTable();
  days.addRow(Math.floor(clock.now() / DAY) - 1, row, 0);
  board.load({
    days: new Map([["a", days]]),
    hours: new Map([["a", hourRows([[clock.now() - 20 * HOUR, row, latency]])]]),
    newest: new Map([["a", newest]]),
    gaps: [{ fromAt: clock.now() + MINUTE, untilAt: clock.now() + 2 * MINUTE }],
    standings: new Map([["a", standing("degraded", 5)]]),
    certificates: [],
    domains: [],
    silences: [],
    announcements: [],
  });
  const [view] = board.summary(anonymous).monitors;
  assert.deepEqual([view.status, view.sinceAt, view.latency.p95, view.uptime24h], ["degraded", 5, 12, 5 / 6]);
  assert.deepEqual([...view.days].map(({ state }) => state), ["empty", "down", "empty"]);
  assert.equal(view.budget!.leftMinutes, 432 - 10);
  assert.equal(view.line().length, 4, "an hour gives its four quarters");
  await clock.advance(3 * MINUTE);
  const day = [...board.summary(anonymous).monitors[0].days].at(-1)!;
  assert.equal(day.degradedMs, 2 * MINUTE, "time in which nobody was looking is not covered");
});

Deno.test("silences and banners show to whom they are meant, and end by themselves", async () => {
  const { board, clock } = boardOf([monitor("a")]);
  board.apply(check("a", clock.now()), standing("up"));
  const untilAt = clock.now() + 2 * SECOND;
  board.setSilences([{ id: 1, target: "*", untilAt, reason: null, createdAt: 0 }]);
  board.setAnnouncements([{ id: 1, title: "x", body: "", severity: "info", untilAt, createdAt: 0 }]);
  assert.equal(board.summary(operator).monitors[0].silencedUntilAt, untilAt);
  assert.equal(board.summary(anonymous).monitors[0].silencedUntilAt, null);
  assert.equal(board.summary(anonymous).banners.length, 1);
  await clock.advance(3 * SECOND);
  assert.equal(board.summary(operator).monitors[0].silencedUntilAt, null);
  assert.equal(board.summary(anonymous).banners.length, 0);
});

Deno.test("days of a monitor that came by a reload are shown although somebody looked before they were read", () => {
  const { board, clock } = boardOf([monitor("a")]);
  board.reconfigure(config([monitor("a"), monitor("b")]));
  board.summary(anonymous);
  const days = new SumsTable();
  const today = Math.floor(clock.now() / DAY);
  for (let day = today - 2; day <= today; day++) days.addRow(day, [100, 0, 0, 0, HOUR, 0, 0, 0], 0);
  board.loadOne("b", { days, hours: null, newest: null }, null);
  const [, b] = board.summary(anonymous).monitors;
  assert.deepEqual([...b.days].map(({ state }) => state), ["up", "up", "up"]);
});
