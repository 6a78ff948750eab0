import assert from "node:assert/strict";
import { cadenceOf } from "./cadence.ts";

const cases: [name: string, seconds: number[], cadence: number | null][] = [
  ["nothing", [], null],
  ["four heartbeats", [180, 120, 60, 0], null],
  ["a steady rhythm", [240, 180, 120, 60, 0], 60],
  ["a little jitter", [240.4, 179.8, 120.3, 60.1, 0], 60],
  ["an outage in the middle", [4000, 3940, 3880, 60, 0, -60], 60],
  ["several in one second", [0.4, 0.3, 0.2, 0.1, 0], 1],
];

for (const [name, seconds, cadence] of cases) {
  Deno.test(`cadenceOf() with ${name} is ${cadence ?? "not known"}`, () => {
    assert.equal(cadenceOf(seconds.map((secs) => secs * 1000)), cadence);
  });
}
