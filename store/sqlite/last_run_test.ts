import assert from "node:assert/strict";
import type { Check } from "../../domain/check.ts";
import { DAY, SECOND } from "../../domain/clock.ts";
import { seeded } from "../../domain/seeded.ts";
import type { CheckStatus } from "../../domain/status.ts";
import { someCheck } from "../../tests/support/checks.ts";
import { ManualClock } from "../../tests/support/manual_clock.ts";
import { openStore } from "../open.ts";

const start = Date.parse("2026-06-01T00:00:00Z");
const statuses = ["up", "degraded", "down"] as const;

function naive(checks: readonly Check[], status: CheckStatus, fromAt: number, untilAt: number) {
  const inside = checks.filter(({ at }) => at >= fromAt && at < untilAt);
  const other = inside.findLastIndex((check) => check.status !== status);
  return { otherAt: inside[other]?.at ?? null, runAt: inside[other + 1]?.at ?? null };
}

Deno.test("lastRun() finds where the last run of a status begins, in hot checks and in sealed ones", async () => {
  const random = seeded(7);
  const clock = new ManualClock(start);
  await using store = await openStore(":memory:", { clock });
  let status: CheckStatus = "up";
  const checks = Array.from({ length: 16_000 }, (_, i) => {
    if (random() < 0.001) status = statuses[Math.floor(random() * 3)];
    return someCheck({ monitorId: "m", at: start + i * 10 * SECOND, status, planned: random() < 0.1 });
  });
  await store.commit({ checks, durable: true });
  await store.commit({ checks: [someCheck({ monitorId: "other", at: start + 5 })], durable: true });
  const endAt = checks.at(-1)!.at;
  clock.advance(endAt - start);
  const { sealedChecks } = await store.upkeep({
    now: endAt,
    retentionDays: new Map([["m", 365], ["other", 365]]),
    hourlyDays: 730,
    dailyDays: 3_650,
    incidentsDays: 3_650,
    orphansDays: 30,
  }, new AbortController().signal);
  assert.ok(sealedChecks > 10_000 && sealedChecks < checks.length);
  for (let round = 0; round < 300; round++) {
    const fromAt = start - DAY + Math.floor(random() * (endAt - start + 2 * DAY));
    const untilAt = fromAt + Math.floor(random() * (round % 2 === 0 ? 2 * DAY : 600 * SECOND));
    const asked = statuses[round % 3];
    assert.deepEqual(
      await store.checks.lastRun("m", asked, fromAt, untilAt),
      naive(checks, asked, fromAt, untilAt),
      `${asked} from ${fromAt} until ${untilAt}`,
    );
  }
  assert.deepEqual(await store.checks.lastRun("unknown", "up", 0, endAt), { otherAt: null, runAt: null });
});
