import assert from "node:assert/strict";
import { DAY, HOUR } from "../domain/clock.ts";
import type { CheckStatus } from "../domain/status.ts";
import { AlertBench, checkOf } from "../tests/support/alerting.ts";
import { standingSince } from "./standing_since.ts";

const toml = `[[monitors]]\nid = "m"\nname = "M"\nkind = "tcp"\ntarget = "127.0.0.1:1"\ninterval_secs = 60\n`;

/** `[hours ago, status]`, oldest first. */
type Past = readonly (readonly [hoursAgo: number, status: CheckStatus, planned?: boolean])[];

const rows: readonly (readonly [name: string, past: Past, sinceHoursAgo: number])[] = [
  ["one check", [[1, "up"]], 1],
  ["always the same, over days", [[100, "up"], [70, "up"], [20, "up"], [1, "up"]], 100],
  ["a change today", [[3, "up"], [2, "down"], [1, "up"]], 1],
  ["a change days ago", [[100, "up"], [75, "down"], [74, "up"], [50, "up"], [1, "up"]], 74],
  ["the other status is a day's last check", [[100, "up"], [75, "down"], [40, "up"], [1, "up"]], 40],
  ["planned checks count by their status", [[100, "down"], [75, "up"], [50, "up", true], [1, "up"]], 75],
  ["planned and down", [[100, "up"], [50, "down", true], [30, "up"], [1, "up"]], 30],
  ["a day without checks, into which the other status reached", [[60.5, "down"], [30, "up"], [1, "up"]], 30],
  ["degraded is a status of its own", [[60, "up"], [3, "degraded"], [1, "degraded"]], 3],
];

for (const [name, past, sinceHoursAgo] of rows) {
  Deno.test(`standingSince(): ${name}`, async () => {
    const startAt = Date.parse("2026-11-23T12:00:00Z");
    await using bench = await AlertBench.open(toml, { startAt });
    const checks = past.map(([hoursAgo, status, planned = false]) =>
      checkOf("m", startAt - hoursAgo * HOUR, status, { planned, standsMs: HOUR })
    );
    await bench.store.commit({ checks, durable: true });
    const since = await standingSince(bench.store, checks.at(-1)!);
    assert.equal((startAt - since) / HOUR, sinceHoursAgo);
  });
}

Deno.test("a monitor with an imported history goes on as that ends, and tells nobody", async () => {
  const startAt = Date.parse("2026-11-23T12:00:00Z");
  const path = await Deno.makeTempFile({ suffix: ".db" });
  try {
    await using bench = await AlertBench.open(toml, { startAt, path });
    const checks = [9, 6, 2].map((days) => checkOf("m", startAt - days * DAY, "up"));
    await bench.store.commit({ checks, durable: true });
    for (const _ of ["first start", "second start"]) {
      await bench.restart();
      const { status, sinceAt } = (await bench.alerts.load(startAt, await bench.store.checks.lastOfEach()))
        .get("m")!;
      assert.deepEqual({ status, sinceAt }, { status: "up", sinceAt: startAt - 9 * DAY });
    }
    assert.equal((await bench.check("m", "up")).sinceAt, startAt - 9 * DAY);
    assert.deepEqual(await bench.store.outbox.list({ limit: 9 }), []);
  } finally {
    await Deno.remove(path);
  }
});
