import assert from "node:assert/strict";
import { HOUR, systemClock } from "../domain/clock.ts";
import type { Store } from "../domain/store.ts";
import { openStore } from "../store/open.ts";
import { Authority } from "./support/authority.ts";
import { type BoxMode, type Mail, PostOffice } from "./support/post_office.ts";
import { eventually, type HoraProcess, runHora } from "./support/process.ts";
import { freePort, listening } from "./support/programs.ts";
import { RawServer, readHeadText, writeAll } from "./support/raw_server.ts";
import { Town } from "./support/town.ts";

/**
 * The main scenarios through the real command, with `kill -9` between cause and delivery. Three lives of one instance serve them all: in the
 * first every row brings its trouble about and is killed in the middle of it, in the second each gets its end, and the third shows that
 * nothing is repeated.
 */
interface World {
  readonly office: PostOffice;
  /** Listens from the second life on. */
  readonly lateOffice: () => PostOffice;
  readonly town: Town;
  readonly store: Store;
  readonly tls: { readonly port: number; readonly ca: string };
}

interface Row {
  readonly name: string;
  /** Its channel's name, and the beginning of its monitors'. */
  readonly key: string;
  /** Its part of the file, in the first life. */
  readonly toml: (world: World) => string;
  /** Resolves when it is as it shall be at the kill. */
  readonly cause: (world: World) => Promise<void>;
  /** The file is edited while the first life lasts. */
  readonly edit?: (toml: string) => string;
  /** The file is edited while nobody runs. */
  readonly editBetween?: (toml: string) => string;
  /** While nobody runs. */
  readonly between?: (world: World) => void;
  readonly after?: (world: World) => Promise<void>;
  /** Everything its box got, in order. */
  readonly messages: readonly string[];
  /** Per monitor, the main one first: `(` opened, `)` ended, `p` planned. */
  readonly incidents: Readonly<Record<string, string>>;
  /** What the decision log says of its main monitor, failed checks apart. */
  readonly log: readonly string[];
}

const hook = (key: string, url: string) =>
  `[[channels]]\nname = "${key}"\ntype = "webhook"\nurl = "${url}/${key}"\n`;
const http = (world: World, id: string, notify: readonly string[], more = "") =>
  `[[monitors]]\nid = "${id}"\nname = "${id}"\nkind = "http"\ninterval_secs = 1\nprobe_retries = 0\n` +
  `target = "${world.town.url}/${id}"\nnotify = ${JSON.stringify(notify)}\n${more}\n`;
const plain = (key: string, more = "") => (world: World) =>
  hook(key, world.office.url) + http(world, key, [key], more);

/** Without the news about failing channels, which every healthy channel gets. */
const aboutMonitors = (mails: readonly Mail[]) => mails.filter(({ event }) => event !== "channel_trouble");
const told = (key: string, count = 1) => (world: World) =>
  world.office.until(key, ({ mails }) => aboutMonitors(mails).length >= count);
const breaks = (key: string) => async (world: World) => {
  world.town.set("broken", key);
  await told(key)(world);
};
const heals = (...names: string[]) => ({ town }: World) => town.set("well", ...names);

/** Resolves when the log of the monitor holds a decision of that kind. */
async function decided({ store }: World, id: string, kind: string): Promise<void> {
  await eventually(
    () => store.decisions.list({ monitorId: id, limit: 1_000 }),
    (log) => log.some((decision) => decision.kind === kind),
  );
}

/** A box with bad manners in the first life, which takes everything in the second. */
function hindered(name: string, key: string, mode: BoxMode, messages: readonly string[]): Row {
  return {
    name,
    key,
    toml: plain(key),
    cause: async (world) => {
      world.office.box(key).mode = mode;
      world.town.set("broken", key);
      await world.office.until(key, ({ tries }) => tries >= 1);
    },
    between: ({ office }) => void (office.box(key).mode = "takes"),
    after: told(key, messages.length),
    messages,
    incidents: { [key]: "(" },
    log: ["confirmed", "told"],
  };
}

const lateUrl = `http://127.0.0.1:${freePort()}`;

