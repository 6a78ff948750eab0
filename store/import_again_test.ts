import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { DAY, HOUR, MINUTE, SECOND } from "../domain/clock.ts";
import type { Aggregate } from "../domain/store.ts";
import { someCheck } from "../tests/support/checks.ts";
import { planOf } from "../tests/support/filled_file.ts";
import { allOf, bare, imported, start } from "../tests/support/imported.ts";
import { ManualClock } from "../tests/support/manual_clock.ts";
import { makeOtherHora } from "../tests/support/other_hora.ts";
import { importHora } from "./import_hora.ts";
import { openStore } from "./open.ts";

Deno.test("what the other program wrote since the last import is taken over by the next, its time counted once", () => {
  const from = start / SECOND;
  return imported(
    `PRAGMA journal_mode = WAL; ${bare} CREATE TABLE incidents (id INTEGER, monitor_id TEXT, started_at INTEGER, ended_at INTEGER);
     INSERT INTO checks SELECT ${from} + value * 60, 'a', 1 FROM json_each('[0,1,2,3,4]');
     INSERT INTO incidents VALUES (1, 'a', ${from + 60}, NULL);`,
    async (store, first, path, db) => {
      assert.equal(first.checks, 5);
      const [open] = await store.incidents.list({ limit: 5 });
      assert.equal(open.endedAt, start + 4 * MINUTE, "as far as the file knows");
      db.exec(`INSERT INTO checks SELECT ${from} + value * 60, 'a', 0 FROM json_each('[5,6,7]');
        UPDATE incidents SET ended_at = ${from + 420}; INSERT INTO incidents VALUES (2, 'a', ${from + 430}, ${
        from + 440
      });
        BEGIN IMMEDIATE; INSERT INTO checks VALUES (${from + 480}, 'a', 1);`);
      const second = await importHora(store, path);
      db.exec("COMMIT");
      assert.deepEqual([second.checks, second.incidents], [3, 1]);
      assert.equal((await importHora(store, path)).checks, 1);
      assert.deepEqual((await allOf(store, "a")).length, 9);
      const ended = (await store.incidents.list({ limit: 5 })).map(({ endedAt }) => endedAt);
      assert.deepEqual(ended, [start + 440 * SECOND, start + 7 * MINUTE]);
      const [{ coverage }] = await store.aggregates.list({ grain: "hour", fromAt: 0, untilAt: Infinity });
      assert.equal(coverage.upMs + coverage.downMs, 8 * MINUTE, "eight distances; the last still speaks");
    },
  );
});

Deno.test("the last check's time is not given ahead of the clock, and once with the first check of this Hora", () => {
  const newest = start + 8 * DAY + 3 * HOUR;
  return imported(
    `${bare} INSERT INTO checks SELECT ${
      newest / SECOND
    } - value * 86400, 'job', 1 FROM json_each('[0,1,2,3]');
     INSERT INTO checks VALUES (${(start + 9 * DAY + HOUR) / SECOND}, 'job', 1);`,
    async (store, report, path) => {
      const upMs = async () =>
        (await store.aggregates.list({ grain: "day", fromAt: start, untilAt: Infinity, monitorId: "job" }))
          .map(({ coverage }) => coverage.upMs / HOUR);
      assert.deepEqual(await upMs(), [21, 24, 24, 3]);
      assert.equal(report.findings.at(-1), "1 checks have no time, or one to come, and stay behind");
      const own = someCheck({ monitorId: "job", at: start + 9 * DAY + 30 * MINUTE });
      await store.commit({ checks: [own], durable: true });
      assert.deepEqual(await upMs(), [21, 24, 24, 24, 0.5]);
      assert.equal((await importHora(store, path)).checks, 0, "what was to come is younger than ours now");
    },
  );
});

Deno.test("sums of an hour that goes on cover what has passed of it, and stay behind once this Hora has begun in it", () => {
  const now = start + 9 * DAY;
  return imported(
    `${bare} CREATE TABLE checks_hourly (monitor_id TEXT, hour INTEGER, up INTEGER, down INTEGER);
     INSERT INTO checks VALUES (${(now - 4 * MINUTE) / SECOND}, 'a', 1), (${
      (now - 2 * MINUTE) / SECOND
    }, 'a', 1);
     INSERT INTO checks_hourly VALUES ('a', ${(now - HOUR) / SECOND}, 58, 0), ('b', ${now / SECOND}, 9, 0);`,
    async (store, _report, path, db) => {
      const upMs = async () =>
        (await store.aggregates.list({ grain: "hour", fromAt: start, untilAt: Infinity }))
          .map(({ monitorId, counts, coverage }) => [monitorId, counts.up, coverage.upMs]);
      assert.deepEqual(await upMs(), [["a", 58, 58 * MINUTE], ["b", 9, 0]]);
      await store.commit({ checks: [someCheck({ monitorId: "a", at: now + MINUTE })], durable: true });
      await store.commit({ checks: [someCheck({ monitorId: "a", at: now + 2 * MINUTE })], durable: true });
      db.exec(`INSERT INTO checks_hourly VALUES ('a', ${now / SECOND}, 60, 0)`);
      assert.equal((await importHora(store, path)).buckets, 0);
      assert.deepEqual(await upMs(), [["a", 58, HOUR], ["a", 2, 2 * MINUTE], ["b", 9, 0]]);
    },
  );
});

