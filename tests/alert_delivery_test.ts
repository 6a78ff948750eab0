import assert from "node:assert/strict";
import type { PeersVerdict } from "../alerts/vantage.ts";
import type { Delivery } from "../alerts/channels/channel.ts";
import { Draft } from "../alerts/draft.ts";
import { Outbox } from "../alerts/outbox.ts";
import { MINUTE, SECOND } from "../domain/clock.ts";
import type { Outcome } from "../domain/outcome.ts";
import { Sight } from "../scheduler/sight.ts";
import { openStore } from "../store/open.ts";
import { backupDatabase } from "../store/backup.ts";
import { AlertBench, configOf } from "./support/alerting.ts";
import { ManualClock } from "./support/manual_clock.ts";
import { eventually } from "./support/process.ts";
import { Receiver } from "./support/receiver.ts";

const head = (receiver: Receiver) =>
  `[alerts]\nfail_threshold = 1\n[[channels]]\nname = "hook"\ntype = "webhook"\nurl = "${receiver.url}/hook"\n`;
const monitor = (id: string) =>
  `[[monitors]]\nid = "${id}"\nname = "${id}"\nkind = "http"\ninterval_secs = 60\ntarget = "https://${id}.example/"\n`;
const peers =
  '[health]\nid = "here"\n[[peers]]\nid = "there"\nname = "There"\nping_url = "http://127.0.0.1:9/api/push/here"\n';
const seenOf = (receiver: Receiver) =>
  receiver.seen.map((seen) => JSON.parse(seen.body)).map(({ monitor, event }) => `${monitor} ${event}`);

/** Resolves when a row of the outbox, oldest first, has been tried so often and that is kept. */
async function tried(bench: AlertBench, row: number, attempts: number): Promise<void> {
  await eventually(
    async () => (await bench.store.outbox.list({ limit: 50 })).sort((a, b) => a.id - b.id)[row].attempts,
    (count) => count >= attempts,
  );
}

Deno.test("a message that keeps being refused lets others pass, but none about its own monitor", async () => {
  await using receiver = new Receiver();
  receiver.answer = ({ body }) =>
    new Response("", { status: JSON.parse(body).monitor === "shop" ? 503 : 200 });
  await using bench = await AlertBench.open(head(receiver) + monitor("shop") + monitor("db"));
  await bench.check("shop", "down", { passMs: 0 });
  await tried(bench, 0, 1);
  await bench.check("db", "down", { passMs: 0 });
  await bench.check("shop", "up", { passMs: 0 });
  for (const [index, pause] of [5, 15, 45].entries()) {
    await bench.pass(pause * SECOND);
    await tried(bench, 0, index + 2);
  }
  assert.deepEqual(seenOf(receiver), Array(4).fill("shop down"), "so far the channel itself may be at fault");
  await bench.pass(135 * SECOND);
  await tried(bench, 1, 1);
  await tried(bench, 0, 5);
  assert.deepEqual(seenOf(receiver).slice(4), ["db down", "shop down"]);
  receiver.seen.length = 0;
  await bench.check("db", "up", { passMs: 0 });
  await bench.pass(10 * MINUTE);
  await tried(bench, 3, 1);
  await tried(bench, 0, 6);
  assert.deepEqual(seenOf(receiver), ["db recovered", "shop down"]);
  receiver.answer = () => new Response("ok");
  receiver.seen.length = 0;
  await bench.pass(20 * MINUTE);
  await receiver.until(2);
  assert.deepEqual(seenOf(receiver), ["shop down", "shop recovered"]);
});

