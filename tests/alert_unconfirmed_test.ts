import assert from "node:assert/strict";
import type { PeersVerdict } from "../alerts/vantage.ts";
import { MINUTE, SECOND } from "../domain/clock.ts";
import { AlertBench } from "./support/alerting.ts";
import { eventually } from "./support/process.ts";
import { Receiver } from "./support/receiver.ts";

const contradicted: PeersVerdict = {
  text: "seen UP by B - down from 1/2 vantage points (network issue near this node?)",
  contradicted: true,
};
const confirmed: PeersVerdict = { text: "confirmed down from 2/2 vantage points", contradicted: false };

interface Wish {
  /** What `notify_unconfirmed` says. */
  readonly list: string;
  /** More keys of the monitor. */
  readonly notify?: string;
  /** More keys of `[alerts]`; no grouping when absent. */
  readonly alerts?: string;
  /** More monitors, about which peers always see the opposite. */
  readonly more?: string;
}

/** A monitor on a pager and a chat; peers whose next answers are given in order, the last one for ever. */
class Play implements AsyncDisposable {
  asked = 0;
  readonly #answers: (PeersVerdict | null)[];
  readonly hook = new Receiver();
  bench!: AlertBench;

  private constructor(answers: readonly (PeersVerdict | null)[], readonly folder: string) {
    this.#answers = [...answers];
  }