Deno.test("what the other program wrote beside this Hora stays behind, whenever it is imported and whatever is pruned", () => {
  const rows = (from: number, until: number) =>
    `WITH RECURSIVE n (i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${until} - 1)
     INSERT INTO checks SELECT ${start / SECOND} + i * 60, 'a', 1 FROM n;`;
  return imported(`${bare} ${rows(0, 10)}`, async (store, _report, path, db) => {
    const own = Array.from(
      { length: 180 },
      (_, i) =>
        someCheck({ monitorId: "a", at: start + 12 * MINUTE + 7 * SECOND + i * MINUTE, status: "down" }),
    );
    await store.commit({ checks: own, durable: true });
    const sums = async () => {
      const hours = await store.aggregates.list({ grain: "hour", fromAt: start, untilAt: Infinity });
      return hours.map(({ counts, coverage }) => [counts.up, counts.down, coverage.upMs, coverage.downMs]);
    };
    db.exec(rows(10, 110));
    assert.equal((await importHora(store, path)).checks, 3);
    const upMs = 12 * MINUTE + 7 * SECOND;
    const once = [[13, 48, upMs, HOUR - upMs], [0, 60, 0, HOUR], [0, 60, 0, HOUR], [
      0,
      12,
      0,
      own.at(-1)!.at - start - 3 * HOUR,
    ]];
    assert.deepEqual(await sums(), once);
    assert.deepEqual((await allOf(store, "a")).length, 193);
    await store.upkeep(
      { ...planOf(store.clock.now()), retentionDays: new Map([["a", 1]]) },
      new AbortController().signal,
    );
    // The newest one is never pruned.
    const ownLeft = (await allOf(store, "a")).filter(({ status }) => status === "down").map(({ at }) => at);
    assert.deepEqual(ownLeft, [own.at(-1)!.at]);
    assert.equal((await importHora(store, path)).checks, 0);
    assert.deepEqual(await sums(), once);
  });
});

Deno.test("an incident follows what the other program learns of it, its note until one is written here", () => {
  const from = start / SECOND;
  return imported(
    `${bare} CREATE TABLE incidents (monitor_id TEXT, started_at INTEGER, ended_at INTEGER, cause TEXT, note TEXT);
     INSERT INTO checks VALUES (${from}, 'a', 0); INSERT INTO incidents VALUES ('a', ${from}, NULL, NULL, NULL);`,
    async (store, _report, path, db) => {
      const told = async (sql: string) => {
        db.exec(sql);
        assert.equal((await importHora(store, path)).incidents, 0);
        const [{ endedAt, updatedAt, note, cause }] = await store.incidents.list({ limit: 5 });
        return [endedAt, updatedAt, note, cause?.name];
      };
      const at = (minutes: number) => start + minutes * MINUTE;
      assert.deepEqual(await told(""), [start, start, null, undefined]);
      assert.deepEqual(
        await told(
          `INSERT INTO checks VALUES (${
            from + 60
          }, 'a', 0); UPDATE incidents SET note = 'Disk', cause = 'DB'`,
        ),
        [at(1), at(1), "Disk", "DB"],
      );
      const own = someCheck({ monitorId: "a", at: at(5), status: "down" });
      await store.commit({ checks: [own], durable: true });
      assert.deepEqual(
        await told(
          `INSERT INTO checks VALUES (${from + 360}, 'a', 0); INSERT INTO incidents VALUES ('a', ${
            from + 330
          }, NULL, NULL, NULL);
           UPDATE incidents SET note = 'Disk full'`,
        ),
        [at(5), at(5), "Disk full", "DB"],
        "until this Hora looked; what began later it has seen itself",
      );
      const [{ id }] = await store.incidents.list({ limit: 5 });
      await store.incidents.annotate(id, "Bought a larger one", at(7));
      assert.deepEqual(await told("UPDATE incidents SET note = 'Cable'"), [
        at(5),
        at(7),
        "Bought a larger one",
        "DB",
      ]);
      assert.deepEqual(
        await told(`UPDATE incidents SET ended_at = ${from + 480}`),
        [at(8), store.clock.now(), "Bought a larger one", "DB"],
      );
    },
  );
});

