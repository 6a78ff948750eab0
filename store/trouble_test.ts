import assert from "node:assert/strict";
import { AppError } from "../domain/errors.ts";
import { someCheck } from "../tests/support/checks.ts";
import { filledFile, withFolder } from "../tests/support/filled_file.ts";
import { ManualClock } from "../tests/support/manual_clock.ts";
import { refusalOf } from "../tests/support/refusal.ts";
import { SmallDisk } from "../tests/support/small_disk.ts";
import { backupDatabase } from "./backup.ts";
import { inspectDatabase } from "./inspect.ts";
import { openStore } from "./open.ts";
import { Database } from "./sqlite/database.ts";
import { Writer } from "./sqlite/writer.ts";

const start = Date.parse("2026-11-20T00:00:00Z");
const clock = new ManualClock(start);
const canMount = SmallDisk.canMount();

const refusal = (path: string, exclusive?: boolean) => refusalOf(path, clock, exclusive);

Deno.test("a new database and all files beside it are for their owner alone", () =>
  withFolder(async (folder) => {
    await using store = await openStore(`${folder}/hora.db`, { clock, exclusive: true });
    await store.meta.set("a", "b");
    await backupDatabase(`${folder}/hora.db`, `${folder}/copy.db`);
    const modes = [...Deno.readDirSync(folder)].map(({ name }) => [
      name,
      (Deno.statSync(`${folder}/${name}`).mode! & 0o777).toString(8),
    ]);
    assert.deepEqual(
      modes.sort(),
      ["copy.db", "hora.db", "hora.db-shm", "hora.db-wal", "hora.db.lock"].map((name) => [name, "600"]),
    );
  }));

Deno.test("a second instance on the same file is refused; commands are not", () =>
  withFolder(async (folder) => {
    const path = `${folder}/hora.db`;
    const first = await openStore(path, { clock, exclusive: true });
    assert.match(await refusal(path), /^Another Hora is running on .*hora\.db: end it first/);
    assert.equal(await refusal(path, false), "");
    await first.close();
    assert.equal(await refusal(path), "");
  }));

Deno.test("a command that only reads does so while another process holds the write lock", () =>
  withFolder(async (folder) => {
    const path = `${folder}/hora.db`;
    await using first = await openStore(path, { clock, exclusive: true });
    await first.meta.set("a", "b");
    const writer = new Database(path);
    writer.exec("BEGIN IMMEDIATE");
    try {
      const reader = await openStore(path, { clock });
      assert.equal(await reader.meta.get("a"), "b");
      await reader.close();
    } finally {
      writer.rollback();
      writer.close();
    }
  }));

Deno.test("files that cannot be used are named, with what to do", () =>
  withFolder(async (folder) => {
    assert.match(await refusal(`${folder}/no/hora.db`), /folder of the database does not exist: make .*no,/);
    await Deno.writeTextFile(`${folder}/text.db`, "This is a letter, not a database. ".repeat(400));
    assert.match(await refusal(`${folder}/text.db`), /damaged: stop Hora, run "hora db check"/);
    const other = new Database(`${folder}/other.db`);
    other.exec("CREATE TABLE checks (time INTEGER)");
    other.close();
    assert.match(await refusal(`${folder}/other.db`), /another program; .*"hora import hora .*other\.db"/);
    await (await openStore(`${folder}/newer.db`, { clock })).close();
    const newer = new Database(`${folder}/newer.db`);
    newer.exec("PRAGMA user_version = 99");
    newer.close();
    assert.match(
      await refusal(`${folder}/newer.db`),
      /written by a newer Hora \(schema 99, this one knows \d+\)/,
    );
  }));

