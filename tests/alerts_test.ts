import assert from "node:assert/strict";
import type { PeersVerdict } from "../alerts/vantage.ts";
import { buildDigest } from "../alerts/digest.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../domain/clock.ts";
import { showIncident } from "../domain/incident_view.ts";
import type { CertificateFacts } from "../domain/outcome.ts";
import { AlertBench } from "./support/alerting.ts";
import { eventually } from "./support/process.ts";
import { Receiver } from "./support/receiver.ts";

const monitors = `
[[monitors]]
id = "shop"
name = "Shop"
kind = "http"
interval_secs = 60
target = "https://127.0.0.1:9/"
`;

const hook = (name: string, url: string) =>
  `[[channels]]\nname = "${name}"\ntype = "webhook"\nurl = "${url}/${name}"\n`;
const alerts = (extra = "") => `[alerts]\nfail_threshold = 3\n${extra}\n`;
const one = (receiver: Receiver, extra = "") => alerts(extra) + hook("hook", receiver.url) + monitors;
const events = (receiver: Receiver) => receiver.seen.map((seen) => JSON.parse(seen.body).event);

/** Time passes, a step after the other, until it is so: deliveries take real time, and the clock does not wait for them. */
async function passUntil(
  bench: AlertBench,
  ms: number,
  isSo: () => boolean | Promise<boolean>,
): Promise<void> {
  await eventually(async () => {
    await bench.pass(ms);
    return await isSo();
  }, Boolean);
}

/** Confirms an outage, and then so many minutes pass; each time whatever is due is tried to its end before time goes on. */
async function failAndPass(bench: AlertBench, minutes: number): Promise<void> {
  await fail(bench, "shop", 2);
  await bench.check("shop", "down", { passMs: 0 });
  for (let minute = 0; minute <= minutes; minute++) {
    if (minute > 0) await bench.pass(MINUTE);
    const now = bench.clock.now();
    await eventually(() => bench.store.outbox.listUnfinished(), ([row]) => row.dueAt > now);
  }
}

async function fail(bench: AlertBench, id = "shop", times = 3): Promise<void> {
  for (let count = 0; count < times; count++) await bench.check(id, "down");
}

Deno.test("an outage is told once, from its first failed check, and so is its end", async () => {
  await using receiver = new Receiver();
  await using bench = await AlertBench.open(one(receiver));
  const firstFailedAt = bench.clock.now();
  for (const status of ["down", "down", "down", "down", "up", "up"] as const) {
    await bench.check("shop", status);
  }
  await receiver.until(2);
  assert.deepEqual(events(receiver), ["down", "recovered"]);
  assert.equal(receiver.json(0).message, "connection refused");
  assert.equal(receiver.json(0).since, firstFailedAt / 1000);
  assert.equal(receiver.json(1).duration_s, 240);
  assert.equal(receiver.json(0).incident_id, receiver.json(1).incident_id);
  const [incident] = await bench.store.incidents.list({ limit: 5 });
  assert.equal(incident.startedAt, firstFailedAt);
  assert.equal(incident.endedAt, firstFailedAt + 4 * MINUTE);
});

Deno.test("the end that a mute kept back names its incident and how long that lasted, across a restart", async () => {
  const path = await Deno.makeTempFile({ suffix: ".db" });
  {
    await using receiver = new Receiver();
    await using bench = await AlertBench.open(one(receiver), { path });
    await fail(bench);
    await receiver.until(1);
    const now = bench.clock.now();
    await bench.store.silences.insert(["shop"], now + 10 * MINUTE, null, now);
    for (const status of ["up", "down", "up"] as const) await bench.check("shop", status);
    await bench.restart();
    await bench.pass(10 * MINUTE);
    await receiver.until(2);
    const [incident] = await bench.store.incidents.list({ limit: 5 });
    const { event, incident_id, duration_s } = receiver.json(1);
    assert.deepEqual({ event, incident_id, duration_s }, {
      event: "recovered",
      incident_id: incident.id,
      duration_s: 180,
    });
    const log = await bench.store.decisions.list({ monitorId: "shop", limit: 50 });
    assert.equal(log.at(-1)?.incidentId, incident.id);
  }
  await Deno.remove(path);
});

