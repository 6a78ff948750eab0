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

Deno.test("probeExec() judges exit codes, takes the first line as message and the rest as metrics", async () => {
  await using folder = await folderWith({
    good: "echo \"OK - fine | load=1.5;2;3 'disk use'=80%\"",
    warn: 'echo "WARN - hm | x=1"; exit 1',
    mute: "exit 1",
    bad: 'echo "CRIT - no"; exit 2',
    worse: "exit 3",
    stderr: 'echo "trouble" >&2; exit 2',
    killed: "kill -9 $$",
    long: "head -c 5000000 /dev/zero | tr '\\0' 'a'; exit 2",
  });
  const good = await exec(folder.path, ["good"]);
  assert.deepEqual([good.status, good.message, good.code, good.reason], ["up", "OK - fine", 0, null]);
  assert.deepEqual(good.metrics, [
    { label: "load", value: 1.5, unit: "" },
    { label: "disk use", value: 80, unit: "%" },
  ]);
  const rows: [string, string, string][] = [
    ["warn", "degraded", "WARN - hm"],
    ["mute", "degraded", "plugin warning (exit 1)"],
    ["bad", "down", "CRIT - no"],
    ["worse", "down", "plugin reported critical (exit 3)"],
    ["stderr", "down", "trouble"],
    ["killed", "down", "plugin killed by a signal"],
    ["long", "down", "a".repeat(300)],
  ];
  for (const [name, status, reason] of rows) {
    const outcome = await exec(folder.path, [name]);
    assert.deepEqual([outcome.status, outcome.reason, outcome.category], [status, reason, "plugin_failed"]);
  }
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

Deno.test("parsePerfdata() reads both places and passes over what it cannot read", () => {
  assert.deepEqual(parsePerfdata("OK | a=1s;;; b=x 'it''s'=2,5MB\nmore\ntext | c=-1e3\nd=4"), [
    { label: "a", value: 1, unit: "s" },
    { label: "it's", value: 2.5, unit: "MB" },
    { label: "c", value: -1000, unit: "" },
    { label: "d", value: 4, unit: "" },
  ]);
  assert.deepEqual(parsePerfdata("no figures"), []);
});
