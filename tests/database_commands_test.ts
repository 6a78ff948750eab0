import assert from "node:assert/strict";
import { systemClock } from "../domain/clock.ts";
import { percentilesOf } from "../domain/histogram.ts";
import type { Aggregate } from "../domain/store.ts";
import { importHora } from "../store/import_hora.ts";
import { readStats } from "../store/inspect.ts";
import { openStore } from "../store/open.ts";
import { Database } from "../store/sqlite/database.ts";
import { someCheck } from "./support/checks.ts";
import { Desk } from "./support/desk.ts";
import { makeOtherHora } from "./support/other_hora.ts";
import { SmallDisk } from "./support/small_disk.ts";

const start = Date.parse("2026-06-01T00:00:00Z");

Deno.test("hora backup, restore, db and import hora work on the configured database", async () => {
  using desk = new Desk();
  assert.match((await desk.hora("backup", `${desk.folder}/x.db`)).err, /^Error: There is no database at /);
  makeOtherHora(`${desk.folder}/old.db`, start, 50);
  const imported = await desk.hora("import", "hora", `${desk.folder}/old.db`);
  assert.equal(
    imported.out,
    "Imported 100 checks of 2 monitors, 2 older hours and days, 1 incidents, 1 silences and 1 announcements.",
    imported.err,
  );
  const daemon = await openStore(desk.database, { clock: systemClock, exclusive: true });
  const copy = `${desk.folder}/copy.db`;
  const made = await desk.hora("backup", copy);
  assert.match(made.out, /^Backed up .*hora\.db to .*copy\.db \(\d+ KiB\)\.$/, made.err);
  assert.equal(Deno.statSync(copy).mode! & 0o777, 0o600);
  assert.match((await desk.hora("backup", copy)).err, /it exists already/);
  await daemon.commit({ checks: [someCheck({ monitorId: "web", at: start + 9e9 })], durable: true });
  assert.match((await desk.hora("restore", copy)).err, /Another Hora is running/);
  assert.match((await desk.hora("import", "hora", `${desk.folder}/old.db`)).err, /Another Hora is running/);
  await daemon.close();

  const stats = await desk.hora("db", "stats");
  assert.match(stats.out, /Sealed checks {9}100 /, stats.err);
  assert.match((await desk.hora("db", "check")).out, /is sound\.$/);
  const restored = await desk.hora("restore", copy);
  assert.match(
    restored.out,
    /^Restored .*hora\.db from .*copy\.db\.\nWhat was there before is .*hora\.db\.replaced/,
    restored.err,
  );
  await using after = await openStore(desk.database, { clock: systemClock });
  assert.equal((await Array.fromAsync(after.checks.stream("web", 0, Infinity))).length, 50);
});

Deno.test("hora db check and hora restore name what is damaged", async () => {
  using desk = new Desk();
  const store = await openStore(desk.database, { clock: systemClock });
  const checks = Array.from(
    { length: 6_000 },
    (_, i) => someCheck({ monitorId: "web", at: start + i * 1_000 }),
  );
  await store.commit({ checks, durable: true });
  await store.upkeep({
    now: start + 1e9,
    retentionDays: new Map([["web", 9_999]]),
    hourlyDays: 9_999,
    dailyDays: 9_999,
    incidentsDays: 9_999,
    orphansDays: 30,
  }, new AbortController().signal);
  await store.close();
  const bytes = await Deno.readFile(desk.database);
  const damaged = bytes.slice();
  const page = damaged.findIndex((_, i) => i % 4_096 === 0 && i > 8_192 && damaged[i] === 13);
  damaged.fill(0xaa, page + 8, page + 200);
  await Deno.writeFile(`${desk.folder}/damaged.db`, damaged);
  const refused = await desk.hora("restore", `${desk.folder}/damaged.db`);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /damaged\.db cannot be restored: /);
  assert.deepEqual(await Deno.readFile(desk.database), bytes);
  await Deno.writeFile(desk.database, damaged);
  const checked = await desk.hora("db", "check");
  assert.equal(checked.code, 1);
  assert.match(checked.err, /Stop Hora and restore the last backup/);
});

