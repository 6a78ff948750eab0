import assert from "node:assert/strict";
import { DAY, HOUR, MINUTE } from "../domain/clock.ts";
import type { Check } from "../domain/check.ts";
import type { UpkeepPlan } from "../domain/store.ts";
import { percentilesOf } from "../domain/histogram.ts";
import { someCheck } from "../tests/support/checks.ts";
import { someIncident } from "../tests/support/incidents.ts";
import { ManualClock } from "../tests/support/manual_clock.ts";
import { openStore } from "./open.ts";

const start = Date.parse("2026-11-20T00:00:00Z");

function plan(now: number, ids: readonly string[], change: Partial<UpkeepPlan> = {}): UpkeepPlan {
  return {
    now,
    retentionDays: new Map(ids.map((id) => [id, 365])),
    hourlyDays: 730,
    dailyDays: 3_650,
    incidentsDays: 3_650,
    orphansDays: 30,
    ...change,
  };
}

async function collect(checks: AsyncIterable<Check>): Promise<Check[]> {
  const all: Check[] = [];
  for await (const check of checks) all.push(check);
  return all;
}

async function withFile(work: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(`${folder}/hora.db`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const newIncident = someIncident({ monitorId: "web", startedAt: start });

Deno.test("a committed check is read back whole, hot and sealed", async () => {
  const clock = new ManualClock(start);
  await using store = await openStore(":memory:", { clock });
  const checks = Array.from({ length: 5_000 }, (_, i) =>
    someCheck({
      monitorId: "web",
      at: start + i * 10_000 + i % 3,
      status: i % 50 === 7 ? "down" : i % 50 === 9 ? "degraded" : "up",
      latencyMs: i % 50 === 7 ? null : 40 + i % 13,
      code: i % 50 === 7 ? 503 : 200,
      reason: i % 50 === 7 ? `HTTP 503 at ${i}` : null,
      category: i % 50 === 7 ? "http_status" : null,
      message: i % 50 === 3 ? "all well" : null,
      planned: i >= 1_000 && i < 1_100,
      phases: i % 2 ? { resolveMs: 1.2, connectMs: 3 + i % 5, firstByteMs: 30 } : null,
      metrics: i % 100 === 0 ? [{ label: "load1", value: 0.25 * i, unit: "" }] : [],
    }));
  await store.commit({ checks, durable: true });
  assert.deepEqual(await collect(store.checks.stream("web", start, Infinity)), checks);
  const report = await store.upkeep(plan(start + DAY, ["web"]), new AbortController().signal);
  assert.ok(report.finished && report.sealedChecks >= 2_560, JSON.stringify(report));
  assert.deepEqual(await collect(store.checks.stream("web", start, Infinity)), checks);
  assert.deepEqual(
    await collect(store.checks.stream("web", checks[100].at, checks[4_900].at)),
    checks.slice(100, 4_900),
  );
  assert.deepEqual(await store.checks.newest("web", 4_990), checks.slice(10).reverse());
  assert.deepEqual((await store.checks.lastOfEach()).get("web"), checks.at(-1));
});

Deno.test("hours and days hold counts, covered time and latencies, also for what is not flushed yet", async () => {
  const clock = new ManualClock(start);
  await using store = await openStore(":memory:", { clock });
  for (let i = 0; i < 120; i++) {
    const at = start + 30 * MINUTE + i * MINUTE;
    void store.commit({
      checks: [
        someCheck({
          monitorId: "web",
          at,
          status: i < 90 ? "up" : "down",
          latencyMs: i < 90 ? 10 + i % 3 : null,
        }),
      ],
      durable: false,
    });
  }
  const hours = await store.aggregates.list({
    grain: "hour",
    fromAt: start,
    untilAt: start + DAY,
    monitorId: "web",
  });
  assert.deepEqual(
    hours.map((hour) => [hour.counts.up, hour.counts.down, hour.coverage.upMs, hour.coverage.downMs]),
    [
      [30, 0, 30 * MINUTE, 0],
      [60, 0, 60 * MINUTE, 0],
      [0, 30, 0, 29 * MINUTE],
    ],
  );
  assert.deepEqual(percentilesOf(hours[0].latency, [50, 99]), [11, 12]);
  const [day] = await store.aggregates.list({ grain: "day", fromAt: start, untilAt: start + DAY });
  assert.deepEqual(day.counts, { up: 90, degraded: 0, down: 30, planned: 0 });
  assert.equal(day.coverage.upMs + day.coverage.downMs, 119 * MINUTE);
});

Deno.test("a check stands no longer than it may: the rest is not monitored", async () => {
  await using store = await openStore(":memory:", { clock: new ManualClock(start) });
  const at = (minutes: number) => start + minutes * MINUTE;
  await store.commit({
    checks: [
      someCheck({ monitorId: "web", at: at(0), standsMs: 3 * MINUTE }),
      someCheck({ monitorId: "web", at: at(50), standsMs: 3 * MINUTE, planned: true }),
      someCheck({ monitorId: "web", at: at(52), standsMs: 3 * MINUTE }),
    ],
    durable: true,
  });
  const [hour] = await store.aggregates.list({ grain: "hour", fromAt: start, untilAt: start + HOUR });
  assert.deepEqual(hour.coverage, { upMs: 3 * MINUTE, degradedMs: 0, downMs: 0, plannedMs: 2 * MINUTE });
});

Deno.test("time in which Hora did not run counts as not monitored", () =>
  withFile(async (path) => {
    const clock = new ManualClock(start);
    const first = await openStore(path, { clock, exclusive: true });
    await first.commit({
      checks: [someCheck({ monitorId: "job", at: start, standsMs: DAY })],
      durable: true,
    });
    await clock.advance(10 * MINUTE);
    await first.close();
    await clock.advance(20 * MINUTE);
    await using second = await openStore(path, { clock, exclusive: true });
    await clock.advance(10 * MINUTE);
    await second.commit({
      checks: [someCheck({ monitorId: "job", at: clock.now(), standsMs: DAY })],
      durable: true,
    });
    const [day] = await second.aggregates.list({ grain: "day", fromAt: start, untilAt: start + DAY });
    assert.equal(day.coverage.upMs, 20 * MINUTE);
    assert.deepEqual(await second.gaps(0), [{ fromAt: start + 10 * MINUTE, untilAt: start + 30 * MINUTE }]);
  }));

Deno.test("two checks at one instant, or a clock that was set back, lose nothing and keep their order", async () => {
  await using store = await openStore(":memory:", { clock: new ManualClock(start) });
  const given = [start, start, start - HOUR, start + 5].map((at, i) =>
    someCheck({ monitorId: "web", at, latencyMs: i })
  );
  for (const check of given) await store.commit({ checks: [check], durable: true });
  const kept = await collect(store.checks.stream("web", 0, Infinity));
  assert.deepEqual(kept.map((check) => [check.at - start, check.latencyMs]), [[0, 0], [1, 1], [2, 2], [
    5,
    3,
  ]]);
});

Deno.test("a clock that was years ahead does not hold later checks there", async () => {
  await using store = await openStore(":memory:", { clock: new ManualClock(start) });
  for (const at of [start, start + 4_000 * DAY, start + MINUTE, start + 2 * MINUTE]) {
    await store.commit({ checks: [someCheck({ monitorId: "web", at })], durable: true });
  }
  const kept = await collect(store.checks.stream("web", 0, start + DAY));
  assert.deepEqual(kept.map((check) => check.at - start), [0, MINUTE, 2 * MINUTE]);
  const newest = kept[2];
  assert.deepEqual(await store.checks.newest("web", 1), [newest]);
  assert.deepEqual(await store.checks.lastPositive("web"), newest);
  assert.deepEqual((await store.checks.lastOfEach()).get("web"), newest);
});

Deno.test("a clock that is years behind leaves the newest check what it is", async () => {
  await using store = await openStore(":memory:", { clock: new ManualClock(0) });
  const checks = [start, start + MINUTE].map((at) => someCheck({ monitorId: "web", at }));
  await store.commit({ checks, durable: true });
  assert.deepEqual(await store.checks.newest("web", 1), [checks[1]]);
  assert.deepEqual(await store.checks.lastPositive("web"), checks[1]);
  assert.deepEqual((await store.checks.lastOfEach()).get("web"), checks[1]);
});

Deno.test("a gap ends where the clock was set back to, also when nobody ran then, and others are noted as before", () =>
  withFile(async (path) => {
    const clock = new ManualClock(start);
    const first = await openStore(path, { clock, exclusive: true });
    const ahead = { fromAt: start, untilAt: start + 2 * DAY };
    first.noteGap(ahead);
    const far = { fromAt: start + 2 * DAY, untilAt: start + 2 * DAY + MINUTE };
    first.noteGap(far);
    first.cutGaps(start + HOUR);
    assert.deepEqual(await first.gaps(0), [{ fromAt: start, untilAt: start + HOUR }, far]);
    first.noteGap({ fromAt: start + 2 * HOUR, untilAt: start + DAY });
    await clock.advance(3 * HOUR);
    await first.close();
    await using second = await openStore(path, { clock, exclusive: true });
    assert.deepEqual(await second.gaps(0), [
      { fromAt: start, untilAt: start + HOUR },
      { fromAt: start + 2 * HOUR, untilAt: start + 3 * HOUR },
      far,
    ]);
  }));

Deno.test("retention prunes raw checks and keeps the aggregates; orphans go after their grace period", async () => {
  await using store = await openStore(":memory:", { clock: new ManualClock(start) });
  const checks = Array.from(
    { length: 9_000 },
    (_, i) => someCheck({ monitorId: "web", at: start + i * MINUTE }),
  );
  await store.commit({ checks, durable: true });
  await store.commit({
    checks: [someCheck({ monitorId: "gone", at: start })],
    openIncident: { ...newIncident, monitorId: "gone" },
    states: ["certificate/gone", "certificate/web"].map((key) => ({ key, value: 1 })),
    durable: true,
  });
  const signal = new AbortController().signal;
  const now = start + 6 * DAY + 6 * HOUR;
  await store.upkeep(plan(now, ["web"], { retentionDays: new Map([["web", 2]]) }), signal);
  const kept = await collect(store.checks.stream("web", 0, Infinity));
  assert.ok(kept.length < 9_000 && kept.length >= 2 * 1_440, `${kept.length}`);
  const days = await store.aggregates.list({ grain: "day", fromAt: start, untilAt: now, monitorId: "web" });
  assert.equal(days.reduce((sum, day) => sum + day.counts.up, 0), 9_000);
  assert.equal((await store.checks.newest("gone", 1)).length, 1);
  await store.upkeep(plan(now + 31 * DAY, ["web"]), signal);
  assert.deepEqual(await store.checks.newest("gone", 1), []);
  assert.equal(await store.incidents.count({}), 0);
  assert.deepEqual([...(await store.states.load("")).keys()], ["certificate/web"]);
  const all = await store.aggregates.list({ grain: "day", fromAt: start, untilAt: now });
  assert.deepEqual(new Set(all.map((day) => day.monitorId)), new Set(["web"]));
});

const retentions = [
  { days: 0, keeps: 0 },
  { days: 1, keeps: 1_440 },
  { days: 65_535, keeps: 9_000 },
  { days: Number.MAX_SAFE_INTEGER, keeps: 9_000 },
];
for (const { days, keeps } of retentions) {
  Deno.test(`retention of ${days} days keeps what is younger, at most a block more`, async () => {
    await using store = await openStore(":memory:", { clock: new ManualClock(start) });
    const checks = Array.from(
      { length: 9_000 },
      (_, i) => someCheck({ monitorId: "web", at: start + i * MINUTE }),
    );
    await store.commit({ checks, durable: true });
    const now = start + 9_000 * MINUTE;
    const kept = { retentionDays: new Map([["web", days]]), hourlyDays: days, dailyDays: days };
    const report = await store.upkeep(plan(now, ["web"], kept), new AbortController().signal);
    assert.equal(report.finished, true);
    const left = await collect(store.checks.stream("web", 0, Infinity));
    assert.ok(left.length >= keeps && left.length < keeps + 5_120, `${left.length}`);
    assert.deepEqual(left, checks.slice(9_000 - left.length));
  });
}

Deno.test("texts of any size are kept whole, hot and sealed", async () => {
  await using store = await openStore(":memory:", { clock: new ManualClock(start) });
  const reason = "Erreur «zéro»\u0000 😀 ".repeat(50_000);
  const checks = Array.from(
    { length: 6_000 },
    (_, i) =>
      someCheck({
        monitorId: "web",
        at: start + i * 1_000,
        ...(i === 9 && { status: "down", reason, message: reason }),
      }),
  );
  await store.commit({ checks, durable: true });
  assert.deepEqual((await store.checks.newest("web", 6_000))[5_990], checks[9]);
  const report = await store.upkeep(plan(start + DAY, ["web"]), new AbortController().signal);
  assert.ok(report.sealedChecks > 2_000);
  assert.deepEqual((await collect(store.checks.stream("web", start, start + 10_000)))[9], checks[9]);
});

Deno.test("carryOver() joins the history of an earlier id, once, also when the new one has begun", async () => {
  await using store = await openStore(":memory:", { clock: new ManualClock(start) });
  const at = (minutes: number) => start + minutes * MINUTE;
  const old = Array.from({ length: 45 }, (_, i) => someCheck({ monitorId: "old", at: at(i) }));
  await store.commit({ checks: old, openIncident: { ...newIncident, monitorId: "old" }, durable: true });
  const young = Array.from({ length: 5 }, (_, i) => someCheck({ monitorId: "new", at: at(50 + i) }));
  await store.commit({ checks: young, durable: true });
  assert.deepEqual(await store.carryOver("new", ["old", "never"]), ["old"]);
  assert.deepEqual(await store.carryOver("new", ["old"]), []);
  assert.equal((await collect(store.checks.stream("new", 0, Infinity))).length, 50);
  const hours = await store.aggregates.list({ grain: "hour", fromAt: start, untilAt: start + HOUR });
  const figures = hours.map(({ monitorId, counts, coverage }) => [monitorId, counts.up, coverage.upMs]);
  assert.deepEqual(
    figures,
    [["new", 50, (44 + 3 + 4) * MINUTE]],
    "the last of the old speaks on for a while",
  );
  assert.equal((await store.incidents.list({ monitorIds: ["new"], limit: 5 })).length, 1);
});

Deno.test("carryOver() moves what is kept under an id, also of a monitor without checks, and notes it once", async () => {
  await using store = await openStore(":memory:", { clock: new ManualClock(start) });
  const states = ["machine/old", "certificate/old", "domain/old", "push_first:old", "watch/old"];
  await store.commit({ states: states.map((key) => ({ key, value: 1 })), durable: true });
  await store.silences.insert(["old"], start + HOUR, null, start);
  assert.deepEqual(await store.carryOver("new", ["old"]), ["old"]);
  assert.deepEqual(await store.carryOver("new", ["old"]), []);
  assert.deepEqual([...(await store.states.load("")).keys()], [
    "certificate/new",
    "domain/new",
    "machine/new",
    "push_first:new",
    "watch/old",
  ]);
  assert.deepEqual((await store.silences.listActive(start)).map(({ target }) => target), ["new"]);
  const log = await store.decisions.list({ monitorId: "new", limit: 5 });
  assert.deepEqual(log.map(({ kind, text }) => [kind, text]), [["renamed", "It was called old before"]]);
});

Deno.test("carryOver() leaves an earlier id alone whose hours alone tell that it was checked at the same time", async () => {
  await using store = await openStore(":memory:", { clock: new ManualClock(start) });
  for (const monitorId of ["old", "new"]) {
    const checks = [0, 1].map((i) => someCheck({ monitorId, at: start + i * MINUTE }));
    await store.commit({ checks, durable: true });
  }
  store.db.run("DELETE FROM checks WHERE series = ?", store.series.find("old"));
  assert.deepEqual(await store.carryOver("new", ["old"]), []);
  const hours = await store.aggregates.list({ grain: "hour", fromAt: start, untilAt: start + HOUR });
  assert.deepEqual(hours.map(({ monitorId, counts }) => [monitorId, counts.up]), [["new", 2], ["old", 2]]);
});

Deno.test("another process's silence is noticed", () =>
  withFile(async (path) => {
    const clock = new ManualClock(start);
    await using daemon = await openStore(path, { clock, exclusive: true });
    await daemon.meta.set("x", "1");
    assert.equal(await daemon.changedElsewhere(), false);
    await using command = await openStore(path, { clock });
    await command.silences.insert(["*"], start + HOUR, null, start);
    assert.equal(await daemon.changedElsewhere(), true);
    assert.equal(await daemon.changedElsewhere(), false);
    assert.equal((await daemon.silences.listActive(start)).length, 1);
  }));

Deno.test("latencySeries() gives means per bucket, from checks or from hours", async () => {
  await using store = await openStore(":memory:", { clock: new ManualClock(start) });
  const checks = Array.from(
    { length: 600 },
    (_, i) =>
      someCheck({
        monitorId: "web",
        at: start + 5_000 + i * MINUTE,
        latencyMs: i,
        status: i === 3 ? "down" : "up",
      }),
  );
  await store.commit({ checks, durable: true });
  const fine = await store.checks.latencySeries("web", start, start + 10 * MINUTE, 5 * MINUTE);
  assert.deepEqual(fine, [
    { at: start + 5_000, meanMs: (0 + 1 + 2 + 4) / 4, minMs: 0, maxMs: 4, count: 4 },
    { at: start + 5 * MINUTE + 5_000, meanMs: 7, minMs: 5, maxMs: 9, count: 5 },
  ]);
  const coarse = await store.checks.latencySeries("web", start + 30 * MINUTE, start + 3 * HOUR, 2 * HOUR);
  assert.deepEqual(coarse, [
    { at: start + 30 * MINUTE + 5_000, meanMs: 74.5, minMs: 30, maxMs: 119, count: 90 },
    { at: start + 2 * HOUR + 5_000, meanMs: 149.5, minMs: 120, maxMs: 179, count: 60 },
  ]);
});