Deno.test("an import goes on where an earlier Hora noted that it had come to", () => {
  const from = start / SECOND;
  return imported(
    `${bare} CREATE TABLE checks_hourly (monitor_id TEXT, hour INTEGER, up INTEGER, down INTEGER);
     INSERT INTO checks SELECT ${from} + value * 60, 'a', 1 FROM json_each('[0,1,2,3]');
     INSERT INTO checks_hourly VALUES ('a', ${from}, 58, 0);`,
    async (store, _report, path, db) => {
      const hours = async () =>
        (await store.aggregates.list({ grain: "hour", fromAt: 0, untilAt: Infinity })).map(figures);
      const before = await hours();
      for (
        const rest of [{ beforeAt: null }, { beforeAt: start + DAY, coveredAt: start }, { takenAt: null }]
      ) {
        await store.meta.set("import_hora:a", JSON.stringify({ doneSecs: from + 180, ...rest }));
        const { checks, buckets } = await importHora(store, path);
        assert.deepEqual([checks, buckets, await hours()], [0, 0, before]);
      }
      db.exec(`INSERT INTO checks VALUES (${from + 3600}, 'a', 1)`);
      assert.equal((await importHora(store, path)).checks, 1);
      assert.deepEqual((await allOf(store, "a")).length, 5);
    },
  );
});

Deno.test("an import follows monitors that were renamed since the last one, with all that belongs to them", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const old = `${folder}/old.db`;
    makeOtherHora(old, start, 300);
    await using store = await openStore(`${folder}/hora.db`, { clock: new ManualClock(start + DAY) });
    await importHora(store, old);
    const all = async () => ({
      hours: (await store.aggregates.list({ grain: "hour", fromAt: 0, untilAt: Infinity })).map(figures),
      days: (await store.aggregates.list({ grain: "day", fromAt: 0, untilAt: Infinity })).map(figures),
      incidents: (await store.incidents.list({ limit: 9 })).map(({ monitorId, note }) => [monitorId, note]),
    });
    assert.deepEqual(await store.carryOver("site", ["web"]), ["web"]);
    assert.deepEqual(await store.carryOver("shop", ["site"]), ["site"]);
    const before = await all();
    assert.deepEqual(before.incidents, [["shop", "Disk full"]]);
    const { checks, buckets, incidents } = await importHora(store, old);
    assert.deepEqual([checks, buckets, incidents], [0, 0, 0]);
    assert.deepEqual(await all(), before);
    const db = new DatabaseSync(old);
    db.exec(`INSERT INTO checks VALUES (${start / SECOND + 300 * 60}, 'web', 1, 5, 200, NULL);
      INSERT INTO silences VALUES (7, 'web', ${start / SECOND + 1e6}, NULL, ${start / SECOND})`);
    db.close();
    assert.equal((await importHora(store, old)).checks, 1);
    assert.deepEqual((await allOf(store, "shop")).length, 301);
    assert.deepEqual((await store.silences.listActive(start)).map(({ target }) => target).sort(), [
      "*",
      "shop",
    ]);
    assert.deepEqual(
      await store.carryOver("shop", ["site", "web"]),
      [],
      "nothing came in under the earlier ids",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const figures = (
  { monitorId, startAt, counts, coverage }: Aggregate,
) => [monitorId, startAt, counts, coverage];

Deno.test("two ids that a monitor of the file had one after the other become one, and what overlaps is told", () => {
  const from = start / SECOND;
  return imported(
    `${bare} INSERT INTO checks SELECT ${from} + value * 60, 'z', 1 FROM json_each('[0,1,2,3]');
     INSERT INTO checks SELECT ${from} + value * 60, 'a', 0 FROM json_each('[5,6,7]');`,
    async (store, _report, path, db) => {
      await using other = await openStore(":memory:", { clock: store.clock });
      await other.carryOver("a", ["z"]);
      assert.equal((await importHora(other, path)).checks, 7);
      const [{ coverage }] = await other.aggregates.list({ grain: "hour", fromAt: 0, untilAt: Infinity });
      assert.deepEqual([coverage.upMs, coverage.downMs], [5 * MINUTE, 2 * MINUTE]);
      db.exec(`INSERT INTO checks VALUES (${from + 330}, 'z', 1), (${from + 480}, 'z', 1)`);
      const { checks, findings } = await importHora(other, path);
      assert.equal(checks, 1);
      assert.ok(
        findings.includes("1 checks of z are of a time that another id of a speaks of, and stay behind"),
      );
    },
  );
});