Deno.test("an outage's end counts from its incident when slow checks come before the good one", async () => {
  await using receiver = new Receiver();
  await using bench = await AlertBench.open(one(receiver, "alert_on_degraded = true"));
  await fail(bench);
  for (const status of ["degraded", "degraded", "up"] as const) await bench.check("shop", status);
  await receiver.until(2);
  const [incident] = await bench.store.incidents.list({ limit: 5 });
  assert.equal(receiver.json(1).incident_id, incident.id);
  assert.equal(receiver.json(1).duration_s, 180);
});

Deno.test("an incident keeps how its reason changed", async () => {
  await using bench = await AlertBench.open(alerts() + monitors);
  await fail(bench);
  await bench.check("shop", "down", { reason: "HTTP 500", category: "http_status" });
  await bench.check("shop", "down", { reason: "HTTP 500", category: "http_status" });
  await bench.check("shop", "down", { reason: "request timed out", category: "timeout" });
  const [incident] = await bench.store.incidents.listOpen();
  assert.deepEqual(incident.reasons.map((entry) => entry.reason), [
    "connection refused",
    "HTTP 500",
    "request timed out",
  ]);
});

Deno.test("the public reads the status of every reason that has one, and of older versions' entries none", async () => {
  await using bench = await AlertBench.open(alerts() + monitors);
  await fail(bench);
  const http = { reason: "HTTP 503: upstream db-3 gone", category: "http_status" } as const;
  await bench.check("shop", "down", { ...http, code: 503 });
  const [{ id }] = await bench.store.incidents.listOpen();
  const at = bench.clock.now();
  await bench.store.commit({ updateIncident: { id, at, addReason: { at, ...http } }, durable: true });
  const shown = showIncident((await bench.store.incidents.find(id))!, bench.config, { kind: "anonymous" });
  assert.deepEqual(shown?.reasons.map((entry) => entry.reason), [
    "connection refused",
    "HTTP 503",
    "HTTP error",
  ]);
});

Deno.test("the decision log tells the chain, in order", async () => {
  await using bench = await AlertBench.open(alerts() + monitors);
  await bench.store.silences.insert(["shop"], bench.clock.now() + 4 * MINUTE, "deploy", bench.clock.now());
  await fail(bench, "shop", 3);
  await bench.pass(2 * MINUTE);
  await bench.check("shop", "up");
  const log = await bench.store.decisions.list({ monitorId: "shop", limit: 50 });
  assert.deepEqual(log.map((entry) => entry.kind), [
    "failed_check",
    "failed_check",
    "failed_check",
    "confirmed",
    "muted",
    "told_nobody",
    "ended",
    "told_nobody",
  ]);
  assert.match(log[4].text, /a silence until .* \(deploy\)/);
});

Deno.test("the decision log says why something is told as degraded, and that it has recovered", async () => {
  await using bench = await AlertBench.open(alerts("alert_on_degraded = true") + monitors);
  const slow = { reason: "slow: 83 ms, more than 40 ms", category: "slow" } as const;
  for (let count = 0; count < 5; count++) await bench.check("shop", "degraded", slow);
  await bench.check("shop", "up");
  const log = await bench.store.decisions.list({ monitorId: "shop", limit: 50 });
  assert.deepEqual(log.map(({ text }) => text.replace(/: nobody: .*/, "")), [
    "Check was degraded (1 of 3): slow: 83 ms, more than 40 ms",
    "Check was degraded (2 of 3): slow: 83 ms, more than 40 ms",
    "Check was degraded (3 of 3): slow: 83 ms, more than 40 ms",
    "Told that it is degraded",
    "Told that it has recovered",
  ]);
});

