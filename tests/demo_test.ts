import assert from "node:assert/strict";
import { type Demo, startDemo } from "../cli/demo.ts";
import { systemClock } from "../domain/clock.ts";

interface Summary {
  readonly monitors: readonly { id: string; status: string; uptime_24h_permille: number }[];
  readonly incidents: readonly { title: string }[];
  readonly maintenances: readonly { monitors: string }[];
}

async function summaryOf(demo: Demo): Promise<Summary> {
  const response = await fetch(`${demo.hora.url}/api/summary`, {
    headers: { authorization: `Bearer ${demo.token}` },
  });
  return await response.json();
}

Deno.test("the demo is a whole instance with a past, trouble, a maintenance and an announcement, and leaves nothing", async () => {
  let folder: string;
  {
    await using demo = await startDemo({ port: 0, days: 14, hasTrouble: true });
    folder = demo.folder;
    let summary = await summaryOf(demo);
    assert.equal(summary.monitors.length, 24);
    assert.equal(summary.incidents[0].title, "Payments are failing");
    assert.equal(summary.maintenances[0].monitors, "Job queue");
    const payments = () => summary.monitors.find(({ id }) => id === "payments")!;
    assert.ok(payments().uptime_24h_permille < 1000);
    while (payments().status === "unknown") {
      await systemClock.sleep(500);
      summary = await summaryOf(demo);
    }
    assert.equal(payments().status, "down");
    const [past] = await demo.hora.store.incidents.list({
      monitorIds: ["payments"],
      open: false,
      limit: 10,
    });
    assert.match(past.note ?? "", /certificate/);
  }
  await assert.rejects(Deno.stat(folder), Deno.errors.NotFound);
});
