import assert from "node:assert/strict";
import { type Clock, DAY, SECOND, systemClock } from "../../domain/clock.ts";
import type { UpkeepPlan } from "../../domain/store.ts";
import { someCheck } from "../../tests/support/checks.ts";
import { outsider } from "../../tests/support/outsider.ts";
import { openStore } from "../open.ts";
import type { SqliteStore } from "./store.ts";

/** Checks for two blocks and some more. */
async function fill(store: SqliteStore, monitorId: string, length = 11_000): Promise<void> {
  const startAt = systemClock.now() - 5 * DAY;
  const checks = Array.from(
    { length },
    (_, i) => someCheck({ monitorId, at: startAt + i * 10 * SECOND, latencyMs: i % 50 }),
  );
  await store.commit({ checks, durable: true });
}

const planFor = (ids: readonly string[]): UpkeepPlan => ({
  now: systemClock.now(),
  retentionDays: new Map(ids.map((id) => [id, 365])),
  hourlyDays: 730,
  dailyDays: 3_650,
  incidentsDays: 3_650,
  orphansDays: 30,
});

Deno.test("upkeep reads no checks of a series that has not enough of them for a block", async () => {
  await using store = await openStore(":memory:", { clock: systemClock, exclusive: true });
  await fill(store, "a", 2 * 5_120 + 4_000);
  let rows = 0;
  const all = store.db.all.bind(store.db);
  store.db.all = (sql, ...values) => {
    const found = all(sql, ...values);
    if (/FROM checks/.test(sql)) rows += found.length;
    return found;
  };
  const { signal } = new AbortController();
  assert.equal((await store.upkeep(planFor(["a"]), signal)).sealedChecks, 2 * 5_120);
  assert.equal(rows, 2 * 5_120);
  assert.equal((await store.upkeep(planFor(["a"]), signal)).sealedChecks, 0);
  assert.equal(rows, 2 * 5_120);
});

Deno.test("upkeep asked for twice at once is done once", async () => {
  await using store = await openStore(":memory:", { clock: systemClock, exclusive: true });
  const ids = ["a", "b", "c", "d"];
  for (const id of ids) await fill(store, id);
  const plan = planFor(ids);
  const { signal } = new AbortController();
  const [first, second] = await Promise.all([store.upkeep(plan, signal), store.upkeep(plan, signal)]);
  assert.equal(second, first);
  assert.equal(first.sealedChecks, 4 * 2 * 5_120);
  assert.ok(first.finished);
  assert.equal((await store.upkeep(plan, signal)).sealedChecks, 0);
});

/** The machine's clock, in whose time every reading is a slice later: upkeep rests after each step, however fast the machine. */
function hastyClock(): Clock {
  let aheadMs = 0;
  return { ...systemClock, monotonic: () => systemClock.monotonic() + (aheadMs += 3) };
}

Deno.test("upkeep rests so that whoever asks over a socket is answered while it goes on", async () => {
  await using store = await openStore(":memory:", { clock: hastyClock(), exclusive: true });
  const ids = ["a", "b"];
  for (const id of ids) await fill(store, id);
  await using someone = await outsider();
  const before = someone.answered;
  const { finished } = await store.upkeep(planFor(ids), new AbortController().signal);
  const meanwhile = someone.answered - before;
  assert.ok(finished);
  assert.ok(meanwhile >= 20, `${meanwhile} answers`);
});
