import assert from "node:assert/strict";
import { outsider } from "../tests/support/outsider.ts";
import { systemClock } from "./clock.ts";
import { Slices } from "./slices.ts";

Deno.test("Slices: whoever asks over a socket is answered while long work goes on", async () => {
  await using someone = await outsider();
  let asked = 0;
  const slices = new Slices();
  for (const before = someone.answered; asked < 300 && someone.answered < before + 20; asked++) {
    for (const since = systemClock.monotonic(); systemClock.monotonic() - since < 3.5;);
    await slices.pause();
  }
  assert.ok(asked < 300, "twenty answers within three hundred slices");
});
