import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import { DAY, HOUR, MINUTE } from "../../domain/clock.ts";
import type { BucketCounts, Histogram } from "../../domain/histogram.ts";
import { someCheck } from "../../tests/support/checks.ts";
import { planOf } from "../../tests/support/filled_file.ts";
import { ManualClock } from "../../tests/support/manual_clock.ts";
import { openStore } from "../open.ts";
import { PackedRows, packPast } from "./packed_rows.ts";
import type { SqliteStore } from "./store.ts";

const start = Date.parse("2026-06-01T00:00:00Z");
const units = 5;

/** What the store gives of hours or days, told in plain numbers. */
async function daysOf({ aggregates }: SqliteStore, from = start, until = start + units * DAY) {
  return [...await aggregates.days(from, until)].map(([id, table]) => [
    id,
    Array.from({ length: units }, (_, i) => table.at(from / DAY + i)),
  ]);
}

const bucketsOf = (counts: Histogram | BucketCounts) => {
  const buckets: [number, number][] = [];
  counts.each((bucket, count) => buckets.push([bucket, count]));
  return buckets;
};

async function hoursOf({ aggregates }: SqliteStore, from = start, until = start + units * HOUR) {
  return [...await aggregates.hours(from, until)].map(([id, { count, rows, latencies, total }]) => [
    id,
    [...rows.subarray(0, count * 13)],
    Array.from({ length: count }, (_, i) => bucketsOf(latencies.at(i))),
    bucketsOf(total),
  ]);
}

const grains = {
  day: { ms: DAY, rows: "days", table: "day_tables", read: daysOf, packed: PackedRows.days },
  hour: { ms: HOUR, rows: "hours", table: "hour_tables", read: hoursOf, packed: PackedRows.hours },
};
type Grain = typeof grains[keyof typeof grains];

async function filled(ms: number): Promise<SqliteStore> {
  const store = await openStore(":memory:", { clock: new ManualClock(start) });
  for (let at = start; at < start + units * ms; at += ms / 24) {
    const checks = ["a", "b"].map((monitorId) =>
      someCheck({ monitorId, at, standsMs: ms / 12, latencyMs: at % 7 * (monitorId === "a" ? 50 : 1_000) })
    );
    await store.commit({ checks, durable: true });
  }
  return store;
}

const pack = (
  store: SqliteStore,
  { packed, ms }: Grain,
) => [...packed(store.db).pack(start / ms + units - 1)];
const packedUnits = (store: SqliteStore, { table, ms }: Grain) =>
  store.db.all(`SELECT start FROM ${table}`).map((row) => Number(row.start) - start / ms);

/** What a start reads, and the same from rows alone. */
async function read(store: SqliteStore, { table, read }: Grain) {
  const quick = await read(store);
  store.db.exec(`SAVEPOINT rows; DELETE FROM ${table}`);
  const plain = await read(store);
  store.db.exec("ROLLBACK TO rows; RELEASE rows");
  assert.deepEqual(quick, plain);
  return quick;
}

