import assert from "node:assert/strict";
import { AlertBench } from "./support/alerting.ts";
import { Receiver } from "./support/receiver.ts";

const monitors = `
[[monitors]]
id = "shop"
name = "Shop"
kind = "http"
interval_secs = 60
target = "http://127.0.0.1:9/"
`;

function hook(url: string): string {
  return `[alerts]\nfail_threshold = 3\n[[channels]]\nname = "hook"\ntype = "webhook"\nurl = "${url}/in"\n${monitors}`;
}

Deno.test("an outage is told once, from its first failed check, and so is its end", async () => {
  await using receiver = new Receiver();
  await using bench = await AlertBench.open(hook(receiver.url));
  const firstFailedAt = bench.clock.now();
  for (const status of ["down", "down", "down", "down", "up", "up"] as const) {
    await bench.check("shop", status);
  }
  await receiver.until(2);
  assert.deepEqual(receiver.seen.map((_, index) => receiver.json(index).event), ["down", "recovered"]);
  assert.equal(receiver.json(0).monitor, "Shop");
  assert.equal(receiver.json(0).message, "connection refused");
  assert.equal(receiver.json(0).since, firstFailedAt / 1000);
  assert.equal(receiver.json(1).duration_s, 240);
  const [incident] = await bench.store.incidents.list({ limit: 5 });
  assert.equal(incident.startedAt, firstFailedAt);
  assert.equal(incident.endedAt, firstFailedAt + 240_000);
});
