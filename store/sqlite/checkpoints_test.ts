import assert from "node:assert/strict";
import { HOUR, MINUTE, SECOND, systemClock } from "../../domain/clock.ts";
import { someCheck } from "../../tests/support/checks.ts";
import { openStore } from "../open.ts";
import { Checkpoints } from "./checkpoints.ts";
import type { SqliteStore } from "./store.ts";

async function withStore(work: (store: SqliteStore, path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "hora-checkpoints-" });
  try {
    const path = `${folder}/hora.db`;
    await using store = await openStore(path, { clock: systemClock, exclusive: true });
    await work(store, path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Says that so many commits held the loop for so long, one a second. */
function hold(checkpoints: Checkpoints, times: number, tookMs: number, fromMs = 0): void {
  for (let i = 0; i < times; i++) checkpoints.committed(tookMs, fromMs + i * SECOND);
}

/** Pages of the log that are not in the file yet, as a checkpoint that does nothing reports them. */
function waitingPages(store: SqliteStore): number {
  const row = store.db.get("PRAGMA wal_checkpoint(NOOP)")!;
  return Number(row.log) - Number(row.checkpointed);
}

Deno.test("Checkpoints: commits that hold the loop again and again are relieved by a thread, and nobody takes that for a change", async () => {
  await withStore(async (store, path) => {
    hold(store.checkpoints!, 100, 1);
    assert.equal(store.checkpoints!.isApart, false);
    hold(store.checkpoints!, 2, 30);
    assert.equal(store.checkpoints!.isApart, false, "a few of them are no reason");
    hold(store.checkpoints!, 3, 30);
    assert.equal(store.checkpoints!.isApart, true);
    await store.changedElsewhere();
    let at = Date.now();
    for (let round = 1;; round++) {
      const checks = Array.from({ length: 200 }, () => someCheck({ monitorId: "m", at: at += 10 }));
      await store.commit({ checks, durable: true });
      assert.ok(waitingPages(store) < 5_000);
      store.checkpoints!.committed(1, round * 10 * SECOND);
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (round > 5 && waitingPages(store) === 0) break;
      assert.ok(round < 2_000, "the thread never took the log in");
    }
    assert.equal(await store.changedElsewhere(), false);
    await store.close();
    assert.equal(store.checkpoints!.isApart, false);
    await using again = await openStore(path, { clock: systemClock });
    assert.ok((await again.checks.newest("m", 5_000)).length > 1_000, "all of it is there");
    assert.equal(again.db.get("PRAGMA integrity_check")!.integrity_check, "ok");
  });
});

Deno.test("Checkpoints: a thread that cannot work is given up, and commits do its work again", async () => {
  await withStore(async (store, path) => {
    await Deno.rename(path, `${path}.away`);
    await Deno.mkdir(path);
    const checkpoints = new Checkpoints(store.db, () => true);
    hold(checkpoints, 3, 30);
    assert.equal(checkpoints.isApart, true);
    await untilGivenUp(checkpoints);
    assert.equal(store.db.number("PRAGMA wal_autocheckpoint"), 500);
    await Deno.remove(path);
    await Deno.rename(`${path}.away`, path);
  });
});

async function untilGivenUp(checkpoints: Checkpoints): Promise<void> {
  while (checkpoints.isApart) await new Promise((resolve) => setTimeout(resolve, 5));
}

const deaths: Record<string, string> = {
  "at work": `onmessage = () => { throw new Error("dead"); };`,
  "while it has nothing to do":
    `onmessage = () => { postMessage(null); setTimeout(() => { throw new Error("dead"); }, 20); };`,
};
for (const [when, code] of Object.entries(deaths)) {
  Deno.test(`Checkpoints: a thread that dies ${when} is given up, and commits do its work again`, async () => {
    await withStore(async (store) => {
      const checkpoints = new Checkpoints(store.db, () => true, code);
      hold(checkpoints, 3, 30);
      assert.equal(checkpoints.isApart, true);
      await untilGivenUp(checkpoints);
      assert.equal(store.db.number("PRAGMA wal_autocheckpoint"), 500);
      await checkpoints.close();
    });
  });
}

Deno.test("Checkpoints: a thread that ends without a word is given up when it was waited for", async () => {
  await withStore((store) => {
    const checkpoints = new Checkpoints(store.db, () => true, "onmessage = () => self.close();");
    hold(checkpoints, 3, 30);
    checkpoints.committed(1, 2 * SECOND + MINUTE - 1);
    assert.equal(checkpoints.isApart, true);
    checkpoints.committed(1, 2 * SECOND + MINUTE);
    assert.equal(checkpoints.isApart, false);
    assert.equal(store.db.number("PRAGMA wal_autocheckpoint"), 500);
    return Promise.resolve();
  });
});

Deno.test("Checkpoints: after a thread that failed none is tried for an hour", async () => {
  await withStore(async (store) => {
    const checkpoints = new Checkpoints(store.db, () => true, deaths["at work"]);
    hold(checkpoints, 3, 30);
    await untilGivenUp(checkpoints);
    hold(checkpoints, 100, 30, 4 * MINUTE);
    assert.equal(checkpoints.isApart, false);
    hold(checkpoints, 3, 30, 2 * HOUR);
    assert.equal(checkpoints.isApart, true);
    await checkpoints.close();
  });
});

Deno.test("Checkpoints: closing at once ends a thread that has hardly begun", async () => {
  await withStore(async (store) => {
    hold(store.checkpoints!, 3, 30);
    await store.close();
    assert.equal(store.checkpoints!.isApart, false);
  });
});

Deno.test("Checkpoints: where the file was moved away, no thread makes one in its place nor takes the log for another's", async () => {
  await withStore(async (store, path) => {
    await store.commit({ checks: [someCheck({ monitorId: "m", at: Date.now() })], durable: true });
    await Deno.rename(path, `${path}.away`);
    const before = Deno.statSync(`${path}-wal`).size;
    hold(store.checkpoints!, 3, 30);
    assert.equal(store.checkpoints!.isApart, false);
    assert.throws(() => Deno.statSync(path), Deno.errors.NotFound);
    assert.equal(Deno.statSync(`${path}-wal`).size, before);
    await store.close();
    await Deno.rename(`${path}.away`, path);
    await using again = await openStore(path, { clock: systemClock });
    assert.equal((await again.checks.newest("m", 9)).length, 1, "put back, nothing is lost");
  });
});