for (const [name, grain] of Object.entries(grains)) {
  const { ms, rows, table } = grain;

  Deno.test(`${rows} that are over are packed once, and say what their rows say`, async () => {
    await using store = await filled(ms);
    assert.ok(pack(store, grain).length >= units - 1);
    assert.deepEqual(packedUnits(store, grain), [0, 1, 2, 3], "the present one is not over");
    const before = await read(store, grain);
    assert.equal(before.length, 2);
    store.db.exec(
      `CREATE TEMP TRIGGER once BEFORE INSERT ON ${table} BEGIN SELECT raise(ABORT, 'again'); END`,
    );
    pack(store, grain);
    const part = store.db.get(`SELECT * FROM ${table} WHERE start = ?`, start / ms)!;
    const data = part.data as Uint8Array;
    // The number behind the two series: the first one's checks that were up.
    data.set([0, 9], 2 * 4);
    const latencies = part.latencies as Uint8Array | undefined ?? new Uint8Array(0);
    const view = new DataView(data.buffer, data.byteOffset);
    view.setUint32(data.length - 4, crc32(latencies, crc32(data.subarray(0, -4))), true);
    store.db.run(`UPDATE ${table} SET data = ? WHERE start = ?`, data, start / ms);
    await assert.rejects(read(store, grain), `packed ${rows} are what is read`);
  });

  const damages: Record<string, string> = {
    "is empty": "data = x''",
    "lost its end": "data = substr(data, 1, length(data) - 4)",
    "has another byte": "data = CAST(substr(data, 1, 9) || x'07' || substr(data, 11) AS BLOB)",
    ...(name === "hour"
      ? { "has other latencies": "latencies = CAST(x'07' || substr(latencies, 2) AS BLOB)" }
      : {}),
  };
  for (const [damage, change] of Object.entries(damages)) {
    Deno.test(`a packed ${name} that ${damage} is read from its rows, and packed again`, async () => {
      await using store = await filled(ms);
      pack(store, grain);
      const before = await grain.read(store);
      store.db.run(`UPDATE ${table} SET ${change} WHERE start = ?`, start / ms + 1);
      assert.deepEqual(await grain.read(store), before);
      assert.equal(store.db.damage, null, "the rows are whole");
      assert.deepEqual(packedUnits(store, grain), [0, 2, 3]);
      pack(store, grain);
      assert.deepEqual(packedUnits(store, grain).sort(), [0, 1, 2, 3]);
      assert.deepEqual(await grain.read(store), before);
    });
  }

  const changes: Record<string, (store: SqliteStore) => unknown> = {
    "a row is changed": (store) =>
      store.db.run(`UPDATE ${rows} SET down = down + 1 WHERE start = ?`, start / ms + 2),
    "a row is removed": (store) =>
      store.db.run(`DELETE FROM ${rows} WHERE start = ? AND series = 1`, start / ms + 2),
    [`a row moves to another ${name}`]: (store) =>
      store.db.run(`UPDATE ${rows} SET start = start - 9 WHERE start = ? AND series = 1`, start / ms + 2),
    "an older check comes late": (store) =>
      store.commit({
        checks: [someCheck({ monitorId: "c", at: start + 2 * ms + 5, standsMs: 9 })],
        durable: true,
      }),
  };
  for (const [event, change] of Object.entries(changes)) {
    Deno.test(`a packed ${name} is thrown away when ${event}, and packed again`, async () => {
      await using store = await filled(ms);
      pack(store, grain);
      const before = await read(store, grain);
      await change(store);
      assert.deepEqual(packedUnits(store, grain), [0, 1, 3]);
      assert.notDeepEqual(await read(store, grain), before);
      pack(store, grain);
      await read(store, grain);
    });
  }

  Deno.test(`bytes that are no rows of ${rows} are not believed`, async () => {
    await using store = await filled(ms);
    pack(store, grain);
    const before = await read(store, grain);
    store.db.exec(`UPDATE ${table} SET data = x'00010203'`);
    assert.deepEqual(await read(store, grain), before);
  });

  Deno.test(`${rows} of more than a thousand series are packed in parts`, async () => {
    await using store = await openStore(":memory:", { clock: new ManualClock(start) });
    const checks = Array.from(
      { length: 1_500 },
      (_, i) => someCheck({ monitorId: `m${i}`, at: start + i, latencyMs: i }),
    );
    await store.commit({ checks, durable: true });
    for (const _ of grain.packed(store.db).pack(start / ms + 1)); // every step
    assert.deepEqual(store.db.all(`SELECT part FROM ${table}`).map(({ part }) => part), [0, 1]);
    assert.equal((await read(store, grain)).length, 1_500);
  });
}

Deno.test("an hour with numbers that need more than four bytes is not packed, and read as it is", async () => {
  await using store = await filled(HOUR);
  store.db.run("UPDATE hours SET up_ms = 5000000000 WHERE start = ?", start / HOUR + 1);
  pack(store, grains.hour);
  assert.deepEqual(packedUnits(store, grains.hour), [0, 2, 3]);
  const [[, rows]] = await read(store, grains.hour);
  assert.equal((rows as number[])[13 + 4], 5_000_000_000);
});