const rows: readonly Row[] = [
  {
    name: "an outage that was told is not told again",
    key: "once",
    toml: plain("once"),
    cause: breaks("once"),
    messages: ["down once"],
    incidents: { once: "(" },
    log: ["confirmed", "told"],
  },
  {
    name: "killed before anything could be delivered, the next process tells it",
    key: "early",
    toml: (world) => hook("early", lateUrl) + http(world, "early", ["early"]),
    cause: async (world) => {
      world.town.set("broken", "early");
      await decided(world, "early", "told");
    },
    after: (world) => world.lateOffice().until("early", ({ mails }) => mails.length >= 1),
    messages: ["down early"],
    incidents: { early: "(" },
    log: ["confirmed", "told"],
  },
  hindered("killed while the message was on its way, it arrives once", "flying", "loses", ["down flying"]),
  hindered("killed between delivery and acknowledgement, it may arrive twice", "unsaid", "holds", [
    "down unsaid",
    "down unsaid",
  ]),
  hindered("killed while the receiver refuses, it arrives once", "refused", "refuses", ["down refused"]),
  hindered("killed within a pause the receiver asked for, it arrives once", "paused", "delays", [
    "down paused",
  ]),
  hindered("killed after the receiver hung up, it arrives once", "cut", "closes", ["down cut"]),
  {
    name: "what is good again when the next process starts is told",
    key: "back",
    toml: plain("back"),
    cause: breaks("back"),
    between: heals("back"),
    after: told("back", 2),
    messages: ["down back", "recovered back"],
    incidents: { back: "()" },
    log: ["confirmed", "told", "ended", "told"],
  },
  {
    name: "beginning and end that could not be delivered arrive in order",
    key: "order",
    toml: plain("order"),
    cause: async (world) => {
      world.office.box("order").mode = "refuses";
      world.town.set("broken", "order");
      await world.office.until("order", ({ tries }) => tries >= 1);
      world.town.set("well", "order");
      await decided(world, "order", "ended");
    },
    between: ({ office }) => void (office.box("order").mode = "takes"),
    after: told("order", 2),
    messages: ["down order", "recovered order"],
    incidents: { order: "()" },
    log: ["confirmed", "told", "ended", "told"],
  },
  {
    name: "one message for a cause and what hangs on it, and one for its end",
    key: "group",
    toml: (world) =>
      hook("group", world.office.url) + http(world, "group", ["group"]) +
      http(world, "group-api", ["group"], 'depends_on = ["group"]') +
      http(world, "group-web", ["group"], 'depends_on = ["group-api"]'),
    cause: async (world) => {
      world.town.set("broken", "group", "group-api", "group-web");
      await told("group")(world);
      await decided(world, "group-api", "folded");
      await decided(world, "group-web", "folded");
    },
    between: heals("group", "group-api", "group-web"),
    after: async (world) => {
      await told("group", 2)(world);
      await decided(world, "group-web", "fold_ended");
    },
    messages: ["down group > group-api group-web", "recovered group"],
    incidents: { group: "()", "group-api": "()", "group-web": "()" },
    log: ["confirmed", "told", "ended", "told"],
  },
  {
    name: "a folded outage that outlives its cause is told",
    key: "outlives",
    toml: (world) =>
      hook("outlives", world.office.url) + http(world, "outlives", ["outlives"], 'depends_on = ["cause"]') +
      http(world, "cause", ["outlives"]),
    cause: async (world) => {
      world.town.set("broken", "outlives", "cause");
      await decided(world, "outlives", "folded");
    },
    between: heals("cause"),
    after: told("outlives", 3),
    messages: [
      "down cause > outlives",
      "recovered cause",
      "down outlives (it was part of cause's alert, and goes on without it)",
    ],
    incidents: { outlives: "(", cause: "()" },
    log: ["confirmed", "folded", "outlived_cause", "told"],
  },
  {
    name: "an outage within a silence is told when that is lifted",
    key: "muted",
    toml: plain("muted"),
    cause: async (world) => {
      const now = systemClock.now();
      await world.store.silences.insert(["muted"], now + HOUR, "deploy", now);
      world.town.set("broken", "muted");
      await decided(world, "muted", "muted");
    },
    after: async (world) => {
      await probed(world, ["muted"]);
      assert.deepEqual(aboutMonitors(world.office.box("muted").mails), []);
      await world.store.silences.delete({ targets: ["muted"] }, systemClock.now());
      await told("muted")(world);
    },
    messages: ["down muted (a mute kept this back until now)"],
    incidents: { muted: "(" },
    log: ["confirmed", "muted", "told"],
  },
  {
    name: "an end within a silence is told when that is lifted, with its incident",
    key: "hush",
    toml: plain("hush"),
    cause: async (world) => {
      await breaks("hush")(world);
      const now = systemClock.now();
      await world.store.silences.insert(["hush"], now + HOUR, null, now);
      world.town.set("well", "hush");
      await decided(world, "hush", "muted");
    },
    after: async (world) => {
      await world.store.silences.delete({ targets: ["hush"] }, systemClock.now());
      await told("hush", 2)(world);
      const [down, recovered] = aboutMonitors(world.office.box("hush").mails);
      assert.equal(recovered.incident_id, down.incident_id);
    },
    messages: ["down hush", "recovered hush"],
    incidents: { hush: "()" },
    log: ["confirmed", "told", "ended", "muted", "told"],
  },
  {
    name: "an outage within a maintenance window is told when that is over",
    key: "planned",
    toml: (world) =>
      plain("planned")(world) +
      '[[maintenance]]\nstart = "2020-01-01T00:00:00Z"\nend = "2099-01-01T00:00:00Z"\nmonitors = ["planned"]\n',
    cause: async (world) => {
      world.town.set("broken", "planned");
      await decided(world, "planned", "muted");
    },
    editBetween: (toml) => toml.replace("2099-01-01", "2020-01-02"),
    after: told("planned"),
    messages: ["down planned (a mute kept this back until now)"],
    incidents: { planned: "p(" },
    log: ["confirmed", "muted", "told"],
  },
  {
    name: "slow is told once, and its end",
    key: "slow",
    toml: plain("slow", "degraded_over_ms = 700"),
    cause: async (world) => {
      world.town.set("slow", "slow");
      await told("slow")(world);
    },
    between: heals("slow"),
    after: told("slow", 2),
    messages: ["degraded slow", "recovered slow"],
    incidents: { slow: "" },
    log: ["told", "told"],
  },
  {
    name: "a budget that burns is told once, though it goes on",
    key: "burning",
    toml: plain("burning", "slo_uptime = 99.9\nfail_threshold = 3"),
    cause: async (world) => {
      world.town.set("flapping", "burning");
      await told("burning")(world);
    },
    messages: ["budget_burn burning"],
    incidents: { burning: "" },
    log: ["budget"],
  },
  {
    name: "a certificate is warned of once",
    key: "cert",
    toml: (world) =>
      hook("cert", world.office.url) +
      `[[monitors]]\nid = "cert"\nname = "cert"\nkind = "tls"\ninterval_secs = 1\nnotify = ["cert"]\n` +
      `target = "127.0.0.1:${world.tls.port}"\nca_file = "${world.tls.ca}"\n`,
    cause: told("cert"),
    messages: ["cert_expiring cert"],
    incidents: { cert: "" },
    log: ["certificate"],
  },
  {
    name: "a channel that keeps failing is told through another, once",
    key: "watch",
    toml: (world) =>
      hook("watch", world.office.url) + hook("sick", world.office.url) +
      [1, 2, 3, 4, 5, 6, 7].map((nth) => http(world, `sick-${nth}`, ["sick"])).join(""),
    cause: async (world) => {
      world.office.box("sick").mode = "rejects";
      world.town.set("broken", ...[1, 2, 3, 4, 5, 6, 7].map((nth) => `sick-${nth}`));
      await world.office.until("watch", ({ mails }) => mails.some(({ channel }) => channel === "sick"));
    },
    between: heals("sick-1", "sick-2", "sick-3"),
    after: async (world) => {
      const { tries } = world.office.box("sick");
      await world.office.until("sick", (box) => box.tries >= tries + 3);
    },
    messages: ["channel_trouble *"],
    incidents: { "sick-1": "()", "sick-2": "()", "sick-3": "()", "sick-4": "(", "sick-7": "(" },
    log: ["confirmed", "told", "ended", "told"],
  },
  {
    name: "a threshold raised while an outage lasts changes nothing about it",
    key: "raised",
    toml: plain("raised", "fail_threshold = 2"),
    cause: breaks("raised"),
    edit: (toml) => toml.replace("fail_threshold = 2", "fail_threshold = 9"),
    between: heals("raised"),
    after: told("raised", 2),
    messages: ["down raised", "recovered raised"],
    incidents: { raised: "()" },
    log: ["confirmed", "told", "ended", "told"],
  },
  {
    name: "a channel that left the file takes its message along, the others get the end",
    key: "stays",
    toml: (world) =>
      hook("stays", world.office.url) + hook("gone", world.office.url) +
      http(world, "stays", ["stays", "gone"]),
    cause: async (world) => {
      world.office.box("gone").mode = "refuses";
      await breaks("stays")(world);
      await world.office.until("gone", ({ tries }) => tries >= 1);
    },
    edit: (toml) => toml.replace(/\[\[channels\]\]\nname = "gone"\n.*\n.*\n/, "").replace(',"gone"', ""),
    between: (world) => {
      world.office.box("gone").mode = "takes";
      world.town.set("well", "stays");
    },
    after: told("stays", 2),
    messages: ["down stays", "recovered stays"],
    incidents: { stays: "()" },
    log: ["confirmed", "told", "ended", "told"],
  },
  {
    name: "a monitor that left the file ends its incident, and nobody is told",
    key: "leaves",
    toml: plain("leaves"),
    cause: breaks("leaves"),
    edit: () => "",
    messages: ["down leaves"],
    incidents: { leaves: "()" },
    log: ["confirmed", "told", "removed"],
  },
  {
    name: "a monitor with a new id goes on with what people know",
    key: "renamed",
    toml: plain("renamed"),
    cause: breaks("renamed"),
    edit: (toml) =>
      toml.replace(
        'id = "renamed"\nname = "renamed"',
        'id = "new"\nname = "new"\nprevious_ids = ["renamed"]',
      ),
    between: heals("renamed"),
    after: told("renamed", 2),
    messages: ["down renamed", "recovered new"],
    incidents: { new: "()" },
    log: ["confirmed", "told", "renamed", "ended", "told"],
  },
  {
    name: "a monitor that got a new id while nobody ran goes on with what people do not know yet",
    key: "moved",
    toml: plain("moved"),
    cause: async (world) => {
      const now = systemClock.now();
      await world.store.silences.insert(["moved"], now + HOUR, null, now);
      world.town.set("broken", "moved");
      await decided(world, "moved", "muted");
    },
    editBetween: (toml) =>
      toml.replace(
        'id = "moved"\nname = "moved"',
        'id = "there"\nname = "there"\nprevious_ids = ["moved"]',
      ),
    after: async (world) => {
      await probed(world, ["moved"]);
      assert.deepEqual(aboutMonitors(world.office.box("moved").mails), []);
      await world.store.silences.delete({ targets: ["there"] }, systemClock.now());
      await told("moved")(world);
    },
    messages: ["down there (a mute kept this back until now)"],
    incidents: { there: "(" },
    log: ["confirmed", "muted", "renamed", "told"],
  },
];

