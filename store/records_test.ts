import assert from "node:assert/strict";
import { DAY, HOUR, MINUTE } from "../domain/clock.ts";
import { someCheck } from "../tests/support/checks.ts";
import { someIncident } from "../tests/support/incidents.ts";
import { ManualClock } from "../tests/support/manual_clock.ts";
import { openStore } from "./open.ts";

const start = Date.parse("2026-11-20T00:00:00Z");

const newIncident = someIncident({ monitorId: "web", startedAt: start });

Deno.test("an incident, its notification, decision and state are one commit, and it closes once", async () => {
  await using store = await openStore(":memory:", { clock: new ManualClock(start) });
  const event = { kind: "peer_link_degraded" as const, at: start, peer: "a", witness: "b" };
  const opened = await store.commit({
    checks: [someCheck({ monitorId: "web", at: start, status: "down" })],
    openIncident: newIncident,
    notifications: [{
      channel: "mail",
      event,
      monitorId: "web",
      incidentId: "opened",
      status: "held",
      createdAt: start,
      dueAt: start + 5,
    }],
    decisions: [{ at: start, monitorId: "web", kind: "told", text: "Told mail", incidentId: "opened" }],
    states: [{ key: "machine:web", value: { failures: 3 } }, { key: "other", value: 1 }],
    durable: true,
  });
  const id = opened.incidentId!;
  assert.ok(opened.onDisk);
  const { reasons, ...incident } = (await store.incidents.find(id))!;
  assert.deepEqual(incident, {
    ...newIncident,
    id,
    endedAt: null,
    note: null,
    vantage: null,
    unwatched: false,
    updatedAt: start + MINUTE,
  });
  assert.deepEqual(reasons, [{ at: start, reason: "HTTP 500", category: "http_status", code: 500 }]);
  assert.deepEqual((await store.outbox.listUnfinished()).map((n) => [n.id, n.incidentId, n.event]), [
    [opened.notificationIds[0], id, event],
  ]);
  assert.equal((await store.decisions.list({ monitorId: "web", limit: 5 }))[0].incidentId, id);
  assert.deepEqual(await store.states.load("machine:"), new Map([["machine:web", { failures: 3 }]]));
  await store.outbox.update(opened.notificationIds[0], { status: "sent", at: start + 9, attempts: 1 });
  assert.deepEqual(await store.outbox.listUnfinished(), []);
  assert.equal((await store.outbox.list({ incidentId: id, limit: 5 }))[0].endedAt, start + 9);
  const close = { closeIncident: { id, endedAt: start + HOUR }, durable: true };
  assert.equal((await store.commit(close)).closedIncident, true);
  assert.equal((await store.commit(close)).closedIncident, false);
  assert.equal(await store.incidents.annotate(id, "Disk replaced", start + 2 * HOUR), true);
  assert.equal(await store.incidents.annotate(999, "x", start), false);
  const changed = (await store.incidents.find(id))!;
  assert.deepEqual([changed.note, changed.updatedAt], ["Disk replaced", start + 2 * HOUR]);
});

Deno.test("an incident that a clock days ahead opened ends no earlier than it begins", async () => {
  await using store = await openStore(":memory:", { clock: new ManualClock(start) });
  const aheadAt = start + 2 * DAY;
  const { incidentId } = await store.commit({
    openIncident: { ...newIncident, startedAt: aheadAt, confirmedAt: aheadAt },
    durable: true,
  });
  await store.commit({ closeIncident: { id: incidentId!, endedAt: start }, durable: true });
  const { startedAt, confirmedAt, endedAt } = (await store.incidents.find(incidentId!))!;
  assert.deepEqual([startedAt, confirmedAt, endedAt], [start, start, start]);
});

