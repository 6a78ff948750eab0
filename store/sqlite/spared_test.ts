import assert from "node:assert/strict";
import type { Check } from "../../domain/check.ts";
import { DAY, MINUTE } from "../../domain/clock.ts";
import type { CheckStatus } from "../../domain/status.ts";
import { someCheck } from "../../tests/support/checks.ts";
import { ManualClock } from "../../tests/support/manual_clock.ts";
import { openStore } from "../open.ts";
import type { SqliteStore } from "./store.ts";

const start = Date.parse("2026-11-20T00:00:00Z");

/** Upkeep so many days later, with a week of retention. */
async function keep(store: SqliteStore, days: number): Promise<void> {
  await store.upkeep({
    now: start + days * DAY,
    retentionDays: new Map([["job", 7]]),
    hourlyDays: 730,
    dailyDays: 3_650,
    incidentsDays: 3_650,
    orphansDays: 30,
  }, new AbortController().signal);
}

async function left(store: SqliteStore): Promise<Check[]> {
  return await Array.fromAsync(store.checks.stream("job", 0, Infinity));
}

/** Old checks as they follow one another, and which of them are left once all are too old. */
const spared:
  readonly (readonly [name: string, statuses: readonly CheckStatus[], kept: readonly number[]])[] = [
    ["the newest, when it was good", ["up", "down", "up", "degraded"], [3]],
    ["the newest, and the newest good one", ["up", "degraded", "down", "down"], [1, 3]],
    ["the newest, when none was good", ["down", "down"], [1]],
  ];
for (const [name, statuses, kept] of spared) {
  Deno.test(`retention spares of a series that is over: ${name}`, async () => {
    await using store = await openStore(":memory:", { clock: new ManualClock(start) });
    const checks = statuses.map((status, i) =>
      someCheck({ monitorId: "job", at: start + i * MINUTE, status })
    );
    await store.commit({ checks, durable: true });
    for (const days of [8, 30]) {
      await keep(store, days);
      assert.deepEqual(await left(store), kept.map((i) => checks[i]));
    }
  });
}

Deno.test("retention spares the block that holds the newest good check, and no other", async () => {
  await using store = await openStore(":memory:", { clock: new ManualClock(start + 12 * DAY) });
  const checks = Array.from(
    { length: 16_000 },
    (_, i) => someCheck({ monitorId: "job", at: start + i * MINUTE, status: i === 6_000 ? "up" : "down" }),
  );
  await store.commit({ checks, durable: true });
  for (const days of [12, 60]) await keep(store, days);
  assert.deepEqual(await store.checks.lastPositive("job"), checks[6_000]);
  const rest = await left(store);
  assert.ok(rest.length <= 5_121, `${rest.length}`);
  assert.deepEqual(rest.at(-1), checks[15_999]);
});
