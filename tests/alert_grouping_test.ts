import assert from "node:assert/strict";
import type { CheckStatus } from "../domain/status.ts";
import { AlertBench } from "./support/alerting.ts";
import { assertExplained } from "./support/explained.ts";

const base = `
[alerts]
fail_threshold = 1
group_window_secs = 30
[[channels]]
name = "a"
type = "webhook"
url = "http://127.0.0.1:1/a"
[[channels]]
name = "b"
type = "webhook"
url = "http://127.0.0.1:1/b"
`;

function monitor(id: string, needs: readonly string[], extra = ""): string {
  return `[[monitors]]\nid = "${id}"\nname = "${id.toUpperCase()}"\nkind = "http"\ninterval_secs = 60\n` +
    `target = "http://127.0.0.1:9/${id}"\nnotify = ["a"]\ndepends_on = ${JSON.stringify(needs)}\n${extra}\n`;
}

const chain = base + monitor("db", []) + monitor("api", ["db"]) + monitor("web", ["api"]);
const patient = chain.replace("fail_threshold = 1", "fail_threshold = 2");
const alone = chain.replace("group_window_secs = 30", "group_window_secs = 0");
const others = chain.replace('id = "db"\nname = "DB"', 'id = "db"\nname = "DB"').replace(
  'notify = ["a"]',
  'notify = ["b"]',
);
const nobody = chain.replace('notify = ["a"]', "notify = []");
const twins = base + monitor("db", []) + monitor("net", []) + monitor("api", ["db", "net"]);

/**
 * Steps: `api-` a failing check, `api+` a good one, `api~` a degraded one, `30s` time passes and a tick comes, `mute api 60s`, `restart`.
 * Expected: `-DB` told down, `+DB` told recovered, in order, with `<CAUSE` or `>IMPACTED,…` behind it.
 */
const cases: readonly (readonly [string, string, string, string])[] = [
  ["a root is told at once, with its blast radius", chain, "db-", "-DB>API,WEB"],
  ["a leaf waits for its window, then is told", chain, "api- 29s", ""],
  ["a leaf is told when its window ends", chain, "api- 31s", "-API>WEB"],
  ["a leaf that is good again within its window is never told", chain, "api- 10s api+ 60s", ""],
  ["a leaf after its root is folded", chain, "db- api- 60s", "-DB>API,WEB"],
  ["a leaf before its root is folded", chain, "api- 10s db- 60s", "-DB>API,WEB"],
  ["the whole chain is one message", chain, "web- api- db- 60s", "-DB>API,WEB"],
  ["the whole chain from the root is one message", chain, "db- api- web- 60s", "-DB>API,WEB"],
  ["the end of all is one message", chain, "db- api- web- 60s web+ api+ db+", "-DB>API,WEB +DB"],
  ["root first: folded ends are not told", chain, "db- api- 60s db+ api+", "-DB>API,WEB +DB"],
  [
    "a folded leaf that outlives its root is told",
    chain,
    "db- api- 60s db+ api-",
    "-DB>API,WEB +DB -API>WEB",
  ],
  [
    "a folded leaf that outlives its root is told after a whole threshold",
    patient,
    "db- db- api- api- 60s db+ api-",
    "-DB>API,WEB +DB",
  ],
  [
    "a folded leaf is told when the threshold is full",
    patient,
    "db- db- api- api- 60s db+ api- api-",
    "-DB>API,WEB +DB -API>WEB",
  ],
  [
    "the end of an outlived outage is told",
    chain,
    "db- api- 60s db+ api- api+",
    "-DB>API,WEB +DB -API>WEB +API",
  ],
  [
    "a cause that comes back covers again",
    patient,
    "db- db- api- api- 60s db+ api- db- db- api- api- api-",
    "-DB>API,WEB +DB -DB>API,WEB",
  ],
  ["time alone never tells a folded outage", chain, "db- api- 60s db+ 900s", "-DB>API,WEB +DB"],
  ["a cover lasts as long as the upstream is down", chain, "db- 3000s api- 60s", "-DB>API,WEB"],
  [
    "a leaf told before its root stays told, and ends",
    chain,
    "api- 31s db- api+ db+",
    "-API>WEB -DB>API,WEB +API +DB",
  ],
  ["a root that recovered covers nobody", chain, "db- db+ api- 31s", "-DB>API,WEB +DB -API>WEB"],
  [
    "folding belongs to one outage",
    chain,
    "db- api- api+ db+ api- 31s api+",
    "-DB>API,WEB +DB -API>WEB +API",
  ],
  [
    "two levels: the middle outlives the root",
    chain,
    "db- api- web- 60s db+ api- web-",
    "-DB>API,WEB +DB -API>WEB",
  ],
  [
    "two levels: the leaf outlives both",
    chain,
    "db- api- web- 60s db+ api+ web-",
    "-DB>API,WEB +DB -WEB",
  ],
  ["a leaf behind a waiting upstream waits once more and folds", chain, "web- 5s api- 26s 6s", "-API>WEB"],
  ["no window: everybody is told", alone, "db- api- web-", "-DB>API,WEB -API<DB -WEB<API"],
  ["no window: every end is told", alone, "db- api- api+ db+", "-DB>API,WEB -API<DB +API +DB"],
  ["a degraded upstream covers nobody", chain, "db~ api- 31s", "-API>WEB"],
  ["a cause told to others does not cover", others, "db- api- 31s", "-DB>API,WEB -API<DB"],
  ["a cause told to nobody does not cover", nobody, "db- api- 31s", "-API<DB"],
  ["a muted root covers nobody", chain, "mute db 600s db- api- 31s", "-API<DB"],
  ["a muted root is told when the mute ends", chain, "mute db 20s db- 21s", "-DB>API,WEB"],
  [
    "a muted leaf is folded after its mute when the root is told",
    chain,
    "mute api 20s api- db- 21s",
    "-DB>API,WEB",
  ],
  ["a muted leaf waits for its own window after the mute", chain, "mute api 20s api- 21s 31s", "-API>WEB"],
  ["a muted leaf that is good again is never told", chain, "mute api 20s api- api+ 21s 60s", ""],
  ["a root told, then muted, still covers", chain, "db- mute db 600s api- 60s", "-DB>API,WEB"],
  ["a root's end within a mute is told after it", chain, "db- mute db 20s db+ 21s", "-DB>API,WEB +DB"],
  ["everything muted: nothing is told", chain, "mute * 600s db- api- web- 300s", ""],
  ["everything muted: afterwards one message", chain, "mute * 20s db- api- web- 21s 40s", "-DB>API,WEB"],
  ["two roots: either covers", twins, "net- api- 60s", "-NET>API"],
  [
    "two roots: one recovers, the other covers on",
    twins,
    "net- db- api- 60s net+ api- api-",
    "-NET>API -DB>API +NET",
  ],
  [
    "two roots: both recover, the leaf is told",
    twins,
    "net- db- api- net+ db+ api-",
    "-NET>API -DB>API +NET +DB -API",
  ],
  ["a restart within the window delays nothing", chain, "api- 10s restart 21s", "-API>WEB"],
  ["a restart keeps what was folded", chain, "db- api- restart api+ db+", "-DB>API,WEB +DB"],
  ["a restart keeps what outlived", chain, "db- api- restart db+ restart api-", "-DB>API,WEB +DB -API>WEB"],
  ["a restart repeats nothing", chain, "db- restart db- restart db- 60s", "-DB>API,WEB"],
  ["a restart forgets no end", chain, "db- restart db+", "-DB>API,WEB +DB"],
  ["a restart within a mute tells afterwards", chain, "mute db 20s db- restart 21s", "-DB>API,WEB"],
];

