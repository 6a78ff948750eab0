import assert from "node:assert/strict";
import { secondsBetween } from "./duration.ts";

Deno.test("a duration agrees with the two times it stands beside", () => {
  assert.equal(secondsBetween(10_900, 50_100), 40);
  assert.equal(secondsBetween(10_100, 50_900), 40);
  assert.equal(secondsBetween(10_000, 10_999), 0);
  assert.equal(secondsBetween(10_000, 9_000), 0);
});