const CROWD = 200;
const crowd = (world: World) =>
  hook("crowd", world.office.url) +
  Array.from({ length: CROWD }, (_, nth) =>
    `[[monitors]]\nid = "crowd-${nth}"\nname = "crowd-${nth}"\nkind = "push"\ninterval_secs = 3\nnotify = ["crowd"]\n`)
    .join("");

const head =
  `[page]\n[server]\n[alerts]\nfail_threshold = 2\ngroup_window_secs = 2\nalert_on_degraded = true\nchannel_fail_threshold = 6\n`;

/** Every target has answered three more times since. */
async function probed({ town }: World, names: readonly string[]): Promise<void> {
  const before = town.counts();
  await eventually(
    () => Promise.resolve(town.counts()),
    (now) => names.every((name) => (now.get(name) ?? 0) >= (before.get(name) ?? 0) + 3),
  );
}

function wordsOf({ office, lateOffice }: World, { key }: Row): string[] {
  const { mails } = key === "early" ? lateOffice().box(key) : office.box(key);
  const own = key === "watch" ? mails.filter(({ channel }) => channel === "sick") : aboutMonitors(mails);
  return own.map((mail) => {
    const impacted = mail.impacted as string[] | undefined;
    const context = mail.context === undefined ? "" : ` (${mail.context})`;
    return `${mail.event} ${mail.monitor}${
      impacted === undefined ? "" : ` > ${impacted.join(" ")}`
    }${context}`;
  });
}

