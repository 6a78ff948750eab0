import assert from "node:assert/strict";
import { DAY, HOUR } from "../../domain/clock.ts";
import { someCheck } from "../../tests/support/checks.ts";
import { ManualClock } from "../../tests/support/manual_clock.ts";
import { openStore } from "../open.ts";
import { dayOf, PackedRows } from "./packed_rows.ts";
import type { SqliteStore } from "./store.ts";

const start = Date.parse("2026-06-01T00:00:00Z");
const days = 5;

async function filled(): Promise<SqliteStore> {
  const store = await openStore(":memory:", { clock: new ManualClock(start) });
  for (let at = start; at < start + days * DAY; at += HOUR) {
    const checks = ["a", "b"].map((monitorId) =>
      someCheck({ monitorId, at, standsMs: 2 * HOUR, latencyMs: 7 })
    );
    await store.commit({ checks, durable: true });
  }
  return store;
}

const pack = (store: SqliteStore) => [...new PackedRows(store.db).pack(dayOf(start) + days - 1)];
const packed = (store: SqliteStore) =>
  store.db.all("SELECT start FROM day_tables").map((row) => Number(row.start) - dayOf(start));

/** What a start reads, and the same from rows alone. */
async function read(store: SqliteStore) {
  const sums = async () =>
    [...await store.aggregates.days(start, start + days * DAY)].map(([id, table]) => [
      id,
      Array.from({ length: days }, (_, i) => table.at(dayOf(start) + i)),
    ]);
  const quick = await sums();
  store.db.exec("SAVEPOINT rows; DELETE FROM day_tables");
  const plain = await sums();
  store.db.exec("ROLLBACK TO rows; RELEASE rows");
  assert.deepEqual(quick, plain);
  return quick;
}

Deno.test("days that are over are packed once, and say what their rows say", async () => {
  await using store = await filled();
  assert.ok(pack(store).length >= days - 1);
  assert.deepEqual(packed(store), [0, 1, 2, 3], "today is not over");
  const before = await read(store);
  assert.equal(before.length, 2);
  store.db.exec("UPDATE day_tables SET data = zeroblob(length(data)) WHERE start % 2 = 0");
  await assert.rejects(read(store), "packed days are what is read");
});

const changes: Record<string, (store: SqliteStore) => unknown> = {
  "a row is changed": (store) =>
    store.db.run("UPDATE days SET down = down + 1 WHERE start = ?", dayOf(start) + 2),
  "a row is removed": (store) =>
    store.db.run("DELETE FROM days WHERE start = ? AND series = 1", dayOf(start) + 2),
  "a row moves to another day": (store) =>
    store.db.run("UPDATE days SET start = start - 9 WHERE start = ? AND series = 1", dayOf(start) + 2),
  "an older check comes late": (store) =>
    store.commit({
      checks: [someCheck({ monitorId: "c", at: start + 2 * DAY + 5, standsMs: 9 })],
      durable: true,
    }),
};
for (const [name, change] of Object.entries(changes)) {
  Deno.test(`a packed day is thrown away when ${name}, and packed again`, async () => {
    await using store = await filled();
    pack(store);
    const before = await read(store);
    await change(store);
    assert.deepEqual(packed(store), [0, 1, 3]);
    assert.notDeepEqual(await read(store), before);
    pack(store);
    await read(store);
  });
}

Deno.test("bytes that are no rows are not believed", async () => {
  await using store = await filled();
  pack(store);
  const before = await read(store);
  store.db.exec("UPDATE day_tables SET data = x'00010203'");
  assert.deepEqual(await read(store), before);
});

Deno.test("more than a thousand series are packed in parts", async () => {
  await using store = await openStore(":memory:", { clock: new ManualClock(start) });
  const checks = Array.from({ length: 1_500 }, (_, i) => someCheck({ monitorId: `m${i}`, at: start + i }));
  await store.commit({ checks, durable: true });
  for (const _ of new PackedRows(store.db).pack(dayOf(start) + 1)); // every step
  assert.deepEqual(store.db.all("SELECT part FROM day_tables").map(({ part }) => part), [0, 1]);
  assert.equal((await store.aggregates.days(start, start + DAY)).size, 1_500);
});
