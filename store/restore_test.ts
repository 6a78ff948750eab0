import assert from "node:assert/strict";
import { StartupError } from "../domain/errors.ts";
import { withFolder } from "../tests/support/filled_file.ts";
import { ManualClock } from "../tests/support/manual_clock.ts";
import { backupDatabase } from "./backup.ts";
import { openStore } from "./open.ts";
import { restoreDatabase } from "./restore.ts";
import { Database } from "./sqlite/database.ts";

const clock = new ManualClock(Date.parse("2026-11-20T00:00:00Z"));

/** Makes a database that knows whose it is. */
async function make(path: string, owner: string): Promise<void> {
  await using store = await openStore(path, { clock });
  await store.meta.set("owner", owner);
}

/** A database `hora.db` and a backup of another one, in a folder. */
const withBackup = (work: (folder: string, path: string, backup: string) => Promise<void>): Promise<void> =>
  withFolder(async (folder) => {
    await make(`${folder}/hora.db`, "old");
    await Deno.mkdir(`${folder}/backups`);
    await make(`${folder}/backups/source.db`, "new");
    await backupDatabase(`${folder}/backups/source.db`, `${folder}/backups/b.db`);
    await work(folder, `${folder}/hora.db`, `${folder}/backups/b.db`);
  });

/** Whose database a start on `path` finds. */
async function ownerOf(path: string): Promise<string | null> {
  await using store = await openStore(path, { clock, exclusive: true });
  return await store.meta.get("owner");
}

const namesIn = (folder: string): string[] =>
  [...Deno.readDirSync(folder)].filter(({ isDirectory }) => !isDirectory).map(({ name }) => name).sort();

Deno.test("every restore keeps what was there, under a name of its own", () =>
  withBackup(async (folder, path, backup) => {
    assert.equal(await restoreDatabase(backup, path), `${path}.replaced`);
    assert.equal(await restoreDatabase(`${path}.replaced`, path), `${path}.replaced-2`);
    assert.equal(await restoreDatabase(backup, path), `${path}.replaced-3`);
    const names = ["hora.db", "hora.db.replaced", "hora.db.replaced-2", "hora.db.replaced-3"];
    assert.deepEqual(namesIn(folder), [...names, "hora.db.lock"].sort());
    const owners: (string | null)[] = [];
    for (const name of names) owners.push(await ownerOf(`${folder}/${name}`));
    assert.deepEqual(owners, ["new", "old", "new", "old"]);
  }));

Deno.test("a folder in the database's place is refused, by restore and by start", () =>
  withBackup(async (folder, _path, backup) => {
    for (const refused of [restoreDatabase(backup, folder), openStore(folder, { clock, exclusive: true })]) {
      await assert.rejects(refused, (error) => {
        assert.ok(error instanceof StartupError);
        assert.equal(error.message, `${folder} is a folder: server.database_path must name a file`);
        return true;
      });
    }
    assert.throws(() => Deno.statSync(`${folder}.lock`), Deno.errors.NotFound);
  }));

Deno.test("of a link the file that it leads to is replaced", () =>
  withBackup(async (folder, path, backup) => {
    await Deno.symlink(path, `${folder}/link.db`);
    assert.equal(await restoreDatabase(backup, `${folder}/link.db`), `${path}.replaced`);
    assert.ok(Deno.lstatSync(`${folder}/link.db`).isSymlink);
    assert.equal(await ownerOf(path), "new");
  }));

Deno.test("a damaged database is kept with its log, which the new one is not taken for", () =>
  withBackup(async (folder, path, backup) => {
    await Deno.writeTextFile(path, "No database any more. ".repeat(400));
    await Deno.writeTextFile(`${path}-wal`, "And its log. ".repeat(400));
    assert.equal(await restoreDatabase(backup, path), `${path}.replaced`);
    assert.match(await Deno.readTextFile(`${path}.replaced`), /^No database/);
    assert.match(await Deno.readTextFile(`${path}.replaced-wal`), /^And its log/);
    assert.deepEqual(namesIn(folder), [
      "hora.db",
      "hora.db.lock",
      "hora.db.replaced",
      "hora.db.replaced-wal",
    ]);
    assert.equal(await ownerOf(path), "new");
  }));

Deno.test("a database that somebody has open is left alone", () =>
  withBackup(async (folder, path, backup) => {
    const other = new Database(path);
    assert.equal(other.number("SELECT count(*) FROM meta"), 1);
    await assert.rejects(restoreDatabase(backup, path), /another process has it open: end that one first$/);
    other.close();
    assert.deepEqual(namesIn(folder), ["hora.db", "hora.db.lock"]);
    assert.equal(await ownerOf(path), "old");
  }));

Deno.test("nothing is made beside a backup, also where it is one in WAL mode", () =>
  withBackup(async (folder, path, backup) => {
    await Deno.mkdir(`${folder}/older`);
    await make(`${folder}/older/b.db`, "in WAL mode");
    for (const name of [backup, `${folder}/older/b.db`]) await restoreDatabase(name, path);
    assert.deepEqual(namesIn(`${folder}/older`), ["b.db"]);
    assert.deepEqual(namesIn(`${folder}/backups`).filter((name) => name.startsWith("b.db")), ["b.db"]);
    assert.equal(await ownerOf(path), "in WAL mode");
  }));

Deno.test("what cannot be restored is named, and nothing has changed", () =>
  withBackup(async (folder, path, backup) => {
    await Deno.writeTextFile(`${folder}/letter`, "This is a letter. ".repeat(400));
    await Deno.truncate(backup, Deno.statSync(backup).size / 2);
    const cases: Record<string, RegExp> = {
      [`${folder}/none.db`]: /none\.db cannot be restored: there is no such file$/,
      [folder]: /cannot be restored: it is no file$/,
      [`${folder}/letter`]: /letter cannot be restored: file is not a database$/,
      [backup]: /b\.db cannot be restored|Cannot restore .*malformed/,
    };
    for (const [name, expected] of Object.entries(cases)) {
      await assert.rejects(restoreDatabase(name, path), expected);
    }
    assert.deepEqual(namesIn(folder), ["hora.db", "hora.db.lock", "letter"]);
    assert.equal(await ownerOf(path), "old");
  }));

Deno.test("a start after a restore that was cut off goes on with the old database, or says that there is none", () =>
  withBackup(async (folder, path, backup) => {
    const cutOff = async () => {
      await Deno.copyFile(backup, `${path}.restoring`);
      await Deno.writeTextFile(`${path}.restoring.partial`, "half");
    };
    await cutOff();
    await Deno.link(path, `${path}.replaced`);
    assert.equal(await ownerOf(path), "old");
    assert.deepEqual(namesIn(folder), ["hora.db", "hora.db.lock"]);
    await Deno.remove(path);
    await cutOff();
    await assert.rejects(
      ownerOf(path),
      /^StartupError: A restore of .*hora\.db was ended before it was done: run it again/,
    );
    assert.equal(await restoreDatabase(backup, path), null);
    assert.equal(await ownerOf(path), "new");
  }));
