import assert from "node:assert/strict";
import { findProgram, runProgram } from "../tests/support/programs.ts";
import { check, monitorFrom } from "../tests/support/probing.ts";

const icmp = (target: string, lines = "") => monitorFrom("icmp", `target = "${target}"\n${lines}`);

Deno.test({
  name: "probeIcmp() pings this machine, by its own socket or by the system's ping",
  ignore: findProgram("ping") === null,
  async fn() {
    const outcome = await check(icmp("127.0.0.1", "packets = 2"));
    assert.equal(outcome.status, "up", outcome.reason ?? "");
    assert.deepEqual(outcome.metrics?.map((metric) => metric.label), ["loss", "jitter"]);
    assert.equal((await check(icmp("no-such-host.invalid"))).reason, "could not resolve host");
  },
});

/** True when we may make network namespaces here. */
async function mayIsolate(): Promise<boolean> {
  if (Deno.build.os !== "linux" || findProgram("unshare") === null || findProgram("ip") === null) {
    return false;
  }
  return await runProgram("unshare", ["-n", "true"]).then(() => true, () => false);
}

/** Pings inside a fresh network namespace prepared by a shell script; the outcomes as JSON lines. */
async function pingIsolated(script: string, targets: string[], lines: string) {
  const program = `import { check, monitorFrom } from "./tests/support/probing.ts";
    for (const target of ${JSON.stringify(targets)}) {
      const monitor = monitorFrom("icmp", 'target = "' + target + '"\\n' + ${JSON.stringify(lines)});
      await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(await check(monitor)) + "\\n"));
    }`;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  const root = new URL("..", import.meta.url).pathname;
  await Deno.writeTextFile(file, program.replaceAll("./tests", `${root}tests`));
  const run = `set -e; ip link set lo up; sysctl -qw net.ipv4.ping_group_range="0 2147483647"; ${script}
    exec "${Deno.execPath()}" run -A --no-check --config "${root}deno.json" "${file}"`;
  try {
    const text = await runProgram("unshare", ["-n", "sh", "-c", run]);
    return text.trim().split("\n").map((line) => JSON.parse(line));
  } finally {
    await Deno.remove(file);
  }
}

Deno.test({
  name: "probeIcmp() uses an unprivileged socket over IPv4 and IPv6, and tells unreachable from silent",
  ignore: !(await mayIsolate()),
  async fn() {
    const lines = "packets = 3\ntimeout_secs = 1";
    const [four, six, unreachable] = await pingIsolated(":", ["127.0.0.1", "::1", "192.0.2.1"], lines);
    const [silent] = await pingIsolated("sysctl -qw net.ipv4.icmp_echo_ignore_all=1", ["127.0.0.1"], lines);
    assert.equal(four.status, "up", four.reason);
    assert.equal(six.status, "up", six.reason);
    assert.ok(four.latencyMs > 0 && four.latencyMs < 100);
    assert.deepEqual(four.metrics[0], { label: "loss", value: 0, unit: "%" });
    assert.deepEqual([unreachable.status, unreachable.category], ["down", "network_unreachable"]);
    assert.deepEqual([silent.status, silent.reason], ["down", "request timed out"]);
    assert.deepEqual(silent.metrics, [{ label: "loss", value: 100, unit: "%" }]);
  },
});

async function mayLose(): Promise<boolean> {
  if (!(await mayIsolate()) || findProgram("tc") === null) return false;
  const netem = "ip link set lo up; tc qdisc add dev lo root netem delay 1ms";
  return await runProgram("unshare", ["-n", "sh", "-c", netem]).then(() => true, () => false);
}

Deno.test({
  name: "probeIcmp() measures delay and loss",
  // The kernel must offer the netem discipline.
  ignore: !(await mayLose()),
  async fn() {
    const script = "tc qdisc add dev lo root netem delay 30ms loss 40%";
    const [outcome] = await pingIsolated(
      script,
      ["127.0.0.1"],
      "packets = 20\ntimeout_secs = 9\ndegraded_loss_percent = 5",
    );
    assert.equal(outcome.status, "degraded");
    assert.ok(outcome.latencyMs >= 60);
    assert.ok(outcome.metrics[0].value > 5);
  },
});
