import assert from "node:assert/strict";
import { DAY } from "../domain/clock.ts";
import { filledFile, withFolder } from "../tests/support/filled_file.ts";
import { makeOtherHora } from "../tests/support/other_hora.ts";
import { ManualClock } from "../tests/support/manual_clock.ts";
import { SmallDisk } from "../tests/support/small_disk.ts";
import { backupDatabase } from "./backup.ts";
import { importHora } from "./import_hora.ts";
import { inspectDatabase, readStats } from "./inspect.ts";
import { openStore, openToLook } from "./open.ts";
import { openAtRest } from "./read_only.ts";
import { Database } from "./sqlite/database.ts";
import { readMeta } from "./sqlite/meta.ts";

const start = Date.parse("2026-11-20T00:00:00Z");
const clock = new ManualClock(start);

/** Lets `fill` put files into a folder in which nothing can be made or written afterwards: modes stop everybody but root. */
async function withClosedFolder(
  fill: (folder: string) => Promise<void>,
  use: (folder: string) => Promise<void>,
): Promise<void> {
  if (SmallDisk.canMount()) {
    using disk = SmallDisk.make("8m");
    await fill(disk.folder);
    disk.makeReadOnly();
    return await use(disk.folder);
  }
  await withFolder(async (folder) => {
    await fill(folder);
    await Deno.chmod(folder, 0o555);
    await use(folder).finally(() => Deno.chmod(folder, 0o755));
  });
}

Deno.test("a sound file is read, checked, copied and taken over where nothing can be written", () =>
  withFolder((folder) =>
    withClosedFolder(async (closed) => {
      await filledFile(`${closed}/hora.db`, clock);
      makeOtherHora(`${closed}/old.db`, start, 50);
      const old = new Database(`${closed}/old.db`);
      old.exec("PRAGMA journal_mode = WAL");
      old.close();
    }, async (closed) => {
      assert.deepEqual(await inspectDatabase(`${closed}/hora.db`), []);
      assert.ok(readStats(`${closed}/hora.db`).sealedChecks > 0);
      await backupDatabase(`${closed}/hora.db`, `${folder}/copy.db`);
      assert.deepEqual(await inspectDatabase(`${folder}/copy.db`), []);
      await using store = await openStore(":memory:", { clock: new ManualClock(start + DAY) });
      assert.equal((await importHora(store, `${closed}/old.db`)).checks, 100);
    })
  ));

Deno.test("a file whose log holds a part of it is not read without it", () =>
  withFolder(async (folder) => {
    await using store = await openStore(`${folder}/hora.db`, { clock });
    await store.meta.set("only", "in the log");
    await withClosedFolder(async (closed) => {
      for (const suffix of ["", "-wal"]) {
        await Deno.copyFile(store.db.path + suffix, `${closed}/hora.db${suffix}`);
      }
    }, async (closed) => {
      await assert.rejects(
        backupDatabase(`${closed}/hora.db`, `${folder}/copy.db`),
        /Cannot read the database/,
      );
    });
  }));

Deno.test("a log that somebody began meanwhile is not cleared away", () =>
  withFolder(async (folder) => {
    const path = `${folder}/hora.db`;
    await filledFile(path, clock);
    const looking = openAtRest(path);
    await using store = await openStore(path, { clock });
    await store.meta.set("only", "in the log");
    looking.close();
    const db = new Database(path, { readOnly: true });
    assert.equal(readMeta(db, "only"), "in the log");
    db.close();
  }));

Deno.test("a backup needs no files beside it", () =>
  withFolder(async (folder) => {
    await filledFile(`${folder}/hora.db`, clock);
    await backupDatabase(`${folder}/hora.db`, `${folder}/copy.db`);
    assert.deepEqual(
      [...(await Deno.readFile(`${folder}/copy.db`)).subarray(18, 20)],
      [1, 1],
      "not in WAL mode",
    );
  }));

Deno.test("an older Hora's file is looked into and backed up as it is", () =>
  withFolder(async (folder) => {
    const path = `${folder}/hora.db`;
    const old = new Database(path);
    old.exec(await Deno.readTextFile("tests/testdata/schemas/1.sql"));
    old.close();
    const bytes = await Deno.readFile(path);
    await backupDatabase(path, `${folder}/copy.db`);
    assert.equal(readStats(path).schema, 1);
    assert.deepEqual(await inspectDatabase(path), []);
    await using store = openToLook(path, clock);
    assert.equal((await store.checks.newest("web", 3)).length, 3);
    assert.deepEqual(await Deno.readFile(path), bytes);
    assert.equal(readStats(`${folder}/copy.db`).schema, 1);
  }));
