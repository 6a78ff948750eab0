import assert from "node:assert/strict";
import type { PeersVerdict } from "../alerts/vantage.ts";
import { HOUR, SECOND } from "../domain/clock.ts";
import { seeded } from "../domain/seeded.ts";
import type { CheckStatus } from "../domain/status.ts";
import { AlertBench } from "./support/alerting.ts";
import { assertExplained } from "./support/explained.ts";

const ids = ["db", "api", "web", "mail"];

/** What an edit of the file may change. */
interface Shape {
  readonly threshold: number;
  readonly alertOnDegraded: boolean;
  readonly windowSecs: number;
  /** Who needs whom. */
  readonly needs: Readonly<Record<string, readonly string[]>>;
  /** Channels per monitor; null: all. */
  readonly notify: Readonly<Record<string, readonly string[] | null>>;
  /** In planned maintenance: monitors; null: no window, empty: everything. */
  readonly planned: readonly string[] | null;
  readonly absent: string | null;
  readonly asksPeers: boolean;
}

const graphs: readonly Shape["needs"][] = [
  { api: ["db"], web: ["api"] },
  { api: ["db"], web: ["db", "mail"] },
  { db: ["mail"], api: ["mail"], web: ["mail"] },
  {},
];
const first: Shape = {
  threshold: 2,
  alertOnDegraded: false,
  windowSecs: 30,
  needs: graphs[0],
  notify: {},
  planned: null,
  absent: null,
  asksPeers: false,
};

function fileOf(shape: Shape): string {
  const monitors = ids.filter((id) => id !== shape.absent).map((id) => {
    const needs = (shape.needs[id] ?? []).filter((other) => other !== shape.absent);
    const notify = shape.notify[id] ?? null;
    return `[[monitors]]\nid = "${id}"\nname = "${id}"\nkind = "http"\ninterval_secs = 60\n` +
      `target = "http://127.0.0.1:9/${id}"\ndepends_on = ${JSON.stringify(needs)}\n` +
      (notify === null ? "" : `notify = ${JSON.stringify(notify)}\n`) +
      (shape.asksPeers ? "confirm_with_peers = true\n" : "");
  });
  const channels = ["a", "b"].map((name) =>
    `[[channels]]\nname = "${name}"\ntype = "webhook"\nurl = "http://127.0.0.1:1/${name}"\n`
  );
  const planned = shape.planned === null ? "" : `[[maintenance]]\nstart = "2020-01-01T00:00:00Z"\n` +
    `end = "2099-01-01T00:00:00Z"\nmonitors = ${
      JSON.stringify(shape.planned.filter((id) => id !== shape.absent))
    }\n`;
  const peers = shape.asksPeers
    ? '[health]\nid = "here"\n[[peers]]\nid = "there"\nname = "There"\nping_url = "http://127.0.0.1:9/api/push/here"\n'
    : "";
  return `[alerts]\nfail_threshold = ${shape.threshold}\nalert_on_degraded = ${shape.alertOnDegraded}\n` +
    `group_window_secs = ${shape.windowSecs}\n${planned}${peers}${channels.join("")}${monitors.join("")}`;
}

interface Told {
  readonly kind: string;
  readonly sinceAt: number | null;
  readonly at: number;
}

/** Everything each channel was told about each monitor, oldest first; what was told before a monitor left the file is forgotten. */
async function toldTo(bench: AlertBench): Promise<Map<string, Told[]>> {
  const rows = (await bench.store.outbox.list({ limit: 1_000_000 })).sort((a, b) => a.id - b.id);
  const log = await bench.store.decisions.list({ limit: 1_000_000 });
  const leftAt = new Map(
    log.filter(({ kind }) => kind === "removed").map(({ monitorId, at }) => [monitorId, at]),
  );
  const told = new Map<string, Told[]>();
  for (const { channel, monitorId, event, createdAt } of rows) {
    if (monitorId === null || createdAt <= (leftAt.get(monitorId) ?? -Infinity)) continue;
    const key = `${monitorId} ${channel}`;
    const sinceAt = "sinceAt" in event ? event.sinceAt : null;
    told.set(key, [...told.get(key) ?? [], { kind: event.kind, sinceAt, at: createdAt }]);
  }
  return told;
}

class Walker {
  readonly #bench: AlertBench;
  readonly #random: () => number;
  #shape = first;

  constructor(bench: AlertBench, seed: number) {
    this.#bench = bench;
    this.#random = seeded(seed);
  }

  get shape(): Shape {
    return this.#shape;
  }

