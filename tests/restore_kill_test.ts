import assert from "node:assert/strict";
import { systemClock } from "../domain/clock.ts";
import { backupDatabase } from "../store/backup.ts";
import { openStore } from "../store/open.ts";
import { restoreDatabase } from "../store/restore.ts";
import { Desk } from "./support/desk.ts";

/** What gives a file another name or takes one away; `strace` counts each apart, and not every machine has all. */
const steps = ["?rename,?renameat,?renameat2", "?link,?linkat", "?unlink,?unlinkat"];

function canTrace(): boolean {
  try {
    const args = ["-f", "-qq", "-o", "/dev/null", "true"];
    return new Deno.Command("strace", { args, stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

async function make(path: string, owner: string): Promise<void> {
  await using store = await openStore(path, { clock: systemClock });
  await store.meta.set("owner", owner);
}

/** Whose database a start on `path` finds; no database is nobody's. */
async function ownerOf(path: string): Promise<string | null> {
  await using store = await openStore(path, { clock: systemClock, exclusive: true });
  return await store.meta.get("owner");
}

/** Puts a database that a kill left in the place: what it knows is in its log alone. */
async function makeKilled(path: string): Promise<void> {
  const folder = await Deno.makeTempDir();
  await using store = await openStore(`${folder}/hora.db`, { clock: systemClock });
  await store.meta.set("owner", "old");
  for (const suffix of ["", "-wal"]) await Deno.copyFile(`${folder}/hora.db${suffix}`, path + suffix);
  await Deno.remove(folder, { recursive: true });
}

function copyFolder(from: string, to: string): void {
  assert.ok(new Deno.Command("cp", { args: ["-a", from, to] }).outputSync().success);
}

/** A restore that is killed before its call number `nth` of these; false: it was done before. */
async function isKilled(calls: string, nth: number): Promise<boolean> {
  using desk = new Desk();
  const backup = `${desk.folder}/b.db`;
  await make(`${desk.folder}/new.db`, "new");
  await backupDatabase(`${desk.folder}/new.db`, backup);
  await makeKilled(desk.database);
  const kill = ["-e", `trace=${calls}`, "-e", `inject=${calls}:signal=SIGKILL:when=${nth}`];
  const { code, err } = await desk.traced(kill, "restore", backup);
  assert.ok(code === 0 || code === 137, err);
  using again = new Desk();
  Deno.removeSync(again.folder, { recursive: true });
  copyFolder(desk.folder, again.folder);

  const found = await ownerOf(desk.database);
  assert.ok(found === "new" || code === 137 && found === "old", `${calls}, ${nth}: ${found}`);
  await restoreDatabase(`${again.folder}/b.db`, again.database);
  assert.equal(await ownerOf(again.database), "new", `${calls}, ${nth}`);
  const kept: (string | null)[] = [];
  for (const { name } of [...Deno.readDirSync(again.folder)]) {
    if (/replaced(-\d+)?$/.test(name)) kept.push(await ownerOf(`${again.folder}/${name}`));
  }
  assert.ok(kept.includes("old"), `${calls}, ${nth}: ${kept}`);
  return code === 137;
}

Deno.test({
  name:
    "hora restore, killed before any of its steps, leaves the old database or the new one, and loses neither",
  ignore: !canTrace(),
  async fn() {
    let kills = 0;
    for (const calls of steps) {
      for (let nth = 1; await isKilled(calls, nth); nth++) kills += 1;
    }
    assert.ok(kills >= 4, `it was killed ${kills} times`);
  },
});