Deno.test("incidents are filtered before they are limited", async () => {
  await using store = await openStore(":memory:", { clock: new ManualClock(start) });
  for (let i = 0; i < 30; i++) {
    const { incidentId } = await store.commit({
      openIncident: { ...newIncident, monitorId: i % 3 ? "other" : "web", startedAt: start + i },
      durable: true,
    });
    if (i < 20) {
      await store.commit({ closeIncident: { id: incidentId!, endedAt: start + i + 1 }, durable: true });
    }
  }
  const first = await store.incidents.list({ monitorIds: ["web"], limit: 4 });
  assert.deepEqual(first.map((incident) => incident.startedAt - start), [27, 24, 21, 18]);
  const { startedAt, id } = first[3];
  const next = await store.incidents.list({ monitorIds: ["web"], limit: 2, before: { startedAt, id } });
  assert.deepEqual(next.map((incident) => incident.startedAt - start), [15, 12]);
  assert.equal(await store.incidents.count({ open: true }), 10);
  assert.equal(await store.incidents.count({ fromAt: start + 10, untilAt: start + 15 }), 5);
  assert.equal((await store.incidents.listOpen()).length, 10);
});

Deno.test("silences, announcements, certificates and domains come back as they went in", async () => {
  await using store = await openStore(":memory:", { clock: new ManualClock(start) });
  const silences = await store.silences.insert(["web", "*"], start + HOUR, "upgrade", start);
  assert.deepEqual(await store.silences.listActive(start), silences);
  assert.equal(await store.silences.delete({ targets: ["web"] }, start), 1);
  assert.equal(await store.silences.delete({}, start + DAY), 0);
  const pinned = await store.announcements.insert({
    title: "Move",
    body: "Tonight",
    severity: "info",
    untilAt: null,
    createdAt: start,
  });
  assert.deepEqual(await store.announcements.listActive(start), [pinned]);
  assert.equal(await store.announcements.delete({ id: pinned.id }, start), 1);
  const record = { monitorId: "web", facts: null, checkedAt: start, error: "refused" };
  await store.certificates.upsert(record);
  assert.deepEqual(await store.certificates.list(), [record]);
  const domain = { domain: "example.org", expiresAt: start + DAY, checkedAt: start, error: null };
  await store.domains.upsert(domain);
  assert.deepEqual(await store.domains.list(), [domain]);
});

Deno.test("decisions and notifications are read around a moment: the newest of the asked stretch, within the limit", async () => {
  await using store = await openStore(":memory:", { clock: new ManualClock(start) });
  const minutes = Array.from({ length: 9 }, (_, index) => start + index * MINUTE);
  for (const at of minutes) {
    await store.commit({
      decisions: [{ at, monitorId: "web", kind: "blip", text: String(at), incidentId: null }],
      notifications: [{
        channel: "hook",
        event: { kind: "digest", at, period: "", summary: "" },
        monitorId: "web",
        incidentId: null,
        status: "pending",
        createdAt: at,
        dueAt: at,
      }],
      durable: false,
    });
  }
  const stretch = { monitorId: "web", fromAt: minutes[2], untilAt: minutes[7], limit: 3 };
  assert.deepEqual((await store.decisions.list(stretch)).map(({ at }) => at), minutes.slice(4, 7));
  const sent = await store.outbox.list(stretch);
  assert.deepEqual(sent.map(({ createdAt }) => createdAt), minutes.slice(4, 7).reverse());
});

Deno.test("readers of incidents do not make checks be written that they do not need, and see all that they do", async () => {
  const clock = new ManualClock(start);
  await using store = await openStore(":memory:", { clock });
  const { incidentId } = await store.commit({ openIncident: newIncident, durable: true });
  const commit = (at: number, more: object = {}) =>
    store.commit({ checks: [someCheck({ monitorId: "web", at })], durable: false, ...more });
  await commit(start + 1);
  await store.incidents.list({ limit: 9 });
  assert.equal(store.writer.unsaved, 1);
  await commit(start + 2, { updateIncident: { id: incidentId!, at: start + 2, vantage: "seen by all" } });
  const [incident] = await store.incidents.list({ limit: 9 });
  assert.equal(incident.vantage, "seen by all");
  assert.equal(store.writer.unsaved, 0, "each stays in its place");
  await commit(start + 3);
  assert.equal((await store.checks.newest("web", 9)).length, 3);
});