  present(): string[] {
    return ids.filter((id) => id !== this.#shape.absent);
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)];
  }

  async steps(count: number): Promise<void> {
    for (let step = 0; step < count; step++) await this.#step(this.#random());
    // Whatever was muted is free again, and nobody is away: what is wrong now must come out.
    await this.#bench.store.silences.delete({}, this.#bench.clock.now());
    await this.#reshape({ planned: null, absent: null });
  }

  async #step(dice: number): Promise<void> {
    const bench = this.#bench;
    const now = bench.clock.now();
    if (dice < 0.72) return await this.#checks();
    if (dice < 0.80) {
      const untilAt = now + 1000 + Math.floor(this.#random() * 120_000);
      return void await bench.store.silences.insert([this.pick([...ids, "*"])], untilAt, null, now);
    }
    if (dice < 0.84) return void await bench.store.silences.delete({}, now);
    if (dice < 0.88) return await bench.restart();
    if (dice < 0.95) return await this.#reshape(this.#edit());
    await bench.pass(Math.floor(this.#random() * 90_000));
  }

  /** A streak, so that thresholds are reached. */
  async #checks(): Promise<void> {
    const status = this.pick<CheckStatus>(["up", "down", "down", "degraded"]);
    const id = this.pick(this.present());
    for (let count = 1 + Math.floor(this.#random() * 4); count > 0; count--) {
      await this.#bench.check(id, status, { passMs: SECOND });
    }
  }

  #edit(): Partial<Shape> {
    const id = this.pick(ids);
    return this.pick<() => Partial<Shape>>([
      () => ({ threshold: 1 + Math.floor(this.#random() * 3) }),
      () => ({ alertOnDegraded: this.#random() < 0.5 }),
      () => ({ windowSecs: this.pick([0, 5, 30]) }),
      () => ({ needs: this.pick(graphs) }),
      () => ({ notify: { ...this.#shape.notify, [id]: this.pick([null, ["a"], ["b"], ["a", "b"]]) } }),
      () => ({ planned: this.pick([null, [], ["db"], ["api", "web"]]) }),
      () => ({ absent: this.pick([null, null, "mail", "db"]) }),
      () => ({ asksPeers: this.#random() < 0.5 }),
    ])();
  }

  async #reshape(edit: Partial<Shape>): Promise<void> {
    this.#shape = { ...this.#shape, ...edit };
    await this.#bench.reload(fileOf(this.#shape));
  }

  /** Everybody stays in one state for long enough; what is and what people believe are compared. */
  async settle(): Promise<void> {
    const bench = this.#bench;
    const endings = new Map(ids.map((id) => [id, this.pick<CheckStatus>(["up", "down"])]));
    for (let round = 0; round < 12; round++) {
      for (const [id, status] of endings) await bench.check(id, status, { passMs: SECOND });
      await bench.pass(31_000);
    }
    const told = await toldTo(bench);
    const believe = (id: string) => ["a", "b"].map((channel) => told.get(`${id} ${channel}`)?.at(-1)?.kind);
    for (const [id, status] of endings) {
      if (status === "up") {
        const wrong = believe(id).filter((kind) => kind !== undefined && kind !== "recovered");
        assert.deepEqual(wrong, [], `${id} is up, and people believe otherwise`);
      } else if (!believe(id).includes("down")) {
        const causes = upstreamsOf(this.#shape, id).filter((cause) => believe(cause).includes("down"));
        assert.notEqual(causes.length, 0, `${id} is down, and nobody was told of it or of a cause`);
      }
    }
    await this.#compareIncidents(endings);
    for (const [about, list] of told) assertInOrder(about, list);
    await assertExplained(bench.store);
  }

  async #compareIncidents(endings: ReadonlyMap<string, CheckStatus>): Promise<void> {
    const open = (await this.#bench.store.incidents.listOpen()).map(({ monitorId }) => monitorId).sort();
    const down = [...endings].filter(([, status]) => status === "down").map(([id]) => id).sort();
    assert.deepEqual(open, down);
  }
}

function upstreamsOf(shape: Shape, id: string): string[] {
  const found = new Set<string>();
  const visit = (one: string): void => {
    for (const next of shape.needs[one] ?? []) if (!found.has(next)) visit((found.add(next), next));
  };
  visit(id);
  return [...found];
}

/** No outage twice, no end of what was not told, no end twice. */
function assertInOrder(about: string, list: readonly Told[]): void {
  let before: Told | null = null;
  for (const told of list) {
    const where: string = `${about}: ${before?.kind ?? "nothing"} then ${told.kind} at ${
      new Date(told.at).toISOString()
    }`;
    if (told.kind === "recovered") assert.ok(before !== null && before.kind !== "recovered", where);
    else if (before?.kind === told.kind) assert.notEqual(before.sinceAt, told.sinceAt, where);
    before = told;
  }
}

const isFull = Deno.env.get("HORA_TEST_FULL") === "1";
const seeds = isFull ? 40 : 1;
const legs = isFull ? 40 : 10;
const LEG = 25;

for (let seed = 1; seed <= seeds; seed++) {
  Deno.test(`a random walk of ${legs * LEG} steps leaves nobody wrongly informed, seed ${seed}`, async () => {
    const path = await Deno.makeTempFile({ suffix: ".db" });
    const random = seeded(seed * 7919);
    const confirm = (_monitor: unknown, signal: AbortSignal): Promise<PeersVerdict | null> => {
      const dice = random();
      if (dice < 0.4) {
        return Promise.resolve({ text: "confirmed down from 2/2 vantage points", contradicted: false });
      }
      if (dice < 0.6) return Promise.resolve(null);
      if (dice < 0.8) return Promise.reject(new Error("the peer talks nonsense"));
      return new Promise((resolve) => signal.addEventListener("abort", () => resolve(null), { once: true }));
    };
    {
      await using bench = await AlertBench.open(fileOf(first), { path, confirm });
      const walker = new Walker(bench, seed * 100);
      for (let leg = 0; leg < legs; leg++) {
        await walker.steps(LEG);
        await walker.settle();
        await bench.pass(HOUR);
      }
    }
    await Deno.remove(path);
  });
}