async function perform(bench: AlertBench, step: string): Promise<void> {
  const statuses: Record<string, CheckStatus> = { "-": "down", "+": "up", "~": "degraded" };
  const check = /^([a-z]+)([-+~])$/.exec(step);
  if (check !== null) return void await bench.check(check[1], statuses[check[2]], { passMs: 10 });
  if (step === "restart") return await bench.restart();
  const mute = /^mute:(.+):(\d+)s$/.exec(step);
  const now = bench.clock.now();
  if (mute !== null) {
    await bench.store.silences.insert([mute[1]], now + Number(mute[2]) * 1000, null, now);
  } else await bench.pass(Number(step.replace("s", "")) * 1000);
}

async function toldOf(bench: AlertBench): Promise<string> {
  const sent = (await bench.store.outbox.list({ limit: 100 })).sort((a, b) => a.id - b.id);
  return sent.flatMap(({ event }) => {
    if (event.kind === "recovered") return [`+${event.monitor}`];
    if (event.kind !== "down") return [];
    const impacted = event.impacted.map((mention) => mention.name).join(",");
    return [
      `-${event.monitor}${
        event.cause === null ? impacted === "" ? "" : `>${impacted}` : `<${event.cause.name}`
      }`,
    ];
  }).join(" ");
}

/** Incidents oldest first: a monitor's id, and `-` when it lasts. */
async function incidentsOf(bench: AlertBench): Promise<string[]> {
  const list = await bench.store.incidents.list({ limit: 100 });
  return list.map(({ monitorId, endedAt }) => `${monitorId}${endedAt === null ? "-" : ""}`).sort();
}

/** Whatever is muted, folded or restarted: so many failures in a row open an incident, and anything else ends it. */
function expectedIncidents(steps: string, threshold: number): string[] {
  const runs = new Map<string, number>();
  const all: { id: string; lasts: boolean }[] = [];
  for (const [, id, sign] of steps.matchAll(/([a-z]+)([-+~])/g)) {
    const run = sign === "-" ? (runs.get(id) ?? 0) + 1 : 0;
    runs.set(id, run);
    if (run === threshold) all.push({ id, lasts: true });
    else if (run === 0) all.filter((one) => one.id === id).forEach((one) => one.lasts = false);
  }
  return all.map(({ id, lasts }) => `${id}${lasts ? "-" : ""}`).sort();
}

for (const [name, config, steps, expected] of cases) {
  Deno.test(`grouping: ${name}`, async () => {
    const file = steps.includes("restart") ? await Deno.makeTempFile({ suffix: ".db" }) : undefined;
    {
      await using bench = await AlertBench.open(config, { path: file });
      const joined = steps.replaceAll(/mute (\S+) (\S+)/g, "mute:$1:$2");
      for (const step of joined.split(" ")) await perform(bench, step);
      assert.equal(await toldOf(bench), expected);
      assert.deepEqual(await incidentsOf(bench), expectedIncidents(steps, config === patient ? 2 : 1));
      await assertExplained(bench.store);
    }
    if (file !== undefined) await Deno.remove(file);
  });
}
