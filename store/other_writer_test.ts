import assert from "node:assert/strict";
import { DAY } from "../domain/clock.ts";
import { AppError } from "../domain/errors.ts";
import type { UpkeepPlan } from "../domain/store.ts";
import { someCheck } from "../tests/support/checks.ts";
import { withFolder } from "../tests/support/filled_file.ts";
import { ManualClock } from "../tests/support/manual_clock.ts";
import { makeOtherHora } from "../tests/support/other_hora.ts";
import { importHora } from "./import_hora.ts";
import { openStore } from "./open.ts";
import { Database } from "./sqlite/database.ts";
import { Writer } from "./sqlite/writer.ts";

const start = Date.parse("2026-11-20T00:00:00Z");

/** Another process, as far as SQLite is concerned, in the middle of writing. */
class Holder {
  readonly #db: Database;

  constructor(path: string) {
    this.#db = new Database(path);
    this.#db.exec("BEGIN IMMEDIATE");
  }
  release(): void {
    this.#db.rollback();
  }
  [Symbol.dispose](): void {
    this.#db.close();
  }
}

/** A real other process that holds the write lock; the answer lets it go a moment later, and waits for the process's end. */
async function holdElsewhere(path: string): Promise<() => Promise<void>> {
  const holds = `import { DatabaseSync } from "node:sqlite";
    const db = new DatabaseSync(Deno.args[0]);
    db.exec("BEGIN IMMEDIATE");
    console.log("holds");
    await Deno.stdin.read(new Uint8Array(1));
    setTimeout(() => db.exec("ROLLBACK"), 100);`;
  const other = new Deno.Command(Deno.execPath(), {
    args: ["eval", holds, path],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  await other.stdout.getReader().read();
  return async () => {
    await other.stdin.getWriter().write(new Uint8Array(1));
    await other.status;
  };
}

function readBack(path: string, sql: string): number {
  const db = new Database(path, { readOnly: true });
  try {
    return db.number(sql);
  } finally {
    db.close();
  }
}

Deno.test("while another process holds the write lock nothing but writing waits for it", () =>
  withFolder(async (folder) => {
    const path = `${folder}/hora.db`;
    const own = new ManualClock(start);
    await using store = await openStore(path, { clock: own, exclusive: true });
    await store.meta.set("a", "b");
    using other = new Holder(path);
    const saved = store.meta.set("a", "c").then(() => "saved");
    void store.commit({ checks: [someCheck({ monitorId: "web", at: start })], durable: false });
    for (let ms = 0; ms < 1_500; ms += 100) await own.advance(100);
    assert.equal(await Promise.race([saved, "waits"]), "waits");
    assert.equal(store.health().trouble, null);
    other.release();
    await own.advance(100);
    assert.equal(await saved, "saved");
    await own.advance(100);
    assert.equal(readBack(path, "SELECT count(*) FROM checks"), 1);
  }));

Deno.test("a lock that is not given back is trouble, and what came meanwhile is kept for its end", () =>
  withFolder(async (folder) => {
    const path = `${folder}/hora.db`;
    const own = new ManualClock(start);
    await using store = await openStore(path, { clock: own, exclusive: true });
    await store.meta.set("a", "b");
    using other = new Holder(path);
    const refused = store.meta.set("a", "c").catch((error) => error);
    for (let ms = 0; ms < 3_000; ms += 100) await own.advance(100);
    assert.ok(await refused instanceof AppError);
    assert.match(store.health().trouble ?? "", /^Another process holds the database's lock/);
    for (let at = start; at < start + 5_000; at += 1_000) {
      void store.commit({ checks: [someCheck({ monitorId: "web", at })], durable: false });
    }
    await own.advance(1_000);
    assert.equal(store.health().unsaved, 5);
    other.release();
    await own.advance(1_000);
    assert.deepEqual([store.health().trouble, store.health().unsaved], [null, 0]);
    assert.equal(readBack(path, "SELECT count(*) FROM checks"), 5);
  }));

Deno.test("what came while another process held the lock is written in order and in chunks, between which others have their turn", () =>
  withFolder(async (folder) => {
    const path = `${folder}/x.db`;
    const own = new ManualClock(start);
    const db = new Database(path);
    db.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (x INTEGER)");
    let written = 0;
    const sizes: number[] = [];
    const beforeCommit = () => void sizes.push(written - sizes.reduce((sum, size) => sum + size, 0));
    const writer = new Writer(db, own, { beforeCommit, committed() {}, forget() {} }, true);
    using other = new Holder(path);
    for (let i = 0; i < 1_300; i++) {
      writer.accept(() => {
        db.run("INSERT INTO t VALUES (?)", i);
        written += 1;
      }, { checks: 1 });
    }
    for (let ms = 0; ms < 3_000; ms += 100) await own.advance(100);
    assert.ok(writer.isStuck);
    other.release();
    assert.ok(writer.retry());
    assert.equal(writer.unsaved, 800);
    await writer.submit(() => {}, { durable: true });
    assert.deepEqual([sizes, writer.unsaved], [[500, 500, 300], 0]);
    assert.equal(db.number("SELECT count(*) FROM t WHERE x = rowid - 1"), 1_300);
    await writer.close();
    db.close();
  }));

Deno.test("upkeep leaves what it cannot do beside another process's lock for the next time", () =>
  withFolder(async (folder) => {
    const path = `${folder}/hora.db`;
    await using store = await openStore(path, { clock: new ManualClock(start), exclusive: true });
    await store.commit({ checks: [someCheck({ monitorId: "gone", at: start })], durable: true });
    const plan: UpkeepPlan = {
      now: start,
      retentionDays: new Map(),
      hourlyDays: 30,
      dailyDays: 30,
      incidentsDays: 30,
      orphansDays: 30,
    };
    const keep = async () => (await store.upkeep(plan, new AbortController().signal)).finished;
    using other = new Holder(path);
    assert.equal(await keep(), false);
    other.release();
    assert.equal(await keep(), true);
  }));

Deno.test("who ends beside another process's lock still saves what is waiting when that is let go in time", () =>
  withFolder(async (folder) => {
    const path = `${folder}/hora.db`;
    const store = await openStore(path, { clock: new ManualClock(start), exclusive: true });
    await store.meta.set("a", "b");
    const letGo = await holdElsewhere(path);
    void store.commit({ checks: [someCheck({ monitorId: "web", at: start })], durable: false });
    store.writer.settle();
    assert.equal(store.writer.unsaved, 1);
    const gone = letGo();
    await store.close();
    assert.equal(readBack(path, "SELECT count(*) FROM checks"), 1);
    await gone;
  }));

Deno.test("an import waits for who writes beside it", () =>
  withFolder(async (folder) => {
    const path = `${folder}/hora.db`;
    makeOtherHora(`${folder}/old.db`, start - DAY, 50);
    await using store = await openStore(path, { clock: new ManualClock(start), exclusive: true });
    await store.meta.set("a", "b");
    const gone = (await holdElsewhere(path))();
    try {
      assert.equal((await importHora(store, `${folder}/old.db`)).checks, 100);
    } finally {
      await gone;
    }
  }));
