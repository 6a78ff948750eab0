import assert from "node:assert/strict";
import { DAY, HOUR, MINUTE, SECOND } from "../domain/clock.ts";
import type { CertificateFacts } from "../domain/outcome.ts";
import { AlertBench } from "./support/alerting.ts";
import { eventually } from "./support/process.ts";
import { Receiver } from "./support/receiver.ts";

const alerts = (extra = "") => `[alerts]\nfail_threshold = 1\n${extra}\n`;
const hook = (receiver: Receiver, name = "hook") =>
  `[[channels]]\nname = "${name}"\ntype = "webhook"\nurl = "${receiver.url}/${name}"\n`;
const monitor = (id: string, extra = "") =>
  `[[monitors]]\nid = "${id}"\nname = "${id.toUpperCase()}"\nkind = "http"\ninterval_secs = 60\n` +
  `target = "https://127.0.0.1:9/"\n${extra}\n`;
const told = (receiver: Receiver) =>
  receiver.seen.map(({ body }) => {
    const { event, monitor } = JSON.parse(body);
    return `${event} ${monitor}`;
  });

/** Nothing waits to be sent any more. */
const delivered = (bench: AlertBench) =>
  eventually(() => bench.store.outbox.listUnfinished(), (rows) => rows.length === 0);

async function onFile(run: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "hora-edges-" });
  try {
    await run(`${folder}/hora.db`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("an outage that nobody could be told of is told when a channel appears", () =>
  onFile(async (path) => {
    await using receiver = new Receiver();
    await using bench = await AlertBench.open(alerts() + monitor("shop"), { path });
    await bench.check("shop", "down");
    await bench.reload(alerts() + hook(receiver) + monitor("shop"));
    await bench.restart();
    await bench.check("shop", "down");
    await bench.check("shop", "down");
    await bench.check("shop", "up");
    await delivered(bench);
    assert.deepEqual(told(receiver), ["down SHOP", "recovered SHOP"]);
  }));

Deno.test("whoever was not told of an outage is not told of its end", async () => {
  await using receiver = new Receiver();
  await using bench = await AlertBench.open(alerts() + monitor("shop"));
  await bench.check("shop", "down");
  await bench.reload(alerts() + hook(receiver) + monitor("shop"));
  await bench.check("shop", "up");
  await delivered(bench);
  assert.deepEqual(told(receiver), []);
});

Deno.test("failures from before a long stop neither confirm an outage nor date it", () =>
  onFile(async (path) => {
    await using receiver = new Receiver();
    const text = "[alerts]\nfail_threshold = 3\n" + hook(receiver) + monitor("shop");
    await using bench = await AlertBench.open(text, { path });
    for (let i = 0; i < 2; i++) await bench.check("shop", "down");
    await bench.restart();
    await bench.clock.advance(3 * DAY);
    await bench.restart();
    const startAt = bench.clock.now();
    for (let i = 0; i < 2; i++) await bench.check("shop", "down");
    assert.deepEqual(await bench.store.incidents.listOpen(), []);
    await bench.restart();
    await bench.check("shop", "down");
    const [incident] = await bench.store.incidents.listOpen();
    assert.equal(incident.startedAt, startAt);
    await delivered(bench);
    assert.deepEqual(told(receiver), ["down SHOP"]);
  }));

Deno.test("a report that was part of a cause's alert is told when the cause is over and nothing better is reported", async () => {
  await using receiver = new Receiver();
  const job = `[[monitors]]\nid = "job"\nname = "JOB"\nkind = "push"\npush_token = "0123456789abcdef"\n` +
    `interval_secs = 86400\ndepends_on = ["db"]\n`;
  const text = alerts("group_window_secs = 30\npush_alert_window_secs = 300") + hook(receiver) +
    monitor("db") +
    job;
  await using bench = await AlertBench.open(text);
  const report = { reason: "disk full", category: "reported_by_service" } as const;
  await bench.check("db", "down", { passMs: SECOND });
  await bench.check("job", "down", report);
  await bench.check("db", "up", { passMs: MINUTE });
  for (let minute = 0; minute < 10; minute++) await bench.check("db", "up");
  await delivered(bench);
  assert.deepEqual(told(receiver), ["down DB", "recovered DB", "down JOB"]);
  const log = await bench.store.decisions.list({ monitorId: "job", limit: 9 });
  assert.match(log.at(-2)!.text, /^Its cause is over and nothing better was reported since/);
});

Deno.test("what waits for a cause keeps nobody waiting when the clock is set back, and writes nothing meanwhile", async () => {
  await using receiver = new Receiver();
  const text = alerts("group_window_secs = 30") + hook(receiver) + monitor("db") +
    monitor("api", 'depends_on = ["db"]');
  await using bench = await AlertBench.open(text);
  await bench.check("db", "up", { passMs: SECOND });
  await bench.check("api", "down", { passMs: SECOND });
  const commit = bench.store.commit.bind(bench.store);
  let commits = 0;
  bench.store.commit = (batch) => (commits += 1, commit(batch));
  await bench.pass(SECOND);
  assert.equal(commits, 0);
  bench.clock.jump(-HOUR);
  await bench.pass(31 * SECOND);
  await delivered(bench);
  assert.deepEqual(told(receiver), ["down API"]);
});

Deno.test("a message that waits for its next attempt does not wait longer because the clock was set back", async () => {
  await using receiver = new Receiver();
  receiver.answer = () => new Response("", { status: 503 });
  await using bench = await AlertBench.open(alerts() + hook(receiver) + monitor("shop"));
  await bench.check("shop", "down", { passMs: 0 });
  await eventually(() => bench.store.outbox.listUnfinished(), ([row]) => row.attempts === 1);
  receiver.answer = () => new Response("ok");
  bench.clock.jump(-3 * HOUR);
  await bench.pass(0);
  await bench.pass(10 * SECOND);
  await delivered(bench);
  assert.equal(receiver.seen.length, 2);
});

Deno.test("a message is not given up because Hora, or its clock, was away for days", () =>
  onFile(async (path) => {
    await using receiver = new Receiver();
    receiver.answer = () => new Response("", { status: 503 });
    await using bench = await AlertBench.open(alerts() + hook(receiver) + monitor("shop"), { path });
    await bench.check("shop", "down", { passMs: 0 });
    await eventually(() => bench.store.outbox.listUnfinished(), ([row]) => row.attempts === 1);
    bench.clock.jump(3 * DAY);
    await bench.restart();
    await bench.pass(0);
    await eventually(() => bench.store.outbox.list({ limit: 1 }), ([row]) => row.attempts === 2);
    receiver.answer = () => new Response("ok");
    await bench.pass(MINUTE);
    await delivered(bench);
    assert.equal((await bench.store.outbox.list({ limit: 1 }))[0].status, "sent");
  }));

Deno.test("a digest is not late because the clock was ahead for a while", async () => {
  await using receiver = new Receiver();
  const text = alerts() + hook(receiver) + monitor("shop") + '[digest]\nschedule = "0 * * * *"\n';
  await using bench = await AlertBench.open(text, { startAt: Date.parse("2026-11-23T12:30:00Z") });
  await bench.pass(0);
  bench.clock.jump(3 * HOUR);
  await bench.pass(MINUTE);
  bench.clock.jump(-3 * HOUR);
  for (let minute = 0; minute < 30; minute++) await bench.pass(MINUTE);
  await delivered(bench);
  assert.equal(receiver.seen.length, 2);
});

Deno.test("a digest is not repeated because the clock was set back to before its slot", () =>
  onFile(async (path) => {
    await using receiver = new Receiver();
    const text = alerts() + hook(receiver) + monitor("shop") + '[digest]\nschedule = "0 8 * * *"\n';
    const startAt = Date.parse("2026-11-23T07:59:00Z");
    await using bench = await AlertBench.open(text, { path, startAt });
    await bench.pass(0);
    await bench.pass(2 * MINUTE);
    bench.clock.jump(-10 * MINUTE);
    await bench.restart();
    for (let minute = 0; minute < 20; minute++) await bench.pass(MINUTE);
    await delivered(bench);
    assert.equal(receiver.seen.length, 1);
    await bench.pass(DAY);
    await delivered(bench);
    assert.equal(receiver.seen.length, 2);
  }));

const certificate = (notAfterAt: number, fingerprint: string): CertificateFacts => ({
  notBeforeAt: 0,
  notAfterAt,
  fingerprint,
  subject: "CN=shop",
  issuer: "CN=ca",
});

Deno.test("two servers behind one name with certificates of their own do not flood", () =>
  onFile(async (path) => {
    await using receiver = new Receiver();
    const pin = "ab".repeat(32);
    const text = alerts() + hook(receiver) + monitor("shop", `cert_pin = "${pin}"`);
    await using bench = await AlertBench.open(text, { path });
    const now = bench.clock.now();
    const pair = [certificate(now + 10 * DAY, pin), certificate(now + 12 * DAY, "cd".repeat(32))];
    for (let turn = 0; turn < 20; turn++) {
      await bench.alerts.observeCertificate(bench.monitor("shop"), pair[turn % 2], null, bench.clock.now());
      if (turn === 10) await bench.restart();
      await bench.pass(MINUTE);
    }
    await delivered(bench);
    assert.deepEqual(told(receiver).sort(), [
      "cert_changed SHOP",
      "cert_expiring SHOP",
      "cert_expiring SHOP",
    ]);
    // The pinned key alone for days, and then the strange one again: that is news.
    for (let day = 0; day < 2; day++) {
      await bench.alerts.observeCertificate(bench.monitor("shop"), pair[0], null, bench.clock.now());
      await bench.pass(DAY);
    }
    await bench.alerts.observeCertificate(bench.monitor("shop"), pair[1], null, bench.clock.now());
    await delivered(bench);
    assert.equal(told(receiver).filter((text) => text === "cert_changed SHOP").length, 2);
  }));

Deno.test("a peer that people believe to be down is told to be back, however often it came and went meanwhile", () =>
  onFile(async (path) => {
    await using receiver = new Receiver();
    await using bench = await AlertBench.open(alerts() + hook(receiver) + monitor("shop"), { path });
    const subject = { monitorId: "paris", monitor: "Paris" };
    const tell = async (kind: "down" | "recovered") => {
      const at = bench.clock.now();
      await bench.alerts.tell(
        kind === "recovered" ? { kind, at, ...subject, incidentId: null, sinceAt: at, durationMs: 1000 } : {
          kind,
          at,
          ...subject,
          reason: "missing heartbeat",
          cause: null,
          impacted: [],
          vantage: null,
          incidentId: null,
          sinceAt: at,
          failures: 1,
        },
        null,
      );
      await bench.pass(SECOND);
    };
    await tell("down");
    const now = bench.clock.now();
    await bench.store.silences.insert(["*"], now + HOUR, null, now);
    for (const kind of ["recovered", "down", "recovered"] as const) await tell(kind);
    await bench.restart();
    for (const kind of ["down", "recovered"] as const) await tell(kind);
    await bench.pass(HOUR);
    await delivered(bench);
    assert.deepEqual(told(receiver), ["down Paris", "recovered Paris"]);
  }));

Deno.test("an outage that a mute kept back says so also when it waited for a cause afterwards", async () => {
  await using receiver = new Receiver();
  const text = alerts("group_window_secs = 30") + hook(receiver) + monitor("db") +
    monitor("api", 'depends_on = ["db"]');
  await using bench = await AlertBench.open(text);
  await bench.check("db", "up");
  const now = bench.clock.now();
  await bench.store.silences.insert(["api"], now + HOUR, null, now);
  await bench.check("api", "down");
  await bench.pass(HOUR);
  for (let count = 0; count < 4; count++) await bench.pass(30 * SECOND);
  await delivered(bench);
  assert.deepEqual(told(receiver), ["down API"]);
  assert.equal(receiver.json(0).context, "a mute kept this back until now");
});

Deno.test("a burn is seen again after the clock was far ahead", async () => {
  await using receiver = new Receiver();
  const text = alerts().replace("= 1", "= 3") + hook(receiver) + monitor("shop", "slo_uptime = 99.9");
  await using bench = await AlertBench.open(text);
  await bench.pass(0);
  bench.clock.jump(300 * DAY);
  await bench.check("shop", "up");
  bench.clock.jump(-300 * DAY);
  for (let round = 0; round < 10; round++) {
    await bench.check("shop", "up");
    await bench.check("shop", "down");
  }
  await delivered(bench);
  assert.deepEqual(told(receiver), ["budget_burn SHOP"]);
});
