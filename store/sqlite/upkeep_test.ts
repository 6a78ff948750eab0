import assert from "node:assert/strict";
import { DAY, SECOND, systemClock } from "../../domain/clock.ts";
import { someCheck } from "../../tests/support/checks.ts";
import { openStore } from "../open.ts";

Deno.test("upkeep asked for twice at once is done once", async () => {
  await using store = await openStore(":memory:", { clock: systemClock, exclusive: true });
  const startAt = systemClock.now() - 5 * DAY;
  const ids = ["a", "b", "c", "d"];
  for (const monitorId of ids) {
    const checks = Array.from(
      { length: 11_000 },
      (_, i) => someCheck({ monitorId, at: startAt + i * 10 * SECOND, latencyMs: i % 50 }),
    );
    await store.commit({ checks, durable: true });
  }
  const plan = {
    now: systemClock.now(),
    retentionDays: new Map(ids.map((id) => [id, 365])),
    hourlyDays: 730,
    dailyDays: 3_650,
    incidentsDays: 3_650,
    orphansDays: 30,
  };
  const { signal } = new AbortController();
  const [first, second] = await Promise.all([store.upkeep(plan, signal), store.upkeep(plan, signal)]);
  assert.equal(second, first);
  assert.equal(first.sealedChecks, 4 * 2 * 5_120);
  assert.ok(first.finished);
  assert.equal((await store.upkeep(plan, signal)).sealedChecks, 0);
});
