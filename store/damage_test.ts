import assert from "node:assert/strict";
import { someCheck } from "../tests/support/checks.ts";
import { filledFile, planOf, withFolder } from "../tests/support/filled_file.ts";
import { ManualClock } from "../tests/support/manual_clock.ts";
import { inspectDatabase } from "./inspect.ts";
import { openStore } from "./open.ts";
import { Database } from "./sqlite/database.ts";
import type { SqliteStore } from "./sqlite/store.ts";

const start = Date.parse("2026-11-20T00:00:00Z");
const clock = new ManualClock(start);

Deno.test("a damaged page is reported by health, and what lies elsewhere stays readable", () =>
  withFolder(async (folder) => {
    const path = `${folder}/hora.db`;
    const first = await openStore(path, { clock });
    const checks = Array.from(
      { length: 4_000 },
      (_, i) => someCheck({ monitorId: "web", at: start + i * 1_000 }),
    );
    await first.commit({ checks, durable: true });
    await first.close();
    const probe = new Database(path);
    const page = probe.number("SELECT rootpage FROM sqlite_master WHERE name = 'checks'");
    probe.close();
    const file = await Deno.open(path, { read: true, write: true });
    await file.seek((page - 1) * 4_096, Deno.SeekMode.Start);
    await file.write(new Uint8Array(4_096).fill(0x5a));
    file.close();
    await using store = await openStore(path, { clock });
    await store.meta.set("still", "here");
    assert.equal(store.health().ok, true);
    await assert.rejects(
      store.commit({ checks: [someCheck({ monitorId: "web", at: start + 9e9 })], durable: true }),
    );
    assert.match(
      store.health().trouble!,
      /damaged: stop Hora, run "hora db check", and restore the last backup/,
    );
    assert.equal(
      (await store.aggregates.list({ grain: "hour", fromAt: start, untilAt: start + 9e9 })).length,
      2,
    );
    assert.equal(await store.meta.get("still"), "here");
  }));

/** Spoils the pages of a table or index, all but the first `keep`. */
function spoil(path: string, table: string, keep = 0): void {
  const db = new Database(path);
  const pages = db.all("SELECT pageno FROM dbstat WHERE name = ? ORDER BY pageno", table).map((row) =>
    Number(row.pageno)
  );
  db.close();
  using file = Deno.openSync(path, { read: true, write: true });
  for (const page of pages.slice(keep)) {
    file.seekSync((page - 1) * 4_096, Deno.SeekMode.Start);
    file.writeSync(new Uint8Array(4_096).fill(0x5a));
  }
}

/** Everything a running Hora asks of its store; which of it failed. */
async function useAll(store: SqliteStore): Promise<string[]> {
  const now = start;
  const everything: Record<string, () => unknown> = {
    checks: () => store.checks.lastOfEach(),
    newest: () => store.checks.newest("web", 5_000),
    stream: () => Array.fromAsync(store.checks.stream("web", 0, Infinity)),
    latency: () => store.checks.latencySeries("web", 0, start + 9e9, 60_000),
    hours: () => store.aggregates.hours(0, start + 9e9),
    sums: () => store.aggregates.list({ grain: "hour", fromAt: 0, untilAt: start + 9e9 }),
    days: () => store.aggregates.days(0, start + 9e9),
    incidents: () => store.incidents.listOpen(),
    decisions: () => store.decisions.list({ limit: 5 }),
    states: () => store.states.load(""),
    silences: () => store.silences.listActive(now),
    meta: () => store.meta.get("a"),
    outbox: () => store.outbox.listUnfinished(),
    upkeep: () => store.upkeep(planOf(now + 9e9), new AbortController().signal),
    write: () => store.commit({ checks: [someCheck({ monitorId: "web", at: start + 9e8 })], durable: true }),
    other: () => store.meta.set("still", "here"),
  };
  const failed: string[] = [];
  for (const [name, use] of Object.entries(everything)) {
    try {
      await use();
    } catch (error) {
      assert.match(String(error), /malformed|damaged/, name);
      failed.push(name);
    }
  }
  return failed;
}

for (
  const [table, mayFail] of Object.entries({
    checks: ["checks", "newest", "stream", "latency", "upkeep", "write"],
    blocks: ["checks", "newest", "stream", "latency", "upkeep", "write"],
    blocks_by_time: ["checks", "newest", "stream", "latency", "upkeep", "write"],
    block_details: ["newest", "stream", "upkeep"],
    hours: ["hours", "sums", "latency", "upkeep", "write"],
    days: ["days", "upkeep", "write"],
    // Copies, for a start: what cannot be read of them is read from the rows.
    hour_tables: ["upkeep", "write"],
    day_tables: ["upkeep", "write"],
    incidents: ["incidents", "upkeep"],
    incidents_open: ["incidents", "upkeep"],
    decisions: ["decisions", "upkeep"],
    states: ["states"],
    silences: ["silences", "upkeep"],
    series: ["checks", "newest", "stream", "latency", "hours", "sums", "days", "upkeep", "write"],
    meta: ["meta", "other"],
    gaps: ["write"],
  })
) {
  Deno.test(`damaged pages of ${table}, met while running, hurt what needs them and show in health`, () =>
    withFolder(async (folder) => {
      const path = `${folder}/hora.db`;
      await filledFile(path, clock);
      await using store = await openStore(path, { clock });
      // Damaged behind its back: nothing of these tables is in its cache yet.
      spoil(path, table);
      const failed = await useAll(store);
      assert.deepEqual(failed.filter((name) => !mayFail.includes(name)), []);
      assert.ok(failed.length > 0 || table === "gaps", "nothing met the damage");
      if (failed.length > 0) {
        assert.match(store.health().trouble ?? "", /^The database is damaged: stop Hora/);
      }
    }));
}

