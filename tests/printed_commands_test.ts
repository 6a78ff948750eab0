import assert from "node:assert/strict";
import { DAY, HOUR, MINUTE, systemClock } from "../domain/clock.ts";
import type { CheckStatus } from "../domain/status.ts";
import { AlertBench } from "./support/alerting.ts";

/** What the operator's commands print, to the letter. Times are either long past or reckoned from the machine's clock. */

const main = new URL("../main.ts", import.meta.url).pathname;

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function hora(folder: string, ...args: string[]): Promise<Said> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", main, ...args],
    cwd: folder,
    env: { HORA_CONFIG: `${folder}/hora.toml`, HORA_DATABASE_PATH: `${folder}/hora.db`, NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

const monitor = (id: string, name: string, more: string) =>
  `[[monitors]]\nid = "${id}"\nname = "${name}"\nkind = "http"\ninterval_secs = 60\ntarget = "http://127.0.0.1:9/"\n${more}\n`;
const config = `[page]\ntitle = "My services"\n[server]\n` +
  `[[channels]]\nname = "ops"\ntype = "webhook"\nurl = "http://127.0.0.1:1/"\n` +
  monitor("api", "API", 'group = "app"\nslo_uptime = 99.9') + monitor("db", "DB", "") +
  monitor("shop", "Shop", 'group = "app"\nslo_uptime = 99.9') + monitor("mail", "Mail", "") +
  monitor("new", "New", "");

/** A check that stands for a day unless another follows. */
async function check(bench: AlertBench, id: string, at: number, status: CheckStatus, reason?: string) {
  bench.clock.jump(at - bench.clock.now());
  const why = status === "down" && reason !== undefined ? { reason, category: "http_status" as const } : {};
  await bench.check(id, status, { standsMs: DAY, passMs: 0, ...why });
}

async function outage(bench: AlertBench, id: string, fromAt: number, minutes: number, reason: string) {
  for (let nth = 0; nth < 3; nth++) await check(bench, id, fromAt + nth * MINUTE, "down", reason);
  await check(bench, id, fromAt + minutes * MINUTE, "up");
}

async function days(bench: AlertBench, ids: readonly string[], fromAt: number, count: number): Promise<void> {
  for (let day = 0; day < count; day++) {
    for (const id of ids) await check(bench, id, fromAt + day * DAY, "up");
  }
}

const may = Date.parse("2024-05-01T00:00:00Z");

/** May 2024, and the week that ends now, of which the last day knows nothing. */
async function makeHistory(path: string, now: number): Promise<void> {
  await using bench = await AlertBench.open(config, { path, startAt: may });
  await days(bench, ["api", "shop", "db"], may, 9);
  await outage(bench, "api", may + 9 * DAY, 10, "HTTP 502: no backend");
  await outage(bench, "shop", may + 9 * DAY + HOUR, 400, "HTTP 503: busy");
  await days(bench, ["api", "shop", "db"], may + 10 * DAY, 9);
  await outage(bench, "api", may + 19 * DAY, 28, "HTTP 502: no backend");
  await days(bench, ["api", "shop", "db"], may + 20 * DAY, 11);
  const week = now - 6 * DAY;
  await days(bench, ["api", "shop", "db", "mail"], week, 3);
  await outage(bench, "api", week + 2 * DAY + HOUR, 10, "HTTP 502: no backend");
  await outage(bench, "shop", week + 2 * DAY + 2 * HOUR, 400, "HTTP 503: busy");
  await outage(bench, "api", week + 2 * DAY + 20 * HOUR, 28, "HTTP 502: no backend");
  for (let day = 3; day < 5; day++) {
    for (const id of ["api", "shop", "db"]) await check(bench, id, week + day * DAY, "up");
  }
  await check(bench, "mail", week + 3 * DAY, "up");
  for (let nth = 0; nth < 3; nth++) {
    await check(bench, "mail", week + 4 * DAY + nth * MINUTE, "down", "HTTP 500: x");
  }
}

const monthDay = (at: number) => {
  const month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const date = new Date(at);
  return `${month[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2, "0")}`;
};
const instant = (at: number) => `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;

Deno.test("digest, report, incidents, explain, announce and silence print what they should", async () => {
  const folder = await Deno.makeTempDir({ prefix: "hora-printed-" });
  try {
    await Deno.writeTextFile(`${folder}/hora.toml`, config);
    // Whole seconds, and far enough from the machine's clock that nothing falls over an edge.
    const now = Math.floor(systemClock.now() / 1000) * 1000 - HOUR;
    await makeHistory(`${folder}/hora.db`, now);
    const run = (line: string) => hora(folder, ...line.split(" "));

    const [digest, report, bad, future, incidents, explained, nobody] = await Promise.all([
      run("digest"),
      run("report 2024-05"),
      run("report 2024-13"),
      run("report 2999-01"),
      run("incidents 2"),
      run("explain shop --at 2024-05-10T01:30"),
      run("explain nobody"),
    ]);
    const [head, ...lines] = digest.out.trimEnd().split("\n");
    const period = (at: number) => `Hora digest (${monthDay(at - 7 * DAY)} → ${monthDay(at)})`;
    // The day may change while the command runs.
    assert.ok([period(now + HOUR), period(systemClock.now())].includes(head), head);
    assert.deepEqual(lines, [
      "93.47% overall, 4 incidents (1 ongoing)",
      "- API: 99.47%, 2 incidents, budget 5m of 43m left (30d)",
      "- DB: 100.00%",
      "- Shop: 94.44%, 1 incident, budget exhausted (356m over, 30d)",
      "- Mail: 79.97%, 1 incident",
      "- New: no checks",
    ]);
    assert.equal(
      report.out,
      `SLA report - May 2024 (My services)

app
  API: 99.91%, 2 incidents, 38m down, MTTR 19m, SLO 99.90% met, budget 38m of 44m
  Shop: 99.07%, 1 incident, 6h 40m down, MTTR 6h 40m, SLO 99.90% MISSED, budget 400m of 44m

Monitors
  DB: 100.00%
  Mail: no data
  New: no data
`,
    );
    for (const refused of [bad, future]) {
      assert.deepEqual(refused, { code: 1, out: "", err: "month must be YYYY-MM and not in the future\n" });
    }
    const week = now - 6 * DAY;
    const [apiAt, mailAt] = [week + 2 * DAY + 20 * HOUR, week + 4 * DAY];
    assert.equal(
      incidents.out,
      `#7  Mail  ${instant(mailAt)} -> ongoing\n      error: HTTP 500: x\n` +
        `#6  API  ${instant(apiAt)} -> ${
          instant(apiAt + 28 * MINUTE)
        } (28m 0s)\n      error: HTTP 502: no backend\n`,
    );
    const log = explained.out.trimEnd().split("\n");
    assert.deepEqual(log.slice(0, -1), [
      "2024-05-10 01:00:00 UTC  Check failed (1 of 3): HTTP 503: busy",
      "2024-05-10 01:01:00 UTC  Check failed (2 of 3): HTTP 503: busy",
      "2024-05-10 01:02:00 UTC  Check failed (3 of 3): HTTP 503: busy",
      "2024-05-10 01:02:00 UTC  Down is confirmed, since 2024-05-10 01:00:00 UTC (incident #2)",
      "2024-05-10 01:02:00 UTC  Told that it is down: ops (incident #2)",
    ]);
    assert.match(
      log.at(-1)!,
      /UTC {2}The down message about Shop failed for ops \(\d+ attempts?\), next at .*: request failed: /,
    );
    assert.equal(nobody.code, 1);
    assert.match(nobody.err, /^unknown monitor: nobody\nConfigured ids:\n {2}api\n {2}db\n/);

    const none = await Promise.all([run("silence list"), run("announce list")]);
    assert.deepEqual(none.map(({ out }) => out), ["No active silences.\n", "No announcements pinned.\n"]);
    const before = systemClock.now();
    const clock = new Date(before + 5 * HOUR).toISOString().slice(11, 16);
    const made = [
      await run("silence api,db 90m rolling out"),
      await run("silence all 1d"),
      await hora(folder, "announce", "Fibre cut", "two", "lines", "--until", clock, "--severity=critical"),
      await run("announce Soon --until 2h"),
    ];
    const after = systemClock.now();
    const untilOf = ({ out }: Said) =>
      Date.parse(/until (\S+ \S+) UTC/.exec(out)![1].replace(" ", "T") + "Z");
    const isAfter = (said: Said, ms: number) =>
      assert.ok(
        untilOf(said) >= Math.floor((before + ms) / 1000) * 1000 && untilOf(said) <= after + ms,
        said.out,
      );
    assert.match(made[0].out, /^Silenced api, db until \S+ \S+ UTC\.\n$/);
    assert.match(made[1].out, /^Silenced all monitors until \S+ \S+ UTC\.\n$/);
    assert.match(made[2].out, /^Pinned \[critical\] "Fibre cut" \(until \S+ \S+:00 UTC\)\.\n$/);
    assert.match(made[3].out, /^Pinned \[info\] "Soon" \(until \S+ \S+ UTC\)\.\n$/);
    isAfter(made[0], 90 * MINUTE);
    isAfter(made[1], DAY);
    isAfter(made[3], 2 * HOUR);
    assert.equal(instant(untilOf(made[2])).slice(11, 16), clock);
    assert.ok(untilOf(made[2]) > before && untilOf(made[2]) <= after + DAY, made[2].out);

    const [silences, banners] = await Promise.all([run("silence list"), run("announce list")]);
    const left = /\((?:1h 2[89]m|1h 30m|23h 5\dm|24h 0m) left\)/g;
    assert.equal(silences.out.match(left)?.length, 3, silences.out);
    const until = (said: Said) => instant(untilOf(said));
    assert.equal(
      silences.out.replaceAll(left, "(left)"),
      `api: until ${until(made[0])} (left) - rolling out\ndb: until ${
        until(made[0])
      } (left) - rolling out\n` +
        `all monitors: until ${until(made[1])} (left)\n`,
    );
    assert.equal(
      banners.out,
      `#2 [info] Soon (until ${until(made[3])})\n#1 [critical] Fibre cut (until ${
        until(made[2])
      })\n      two lines\n`,
    );
    assert.equal((await run("silence clear db")).out, "Cleared 1 active silence(s).\n");
    assert.equal((await run("announce clear #1")).out, "Cleared 1 announcement(s).\n");
    assert.equal((await run("silence clear")).out, "Cleared 2 active silence(s).\n");
    assert.deepEqual((await hora(folder, "annotate", "last", "")).out, "Cleared the note on incident #7.\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a command whose reader goes away ends quietly, as in `hora --help | head -1`", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", main, "--help"],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await child.stdout.cancel();
  const { code } = await child.status;
  assert.equal(await new Response(child.stderr).text(), "");
  assert.equal(code, 141);
});
