import assert from "node:assert/strict";
import { StartupError } from "../domain/errors.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../domain/clock.ts";
import { someCheck } from "../tests/support/checks.ts";
import { allOf, bare, imported, start } from "../tests/support/imported.ts";
import { ManualClock } from "../tests/support/manual_clock.ts";
import { makeOtherHora } from "../tests/support/other_hora.ts";
import { importHora } from "./import_hora.ts";
import { openStore } from "./open.ts";

const count = 12_000;

Deno.test("importHora() takes everything over, goes on after an interruption, and does nothing twice", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const old = `${folder}/old.db`;
    makeOtherHora(old, start, count);
    const now = start + 9 * DAY;
    await using store = await openStore(`${folder}/hora.db`, { clock: new ManualClock(now) });
    const own = someCheck({ monitorId: "web", at: start + (count - 3) * MINUTE - 20_000 });
    await store.commit({ checks: [own], durable: true });

    class Stop extends Error {}
    await assert.rejects(
      importHora(store, old, (done) => {
        if (done > 12_000) throw new Stop();
      }),
      Stop,
    );
    const done = await importHora(store, old);
    assert.deepEqual({ ...done, checks: 0 }, {
      findings: [],
      monitors: 2,
      checks: 0,
      buckets: 2,
      incidents: 1,
      silences: 1,
      announcements: 1,
    });
    const again = await importHora(store, old);
    assert.deepEqual(again, {
      findings: [],
      monitors: 2,
      checks: 0,
      buckets: 0,
      incidents: 0,
      silences: 0,
      announcements: 0,
    });

    const web = await Array.fromAsync(store.checks.stream("web", 0, Infinity));
    assert.equal(web.length, count - 3 + 1);
    assert.deepEqual(web.at(-1), own);
    assert.equal((await Array.fromAsync(store.checks.stream("api", 0, Infinity))).length, count);
    const { at, status, reason, latencyMs, standsMs } = web[7];
    assert.deepEqual([at, status, reason, latencyMs, standsMs], [
      start + 7 * MINUTE,
      "down",
      "refused",
      null,
      3 * MINUTE,
    ]);
    const days = await store.aggregates.list({
      grain: "day",
      fromAt: start,
      untilAt: start + DAY,
      monitorId: "web",
    });
    assert.equal(days[0].coverage.downMs + days[0].coverage.upMs, DAY);
    assert.equal(days[0].counts.down, 15);
    const older = await store.aggregates.list({
      grain: "hour",
      fromAt: start - DAY,
      untilAt: start,
      monitorId: "web",
    });
    assert.deepEqual(older.map((hour) => [hour.startAt, hour.counts.up, hour.coverage.downMs]), [
      [start - 2 * HOUR, 50, 10 * MINUTE],
    ]);
    const [incident] = await store.incidents.list({ limit: 5 });
    assert.deepEqual([incident.note, incident.cause?.name, incident.endedAt], [
      "Disk full",
      "Database",
      start + MINUTE,
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("importHora() refuses a file that is something else", async () => {
  const path = await Deno.makeTempFile();
  await using store = await openStore(":memory:", { clock: new ManualClock(start) });
  await Deno.writeTextFile(path, "not a database at all ".repeat(300));
  await assert.rejects(importHora(store, path), StartupError);
  await Deno.remove(path);
});

Deno.test("importHora() takes what there is of tables and columns, and says what stays behind", () => {
  const from = start / SECOND;
  return imported(
    `${bare} ALTER TABLE checks ADD COLUMN region TEXT; ALTER TABLE checks ADD COLUMN latency_ms REAL;
     INSERT INTO checks VALUES (${from}, 'a', 1, 'x', 3.7), (${from + 60}, 'a', 7, 'x', -2), (${
      from + 120
    }, 'a', 2, NULL, 1e300),
       (${from + 1e9}, 'a', 1, 'x', 3), (${from}, 'b\tc', 0, 'x', 'text');
     CREATE TABLE incidents (id INTEGER, monitor_id TEXT, opened TEXT); INSERT INTO incidents VALUES (1, 'a', 'x');
     CREATE TABLE silences (target TEXT, until TEXT);
     INSERT INTO silences VALUES ('*', '2026-07-01 00:00:00'), ('a', '2026-05-01'), (NULL, '2026-07-01');
     CREATE TABLE checks_hourly (monitor_id TEXT, hour TEXT, up INTEGER, down INTEGER);
     INSERT INTO checks_hourly VALUES ('a', '2026-05-01 10:00:00', 59, 1), ('a', 'soon', 1, 1);
     CREATE TABLE certificates (monitor_id TEXT); CREATE TABLE quotas (x INTEGER);`,
    async (store, report) => {
      assert.deepEqual(
        (await allOf(store, "a")).map(({ at, status, latencyMs }) => [at, status, latencyMs]),
        [
          [start, "up", 3],
          [start + 2 * MINUTE, "degraded", 0x7fffffff],
        ],
      );
      assert.deepEqual((await allOf(store, "b\tc")).map(({ status }) => status), ["down"]);
      assert.deepEqual((await store.silences.listActive(store.clock.now())).map(({ untilAt }) => untilAt), [
        Date.parse("2026-07-01T00:00:00Z"),
      ]);
      assert.deepEqual([report.checks, report.buckets, report.incidents, report.silences], [4, 1, 0, 1]);
      assert.deepEqual(report.findings, [
        "checks.region is unknown and stays behind",
        "the table quotas is unknown and stays behind",
        "it has no table checks_daily",
        "incidents.opened is unknown and stays behind",
        "incidents has no column for start (started_at, start, start_time, start_at, started), so it stays behind",
        "it has no table announcements",
        "1 checks have a status other than 0, 1 and 2 (7) and stay behind",
        "1 checks have no time, or one to come, and stay behind",
        "1 rows of checks_hourly name no monitor or no time and stay behind",
        "1 rows of silences lack what they are about and stay behind",
      ]);
    },
  );
});

Deno.test("an hour of which the file kept more in sum than check by check counts as the sum says, and its day with it", () => {
  const from = start / SECOND;
  return imported(
    `${bare} CREATE TABLE checks_hourly (monitor_id TEXT, hour INTEGER, up INTEGER, down INTEGER, degraded INTEGER, avg_latency_ms REAL);
     INSERT INTO checks SELECT ${from} + 3000 + value * 60, 'a', 1 FROM json_each('[0,1,2,3,4,5,6,7,8,9,10,11,12]');
     INSERT INTO checks_hourly VALUES ('a', ${from}, 45, 15, 0, 80.4), ('a', ${from + 3600}, 2, 0, 0, 5);`,
    async (store) => {
      const list = (grain: "hour" | "day") =>
        store.aggregates.list({ grain, fromAt: start, untilAt: start + DAY, monitorId: "a" });
      const [first, second] = await list("hour");
      assert.deepEqual([first.counts.up, first.counts.down, first.coverage.downMs], [45, 15, 15 * MINUTE]);
      assert.deepEqual([first.latency.count, first.latencySumMs], [45, 45 * 80]);
      assert.equal(second.counts.up, 3, "of this hour the checks know more");
      const [day] = await list("day");
      assert.deepEqual([day.counts.up, day.counts.down, day.coverage.downMs], [48, 15, 15 * MINUTE]);
    },
  );
});

Deno.test("of a damaged file everything is taken over that can be read", async () => {
  const folder = await Deno.makeTempDir();
  const old = `${folder}/old.db`;
  try {
    makeOtherHora(old, start, 12_000);
    const bytes = await Deno.readFile(old);
    const page = 4_096;
    for (let at = Math.floor(bytes.length / page / 3) * page; at < bytes.length / 2; at += page) {
      bytes.fill(0xa5, at, at + page);
    }
    await Deno.writeFile(old, bytes);
    await using store = await openStore(`${folder}/hora.db`, { clock: new ManualClock(start + 9 * DAY) });
    const report = await importHora(store, old);
    assert.match(
      report.findings.join("\n"),
      /the checks of \w+ could not be read any further .*damaged there/,
    );
    assert.deepEqual([report.incidents, report.silences, report.announcements], [1, 1, 1]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