Deno.test("a message that waited for peers when the process was killed goes out without their words, once", async () => {
  const folder = await Deno.makeTempDir({ prefix: "hora-held-" });
  try {
    await using receiver = new Receiver();
    const text = peers + head(receiver) + monitor("shop") + "confirm_with_peers = true\n";
    let answer: (verdict: PeersVerdict | null) => void = () => {};
    let asked = 0;
    const confirm = () => {
      asked += 1;
      return new Promise<PeersVerdict | null>((resolve) => answer = resolve);
    };
    {
      await using bench = await AlertBench.open(text, { path: `${folder}/hora.db`, confirm });
      await bench.check("shop", "down", { passMs: 0 });
      assert.equal((await bench.store.outbox.list({ limit: 5 }))[0].status, "held");
      // What a kill at this moment leaves behind.
      await backupDatabase(`${folder}/hora.db`, `${folder}/left.db`);
      answer({ text: "confirmed down from 2/2 vantage points", contradicted: false });
      await receiver.until(1);
    }
    receiver.seen.length = 0;
    await using bench = await AlertBench.open(text, { path: `${folder}/left.db`, confirm });
    await bench.pass(11 * SECOND);
    assert.equal((await bench.store.outbox.list({ limit: 5 }))[0].status, "held");
    assert.equal(receiver.seen.length, 0);
    await bench.pass(2 * SECOND);
    await receiver.until(1);
    await tried(bench, 0, 1);
    assert.equal(receiver.json(0).event, "down");
    assert.equal(receiver.json(0).vantage, undefined);
    await bench.check("shop", "down");
    await bench.check("shop", "up");
    await receiver.until(2);
    assert.deepEqual(seenOf(receiver), ["shop down", "shop recovered"]);
    assert.equal(asked, 1, "one round of questions an outage");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("peers that answer while their message is being sent do not undo how that ended", async () => {
  await using receiver = new Receiver();
  let answer: (verdict: PeersVerdict | null) => void = () => {};
  const confirm = () => new Promise<PeersVerdict | null>((resolve) => answer = resolve);
  const text = peers + head(receiver) + monitor("shop") + "confirm_with_peers = true\n";
  await using bench = await AlertBench.open(text, { confirm });
  let respond: (response: Response) => void = () => {};
  receiver.answer = () => new Promise((resolve) => respond = resolve);
  await bench.check("shop", "down", { passMs: 0 });
  await bench.pass(13 * SECOND);
  await receiver.until(1);
  answer({ text: "confirmed down from 2/2 vantage points", contradicted: false });
  await eventually(
    async () => (await bench.store.incidents.listOpen())[0].vantage,
    (words) => words !== null,
  );
  respond(new Response("busy", { status: 503 }));
  await tried(bench, 0, 1);
  receiver.answer = () => new Response("busy", { status: 503 });
  await bench.pass(5 * SECOND);
  await receiver.until(2);
  await tried(bench, 0, 2);
  assert.equal(receiver.json(1).vantage, "confirmed down from 2/2 vantage points");
});

Deno.test("our own blindness is told once, and once when it is over, whatever is silenced", async () => {
  const folder = await Deno.makeTempDir({ prefix: "hora-blind-" });
  try {
    await using receiver = new Receiver();
    const text = head(receiver) + ["a", "b", "c", "d", "e", "f"].map(monitor).join("");
    await using bench = await AlertBench.open(text, { path: `${folder}/hora.db` });
    await bench.store.silences.insert(["*"], bench.clock.now() + 60 * MINUTE, null, bench.clock.now());
    const up: Outcome = { status: "up", latencyMs: 1, code: null, reason: null, category: null };
    const lost: Outcome = { ...up, status: "down", reason: "request timed out", category: "timeout" };
    const watching = () =>
      new Sight({
        clock: bench.clock,
        monitors: () => bench.config.monitors,
        statusOf: () => "up",
        probe: () => Promise.resolve(lost),
        hasNetwork: () => true,
        tell: (event) => bench.alerts.tell(event, null),
        unseen: () => {},
        setBack: () => {},
      });
    let sight = watching();
    const { signal } = new AbortController();
    const see = (outcome: Outcome) =>
      Promise.all(
        bench.config.monitors.map((each) => sight.isSeen(each, outcome, bench.clock.monotonic(), signal)),
      );
    const fromAt = bench.clock.now();
    assert.ok(!(await see(lost)).includes(true));
    await receiver.until(1);
    await bench.pass(MINUTE);
    await see(lost);
    await bench.restart();
    sight = watching();
    sight.resume(bench.alerts.blindness()!);
    await bench.pass(MINUTE);
    await see(lost);
    await see(up);
    await see(up);
    await receiver.until(2);
    await bench.restart();
    assert.equal(bench.alerts.blindness(), null);
    await bench.pass(MINUTE);
    assert.deepEqual(seenOf(receiver), ["* blind", "* blind"]);
    const said = (index: number) => String(receiver.json(index).message);
    assert.match(said(0), /^our own network or resolver is gone: .*, since 2026-11-23 12:00:00 UTC$/);
    assert.match(said(1), /, from 2026-11-23 12:00:00 UTC to 2026-11-23 12:02:00 UTC$/);
    assert.equal(receiver.json(0).at, fromAt / 1000);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("recipients that took a message are left out of its next attempts", async () => {
  const clock = new ManualClock();
  const store = await openStore(":memory:", { clock });
  try {
    const config = configOf('[[channels]]\nname = "mail"\ntype = "webhook"\nurl = "http://127.0.0.1:1/"\n');
    const attempts: (readonly string[] | undefined)[] = [];
    const ended: Delivery[] = [];
    const outbox = new Outbox({
      store,
      clock,
      config: () => config,
      attempt: (_channel, { done }) => {
        attempts.push(done);
        const refused = { ok: false, error: "some were refused", retry: true, retryAfterMs: null } as const;
        const took = ["a@example.com", "b@example.com"][attempts.length - 1];
        return Promise.resolve(took === undefined ? { ok: true } : { ...refused, done: [took] });
      },
      ended: (_channel, delivery) => Promise.resolve(void ended.push(delivery)),
    });
    const draft = new Draft(clock.now());
    draft.tell({ kind: "digest", at: clock.now(), period: "p", summary: "s" }, ["mail"], null);
    outbox.add((await draft.save(store)).notifications);
    for (let nth = 1; nth <= 3; nth++) {
      outbox.pump(clock.now());
      await eventually(() => Promise.resolve(ended.length), (count) => count >= nth);
      await clock.advance(MINUTE);
    }
    assert.deepEqual(attempts, [undefined, ["a@example.com"], ["a@example.com", "b@example.com"]]);
    assert.equal((await store.outbox.list({ limit: 1 }))[0].status, "sent");
  } finally {
    await store.close();
  }
});

Deno.test("a message that was delivered is not repeated while the store refuses to keep that", async () => {
  const clock = new ManualClock();
  const store = await openStore(":memory:", { clock });
  try {
    const config = configOf(
      ["good", "bad"].map((name) =>
        `[[channels]]\nname = "${name}"\ntype = "webhook"\nurl = "http://127.0.0.1:1/"\n`
      ).join(""),
    );
    let isRefusing = true;
    let refused = 0;
    const update: typeof store.outbox.update = (id, change) => {
      if (!isRefusing) return store.outbox.update(id, change);
      refused += 1;
      return Promise.reject(new Error("the database is locked"));
    };
    const attempts: string[] = [];
    const ended: string[] = [];
    const outbox = new Outbox({
      store: { outbox: { list: store.outbox.list, listUnfinished: store.outbox.listUnfinished, update } },
      clock,
      config: () => config,
      attempt: ({ name }) => {
        attempts.push(name);
        const isGood = name === "good";
        return Promise.resolve(
          isGood ? { ok: true } : { ok: false, error: "never", retry: false, retryAfterMs: null },
        );
      },
      ended: (name) => Promise.resolve(void ended.push(name)),
    });
    const draft = new Draft(clock.now());
    draft.tell({ kind: "digest", at: clock.now(), period: "p", summary: "s" }, ["good", "bad"], null);
    outbox.add((await draft.save(store)).notifications);
    const timePasses = async () => {
      await clock.advance(5 * SECOND);
      outbox.pump(clock.now());
    };
    await eventually(() => timePasses().then(() => refused), (count) => count >= 6);
    isRefusing = false;
    await eventually(() => timePasses().then(() => ended.length), (count) => count >= 2);
    assert.deepEqual([attempts.sort(), ended.sort()], [["bad", "good"], ["bad", "good"]]);
    const kept = (await store.outbox.list({ limit: 2 })).map(({ channel, status }) => `${channel} ${status}`);
    assert.deepEqual(kept.sort(), ["bad failed", "good sent"]);
  } finally {
    await store.close();
  }
});
