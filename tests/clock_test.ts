import assert from "node:assert/strict";
import { DAY, HOUR, MINUTE, SECOND } from "../domain/clock.ts";
import { openInstance } from "./support/instance.ts";
import { eventually } from "./support/process.ts";

const toml = `[page]\n[server]\nrate_limit_burst = 10000\n` +
  `[[monitors]]\nid = "job"\nname = "job"\nkind = "push"\ninterval_secs = 60\n`;

Deno.test("a clock that was days ahead for a minute leaves nothing behind in the future", async () => {
  await using instance = await openInstance(toml);
  const { clock, hora: { store, url } } = instance;
  const job = async () => (await (await fetch(`${url}/api/summary`)).json()).monitors[0];
  const beat = async (count: number) => {
    for (let i = 0; i < count; i++) {
      await (await fetch(`${url}/api/push/job`, { method: "POST" })).body?.cancel();
      for (let secs = 0; secs < 30; secs++) await clock.advance(SECOND);
    }
  };
  await beat(2);
  clock.jump(2 * DAY);
  await beat(2);
  clock.jump(-2 * DAY);
  await beat(20);
  const beatAt = clock.now() - 30 * SECOND;
  assert.equal(Date.parse((await job()).last_checked), Math.floor(beatAt / SECOND) * SECOND);
  const setBackAt = beatAt - 19 * 30 * SECOND;
  assert.deepEqual((await store.gaps(setBackAt + SECOND)).filter(({ fromAt }) => fromAt < clock.now()), []);
  const [hour] = await store.aggregates.list({
    grain: "hour",
    fromAt: Math.floor(setBackAt / HOUR) * HOUR,
    untilAt: clock.now(),
  });
  assert.ok(hour.coverage.upMs >= 9 * MINUTE, `${hour.coverage.upMs} ms are covered`);
  for (let secs = 0; secs < 90; secs++) await clock.advance(SECOND);
  await eventually(job, ({ status }) => status === "down");
});
