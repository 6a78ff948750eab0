import assert from "node:assert/strict";
import { findProgram } from "../tests/support/programs.ts";
import { check, monitorFrom } from "../tests/support/probing.ts";
import { RawServer, untilEnded } from "../tests/support/raw_server.ts";
import { parsePerfdata } from "./perfdata.ts";

async function folderWith(programs: Record<string, string>): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "hora-exec-" });
  for (const [name, script] of Object.entries(programs)) {
    await Deno.writeTextFile(`${path}/${name}`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

function exec(folder: string, command: string[], lines = "") {
  const monitor = monitorFrom("exec", `command = ${JSON.stringify(command)}\n${lines}`, {
    HORA_EXEC_DIR: folder,
  });
  return check(monitor, { execDir: folder });
}

/** Resolves when the process has ended; rejects after five seconds. */
async function hasEnded(pid: number): Promise<void> {
  assert.ok(pid > 1);
  for (let tries = 0; isAlive(pid); tries++) {
    assert.ok(tries < 500, `process ${pid} lives on`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const isAlive = (pid: number): boolean => {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    return !/\) [ZX] /.test(stat);
  } catch {
    return false;
  }
};

/** Every row of the table of verdicts, each by a real program. */
const rows: readonly (readonly [
  name: string,
  script: string,
  status: "up" | "degraded" | "down",
  reason: string | null,
  code: number | null,
])[] = [
  ["exit 0", 'echo "OK - fine"', "up", null, 0],
  ["exit 0 without a word", "exit 0", "up", null, 0],
  ["exit 1 with a message", 'echo "WARN - hm | x=1"; exit 1', "degraded", "WARN - hm", 1],
  ["exit 1 without a word", "exit 1", "degraded", "plugin warning (exit 1)", 1],
  ["exit 2", 'echo "CRIT - no"; exit 2', "down", "CRIT - no", 2],
  ["exit 3 is down, not unknown", "echo UNKNOWN; exit 3", "down", "UNKNOWN", 3],
  ["exit 4 without a word", "exit 4", "down", "plugin reported critical (exit 4)", 4],
  ["exit 255", "exit 255", "down", "plugin reported critical (exit 255)", 255],
  ["a message on stderr only", 'echo "trouble" >&2; exit 2', "down", "trouble", 2],
  ["figures only, words on stderr", 'echo "|a=1"; echo "words" >&2; exit 2', "down", "words", 2],
  ["stdout comes before stderr", 'echo "first" >&2; echo "out"; exit 2', "down", "out", 2],
  ["an empty first line", "echo; echo second; exit 2", "down", "plugin reported critical (exit 2)", 2],
  ["lines that end as on Windows", "printf 'CRIT x\\r\\nmore\\r\\n'; exit 2", "down", "CRIT x", 2],
  [
    "control characters, colours and reversed text",
    "printf 'a\\033[31mred\\007\\000 \\342\\200\\256x\\n'; exit 2",
    "down",
    "ared x",
    2,
  ],
  ["bytes that are no text", "printf 'temp \\265\\n'; exit 2", "down", "temp \ufffd", 2],
  ["a line of five megabytes", "head -c 5000000 /dev/zero | tr '\\0' a; exit 2", "down", "a".repeat(300), 2],
  [
    "twenty megabytes on both streams",
    "head -c 20000000 /dev/zero >&2 & head -c 20000000 /dev/zero; wait; exit 2",
    "down",
    "plugin reported critical (exit 2)",
    2,
  ],
  ["closed streams", "exec >&- 2>&-; exit 1", "degraded", "plugin warning (exit 1)", 1],
  ["nothing to read", "cat; echo done; exit 2", "down", "done", 2],
  ["killed by SIGKILL", "echo half; kill -9 $$", "down", "plugin killed by a signal", null],
  ["killed by SIGTERM", "kill -15 $$", "down", "plugin killed by a signal", null],
  ["crashed", "kill -SEGV $$", "down", "plugin killed by a signal", null],
  ["deadline", "while :; do sleep 1; done", "down", "plugin timed out after 1s", null],
  [
    "deaf to SIGTERM",
    "trap '' TERM INT HUP; while :; do sleep 1; done",
    "down",
    "plugin timed out after 1s",
    null,
  ],
  ["stopped", "kill -STOP $$", "down", "plugin timed out after 1s", null],
  ["endless output", "yes", "down", "plugin timed out after 1s", null],
];
for (const [name, script, status, reason, code] of rows) {
  Deno.test(`probeExec() of a plugin: ${name}`, async () => {
    await using folder = await folderWith({ plugin: script });
    const lines = /timed out/.test(reason ?? "") ? "timeout_secs = 1" : "timeout_secs = 30";
    const outcome = await exec(folder.path, ["plugin"], lines);
    assert.deepEqual([outcome.status, outcome.reason, outcome.code], [status, reason, code]);
    assert.equal(outcome.category, status === "up" ? null : "plugin_failed");
    assert.equal(outcome.latencyMs !== null, code !== null, "measured unless it was killed");
  });
}

Deno.test("probeExec() keeps message and figures of a plugin that is well", async () => {
  await using folder = await folderWith({ good: "echo \"OK - fine | load=1.5;2;3 'disk use'=80%\"" });
  const good = await exec(folder.path, ["good"], "degraded_over_ms = 1");
  assert.deepEqual([good.status, good.message, good.code, good.reason], ["up", "OK - fine", 0, null]);
  assert.deepEqual(good.metrics, [
    { label: "load", value: 1.5, unit: "" },
    { label: "disk use", value: 80, unit: "%" },
  ]);
});

Deno.test("probeExec() keeps no figure that was cut in half", async () => {
  const script = "printf 'OK '; head -c 8175 /dev/zero | tr '\\0' x; printf ' | a=1 b=123456789\\n'";
  await using folder = await folderWith({ long: script });
  assert.deepEqual((await exec(folder.path, ["long"])).metrics, [{ label: "a", value: 1, unit: "" }]);
});

Deno.test("probeExec() runs only what lies inside its folder, without a shell and with four variables", async () => {
  await using outside = await folderWith({ tool: "echo out" });
  await using folder = await folderWith({
    show: 'echo "$#:$1 $(env | cut -d= -f1 | sort | tr "\\n" " ")$(pwd)"',
  });
  await Deno.symlink(`${outside.path}/tool`, `${folder.path}/link`);
  Deno.env.set("HORA_TEST_SECRET", "hush");
  const shown = await exec(folder.path, ["show", "$(reboot); x"]);
  assert.match(shown.message ?? "", /^1:\$\(reboot\); x /);
  assert.doesNotMatch(shown.message ?? "", /HORA_/);
  assert.ok((shown.message ?? "").endsWith(await Deno.realPath(folder.path)));
  assert.equal((await exec(folder.path, ["link"])).reason, "plugin link escapes HORA_EXEC_DIR, refusing");
  assert.match((await exec(folder.path, ["absent"])).reason ?? "", /^plugin absent not found: /);
  await Deno.writeTextFile(`${folder.path}/plain`, "no program");
  assert.match((await exec(folder.path, ["plain"])).reason ?? "", /^could not run plain: /);
  const monitor = monitorFrom("exec", 'command = ["show"]', { HORA_EXEC_DIR: folder.path });
  assert.match((await check(monitor, { execDir: null })).reason ?? "", /^HORA_EXEC_DIR unusable/);
  assert.match((await check(monitor, { execDir: "/nowhere" })).reason ?? "", /^HORA_EXEC_DIR unusable/);
  const file = await check(monitor, { execDir: `${folder.path}/plain` });
  assert.equal(file.reason, "HORA_EXEC_DIR unusable: it is no directory");
  await Deno.mkdir(`${folder.path}/folder`);
  assert.match((await exec(folder.path, ["folder"])).reason ?? "", /^could not run folder: /);
  await Deno.writeTextFile(`${folder.path}/lost`, "#!/nowhere/sh\n", { mode: 0o755 });
  assert.match((await exec(folder.path, ["lost"])).reason ?? "", /^could not run lost: /);
  await Deno.symlink("circle", `${folder.path}/circle`);
  assert.match((await exec(folder.path, ["circle"])).reason ?? "", /^plugin circle not found: /);
  assert.match((await exec(folder.path, ["show", "a\0b"])).reason ?? "", /^could not run show: /);
});

Deno.test("probeExec() ends the whole process group at the deadline", async () => {
  await using folder = await folderWith({ hang: 'sleep 300 & echo $! > "$1"; sleep 300' });
  const note = `${folder.path}/pid`;
  const outcome = await exec(folder.path, ["hang", note], "timeout_secs = 1");
  assert.equal(outcome.reason, "plugin timed out after 1s");
  await hasEnded(Number(await Deno.readTextFile(note)));
});

Deno.test("probeExec() does not wait for a grandchild that keeps the pipe open, and ends it", async () => {
  await using folder = await folderWith({ fork: 'sleep 300 & echo "OK $!"' });
  const outcome = await exec(folder.path, ["fork"]);
  assert.equal(outcome.status, "up", outcome.reason ?? "");
  await hasEnded(Number(outcome.message?.slice(3)));
});

Deno.test({
  name: "probeExec() runs Debian's monitoring plugins unchanged",
  ignore: findProgram("check_tcp") === null,
  async fn() {
    await using server = new RawServer(untilEnded);
    const folder = "/usr/lib/nagios/plugins";
    const up = await exec(folder, ["check_tcp", "-H", "127.0.0.1", "-p", String(server.port)]);
    assert.equal(up.status, "up", up.reason ?? "");
    assert.equal(up.metrics?.[0].label, "time");
    assert.equal(up.metrics?.[0].unit, "s");
    assert.equal((await exec(folder, ["check_dummy", "1", "hm"])).reason, "WARNING: hm");
    assert.equal((await exec(folder, ["check_dummy", "2"])).status, "down");
  },
});

const figures: readonly (readonly [string, readonly (readonly [string, number, string])[]])[] = [
  ["OK | a=1s;;; b=x 'it''s'=2,5MB\nmore\ntext | c=-1e3\nd=4", [["a", 1, "s"], ["it's", 2.5, "MB"], [
    "c",
    -1000,
    "",
  ], [
    "d",
    4,
    "",
  ]]],
  ["no figures", []],
  ["OK | a=.5 b=5. c=+3 d=-.5 e=1e-2", [["a", 0.5, ""], ["b", 5, ""], ["c", 3, ""], ["d", -0.5, ""], [
    "e",
    0.01,
    "",
  ]]],
  ["OK | s=1s ms=2ms us=3us u=4µs p=5% b=6B kb=7KB gib=8GiB c=9c t=21°C r=3B/s", [
    ["s", 1, "s"],
    ["ms", 2, "ms"],
    ["us", 3, "us"],
    ["u", 4, "µs"],
    ["p", 5, "%"],
    ["b", 6, "B"],
    ["kb", 7, "KB"],
    ["gib", 8, "GiB"],
    ["c", 9, "c"],
    ["t", 21, "°C"],
    ["r", 3, "B/s"],
  ]],
  ["OK | a=5;10:20;~:30;0;100 b=6;@1:2;:3", [["a", 5, ""], ["b", 6, ""]]],
  ["OK | unknown=U version=1.2.3 time=12:30:00 hex=0x10 huge=1e999 none= =5", []],
  ["OK | a=1, b=2,c=3", [["a", 1, ""], ["b", 2, ""], ["c", 3, ""]]],
  ["OK | '/mnt/my disk'=1GB '=odd'=2 'a|b'=3", [["/mnt/my disk", 1, "GB"], ["=odd", 2, ""], ["a b", 3, ""]]],
  ["OK | 'open=1 b=2", [["open", 1, ""], ["b", 2, ""]]],
  ["OK | a=1 a=2 b=3", [["a", 1, ""], ["b", 3, ""]]],
  ["OK|x=1|y=2\nmore|z=3", [["x", 1, ""], ["y", 2, ""], ["z", 3, ""]]],
  ["OK | \u001b[31mred\u0007=1 \u202eback=2", [["red", 1, ""], ["back", 2, ""]]],
];
Deno.test("parsePerfdata() reads units, limits, quotes and commas, and passes over what it cannot read", () => {
  for (const [text, found] of figures) {
    assert.deepEqual(parsePerfdata(text).map(({ label, value, unit }) => [label, value, unit]), found, text);
  }
  const many = Array.from({ length: 80 }, (_, at) => `m${at}=${at}`).join(" ");
  assert.equal(parsePerfdata(`OK | ${many}`).length, 50);
});
