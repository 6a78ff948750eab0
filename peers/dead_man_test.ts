import assert from "node:assert/strict";
import { isMissing, peerState, type Silence, slackMs } from "./dead_man.ts";

const S = 1_000;
const base: Silence = { silentMs: 0, watchedMs: 3_600 * S, expectEveryMs: 90 * S, graceMs: 180 * S };

const cases: [name: string, change: Partial<Silence>, missing: boolean, state: string][] = [
  ["just heard", {}, false, "up"],
  ["exactly one period silent", { silentMs: 90 * S }, false, "up"],
  ["less than a second more than that", { silentMs: 90 * S + 999 }, false, "up"],
  ["overdue within the slack", { silentMs: 91 * S }, false, "down"],
  ["overdue past the slack", { silentMs: 99 * S + 1 }, true, "down"],
  ["silent for ever, but we just started", { silentMs: 86_400 * S, watchedMs: 179 * S }, false, "down"],
  ["silent for ever, grace is over", { silentMs: 86_400 * S, watchedMs: 180 * S }, true, "down"],
  ["never seen within grace", { silentMs: null, watchedMs: 180 * S }, false, "unknown"],
  ["never seen, grace and one period are over", { silentMs: null, watchedMs: 270 * S + 1 }, true, "down"],
  ["never seen, to the millisecond", { silentMs: null, watchedMs: 270 * S }, false, "unknown"],
  ["no grace, short period", { silentMs: 3_001, watchedMs: 0, expectEveryMs: S, graceMs: 0 }, true, "down"],
];

for (const [name, change, missing, state] of cases) {
  Deno.test(`a watched peer: ${name}`, () => {
    const silence = { ...base, ...change };
    assert.equal(isMissing(silence), missing);
    assert.equal(peerState(silence), state);
  });
}

Deno.test("slackMs() is a tenth of the period, between 2 and 10 seconds", () => {
  assert.deepEqual([S, 30 * S, 60 * S, 86_400 * S].map(slackMs), [2 * S, 3 * S, 6 * S, 10 * S]);
});
