import assert from "node:assert/strict";
import { uptimeRatio } from "./check.ts";
import { DAY, HOUR, MINUTE } from "./clock.ts";
import { addCoverage, noCoverage, openTail, splitByGrain, standsUntil } from "./coverage.ts";

Deno.test("standsUntil() ends at the next check or with the check's own time", () => {
  assert.equal(standsUntil({ at: 100, standsMs: 30 }, 120), 120);
  assert.equal(standsUntil({ at: 100, standsMs: 30 }, 500), 130);
  assert.equal(standsUntil({ at: 100, standsMs: 30 }, 90), 100);
});

Deno.test("splitByGrain() cuts along hours and days and leaves out gaps", () => {
  assert.deepEqual(splitByGrain(50 * MINUTE, 130 * MINUTE, HOUR, []), [
    { startAt: 0, ms: 10 * MINUTE },
    { startAt: HOUR, ms: HOUR },
    { startAt: 2 * HOUR, ms: 10 * MINUTE },
  ]);
  const gaps = [{ fromAt: 55 * MINUTE, untilAt: 65 * MINUTE }, { fromAt: 3 * HOUR, untilAt: 4 * HOUR }];
  assert.deepEqual(splitByGrain(50 * MINUTE, 70 * MINUTE, HOUR, gaps), [
    { startAt: 0, ms: 5 * MINUTE },
    { startAt: HOUR, ms: 5 * MINUTE },
  ]);
  assert.deepEqual(splitByGrain(DAY - 1, DAY + 1, DAY, []), [{ startAt: 0, ms: 1 }, { startAt: DAY, ms: 1 }]);
  assert.deepEqual(splitByGrain(5, 5, HOUR, []), []);
});

Deno.test("openTail() grows with now until the check has stood long enough", () => {
  const check = { at: HOUR - MINUTE, standsMs: 3 * MINUTE };
  assert.deepEqual(openTail(check, HOUR - MINUTE, []), []);
  assert.deepEqual(openTail(check, HOUR, []), [{ startAt: 0, ms: MINUTE }]);
  assert.deepEqual(openTail(check, 5 * HOUR, []), [{ startAt: 0, ms: MINUTE }, {
    startAt: HOUR,
    ms: 2 * MINUTE,
  }]);
});

Deno.test("addCoverage() keeps planned time out of the ratio", () => {
  const sum = { ...noCoverage };
  addCoverage(sum, "up", false, 90);
  addCoverage(sum, "down", false, 10);
  addCoverage(sum, "down", true, 1_000);
  assert.deepEqual(sum, { upMs: 90, degradedMs: 0, downMs: 10, plannedMs: 1_000 });
  assert.equal(uptimeRatio(sum), 0.9);
});
