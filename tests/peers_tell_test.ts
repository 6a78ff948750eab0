import assert from "node:assert/strict";
import { SECOND } from "../domain/clock.ts";
import type { Commit } from "../domain/store.ts";
import { createPeers } from "../peers/create.ts";
import { AlertBench } from "./support/alerting.ts";
import { Receiver } from "./support/receiver.ts";

const config = (hook: string) => `
[alerts]
[health]
id = "a"
grace_secs = 10
[[channels]]
name = "hook"
type = "webhook"
url = "${hook}"
[[peers]]
id = "b"
name = "B"
expect_every_secs = 30
`;

/** Alerting and peers on one store, as an instance wires them. */
async function open(receiver: Receiver) {
  const bench = await AlertBench.open(config(receiver.url));
  const peers = createPeers({
    store: bench.store,
    clock: bench.clock,
    config: () => bench.config,
    tell: (...told) => bench.alerts.tell(...told),
    health: () => Promise.resolve({ schedulerOk: true, dbOk: true, lastTickAgeSecs: 1 }),
    probe: () => Promise.reject(new Error("nobody asks here")),
  });
  await peers.load();
  const signal = new AbortController().signal;
  const look = async (secs: number) => {
    for (let i = 0; i < secs; i += 1) {
      await bench.clock.advance(SECOND);
      await peers.watch(signal);
    }
  };
  return { bench, peers, look };
}

const beat = { status: "up", message: null, latencyMs: null } as const;

Deno.test("that a peer is silent, and that it was told, are kept in one transaction", async () => {
  await using receiver = new Receiver();
  const { bench, peers, look } = await open(receiver);
  await using _ = bench;
  await peers.heartbeat("b", beat);
  await look(32);
  const { store } = bench;
  const commit = store.commit.bind(store);
  const commits: Commit[] = [];
  let isBroken = true;
  store.commit = async (batch) => {
    if (isBroken) throw new Error("the disk is away");
    commits.push(batch);
    return await commit(batch);
  };
  await look(5);
  assert.deepEqual((await store.outbox.listUnfinished()).length, 0);
  isBroken = false;
  await look(30);
  assert.equal(commits.length, 1);
  assert.deepEqual(commits[0].notifications?.map(({ event }) => event.kind), ["down"]);
  assert.deepEqual(commits[0].states?.map(({ key }) => key), ["peer:b"]);
  assert.equal(commits[0].durable, true);
  await receiver.until(1);
  await peers.heartbeat("b", beat);
  await look(2);
  await receiver.until(2);
  assert.deepEqual(receiver.seen.map(({ body }) => JSON.parse(body).event), ["down", "recovered"]);
  peers.close();
});

Deno.test("a peer that is recorded under another id from now on has its grace again", async () => {
  await using receiver = new Receiver();
  const { bench, peers, look } = await open(receiver);
  await using _ = bench;
  for (let i = 0; i < 5; i += 1) {
    await peers.heartbeat("b", beat);
    await look(20);
  }
  await bench.reload(`${config(receiver.url)}listen_id = "bergen"\n`);
  await peers.reconfigured();
  await look(40);
  assert.deepEqual(await bench.store.outbox.list({ limit: 9 }), []);
  await look(2);
  await receiver.until(1);
  assert.equal(receiver.json(0).event, "down");
  peers.close();
});

Deno.test("what was told of a peer while it was muted is remembered with it", async () => {
  await using receiver = new Receiver();
  const { bench, peers } = await open(receiver);
  await using _ = bench;
  const now = bench.clock.now();
  await bench.store.silences.insert(["b"], now + 600 * SECOND, null, now);
  const down = {
    kind: "down",
    at: now,
    monitorId: "b",
    monitor: "B",
    reason: null,
    cause: null,
    impacted: [],
    vantage: null,
    incidentId: null,
    sinceAt: now,
    failures: 1,
  } as const;
  await bench.alerts.tell(down, null, [{ key: "peer:b", value: 1 }]);
  assert.deepEqual([...await bench.store.states.load("peer:")], [["peer:b", 1]]);
  const recovered = { kind: "recovered", at: now, monitorId: "b", monitor: "B", incidentId: null } as const;
  await bench.alerts.tell({ ...recovered, sinceAt: null, durationMs: null }, null, [{
    key: "peer:b",
    value: 2,
  }]);
  assert.deepEqual([...await bench.store.states.load("peer:")], [["peer:b", 2]]);
  assert.deepEqual(receiver.seen, []);
  peers.close();
});
