import assert from "node:assert/strict";
import { DAY, HOUR } from "../domain/clock.ts";
import type { CheckStatus } from "../domain/status.ts";
import { AlertBench, configOf } from "./support/alerting.ts";
import { eventually } from "./support/process.ts";
import { Receiver } from "./support/receiver.ts";

const fileOf = ({ url }: Receiver, id: string, more = "") =>
  `[alerts]\nfail_threshold = 2\nalert_on_degraded = true\n` +
  `[[channels]]\nname = "hook"\ntype = "webhook"\nurl = "${url}/hook"\n` +
  `[[monitors]]\nid = "${id}"\nname = "${id}"\nkind = "http"\ninterval_secs = 60\n` +
  `target = "https://127.0.0.1:9/"\ndomain_expiry = "example.com"\n${more}\n`;

const statuses: Readonly<Record<string, CheckStatus>> = { u: "up", s: "degraded", d: "down" };

/**
 * `u` `s` `d` a check that is up, slow or down, `x` a look at certificate and domain, `(` a silence begins, `)` it ends, `>` the monitor gets
 * its new id. Answers what was told, in order.
 */
async function play(steps: string, by: "a reload" | "a restart"): Promise<string[]> {
  const folder = await Deno.makeTempDir({ prefix: "hora-rename-" });
  try {
    await using receiver = new Receiver();
    await using bench = await AlertBench.open(fileOf(receiver, "old"), { path: `${folder}/hora.db` });
    const expiresAt = bench.clock.now() + 10 * DAY;
    let id = "old";
    for (const step of steps.split(" ")) {
      const now = bench.clock.now();
      if (step in statuses) await bench.check(id, statuses[step]);
      else if (step === "(") await bench.store.silences.insert([id], now + HOUR, null, now);
      else if (step === ")") {
        assert.equal(await bench.store.silences.delete({ targets: [id] }, now), 1);
        await bench.pass(0);
      } else if (step === "x") {
        const facts = { notBeforeAt: 0, notAfterAt: expiresAt, fingerprint: "aa", subject: "", issuer: "" };
        await bench.alerts.observeCertificate(bench.monitor(id), facts, null, now);
        await bench.alerts.observeDomain(bench.monitor(id), expiresAt, null, now);
      } else {
        id = "new";
        const text = fileOf(receiver, id, 'previous_ids = ["old"]');
        await bench.store.carryOver(id, ["old"]);
        if (by === "a reload") await bench.reload(text);
        else {
          bench.config = configOf(text);
          await bench.restart();
        }
      }
    }
    await eventually(() => bench.store.outbox.listUnfinished(), (rows) => rows.length === 0);
    return receiver.seen.map(({ body }) => {
      const { event, id } = JSON.parse(body);
      return `${event} ${id}`;
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const cases: readonly (readonly [name: string, steps: string, told: readonly string[]])[] = [
  ["an outage that was told", "u d d > d u", ["down old", "recovered new"]],
  ["an outage that a silence keeps back", "u ( d d > d )", ["down new"]],
  ["an end that a silence keeps back", "u d d ( u > u )", ["down old", "recovered new"]],
  ["a failure that is not confirmed yet", "u d > d", ["down new"]],
  ["slowness that was told", "u s s > s s u", ["degraded old", "recovered new"]],
  ["what was warned of", "u x > u x", ["cert_expiring old", "domain_expiring old"]],
];

for (const [name, steps, told] of cases) {
  for (const by of ["a reload", "a restart"] as const) {
    Deno.test(`a new id by ${by} takes along: ${name}`, async () => {
      assert.deepEqual(await play(steps, by), told);
    });
  }
}
