import assert from "node:assert/strict";
import type { Store } from "../../domain/store.ts";

/** Kinds that say why an outage was not told (yet). */
const silent = [
  "muted",
  "folded",
  "waiting",
  "waiting_longer",
  "waiting_ended",
  "muted_ended",
  "told_nobody",
];

/**
 * The decision log tells the whole truth about the messages and the incidents: every message about a monitor stands in it with its channels,
 * nothing stands in it that was not sent, each incident's confirmation and end are there, and an incident that nobody was told of says
 * why. Fits stores that hold nothing older than their log.
 */
export async function assertExplained(store: Store): Promise<void> {
  const limit = 1_000_000;
  const log = await store.decisions.list({ limit });
  const sent = await store.outbox.list({ limit });
  const incidents = await store.incidents.list({ limit });
  const told = new Map<string, string[]>();
  for (const { monitorId, event, channel, createdAt } of sent.sort((a, b) => a.id - b.id)) {
    if (monitorId === null || !["down", "degraded", "recovered"].includes(event.kind)) continue;
    const key = `${createdAt} ${monitorId} ${event.kind}`;
    told.set(key, [...told.get(key) ?? [], channel]);
  }
  const said = log.filter(({ kind }) => kind === "told").map(({ at, monitorId, text }) => {
    const [, said, whom] = /^Told that it (?:is|has) (\S+): (.*)$/.exec(text) ?? [];
    return [`${at} ${monitorId} ${said}`, whom.split(", ")] as const;
  });
  assert.deepEqual(new Map(said), told, "the log and the messages differ");
  for (const incident of incidents) {
    const own = log.filter(({ incidentId }) => incidentId === incident.id).map(({ kind }) => kind);
    assert.ok(own.includes("confirmed"), `#${incident.id}: no confirmation`);
    const hasEnd = own.includes("ended") || own.includes("removed");
    assert.equal(hasEnd, incident.endedAt !== null, `#${incident.id}: end`);
    const isTold = sent.some(({ monitorId, event }) =>
      event.kind === "down" && monitorId === incident.monitorId && event.sinceAt === incident.startedAt
    );
    if (!isTold) {
      assert.ok(own.some((kind) => silent.includes(kind)), `#${incident.id}: untold without a reason`);
    }
  }
}
