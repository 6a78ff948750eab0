import assert from "node:assert/strict";
import { AppError, StartupError } from "../domain/errors.ts";
import { someCheck } from "../tests/support/checks.ts";
import { ManualClock } from "../tests/support/manual_clock.ts";
import { SmallDisk } from "../tests/support/small_disk.ts";
import { openStore } from "./open.ts";
import { Database } from "./sqlite/database.ts";

const start = Date.parse("2026-11-20T00:00:00Z");
const clock = new ManualClock(start);
const canMount = SmallDisk.canMount();

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function refusal(path: string, exclusive = true): Promise<string> {
  try {
    await (await openStore(path, { clock, exclusive })).close();
  } catch (error) {
    assert.ok(error instanceof StartupError, String(error));
    return error.message;
  }
  return "";
}

Deno.test("a new database and all files beside it are for their owner alone", () =>
  withFolder(async (folder) => {
    await using store = await openStore(`${folder}/hora.db`, { clock, exclusive: true });
    await store.meta.set("a", "b");
    await store.backup(`${folder}/copy.db`);
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
