import assert from "node:assert/strict";
import { version } from "../domain/version.ts";

Deno.test("the program's version is the one in deno.json", async () => {
  assert.equal(version, JSON.parse(await Deno.readTextFile("deno.json")).version);
});