async function incidentsOf({ store }: World, id: string): Promise<string> {
  const list = await store.incidents.list({ monitorIds: [id], limit: 50 });
  return list.reverse().map(({ endedAt, planned }) => `${planned ? "p" : ""}(${endedAt === null ? "" : ")"}`)
    .join("");
}

/** Kinds of decisions about the main monitor, those of single checks apart; `waiting` depends on who failed first. */
async function logOf({ store }: World, { incidents }: Row): Promise<string[]> {
  const [monitorId] = Object.keys(incidents);
  const single = ["failed_check", "slow_check", "blip", "reason_changed", "waiting", "waiting_longer"];
  return (await store.decisions.list({ monitorId, limit: 1_000 })).map(({ kind }) => kind)
    .filter((kind) => !single.includes(kind));
}

async function kill(hora: HoraProcess): Promise<void> {
  hora.signal("SIGKILL");
  await hora.ended;
}

/** A TLS server whose certificate has some days left. */
async function expiringSoon(authority: Authority): Promise<{ port: number; close(): void }> {
  const until = new Date(systemClock.now() + 100 * HOUR).toISOString().replaceAll(/[-:T]|\.\d+/g, "").slice(
    2,
  );
  const { cert, key } = await authority.issue("soon", { until });
  const listener = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    cert: await Deno.readTextFile(cert),
    key: await Deno.readTextFile(key),
  });
  void (async () => {
    for await (const connection of listener) {
      connection.handshake().catch(() => {}).finally(() => connection.close());
    }
  })().catch(() => {});
  return { port: listener.addr.port, close: () => listener.close() };
}

