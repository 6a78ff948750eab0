import assert from "node:assert/strict";
import type { CheckStatus } from "../domain/status.ts";
import { AlertBench } from "./support/alerting.ts";

const ids = ["db", "api", "web", "mail"];

const config = (threshold: number, degraded: boolean) => `
[alerts]
fail_threshold = ${threshold}
alert_on_degraded = ${degraded}
[[channels]]
name = "a"
type = "webhook"
url = "http://127.0.0.1:1/a"
${
  ids.map((id, index) =>
    `[[monitors]]
id = "${id}"
name = "${id}"
kind = "http"
interval_secs = 60
target = "http://127.0.0.1:9/${id}"
depends_on = ${index === 0 || id === "mail" ? "[]" : `["${ids[index - 1]}"]`}`
  ).join("\n")
}
`;

/** A small generator, so that a failing walk can be walked again. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What people believe: the last thing they were told about a monitor. */
async function believed(bench: AlertBench): Promise<Map<string, string>> {
  const rows = (await bench.store.outbox.list({ limit: 100_000 })).sort((a, b) => a.id - b.id);
  return new Map(rows.flatMap(({ monitorId, event }) => monitorId === null ? [] : [[monitorId, event.kind]]));
}

async function walk(bench: AlertBench, seed: number, steps: number): Promise<void> {
  const random = randomFrom(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)];
  for (let step = 0; step < steps; step++) {
    const dice = random();
    const now = bench.clock.now();
    if (dice < 0.75) {
      // Streaks, so that thresholds are reached.
      const status = pick<CheckStatus>(["up", "down", "down", "degraded"]);
      const id = pick(ids);
      for (let count = 1 + Math.floor(random() * 4); count > 0; count--) {
        await bench.check(id, status, { passMs: 1000 });
      }
    } else if (dice < 0.85) {
      await bench.store.silences.insert(
        [pick([...ids, "*"])],
        now + 1000 + Math.floor(random() * 120_000),
        null,
        now,
      );
    } else if (dice < 0.9) await bench.store.silences.delete({}, now);
    else if (dice < 0.93) await bench.restart();
    else if (dice < 0.95) await bench.reload(config(1 + Math.floor(random() * 3), random() < 0.5));
    else await bench.pass(Math.floor(random() * 90_000));
  }
  await bench.store.silences.delete({}, bench.clock.now());
}

/** Ends the walk with everybody in one state for long enough, and compares what is with what people believe. */
async function settle(bench: AlertBench, endings: ReadonlyMap<string, CheckStatus>): Promise<void> {
  for (let round = 0; round < 12; round++) {
    for (const [id, status] of endings) await bench.check(id, status, { passMs: 1000 });
    await bench.pass(31_000);
  }
  const belief = await believed(bench);
  for (const [id, status] of endings) {
    const told = belief.get(id) ?? "recovered";
    if (status === "up") assert.equal(told, "recovered", `${id} is up, and people believe ${told}`);
    else if (told !== "down") {
      const upstreams = ids.slice(0, Math.max(0, id === "mail" ? 0 : ids.indexOf(id)));
      const cause = upstreams.find((upstream) => belief.get(upstream) === "down");
      assert.ok(cause !== undefined, `${id} is down, and nobody was told of it or of a cause`);
    }
  }
}

const seeds = Deno.env.get("HORA_TEST_FULL") === "1" ? 40 : 1;

for (let seed = 1; seed <= seeds; seed++) {
  Deno.test(`a random walk of a thousand steps leaves nobody wrongly informed, seed ${seed}`, async () => {
    const path = await Deno.makeTempFile({ suffix: ".db" });
    {
      await using bench = await AlertBench.open(config(2, seed % 2 === 0), { path });
      const random = randomFrom(seed * 7919);
      for (let leg = 0; leg < 10; leg++) {
        await walk(bench, seed * 100 + leg, 100);
        await settle(bench, new Map(ids.map((id) => [id, random() < 0.5 ? "up" : "down"])));
      }
      const open = await bench.store.incidents.listOpen();
      assert.ok(
        open.every((incident, index) => open.findIndex((o) => o.monitorId === incident.monitorId) === index),
      );
    }
    await Deno.remove(path);
  });
}