Deno.test("hora backup, db and doctor leave an older Hora's database as it is", async () => {
  using desk = new Desk();
  const old = new Database(desk.database);
  old.exec(await Deno.readTextFile("tests/testdata/schemas/1.sql"));
  old.close();
  const bytes = await Deno.readFile(desk.database);
  const copy = `${desk.folder}/copy.db`;
  const made = await desk.hora("backup", copy);
  assert.match(made.out, /^Backed up /, made.err);
  assert.equal(readStats(copy).schema, 1);
  assert.match((await desk.hora("db", "stats")).out, /^Schema {16}1$/m);
  assert.match((await desk.hora("db", "check")).out, /is sound\.$/);
  assert.match((await desk.hora("doctor")).out, /database {3}ok {4}.*hora\.db is writable/);
  assert.deepEqual(await Deno.readFile(desk.database), bytes);
});

Deno.test("hora doctor says that the database is a folder, or has two names", async () => {
  using desk = new Desk();
  await Deno.mkdir(desk.database);
  assert.match(
    (await desk.hora("doctor")).out,
    /database {3}FAIL {2}.*hora\.db is a folder: server\.database_path must/,
  );
  await Deno.remove(desk.database);
  await (await openStore(desk.database, { clock: systemClock })).close();
  await Deno.link(desk.database, `${desk.folder}/other.db`);
  assert.match((await desk.hora("doctor")).out, /database {3}FAIL {2}.*hora\.db has another name too/);
});

Deno.test("commands that need a database's file say when it is in memory", async () => {
  for (const path of [":memory:", "file:x?mode=memory"]) {
    using desk = new Desk(path);
    await (await openStore(`${desk.folder}/copy.db`, { clock: systemClock })).close();
    makeOtherHora(`${desk.folder}/old.db`, start, 50);
    for (
      const args of [
        ["backup", "new.db"],
        ["restore", "copy.db"],
        ["import", "hora", "old.db"],
        ["db", "stats"],
        ["db", "check"],
      ]
    ) {
      const { code, out, err } = await desk.hora(...args);
      assert.deepEqual([code, out], [1, ""], args.join(" "));
      assert.equal(
        err,
        `Error: The configured database, ${path}, is in memory: there is no file to work on`,
      );
    }
    const names = [...Deno.readDirSync(desk.folder)].map(({ name }) => name);
    assert.deepEqual(names.filter((name) => /memory|^x|new/.test(name)), []);
  }
});

Deno.test("a database that a URI names is backed up, looked over, taken over and restored", async () => {
  using desk = new Desk("file:hora.db?mode=rwc");
  makeOtherHora(`${desk.folder}/old.db`, start, 50);
  const imported = await desk.hora("import", "hora", "old.db");
  assert.match(imported.out, /^Imported 100 checks/, imported.err);
  assert.match((await desk.hora("backup", "copy.db")).out, /^Backed up file:hora\.db\?mode=rwc to copy\.db/);
  assert.match((await desk.hora("db", "check")).out, /is sound\.$/);
  assert.match((await desk.hora("db", "stats")).out, /Sealed checks {9}100 /);
  assert.match((await desk.hora("doctor")).out, /database {3}ok {4}.*is writable/);
  assert.match((await desk.hora("restore", "copy.db")).out, /^Restored /);
  assert.equal((await desk.hora("silence", "list")).code, 0);
  const names = [...Deno.readDirSync(desk.folder)].map(({ name }) => name).sort();
  assert.deepEqual(names.filter((name) => !/-(wal|shm)$/.test(name)), [
    "copy.db",
    "hora.db",
    "hora.db.lock",
    "hora.db.replaced",
    "hora.toml",
    "old.db",
  ]);
});