Deno.test("bytes that changed inside a block or a histogram are left out, and show in health", () =>
  withFolder(async (folder) => {
    const path = `${folder}/hora.db`;
    await filledFile(path, clock);
    const db = new Database(path);
    db.exec(`UPDATE blocks SET data = zeroblob(9); UPDATE block_details SET data = x'07';
      UPDATE hours SET latency = x'ff' WHERE start = (SELECT min(start) FROM hours)`);
    db.close();
    await using store = await openStore(path, { clock });
    const rest = await Array.fromAsync(store.checks.stream("web", 0, Infinity));
    assert.ok(rest.length > 0 && rest.length < 6_000, `${rest.length}`);
    assert.deepEqual(await useAll(store), []);
    assert.deepEqual([store.health().ok, store.refusal()], [false, null]);
    assert.match(store.health().trouble ?? "", /^The database is damaged: stop Hora/);
  }));

/** What is spoilt, and whether a start can do without it. */
const spoilt: Record<string, { sql: string; named: RegExp; isNeeded?: boolean }> = {
  "a state": { sql: "UPDATE states SET value = '{'", named: /state a: value/, isNeeded: true },
  "an event": { sql: "UPDATE notifications SET event = '{'", named: /notification 1: event/, isNeeded: true },
  "an event that is none": {
    sql: "UPDATE notifications SET event = '7'",
    named: /notification 1/,
    isNeeded: true,
  },
  "reasons": { sql: "UPDATE incidents SET reasons = '[{'", named: /incident 1: reasons/ },
  "reasons that are none": { sql: "UPDATE incidents SET reasons = '{}'", named: /incident 1: reasons/ },
  "impacted monitors": { sql: "UPDATE incidents SET impacted = ''", named: /incident 1: impacted/ },
  "a cause": { sql: "UPDATE incidents SET cause = '['", named: /incident 1: cause/ },
  "a certificate": { sql: "UPDATE certificates SET facts = '['", named: /certificate of web: facts/ },
  "details": {
    sql: "UPDATE checks SET details = '{\"r\":' WHERE at = (SELECT max(at) FROM checks)",
    named: /check of series 1 at \d+: details/,
  },
  "details of another kind": {
    sql: "UPDATE checks SET details = 'null' WHERE at = (SELECT max(at) FROM checks)",
    named: /check of series 1 at \d+: details/,
  },
  "an hour's latencies": {
    sql: "UPDATE hours SET latency = x'ff' WHERE start = (SELECT max(start) FROM hours)",
    named: /hours \d+ of series 1: latency/,
  },
  "a day's latencies": { sql: "UPDATE days SET latency = x'05'", named: /days \d+ of series 1: latency/ },
};

/** What a start reads and cannot do without. */
async function startOn(store: SqliteStore): Promise<void> {
  await store.checks.lastOfEach();
  await store.checks.newest("web", 10);
  await store.aggregates.hours(start - 9e7, start + 9e7);
  await store.aggregates.list({ grain: "day", fromAt: 0, untilAt: start + 9e7 });
  const [incident] = await store.incidents.listOpen();
  assert.ok([incident.reasons, incident.impacted].every(Array.isArray));
  await store.certificates.list();
  await store.outbox.listUnfinished();
  await store.states.load("");
}

for (const [name, { sql, named, isNeeded = false }] of Object.entries(spoilt)) {
  Deno.test(`${name}, damaged: named by the check, and ${isNeeded ? "by a start that ends" : "left out"}`, () =>
    withFolder(async (folder) => {
      const path = `${folder}/hora.db`;
      await filledFile(path, clock);
      const db = new Database(path);
      db.exec(`
        INSERT INTO notifications (channel, event, status, created_at, due_at, attempts) VALUES ('x', '{}', 'pending', 1, 1, 0);
        INSERT INTO certificates (monitor_id, facts, checked_at) VALUES ('web', '{}', 1);
      `);
      assert.deepEqual(await inspectDatabase(path), []);
      db.exec(sql);
      db.close();
      const problems = await inspectDatabase(path);
      assert.equal(problems.length, 1);
      assert.match(problems[0], named);
      await using store = await openStore(path, { clock });
      if (isNeeded) await assert.rejects(startOn(store), /cannot be read: malformed$/);
      else await startOn(store);
      assert.match(
        store.health().trouble ?? "",
        /^The database is damaged: stop Hora.* cannot be read: malformed\)$/,
      );
    }));
}

Deno.test("an incident whose reasons are damaged takes another, and damaged texts do not keep checks from being sealed", () =>
  withFolder(async (folder) => {
    const path = `${folder}/hora.db`;
    await filledFile(path, clock);
    await using store = await openStore(path, { clock });
    store.db.exec(
      "UPDATE incidents SET reasons = '['; UPDATE checks SET details = '{' WHERE details IS NOT NULL",
    );
    const addReason = { at: start + 1, reason: "timed out", category: "timeout" as const };
    await store.commit({ updateIncident: { id: 1, at: start + 1, addReason }, durable: true });
    assert.deepEqual((await store.incidents.listOpen())[0].reasons, [addReason]);
    const checks = Array.from(
      { length: 6_000 },
      (_, i) => someCheck({ monitorId: "web", at: start + i * 10_000 }),
    );
    await store.commit({ checks, durable: true });
    await store.upkeep(planOf(start + 9e7), new AbortController().signal);
    assert.ok(store.db.number("SELECT count(*) FROM blocks") > 1);
    assert.equal((await Array.fromAsync(store.checks.stream("web", 0, Infinity))).length, 12_000);
  }));