Deno.test("lengths that do not fit the latencies are not believed", async () => {
  await using store = await filled(HOUR);
  pack(store, grains.hour);
  const before = await read(store, grains.hour);
  store.db.exec("UPDATE hour_tables SET latencies = CAST(latencies || x'01' AS BLOB)");
  assert.deepEqual(await read(store, grains.hour), before);
  store.db.exec("UPDATE hour_tables SET latencies = x''");
  assert.deepEqual(await read(store, grains.hour), before);
});

for (const isPacked of [true, false]) {
  Deno.test(`damaged latencies, ${isPacked ? "packed" : "in rows"}, count as none and are told`, async () => {
    await using store = await filled(HOUR);
    const [[, rows, latencies, total], ...others] = await hoursOf(store);
    // A number that goes on beyond the end, behind a head that is whole.
    const broken = "unhex(substr(hex(latency), 1, 2 * length(latency) - 4) || '0080')";
    const { latency } = store.db.get(
      `SELECT ${broken} AS latency FROM hours WHERE series = 1 AND start = ?`,
      start / HOUR + 1,
    )!;
    store.db.run("UPDATE hours SET latency = ? WHERE series = 1 AND start = ?", latency, start / HOUR + 1);
    if (isPacked) pack(store, grains.hour);
    assert.equal(store.db.damage, null);
    const [[, ...damaged], ...unhurt] = await hoursOf(store);
    assert.match(store.db.damage ?? "", /latencies of an hour cannot be read/);
    assert.deepEqual(unhurt, others);
    const left = new Map(total as [number, number][]);
    for (const [bucket, count] of (latencies as [number, number][][])[1]) {
      if (left.get(bucket) === count) left.delete(bucket);
      else left.set(bucket, left.get(bucket)! - count);
    }
    const expectedRows = (rows as number[]).slice();
    expectedRows.fill(0, 13 + 8, 13 + 11);
    const expected = (latencies as unknown[][]).with(1, []);
    assert.deepEqual(damaged, [expectedRows, expected, [...left]]);
  });
}

Deno.test("upkeep packs the hours that are over and a start would read, and removes older ones", async () => {
  const now = start + 40 * HOUR + 2 * MINUTE;
  await using store = await openStore(":memory:", { clock: new ManualClock(now) });
  const checks = Array.from({ length: 41 }, (_, i) => someCheck({ monitorId: "web", at: start + i * HOUR }));
  await store.commit({ checks, durable: true });
  const kept = () => packedUnits(store, grains.hour);
  for (const _ of packPast(store.db, start + 5 * HOUR)); // every step
  assert.deepEqual(kept(), [0, 1, 2, 3]);
  const upkeep = (at: number) => store.upkeep(planOf(at), new AbortController().signal);
  await upkeep(now);
  assert.deepEqual(kept(), Array.from({ length: 25 }, (_, i) => 14 + i), "hour 39 may still be written to");
  await upkeep(now + MINUTE);
  assert.deepEqual(kept(), Array.from({ length: 25 }, (_, i) => 15 + i));
});

Deno.test("days far back are read beside those of the last year", async () => {
  await using store = await openStore(":memory:", { clock: new ManualClock(start) });
  const old = start - 500 * DAY;
  const at = [old, old + DAY, start];
  await store.commit({
    checks: at.map((at) => someCheck({ monitorId: "a", at, standsMs: 9 })),
    durable: true,
  });
  await store.commit({ checks: [someCheck({ monitorId: "b", at: start, standsMs: 9 })], durable: true });
  const days = await store.aggregates.days(0, start + DAY);
  assert.deepEqual(at.map((at) => days.get("a")!.at(at / DAY).counts.up), [1, 1, 1]);
  assert.equal(days.get("a")!.sum(0, Infinity).counts.up, 3);
  assert.equal(days.get("b")!.sum(0, Infinity).counts.up, 1);
});