Deno.test({
  name: "on a full disk commands end with a sentence, and nothing is said to be done that is not",
  ignore: !SmallDisk.canMount(),
  async fn() {
    using disk = SmallDisk.make("3m");
    const database = `${disk.folder}/hora.db`;
    using desk = new Desk(database);
    makeOtherHora(`${desk.folder}/old.db`, start, 10_000);
    const daemon = await openStore(database, { clock: systemClock });
    await daemon.meta.set("a", "b");
    disk.fill();
    for (
      const args of [["import", "hora", `${desk.folder}/old.db`], ["silence", "web", "10m"], [
        "announce",
        "x",
      ]]
    ) {
      const { code, out, err } = await desk.hora(...args);
      assert.deepEqual([code, out], [1, ""], args.join(" "));
      assert.match(
        err,
        /^Error: The disk is full: free some space \(.*hora\.db: database or disk is full\)$/,
      );
    }
    disk.free();
    assert.deepEqual(await daemon.silences.listActive(0), []);
    await daemon.close();
  },
});

Deno.test("hora import hora brings what has an earlier id to the monitor that names it, behind its own checks", async () => {
  using desk = new Desk();
  const toml = `${desk.folder}/hora.toml`;
  Deno.writeTextFileSync(
    toml,
    Deno.readTextFileSync(toml).replace('id = "web"', 'id = "site"\nprevious_ids = ["web"]'),
  );
  makeOtherHora(`${desk.folder}/old.db`, start, 50);
  {
    await using store = await openStore(desk.database, { clock: systemClock });
    await store.commit({
      checks: [someCheck({ monitorId: "site", at: start + 40 * 60_000 - 1 })],
      durable: true,
    });
  }
  const done = await desk.hora("import", "hora", `${desk.folder}/old.db`);
  assert.match(done.out, /^Imported 90 checks of 2 monitors/, done.err);
  await using after = await openStore(desk.database, { clock: systemClock });
  assert.equal((await Array.fromAsync(after.checks.stream("site", 0, Infinity))).length, 41);
  assert.equal((await after.incidents.list({ monitorIds: ["site"], limit: 9 })).length, 1);
});

Deno.test("hora import hora gives a monitor of today what has its id, whatever the id was once an earlier one of", async () => {
  using desk = new Desk();
  makeOtherHora(`${desk.folder}/old.db`, start, 20);
  {
    await using store = await openStore(desk.database, { clock: systemClock });
    await store.carryOver("site", ["web"]);
    await store.carryOver("shop", ["api"]);
  }
  const done = await desk.hora("import", "hora", `${desk.folder}/old.db`);
  assert.match(done.out, /^Imported 40 checks/, done.err);
  await using after = await openStore(desk.database, { clock: systemClock });
  const counts = await Promise.all(
    ["web", "site", "api", "shop"].map(async (id) =>
      (await Array.fromAsync(after.checks.stream(id, 0, Infinity))).length
    ),
  );
  assert.deepEqual(counts, [20, 0, 0, 20]);
});

Deno.test("hora import hora, killed again and again, ends with everything once", async () => {
  using desk = new Desk();
  const [old, whole] = [`${desk.folder}/old.db`, `${desk.folder}/whole.db`];
  makeOtherHora(old, start, 40_000);
  for (let kills = 0; kills < 3; kills++) {
    const child = desk.spawn("import", "hora", old);
    const enough = sealed(desk.database) + 10_000;
    while (sealed(desk.database) < enough) await new Promise((resolve) => setTimeout(resolve, 2));
    child.kill("SIGKILL");
    await child.status;
  }
  const before = sealed(desk.database);
  assert.ok(before < 80_000, "the last one was killed on its way");
  const last = await desk.hora("import", "hora", old);
  assert.match(last.out, new RegExp(`^Imported ${80_000 - before} checks of 2 monitors`), last.err);

  const clock = systemClock;
  await using straight = await openStore(whole, { clock });
  await importHora(straight, old);
  await using killed = await openStore(desk.database, { clock });
  for (const grain of ["hour", "day"] as const) {
    const query = { grain, fromAt: 0, untilAt: Infinity };
    const [wanted, found] = [await straight.aggregates.list(query), await killed.aggregates.list(query)];
    const figures = ({ latency, ...rest }: Aggregate) => ({
      ...rest,
      p: percentilesOf(latency, [50, 95, 99]),
    });
    assert.deepEqual(found.map(figures), wanted.map(figures));
  }
});

/** Checks in sealed blocks of a file that another process writes; 0 while it is not there yet. */
function sealed(path: string): number {
  try {
    return readStats(path).sealedChecks;
  } catch {
    return 0;
  }
}