Deno.test("a failing channel is tried again with growing pauses, in order, and nothing is lost", async () => {
  await using receiver = new Receiver();
  receiver.answer = () => new Response("", { status: 503 });
  await using bench = await AlertBench.open(one(receiver));
  await failAndPass(bench, 60);
  assert.equal(receiver.seen.length, 9, "in an hour");
  await bench.check("shop", "up");
  receiver.answer = () => new Response("ok");
  receiver.seen.length = 0;
  await passUntil(bench, MINUTE, () => receiver.seen.length >= 2);
  assert.deepEqual(events(receiver), ["down", "recovered"]);
});

Deno.test("a message is given up after a day, and says why", async () => {
  await using receiver = new Receiver();
  receiver.answer = () => new Response("overloaded", { status: 503 });
  await using bench = await AlertBench.open(one(receiver));
  await fail(bench);
  const rowOf = async () => (await bench.store.outbox.list({ limit: 5 }))[0];
  await passUntil(bench, 15 * MINUTE, async () => (await rowOf()).status !== "pending");
  const row = await rowOf();
  assert.equal(row.status, "failed");
  assert.ok(row.endedAt! - row.createdAt >= DAY - 15 * MINUTE);
  assert.equal(row.lastError, "rejected (HTTP 503): overloaded");
});

Deno.test("a service that asks for a pause gets it", async () => {
  await using receiver = new Receiver();
  receiver.answer = () => new Response("", { status: 429, headers: { "retry-after": "600" } });
  await using bench = await AlertBench.open(one(receiver));
  await failAndPass(bench, 6);
  assert.equal(receiver.seen.length, 1);
  receiver.answer = () => new Response("ok");
  await passUntil(bench, MINUTE, () => receiver.seen.length >= 2);
});

Deno.test("a service that asks for no pause at all, for ever, is not hammered", async () => {
  await using receiver = new Receiver();
  receiver.answer = () => new Response("", { status: 429, headers: { "retry-after": "0" } });
  await using bench = await AlertBench.open(one(receiver));
  await failAndPass(bench, 60);
  assert.equal(receiver.seen.length, 24, "in an hour");
});

Deno.test("one channel's trouble never holds up another, which is told of it", async () => {
  await using good = new Receiver();
  await using bad = new Receiver();
  bad.answer = () => new Response("no", { status: 500 });
  await using bench = await AlertBench.open(
    alerts() + hook("good", good.url) + hook("bad", bad.url) + monitors,
  );
  await fail(bench);
  await good.until(1);
  await passUntil(bench, MINUTE, () => good.seen.length >= 2);
  assert.equal(good.json(0).event, "down");
  assert.equal(good.json(1).event, "channel_trouble");
  assert.equal(good.json(1).channel, "bad");
  const [trouble] = bench.alerts.channelTrouble();
  assert.equal(trouble.channel, "bad");
  assert.ok(trouble.failures >= 3);
  const tries = bad.seen.length;
  await passUntil(bench, MINUTE, () => bad.seen.length >= tries + 3);
  assert.equal(good.seen.length, 2, "told once");
});

Deno.test("a message that is refused for good makes way for the next", async () => {
  await using receiver = new Receiver();
  await using bench = await AlertBench.open(one(receiver));
  receiver.answer = (seen) =>
    new Response("", { status: JSON.parse(seen.body).event === "down" ? 400 : 200 });
  await fail(bench);
  await bench.check("shop", "up");
  await receiver.until(2);
  assert.deepEqual(events(receiver), ["down", "recovered"]);
});

