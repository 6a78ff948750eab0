import assert from "node:assert/strict";
import { DAY, HOUR } from "../domain/clock.ts";
import { ManualClock } from "../tests/support/manual_clock.ts";
import { openStore } from "./open.ts";
import { Database } from "./sqlite/database.ts";
import { migrations } from "./sqlite/migrations.ts";

const start = Date.parse("2026-06-01T00:00:00Z");

for (let version = 1; version <= migrations.length; version++) {
  Deno.test(`a file of schema ${version} is brought up to date and read whole`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const path = `${folder}/hora.db`;
      const old = new Database(path);
      old.exec(await Deno.readTextFile(`tests/testdata/schemas/${version}.sql`));
      // Schema 2 packed days as numbers of eight bytes, which say nothing to those who read four.
      if (version === 2) old.exec("INSERT INTO day_tables VALUES (20605, 0, zeroblob(72))");
      old.close();
      await using store = await openStore(path, { clock: new ManualClock(start) });
      assert.equal(store.db.number("PRAGMA user_version"), migrations.length);
      const checks = await Array.fromAsync(store.checks.stream("web", 0, Infinity));
      assert.equal(checks.length, 5_300);
      assert.equal(checks[3].reason, "refused");
      assert.ok(checks.every((check, i) => check.at === start + i * 1_000));
      const [day] = await store.aggregates.list({ grain: "day", fromAt: start, untilAt: start + 1 });
      assert.deepEqual(day.counts, { up: 5_248, degraded: 0, down: 52, planned: 0 });
      const hours = (await store.aggregates.hours(start, start + 2 * HOUR)).get("web")!;
      assert.deepEqual([0, 1].map((index) => hours.latencies.at(index).count), [3_548, 1_700]);
      const days = (await store.aggregates.days(start, start + 1)).get("web")!;
      assert.equal(days.at(start / DAY).coverage.downMs, 52_000);
      assert.equal((await store.incidents.listOpen())[0].reason, "refused");
      assert.equal((await store.silences.listActive(start))[0].reason, "upgrade");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