const fullName =
  "kill -9 between cause and delivery: each message arrives at least once, and twice only when that came between";
Deno.test({
  name: fullName,
  // Handshakes with a process that was killed end when they like.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    const folder = await Deno.makeTempDir({ prefix: "hora-kill-" });
    const authority = await Authority.make();
    const tls = await expiringSoon(authority);
    await using stack = new AsyncDisposableStack();
    stack.defer(() => Deno.remove(folder, { recursive: true }));
    stack.use(authority);
    stack.defer(() => tls.close());
    const office = stack.use(new PostOffice());
    const town = stack.use(new Town());
    let lateOffice: PostOffice | null = null;
    // Made by hand first, so that its store can be read beside the process from the start.
    const store = await openStore(`${folder}/hora.db`, { clock: systemClock });
    stack.defer(() => store.close());
    const world: World = {
      office,
      town,
      store,
      lateOffice: () => lateOffice!,
      tls: { port: tls.port, ca: authority.ca },
    };
    let parts = rows.map((row) => row.toml(world));
    const write = () => Deno.writeTextFile(`${folder}/hora.toml`, head + parts.join("") + crowd(world));
    const targets = rows.filter(({ key }) => !["cert", "watch", "leaves"].includes(key)).map(({ key }) =>
      key
    );

    await write();
    {
      await using hora = runHora(folder);
      const box = office.box("crowd");
      box.takesBefore = CROWD / 2;
      await hora.url;
      const crowdHeld = office.until("crowd", ({ mails }) => mails.length > CROWD / 2);
      await Promise.all([...rows.map((row) => row.cause(world)), crowdHeld]);
      parts = parts.map((part, index) => rows[index].edit?.(part) ?? part);
      await write();
      await hora.logged("Configuration taken over");
      await probed(world, targets);
      await kill(hora);
    }
    for (const row of rows) row.between?.(world);
    parts = parts.map((part, index) => rows[index].editBetween?.(part) ?? part);
    await write();
    lateOffice = stack.use(new PostOffice(Number(new URL(lateUrl).port)));
    Object.assign(office.box("crowd"), { mode: "takes", takesBefore: null });
    {
      await using hora = runHora(folder);
      await hora.url;
      const crowdTold = office.until("crowd", ({ mails }) => mails.length > CROWD);
      await Promise.all([...rows.map((row) => row.after?.(world)), crowdTold]);
      await probed(world, targets);
      await kill(hora);
    }
    await using hora = runHora(folder);
    await hora.url;
    await probed(world, targets);
    await kill(hora);

    for (const row of rows) {
      await t.step(row.name, async () => {
        assert.deepEqual(wordsOf(world, row), row.messages);
        const incidents = await Promise.all(
          Object.keys(row.incidents).map(async (id) => [id, await incidentsOf(world, id)]),
        );
        assert.deepEqual(Object.fromEntries(incidents), row.incidents);
        assert.deepEqual(await logOf(world, row), row.log);
      });
    }
    await t.step("two hundred that fail at once are each told, and only what was on its way twice", () => {
      const names = office.box("crowd").mails.filter(({ event }) => event === "down").map(({ monitor }) =>
        monitor
      );
      assert.equal(new Set(names).size, CROWD);
      assert.equal(names.length, CROWD + 1);
    });
    await t.step("a channel that left the file got nothing", () => {
      assert.deepEqual(office.box("gone").mails, []);
    });
  },
});