Deno.test("two hundred monitors that fail at once are each told exactly once, in order", async () => {
  await using receiver = new Receiver();
  const many = Array.from(
    { length: 200 },
    (_, index) => monitors.replace('"shop"', `"m${index}"`).replace("Shop", `M${index}`),
  );
  await using bench = await AlertBench.open(
    alerts().replace("= 3", "= 1") + hook("hook", receiver.url) + many.join(""),
  );
  await Promise.all(bench.config.monitors.map((monitor) => bench.check(monitor.id, "down", { passMs: 0 })));
  await receiver.until(200);
  assert.equal(new Set(receiver.seen.map((seen) => JSON.parse(seen.body).monitor)).size, 200);
  await bench.pass(MINUTE);
  assert.equal(receiver.seen.length, 200);
});

Deno.test("what was written before the process ended is delivered by the next, once", async () => {
  const path = await Deno.makeTempFile({ suffix: ".db" });
  {
    await using receiver = new Receiver();
    receiver.answer = () => new Response("", { status: 503 });
    await using bench = await AlertBench.open(one(receiver), { path });
    await fail(bench);
    await receiver.until(1);
    receiver.answer = () => new Response("ok");
    receiver.seen.length = 0;
    await bench.restart();
    await passUntil(bench, MINUTE, () => receiver.seen.length >= 1);
    await bench.restart();
    await bench.pass(MINUTE);
    assert.deepEqual(events(receiver), ["down"]);
  }
  await Deno.remove(path);
});

Deno.test("what peers say rides along, and never holds a message past its deadline", async () => {
  await using receiver = new Receiver();
  let answer: (verdict: PeersVerdict | null) => void = () => {};
  const confirm = () => new Promise<PeersVerdict | null>((resolve) => answer = resolve);
  const peers =
    '[health]\nid = "here"\n[[peers]]\nid = "there"\nname = "There"\nping_url = "http://127.0.0.1:9/api/push/here"\n';
  const config = peers + one(receiver) + "confirm_with_peers = true\n";
  await using bench = await AlertBench.open(config, { confirm });
  await fail(bench, "shop", 2);
  await bench.check("shop", "down", { passMs: 0 });
  assert.equal(receiver.seen.length, 0);
  answer({ text: "confirmed down from 2/2 vantage points", contradicted: false });
  await receiver.until(1);
  assert.equal(receiver.json(0).vantage, "confirmed down from 2/2 vantage points");
  const [incident] = await bench.store.incidents.listOpen();
  assert.equal(incident.vantage, "confirmed down from 2/2 vantage points");
  await bench.check("shop", "up");
  await fail(bench, "shop", 2);
  await bench.check("shop", "down", { passMs: 0 });
  await bench.pass(13 * SECOND);
  await receiver.until(3);
  assert.equal(receiver.json(2).vantage, undefined);
  answer(null);
});

const facts = (notAfterAt: number, fingerprint = "aa"): CertificateFacts => ({
  notBeforeAt: 0,
  notAfterAt,
  fingerprint,
  subject: "CN=shop",
  issuer: "CN=ca",
});

Deno.test("a certificate is warned of in steps, once each, across restarts, and anew after a renewal", async () => {
  const path = await Deno.makeTempFile({ suffix: ".db" });
  {
    await using receiver = new Receiver();
    await using bench = await AlertBench.open(one(receiver), { path });
    const expiresAt = bench.clock.now() + 20 * DAY;
    for (let day = 0; day < 22; day++) {
      await bench.alerts.observeCertificate(bench.monitor("shop"), facts(expiresAt), null, bench.clock.now());
      if (day % 5 === 0) await bench.restart();
      await bench.pass(DAY);
    }
    await receiver.until(5);
    assert.deepEqual(receiver.seen.map((_, index) => receiver.json(index).days_left), [14, 7, 3, 1, 0]);
    const renewedAt = bench.clock.now() + 2 * DAY;
    await bench.alerts.observeCertificate(bench.monitor("shop"), facts(renewedAt), null, bench.clock.now());
    await receiver.until(6);
    assert.equal(receiver.json(5).days_left, 2);
  }
  await Deno.remove(path);
});

