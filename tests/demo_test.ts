import assert from "node:assert/strict";
import { type Demo, startDemo } from "../cli/demo.ts";
import { systemClock } from "../domain/clock.ts";
import { eventually, runHora } from "./support/process.ts";

const never = new AbortController().signal;

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
    await using demo = await startDemo({ port: 0, days: 14, hasTrouble: true }, never);
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

Deno.test("a demo whose port is taken says so in one line that names the option, and ends", async () => {
  const folder = await Deno.makeTempDir({ prefix: "hora-demo-test-" });
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    const { port } = taken.addr;
    await using demo = runHora(folder, { TMPDIR: folder }, ["demo", "--port", String(port)]);
    assert.equal(await demo.ended, 1);
    assert.equal(
      demo.log(),
      `Cannot listen on 127.0.0.1:${port}: another program uses that port; choose another with --port\n`,
    );
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  } finally {
    taken.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a demo that still writes its past ends with the first signal, and leaves nothing", async () => {
  const ends = new AbortController();
  const begun = startDemo({ port: 0, days: 90, hasTrouble: true }, ends.signal);
  ends.abort();
  await assert.rejects(begun, { name: "AbortError" });
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const folder = await Deno.makeTempDir({ prefix: "hora-demo-test-" });
    try {
      await using demo = runHora(folder, { TMPDIR: folder }, ["demo", "--days", "730"]);
      const hasBegun = () => [...Deno.readDirSync(folder)].length > 0;
      await eventually(() => Promise.resolve(hasBegun()), Boolean);
      demo.signal(signal);
      assert.deepEqual([await demo.ended, demo.log()], [0, ""]);
      assert.deepEqual([...Deno.readDirSync(folder)], []);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
});

Deno.test("a demo is well or in trouble, not both", async () => {
  const folder = await Deno.makeTempDir({ prefix: "hora-demo-test-" });
  try {
    await using demo = runHora(folder, { TMPDIR: folder }, ["demo", "--well", "--trouble"]);
    assert.equal(await demo.ended, 2);
    assert.match(demo.log(), /^usage: hora demo /);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
