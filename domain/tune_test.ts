import assert from "node:assert/strict";
import { alertsWith, recommendDegradedOver, recommendThreshold } from "./tune.ts";

const runs = [17, 9, 2, 1, 1, 1, 1, 1];

Deno.test("recommendThreshold() splits flaps from outages at the widest gap", () => {
  assert.deepEqual(recommendThreshold(runs), { threshold: 3, flapMax: 2 });
  assert.equal(recommendThreshold([1, 1]), null, "one length");
  assert.equal(recommendThreshold([2, 3]), null, "no clear gap");
  assert.equal(recommendThreshold([6, 30]), null, "too slow");
});

Deno.test("alertsWith() counts the runs that reach the threshold", () => {
  assert.deepEqual([0, 1, 2, 3, 10, 18].map((threshold) => alertsWith(threshold, runs)), [8, 8, 3, 2, 1, 0]);
});

Deno.test("recommendDegradedOver() rounds up to a figure people would write", () => {
  assert.deepEqual([0, 91, 100, 212, 1001, 10_001].map(recommendDegradedOver), [
    10,
    100,
    100,
    250,
    1100,
    10_500,
  ]);
});