/** An HTTP proxy that answers for every host, and counts for whom. */
async function proxyOn(port: number, asked: Map<string, number>): Promise<AsyncDisposable> {
  const server = new RawServer(
    async (connection) => {
      const host = /^host: (\S+)/mi.exec(await readHeadText(connection))?.[1] ?? "";
      asked.set(host, (asked.get(host) ?? 0) + 1);
      await writeAll(connection, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfine");
      connection.close();
    },
    "127.0.0.1",
    port,
  );
  await listening(port);
  return server;
}

Deno.test("kill -9 while our own network is gone: blindness is told once, its end by the next process, monitors never", async () => {
  const folder = await Deno.makeTempDir({ prefix: "hora-blind-" });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const office = stack.use(new PostOffice());
  const port = freePort();
  const hosts = ["one.example", "two.example", "three.example", "four.example", "five.example"];
  await Deno.writeTextFile(
    `${folder}/hora.toml`,
    head + hook("all", office.url) +
      hosts.map((host, nth) =>
        `[[monitors]]\nid = "m${nth}"\nname = "m${nth}"\nkind = "http"\ninterval_secs = 1\nprobe_retries = 0\n` +
        `target = "http://${host}/"\nproxy = "http://127.0.0.1:${port}"\n`
      ).join(""),
  );
  const store = await openStore(`${folder}/hora.db`, { clock: systemClock });
  stack.defer(() => store.close());
  const sent = (count: number) =>
    eventually(
      () => store.outbox.list({ limit: 10 }),
      (list) => list.filter(({ status }) => status === "sent").length >= count,
    );
  const asked = new Map<string, number>();
  const seen = async () => {
    const before = new Map(asked);
    await eventually(
      () => Promise.resolve(asked),
      (now) => hosts.every((host) => (now.get(host) ?? 0) >= (before.get(host) ?? 0) + 3),
    );
  };
  {
    await using hora = runHora(folder);
    {
      await using _proxy = await proxyOn(port, asked);
      await seen();
    }
    await sent(1);
    await kill(hora);
  }
  {
    await using hora = runHora(folder);
    await hora.logged("Nothing is observed until it is back");
    await using _proxy = await proxyOn(port, asked);
    await sent(2);
    await kill(hora);
  }
  await using _proxy = await proxyOn(port, asked);
  await using hora = runHora(folder);
  await seen();
  await kill(hora);
  const said = office.box("all").mails.map(({ event, message }) => `${event}: ${message}`);
  assert.equal(said.length, 2, said.join("\n"));
  const reason =
    "blind: our own network or resolver is gone: targets of many different sites fail at the same moment";
  const [began, ended] = said;
  const since = /, since (\S+ \S+ UTC)$/.exec(began)?.[1];
  assert.ok(began.startsWith(`${reason}, since `), began);
  assert.ok(ended.startsWith(`${reason}, from ${since} to `), ended);
});