  static async open(wish: Wish, answers: readonly (PeersVerdict | null)[]): Promise<Play> {
    const play = new Play(answers, await Deno.makeTempDir({ prefix: "hora-unconfirmed-" }));
    play.bench = await AlertBench.open(play.#file(wish), {
      path: `${play.folder}/hora.db`,
      confirm: play.#confirm,
    });
    return play;
  }

  #confirm = (monitor: { id: string }) => {
    if (monitor.id !== "shop") return Promise.resolve(contradicted);
    this.asked += 1;
    return Promise.resolve(this.#answers.length > 1 ? this.#answers.shift()! : this.#answers[0]);
  };

  #file({ list, notify, alerts, more }: Wish): string {
    const channel = (name: string) =>
      `[[channels]]\nname = "${name}"\ntype = "webhook"\nurl = "${this.hook.url}/${name}"\n`;
    return `[alerts]\nfail_threshold = 1\n${
      alerts ?? "group_window_secs = 0"
    }\nnotify_unconfirmed = ${list}\n` +
      channel("pager") + channel("chat") +
      `[health]\nid = "a"\n[[peers]]\nid = "b"\nname = "B"\nping_url = "http://127.0.0.1:9/api/push/a"\n` +
      `[[monitors]]\nid = "shop"\nname = "Shop"\ntarget = "https://shop.example/"\ninterval_secs = 60\n` +
      `confirm_with_peers = true\n${notify ?? ""}\n${more ?? ""}\n`;
  }

  async reload(wish: Wish): Promise<void> {
    await this.bench.reload(this.#file(wish));
  }

  /** What came in so far, as `CHANNEL EVENT`. */
  get told(): string[] {
    return this.hook.seen.map(({ path, body }) => `${path.slice(1)} ${JSON.parse(body).event}`).sort();
  }

  /** Resolves when exactly this was told and nothing is on its way any more. */
  async untilTold(...expected: string[]): Promise<void> {
    await eventually(() => Promise.resolve(this.told.length), (count) => count >= expected.length);
    await eventually(() => this.bench.store.outbox.listUnfinished(), (left) => left.length === 0);
    assert.deepEqual(this.told, [...expected].sort());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bench[Symbol.asyncDispose]();
    await this.hook[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}

const chat: Wish = { list: '["chat"]', notify: 'notify = ["pager"]' };

Deno.test("an outage that every answering peer contradicts goes to notify_unconfirmed instead, and so does its end", async () => {
  await using play = await Play.open(chat, [contradicted]);
  await play.bench.check("shop", "down", { passMs: 0 });
  await play.untilTold("chat down");
  assert.equal(play.hook.json(0).vantage, contradicted.text);
  const dropped = (await play.bench.store.outbox.list({ limit: 9 })).find(({ channel }) =>
    channel === "pager"
  );
  assert.equal(dropped?.status, "dropped");
  assert.equal(dropped?.lastError, "every peer that answered sees it up");
  await play.bench.check("shop", "up", { passMs: 0 });
  await play.untilTold("chat down", "chat recovered");
});

Deno.test("it is asked again every minute; when a peer agrees, everybody else is told, once", async () => {
  await using play = await Play.open(chat, [contradicted, contradicted, confirmed]);
  await play.bench.check("shop", "down", { passMs: 0 });
  await play.untilTold("chat down");
  await play.bench.pass(30 * SECOND);
  assert.equal(play.asked, 1);
  await play.bench.pass(30 * SECOND);
  await eventually(() => Promise.resolve(play.asked), (asked) => asked === 2);
  await play.bench.pass(MINUTE);
  await play.untilTold("chat down", "pager down");
  assert.equal(play.hook.json(1).vantage, confirmed.text);
  assert.equal((await play.bench.store.incidents.listOpen())[0].vantage, confirmed.text);
  await play.bench.pass(10 * MINUTE);
  assert.equal(play.asked, 3, "nobody is asked any more");
  await play.bench.check("shop", "up", { passMs: 0 });
  await play.untilTold("chat down", "pager down", "chat recovered", "pager recovered");
});

Deno.test("peers that fall silent contradict nothing any more", async () => {
  const silent = {
    text: "no peer vantage reachable, unconfirmed, 1 vantage(s) unreachable",
    contradicted: false,
  };
  await using play = await Play.open(chat, [contradicted, silent]);
  await play.bench.check("shop", "down", { passMs: 0 });
  await play.untilTold("chat down");
  await play.bench.pass(MINUTE);
  await play.untilTold("chat down", "pager down");
});

Deno.test("a restart goes on asking, and neither repeats nor forgets", async () => {
  await using play = await Play.open(chat, [contradicted, confirmed]);
  await play.bench.check("shop", "down", { passMs: 0 });
  await play.untilTold("chat down");
  await play.bench.restart();
  await play.bench.pass(SECOND);
  await play.untilTold("chat down", "pager down");
});

Deno.test("a reload that takes the list away tells everybody", async () => {
  await using play = await Play.open(chat, [contradicted]);
  await play.bench.check("shop", "down", { passMs: 0 });
  await play.untilTold("chat down");
  await play.reload({ ...chat, list: "[]" });
  await play.bench.pass(MINUTE);
  await play.untilTold("chat down", "pager down");
});

Deno.test("while it is silenced the others are kept waiting, not forgotten", async () => {
  await using play = await Play.open(chat, [contradicted, confirmed]);
  const { bench } = play;
  await bench.check("shop", "down", { passMs: 0 });
  await play.untilTold("chat down");
  await bench.store.silences.insert(["shop"], bench.clock.now() + 150 * SECOND, null, bench.clock.now());
  await bench.pass(MINUTE);
  await eventually(() => Promise.resolve(play.asked), (asked) => asked === 2);
  await bench.pass(MINUTE);
  await eventually(() => Promise.resolve(play.asked), (asked) => asked === 3);
  assert.deepEqual(play.told, ["chat down"]);
  await bench.pass(MINUTE);
  await play.untilTold("chat down", "pager down");
});

const asEver: [name: string, wish: Wish, verdict: PeersVerdict | null][] = [
  ["an empty list", { list: "[]" }, contradicted],
  ["a list that holds all channels", { list: '["chat", "pager"]' }, contradicted],
  ["an outage that peers confirm", { list: '["chat"]' }, confirmed],
  ["nobody to ask", { list: '["chat"]' }, null],
];
for (const [name, wish, verdict] of asEver) {
  Deno.test(`${name} changes nothing: all are told`, async () => {
    await using play = await Play.open(wish, [verdict]);
    await play.bench.check("shop", "down", { passMs: 0 });
    await play.untilTold("chat down", "pager down");
    await play.bench.check("shop", "up", { passMs: 0 });
    await play.untilTold("chat down", "pager down", "chat recovered", "pager recovered");
    assert.equal(play.asked, 1);
  });
}

Deno.test("a channel that is in both lists is told once", async () => {
  await using play = await Play.open({ list: '["chat"]' }, [contradicted]);
  await play.bench.check("shop", "down", { passMs: 0 });
  await play.untilTold("chat down");
  await play.bench.check("shop", "up", { passMs: 0 });
  await play.untilTold("chat down", "chat recovered");
});

Deno.test("a monitor that tells nobody tells nobody about contradicted outages", async () => {
  await using play = await Play.open({ list: '["chat"]', notify: "notify = []" }, [contradicted]);
  await play.bench.check("shop", "down", { passMs: 0 });
  await eventually(() => play.bench.store.incidents.listOpen(), ([incident]) => incident.vantage !== null);
  await play.bench.pass(MINUTE);
  assert.deepEqual(play.told, []);
});

Deno.test("a cause that peers see up does not swallow the outage of what depends on it", async () => {
  const db = '[[monitors]]\nid = "db"\nname = "Db"\ntarget = "https://db.example/"\ninterval_secs = 60\n' +
    "confirm_with_peers = true\n";
  const alerts = "group_window_secs = 30\nalert_on_degraded = true";
  const wish: Wish = { list: '["chat"]', notify: 'depends_on = ["db"]', alerts, more: db };
  await using play = await Play.open(wish, [confirmed]);
  await play.bench.check("db", "down", { passMs: 0 });
  await play.untilTold("chat down");
  await play.bench.check("shop", "down", { passMs: 0 });
  await play.bench.pass(31 * SECOND);
  await play.untilTold("chat down", "chat down", "pager down");
  const shop = play.hook.seen.filter(({ body }) => JSON.parse(body).monitor === "Shop");
  assert.deepEqual(shop.map(({ path }) => path).sort(), ["/chat", "/pager"]);
});