Deno.test({
  name:
    "a full disk: checks and incidents go on in memory, requests are refused, and all is kept when there is room",
  ignore: !canMount,
  async fn() {
    using disk = SmallDisk.make("3m");
    const path = `${disk.folder}/hora.db`;
    const store = await openStore(path, { clock, exclusive: true });
    await store.commit({ checks: [someCheck({ monitorId: "web", at: start })], durable: true });
    disk.fill();
    let stuckAt = 0;
    for (let i = 1; i <= 3_000; i++) {
      const result = await store.commit({
        checks: [someCheck({ monitorId: "web", at: start + i * 1_000 })],
        durable: true,
      });
      if (!result.onDisk && stuckAt === 0) stuckAt = i;
    }
    assert.ok(stuckAt > 0, "the disk never got full");
    const { incidentId, onDisk } = await store.commit({
      openIncident: {
        monitorId: "web",
        startedAt: start,
        confirmedAt: start,
        reason: "HTTP 500",
        category: "http_status",
        code: 500,
        cause: null,
        impacted: [],
        snapshot: null,
        planned: false,
      },
      durable: true,
    });
    assert.equal(onDisk, false);
    assert.equal((await store.incidents.listOpen())[0].id, incidentId);
    assert.equal((await store.checks.newest("web", 5_000)).length, 3_001);
    const { ok, trouble, unsaved } = store.health();
    assert.equal(ok, false);
    assert.match(trouble!, /^The disk is full: free some space/);
    assert.ok(unsaved >= 3_000 - stuckAt, `${unsaved}`);
    await assert.rejects(
      store.silences.insert(["*"], start + 1_000, null, start),
      (error) =>
        error instanceof AppError && error.code === "unavailable" && /disk is full/.test(error.message),
    );
    disk.free();
    await clock.advance(5_000);
    assert.deepEqual([store.health().ok, store.health().unsaved], [true, 0]);
    await store.close();
    await using again = await openStore(path, { clock });
    assert.equal((await again.checks.newest("web", 5_000)).length, 3_001);
    assert.equal((await again.incidents.listOpen())[0].id, incidentId);
  },
});

Deno.test({
  name: "the request that finds the disk full is refused too, and is not made later",
  ignore: !canMount,
  async fn() {
    using disk = SmallDisk.make("3m");
    const own = new ManualClock(start);
    await using store = await openStore(`${disk.folder}/hora.db`, { clock: own, exclusive: true });
    await store.meta.set("a", "b");
    disk.fill();
    const refused = (error: unknown) => error instanceof AppError && error.code === "unavailable";
    await assert.rejects(store.silences.insert(["*"], start + 1_000, "x".repeat(20_000), start), refused);
    assert.notEqual(store.health().trouble, null);
    assert.deepEqual(await store.silences.listActive(start), []);
    disk.free();
    await own.advance(5_000);
    assert.equal(store.health().trouble, null);
    assert.deepEqual(await store.silences.listActive(start), []);
  },
});

Deno.test({
  name: "a read-only disk is refused at start with what to do",
  ignore: !canMount,
  async fn() {
    using disk = SmallDisk.make("3m");
    const path = `${disk.folder}/hora.db`;
    await (await openStore(path, { clock, exclusive: true })).close();
    disk.makeReadOnly();
    assert.match(
      await refusal(path),
      /Cannot write beside the database|read-only: make the file and its folder writable/,
    );
  },
});

