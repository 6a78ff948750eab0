import assert from "node:assert/strict";
import { withFolder } from "../tests/support/filled_file.ts";
import { ManualClock } from "../tests/support/manual_clock.ts";
import { refusalOf } from "../tests/support/refusal.ts";
import { openStore } from "./open.ts";
import { fileOf } from "./place.ts";

const clock = new ManualClock(Date.parse("2026-11-20T00:00:00Z"));

const refusal = (path: string, exclusive?: boolean) => refusalOf(path, clock, exclusive);

/** All files of a folder with their modes. */
const modesIn = (folder: string): string[] =>
  [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile)
    .map(({ name }) => `${name} ${(Deno.statSync(`${folder}/${name}`).mode! & 0o777).toString(8)}`).sort();

Deno.test("fileOf() tells the file of a path or URI; null: in memory", () => {
  const cases: Record<string, string | null> = {
    "hora.db": "hora.db",
    "/var/lib/a%20b.db?x": "/var/lib/a%20b.db?x",
    "file:hora.db": "hora.db",
    "file:/var/lib/a%20b.db?mode=rwc#x": "/var/lib/a b.db",
    "file:///var/lib/hora.db": "/var/lib/hora.db",
    "file://localhost/hora.db?cache=private": "/hora.db",
    "file:/data/100%/a%20b.db": "/data/100%/a b.db",
    "file:/data/%ff%e2%82%ac.db": "/data/%ff%e2%82%ac.db",
    "file:/data/%E2%82%AC.db": "/data/€.db",
    ":memory:": null,
    "file::memory:": null,
    "file:shared?cache=shared&mode=memory": null,
  };
  for (const [path, file] of Object.entries(cases)) assert.equal(fileOf(path), file, path);
});

Deno.test("a second instance is refused whatever name leads it to the file", () =>
  withFolder(async (folder) => {
    const path = `${folder}/hora.db`;
    await Deno.mkdir(`${folder}/elsewhere`);
    await Deno.symlink(path, `${folder}/elsewhere/link.db`);
    await Deno.symlink("elsewhere", `${folder}/way`);
    const names = [
      `${folder}/elsewhere/link.db`,
      `${folder}/way/link.db`,
      `${folder}/way/../hora.db`,
      `file:${path}`,
      `file://${path}?mode=rw`,
    ];
    for (
      const [first, second] of [...names.map((name) => [path, name]), ...names.map((name) => [name, path])]
    ) {
      await using _running = await openStore(first, { clock, exclusive: true });
      assert.match(await refusal(second), /^Another Hora is running on /, `${first}, then ${second}`);
      assert.equal(await refusal(second, false), "");
    }
    assert.deepEqual(modesIn(folder), ["hora.db 600", "hora.db.lock 600"]);
    assert.deepEqual(modesIn(`${folder}/elsewhere`), []);
  }));

Deno.test("a file with a second name is refused under both", () =>
  withFolder(async (folder) => {
    const [path, other] = [`${folder}/hora.db`, `${folder}/other.db`];
    {
      await using _running = await openStore(path, { clock, exclusive: true });
      await Deno.link(path, other);
      assert.match(await refusal(other), /other\.db has another name too \(a hard link\)/);
      assert.match(await refusal(other, false), /has another name too/);
    }
    assert.match(await refusal(path), /has another name too/);
    await Deno.remove(other);
    assert.equal(await refusal(path), "");
  }));

Deno.test("a URI says whether a file is to be made, and nothing bears its name", () =>
  withFolder(async (folder) => {
    const missing = await refusal(`file:${folder}/none.db?mode=rw`);
    assert.match(
      missing,
      /^Cannot open the database file:.*none\.db\?mode=rw: unable to open database file/,
    );
    assert.match(
      await refusal(`file:${folder}/no/hora.db`),
      /folder of the database does not exist: make .*no,/,
    );
    for (const [uri, name] of [["?mode=rwc", "made.db"], ["", "a%20b.db"], ["", "100%.db"]]) {
      await using store = await openStore(`file:${folder}/${name}${uri}`, { clock, exclusive: true });
      await store.meta.set("a", "b");
      assert.equal(store.health().trouble, null);
    }
    await using _memory = await openStore("file:x?mode=memory", { clock, exclusive: true });
    const names = [
      "100%.db",
      "100%.db.lock",
      "a b.db",
      "a b.db.lock",
      "made.db",
      "made.db.lock",
      "none.db.lock",
    ];
    assert.deepEqual(modesIn(folder), names.map((name) => `${name} 600`));
  }));

Deno.test("a link that leads to no file yet gets one for its owner alone", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/data`);
    await Deno.symlink("data/real.db", `${folder}/hora.db`);
    assert.equal(await refusal(`${folder}/hora.db`), "");
    assert.deepEqual(modesIn(`${folder}/data`), ["real.db 600", "real.db.lock 600"]);
  }));