Deno.test("a key other than the pinned one is told once, and not accepted by a mute", async () => {
  await using receiver = new Receiver();
  const pin = "ab".repeat(32);
  await using bench = await AlertBench.open(one(receiver) + `cert_pin = "${pin}"\n`);
  const far = bench.clock.now() + 400 * DAY;
  const look = (fingerprint: string) =>
    bench.alerts.observeCertificate(bench.monitor("shop"), facts(far, fingerprint), null, bench.clock.now());
  await look(pin);
  await bench.store.silences.insert(["shop"], bench.clock.now() + HOUR, null, bench.clock.now());
  await look("cd".repeat(32));
  assert.equal(receiver.seen.length, 0);
  await bench.pass(2 * HOUR);
  await look("cd".repeat(32));
  await look("cd".repeat(32));
  await receiver.until(1);
  assert.equal(receiver.json(0).old_fingerprint, pin);
  assert.equal(receiver.seen.length, 1);
});

Deno.test("a budget that burns below the threshold is told once, not on one failure nor on top of an outage", async () => {
  await using receiver = new Receiver();
  await using bench = await AlertBench.open(one(receiver) + "slo_uptime = 99.9\n");
  await bench.pass(0);
  for (let minute = 0; minute < 60; minute++) await bench.check("shop", "up");
  await bench.check("shop", "down");
  assert.equal(receiver.seen.length, 0, "one failed check is no burn");
  for (let round = 0; round < 6; round++) {
    await bench.check("shop", "up");
    await bench.check("shop", "down");
  }
  await receiver.until(1);
  assert.equal(receiver.json(0).event, "budget_burn");
  assert.equal(receiver.json(0).burn_window, "1h");
  assert.equal(receiver.seen.length, 1);
});

Deno.test("a silence that another process set a moment ago counts", async () => {
  await using receiver = new Receiver();
  await using bench = await AlertBench.open(one(receiver));
  await fail(bench, "shop", 2);
  await bench.store.silences.insert(["*"], bench.clock.now() + 10 * MINUTE, null, bench.clock.now());
  await bench.check("shop", "down");
  assert.equal((await bench.store.incidents.listOpen()).length, 1);
  assert.equal((await bench.store.outbox.list({ limit: 5 })).length, 0);
  await bench.pass(10 * MINUTE);
  await receiver.until(1);
  assert.deepEqual(events(receiver), ["down"]);
});

Deno.test("a monitor that leaves the file ends its incident and tells nobody", async () => {
  await using receiver = new Receiver();
  await using bench = await AlertBench.open(one(receiver));
  await fail(bench);
  await receiver.until(1);
  await bench.reload(alerts() + hook("hook", receiver.url) + monitors.replace('"shop"', '"other"'));
  assert.equal((await bench.store.incidents.listOpen()).length, 0);
  assert.equal(receiver.seen.length, 1);
});

Deno.test("a monitor that got a new id goes on with what people know", async () => {
  await using receiver = new Receiver();
  await using bench = await AlertBench.open(one(receiver));
  await fail(bench);
  await bench.reload(one(receiver).replace('"shop"', '"store"') + 'previous_ids = ["shop"]\n');
  await bench.check("store", "down");
  await bench.check("store", "up");
  await receiver.until(2);
  assert.deepEqual(events(receiver), ["down", "recovered"]);
});

Deno.test("the digest goes out on its schedule, once however many were missed", async () => {
  await using receiver = new Receiver();
  await using bench = await AlertBench.open(one(receiver) + '[digest]\nschedule = "0 8,9,10 30 11 *"\n');
  await bench.pass(5 * DAY);
  await bench.check("shop", "up");
  await bench.check("shop", "up");
  assert.equal(receiver.seen.length, 0);
  await bench.pass(2 * DAY);
  await receiver.until(1);
  assert.equal(receiver.json(0).event, "digest");
  assert.match(String(receiver.json(0).message), /^100\.00% overall, 0 incidents\n- Shop: 100\.00%$/);
  await bench.pass(2 * HOUR);
  assert.equal(receiver.seen.length, 1);
});

