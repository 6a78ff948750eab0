import assert from "node:assert/strict";
import { startDemo } from "../cli/demo.ts";

Deno.test("the demo is a whole instance with a past, trouble, a maintenance and an announcement, and leaves nothing", async () => {
  let folder: string;
  {
    await using demo = await startDemo({ port: 0, days: 14, hasTrouble: true });
    folder = demo.folder;
    const response = await fetch(`${demo.hora.url}/api/summary`, {
      headers: { authorization: `Bearer ${demo.token}` },
    });
    const summary = await response.json();
    assert.equal(summary.monitors.length, 24);
    assert.equal(summary.incidents[0].title, "Payments are failing");
    assert.equal(summary.maintenances[0].monitors, "Job queue");
    const payments = summary.monitors.find((monitor: { id: string }) => monitor.id === "payments");
    assert.equal(payments.status, "down");
    assert.ok(payments.uptime_24h_permille < 1000);
    const [past] = await demo.hora.store.incidents.list({
      monitorIds: ["payments"],
      open: false,
      limit: 10,
    });
    assert.match(past.note ?? "", /certificate/);
  }
  await assert.rejects(Deno.stat(folder), Deno.errors.NotFound);
});
