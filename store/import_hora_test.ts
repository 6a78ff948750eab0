import assert from "node:assert/strict";
import { StartupError } from "../domain/errors.ts";
import { DAY, HOUR, MINUTE } from "../domain/clock.ts";
import { someCheck } from "../tests/support/checks.ts";
import { ManualClock } from "../tests/support/manual_clock.ts";
import { makeOtherHora } from "../tests/support/other_hora.ts";
import { importHora } from "./import_hora.ts";
import { openStore } from "./open.ts";

const start = Date.parse("2026-06-01T00:00:00Z");
const count = 12_000;

Deno.test("importHora() takes everything over, goes on after an interruption, and does nothing twice", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const old = `${folder}/old.db`;
    makeOtherHora(old, start, count);
    const now = start + 9 * DAY;
    await using store = await openStore(`${folder}/hora.db`, { clock: new ManualClock(now) });
    const own = someCheck({ monitorId: "web", at: start + (count - 3) * MINUTE - 20_000 });
    await store.commit({ checks: [own], durable: true });

    class Stop extends Error {}
    await assert.rejects(
      importHora(store, old, (done) => {
        if (done > 12_000) throw new Stop();
      }),
      Stop,
    );
    const done = await importHora(store, old);
    assert.deepEqual({ ...done, checks: 0 }, {
      monitors: 2,
      checks: 0,
      buckets: 2,
      incidents: 1,
      silences: 1,
      announcements: 1,
    });
    const again = await importHora(store, old);
    assert.deepEqual(again, {
      monitors: 2,
      checks: 0,
      buckets: 0,
      incidents: 0,
      silences: 0,
      announcements: 0,
    });

    const web = await Array.fromAsync(store.checks.stream("web", 0, Infinity));
    assert.equal(web.length, count - 3 + 1);
    assert.deepEqual(web.at(-1), own);
    assert.equal((await Array.fromAsync(store.checks.stream("api", 0, Infinity))).length, count);
    const { at, status, reason, latencyMs, standsMs } = web[7];
    assert.deepEqual([at, status, reason, latencyMs, standsMs], [
      start + 7 * MINUTE,
      "down",
      "refused",
      null,
      3 * MINUTE,
    ]);
    const days = await store.aggregates.list({
      grain: "day",
      fromAt: start,
      untilAt: start + DAY,
      monitorId: "web",
    });
    assert.equal(days[0].coverage.downMs + days[0].coverage.upMs, DAY);
    assert.equal(days[0].counts.down, 15);
    const older = await store.aggregates.list({
      grain: "hour",
      fromAt: start - DAY,
      untilAt: start,
      monitorId: "web",
    });
    assert.deepEqual(older.map((hour) => [hour.startAt, hour.counts.up, hour.coverage.downMs]), [
      [start - 2 * HOUR, 50, 10 * MINUTE],
    ]);
    const [incident] = await store.incidents.list({ limit: 5 });
    assert.deepEqual([incident.note, incident.cause?.name, incident.endedAt], [
      "Disk full",
      "Database",
      start + MINUTE,
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("importHora() refuses a file that is something else", async () => {
  const path = await Deno.makeTempFile();
  await using store = await openStore(":memory:", { clock: new ManualClock(start) });
  await Deno.writeTextFile(path, "not a database at all ".repeat(300));
  await assert.rejects(importHora(store, path), StartupError);
  await Deno.remove(path);
});