Deno.test("the digest counts the newest check until now", async () => {
  await using bench = await AlertBench.open(alerts() + monitors + "slo_uptime = 99\n");
  await bench.check("shop", "up", { standsMs: 30 * MINUTE, passMs: 15 * MINUTE });
  await bench.check("shop", "down", { standsMs: HOUR, passMs: 45 * MINUTE });
  const digest = await buildDigest(bench.store, bench.config, bench.clock.now());
  assert.equal(digest.uptime, 0.25);
  const minutes = 30 * 24 * 60 * 0.01;
  assert.equal(digest.monitors[0].budget?.leftMinutes, minutes - 45);
});

Deno.test("an incident that was folded later names its cause all the same", async () => {
  const graph = `${monitors}depends_on = ["db"]\n${monitors.replace('"shop"', '"db"').replace("Shop", "DB")}`;
  await using bench = await AlertBench.open(alerts().replace("= 3", "= 1") + graph);
  await bench.check("shop", "down", { passMs: 10 * SECOND });
  await bench.check("db", "down", { passMs: MINUTE });
  const incident = (await bench.store.incidents.listOpen()).find((candidate) =>
    candidate.monitorId === "shop"
  );
  assert.deepEqual(incident?.cause, { id: "db", name: "DB" });
  const log = await bench.store.decisions.list({ monitorId: "shop", limit: 10 });
  assert.deepEqual(log.map((entry) => entry.kind), ["failed_check", "confirmed", "waiting", "folded"]);
});

Deno.test("a peer's trouble that a silence kept back is told afterwards, unless it is over", async () => {
  await using receiver = new Receiver();
  await using bench = await AlertBench.open(one(receiver));
  const peer = { monitorId: "paris", monitor: "Paris" };
  const now = bench.clock.now();
  await bench.store.silences.insert(["*"], now + 10 * MINUTE, null, now);
  const down = {
    kind: "down",
    at: now,
    ...peer,
    reason: "missing heartbeat",
    cause: null,
    impacted: [],
    vantage: null,
    incidentId: null,
    sinceAt: now,
    failures: 1,
  } as const;
  await bench.alerts.tell(down, null);
  await bench.alerts.tell({ ...down, monitorId: "oslo", monitor: "Oslo" }, null);
  await bench.alerts.tell({
    kind: "recovered",
    at: now,
    monitorId: "oslo",
    monitor: "Oslo",
    incidentId: null,
    sinceAt: null,
    durationMs: null,
  }, null);
  await bench.pass(11 * MINUTE);
  await receiver.until(1);
  await bench.pass(MINUTE);
  assert.deepEqual(receiver.seen.map((seen) => JSON.parse(seen.body).monitor), ["Paris"]);
});

Deno.test("checks that change nothing are on their way to the disk together; one that does is waited for", async () => {
  await using bench = await AlertBench.open(alerts() + monitors);
  await bench.check("shop", "up");
  const { store } = bench;
  const commit = store.commit.bind(store);
  const begun: string[] = [];
  const free = Promise.withResolvers<void>();
  store.commit = async (batch) => {
    begun.push(batch.checks?.[0].status ?? "");
    await free.promise;
    return await commit(batch);
  };
  const statuses = ["up", "up", "down", "up"] as const;
  const all = Promise.all(statuses.map((status) => bench.check("shop", status, { passMs: 0 })));
  for (let turn = 0; turn < 100; turn++) await Promise.resolve();
  assert.deepEqual(begun, ["up", "up", "down"]);
  free.resolve();
  assert.deepEqual((await all).map(({ status }) => status), ["up", "up", "degraded", "up"]);
});