/** Makes a file unchangeable for everybody, also for who has it open; false: not on this system. */
function freeze(path: string, isFrozen: boolean): boolean {
  try {
    const args = [isFrozen ? "+i" : "-i", path];
    return new Deno.Command("chattr", { args, stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

const canFreeze = (() => {
  const path = Deno.makeTempFileSync();
  const frozen = freeze(path, true);
  freeze(path, false);
  Deno.removeSync(path);
  return frozen;
})();

Deno.test({
  name:
    "a file that turns read-only while Hora runs: checks wait in memory and are written when it can be written again",
  ignore: !canFreeze,
  fn: () =>
    withFolder(async (folder) => {
      const own = new ManualClock(start);
      await using store = await openStore(`${folder}/hora.db`, { clock: own, exclusive: true });
      const commit = (i: number, durable: boolean) =>
        store.commit({ checks: [someCheck({ monitorId: "web", at: start + i })], durable });
      const written = ["hora.db", "hora.db-wal"].map((name) => `${folder}/${name}`);
      await commit(1, true);
      for (const path of written) assert.ok(freeze(path, true));
      try {
        assert.equal((await commit(2, true)).onDisk, false);
        assert.deepEqual([store.health().ok, store.health().unsaved], [false, 1]);
        assert.match(store.health().trouble ?? "", /disk reports errors|read-only/);
        assert.equal((await store.checks.newest("web", 9)).length, 2);
        await assert.rejects(store.silences.insert(["*"], start + 1_000, null, start));
      } finally {
        for (const path of written) freeze(path, false);
      }
      await own.advance(6_000);
      assert.deepEqual([store.health().trouble, store.health().unsaved], [null, 0]);
    }),
});

Deno.test("a file that was moved away while Hora runs shows in health", () =>
  withFolder(async (folder) => {
    const path = `${folder}/hora.db`;
    const own = new ManualClock(start);
    await using store = await openStore(path, { clock: own, exclusive: true });
    await store.meta.set("a", "b");
    assert.equal(store.health().trouble, null);
    await Deno.rename(path, `${path}.away`);
    await own.advance(11_000);
    assert.notEqual(store.refusal(), null);
    assert.match(store.health().trouble ?? "", /^The database's file is gone: .*Put .*hora\.db back/);
    await Deno.rename(`${path}.away`, path);
    await own.advance(11_000);
    assert.equal(store.health().trouble, null);
  }));

Deno.test({
  name: "a disk that is full before the first start, or before the next, is refused with what to do",
  ignore: !canMount,
  async fn() {
    using disk = SmallDisk.make("3m");
    const path = `${disk.folder}/hora.db`;
    disk.fill();
    assert.match(await refusal(path), /^The disk is full: free some space|^Cannot (make|write)/);
    disk.free();
    await filledFile(path, clock);
    disk.fill();
    assert.match(await refusal(path), /^The disk is full: free some space/);
    disk.free();
    assert.equal(await refusal(path), "");
  },
});

Deno.test({
  name: "beyond the bound new checks are counted as lost, what was accepted stays, and the loss is told",
  ignore: !canMount,
  async fn() {
    using disk = SmallDisk.make("2m");
    const db = new Database(`${disk.folder}/x.db`);
    db.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (x BLOB)");
    const writer = new Writer(db, clock, { beforeCommit() {}, committed() {}, forget() {} }, true, 20);
    disk.fill();
    for (let i = 0; i < 50; i++) {
      writer.accept(() => db.run("INSERT INTO t VALUES (zeroblob(50000))"), { checks: 1 });
      writer.settle();
    }
    assert.ok(writer.isStuck);
    assert.equal(writer.unsaved, 20);
    const kept = 50 - Number(/; (\d+) checks could no longer be kept in memory/.exec(writer.trouble!)![1]);
    await assert.rejects(writer.submit(() => {}, { durable: true, checks: 1 }), /disk is full/);
    disk.free();
    assert.ok(writer.retry(), writer.trouble ?? "");
    assert.deepEqual([writer.unsaved, writer.trouble], [0, null]);
    assert.equal(db.number("SELECT count(*) FROM t"), kept);
    await writer.close();
    db.close();
  },
});

Deno.test({
  name:
    "a backup onto a full disk says so and leaves nothing; what a killed one left does not hinder the next",
  ignore: !canMount,
  fn: () =>
    withFolder(async (folder) => {
      await filledFile(`${folder}/hora.db`, clock);
      using disk = SmallDisk.make("64k");
      await assert.rejects(
        backupDatabase(`${folder}/hora.db`, `${disk.folder}/copy.db`),
        (error) =>
          error instanceof AppError && /Cannot write the backup .*copy\.db: .*full/.test(error.message),
      );
      assert.deepEqual([...Deno.readDirSync(disk.folder)], []);
      await Deno.writeTextFile(`${folder}/copy.db.partial`, "half of it");
      await Deno.writeTextFile(`${folder}/copy.db.partial-journal`, "and its journal");
      await backupDatabase(`${folder}/hora.db`, `${folder}/copy.db`);
      const names = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) =>
        name.startsWith("copy")
      );
      assert.deepEqual(names, ["copy.db"]);
      assert.deepEqual(await inspectDatabase(`${folder}/copy.db`), []);
    }),
});

Deno.test("a backup beside somebody who writes all the while ends, and holds what was there when it began", () =>
  withFolder(async (folder) => {
    const path = `${folder}/hora.db`;
    await filledFile(path, clock);
    await using store = await openStore(path, { clock });
    // Large enough for many steps of the copy.
    store.db.exec(
      "CREATE TABLE ballast (x BLOB); INSERT INTO ballast SELECT zeroblob(4000) FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) SELECT i FROM n)",
    );
    const other = new Database(path);
    let isOver = false;
    let [reached, restarts] = [0, 0];
    const copying = backupDatabase(`${folder}/hora.db`, `${folder}/copy.db`, (done) => {
      if (done < reached) restarts += 1;
      reached = done;
    }).finally(() => isOver = true);
    for (let i = 0; !isOver; i++) {
      other.run("INSERT OR REPLACE INTO meta (key, value) VALUES ('noise', ?)", String(i));
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    other.close();
    await copying;
    assert.equal(restarts, 0, "each write made it begin anew");
    assert.deepEqual(await inspectDatabase(`${folder}/copy.db`), []);
  }));

Deno.test("what fails after a commit does not undo it: each check is there once", () =>
  withFolder(async (folder) => {
    await using store = await openStore(`${folder}/hora.db`, {
      clock: new ManualClock(start),
      exclusive: true,
    });
    store.checkpoints!.committed = () => {
      throw new Error("no thread");
    };
    const ids = ["a", "b"];
    for (const monitorId of ids) {
      void store.commit({ checks: [someCheck({ monitorId, at: start - 1_000 })], durable: false });
    }
    for (const id of ids) assert.equal((await store.checks.newest(id, 9)).length, 1);
  }));
