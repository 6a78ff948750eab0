import assert from "node:assert/strict";
import { ManualClock } from "../tests/support/manual_clock.ts";
import { HOUR, MINUTE } from "./clock.ts";
import { Past } from "./past.ts";

/** How long before the clock's first reading it happened; by how much the clock is set, a minute each; how long ago it is after each. */
const cases: readonly (readonly [ageMs: number, jumpsMs: readonly number[], agesMs: readonly number[]])[] = [
  [0, [0, 0], [MINUTE, 2 * MINUTE]],
  [HOUR, [0], [HOUR + MINUTE]],
  [0, [-3 * HOUR, 0, 3 * HOUR], [MINUTE, 2 * MINUTE, 3 * MINUTE]],
  [HOUR, [3 * HOUR, -3 * HOUR], [4 * HOUR + MINUTE, HOUR + 2 * MINUTE]],
  [-2 * HOUR, [0, 0], [MINUTE, 2 * MINUTE]],
  [-2 * MINUTE, [0, 0, 0], [MINUTE, 2 * MINUTE, 3 * MINUTE]],
];
for (const [ageMs, jumpsMs, agesMs] of cases) {
  Deno.test(`Past: ${ageMs} ms ago by a clock that is set by ${jumpsMs} ms`, async () => {
    const clock = new ManualClock();
    const past = new Past(clock.now() - ageMs, clock);
    for (const [index, jumpMs] of jumpsMs.entries()) {
      clock.jump(jumpMs);
      await clock.advance(MINUTE);
      assert.equal(clock.now() - past.at(clock), agesMs[index]);
    }
  });
}
