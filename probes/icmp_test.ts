import assert from "node:assert/strict";
import { canIsolate, isolated } from "../tests/support/isolated.ts";
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
    const many = await check(icmp("127.0.0.1", "packets = 20\ntimeout_secs = 2\ndegraded_loss_percent = 10"));
    assert.deepEqual(
      [many.status, many.metrics?.[0].value],
      ["up", 0],
      "all of them leave before the deadline",
    );
  },
});

Deno.test({
  name: "probeIcmp() uses an unprivileged socket over IPv4 and IPv6, and tells unreachable from silent",
  ignore: !canIsolate,
  async fn() {
    const [four, six, unreachable] = await isolated("ping", ":", ["127.0.0.1", "::1", "192.0.2.1"]);
    const [silent] = await isolated("ping", "sysctl -qw net.ipv4.icmp_echo_ignore_all=1", ["127.0.0.1"]);
    assert.equal(four.status, "up", four.reason);
    assert.equal(six.status, "up", six.reason);
    assert.ok(four.latencyMs > 0 && four.latencyMs < 100);
    assert.deepEqual(four.metrics[0], { label: "loss", value: 0, unit: "%" });
    assert.deepEqual([unreachable.status, unreachable.category], ["down", "network_unreachable"]);
    assert.deepEqual([silent.status, silent.reason], ["down", "request timed out"]);
    assert.deepEqual(silent.metrics, [{ label: "loss", value: 100, unit: "%" }]);
  },
});

Deno.test({
  name: "probeIcmp() without a socket uses the system's ping, and without both says what to change",
  ignore: !canIsolate || findProgram("ping") === null,
  async fn() {
    const closed = 'sysctl -qw net.ipv4.ping_group_range="1 0"';
    const [byPing] = await isolated("ping", closed, ["127.0.0.1"]);
    assert.equal(byPing.status, "up", byPing.reason);
    const [neither] = await isolated("ping", `${closed}; mount --bind /dev/null ${findProgram("ping")}`, [
      "127.0.0.1",
    ]);
    assert.deepEqual([neither.status, neither.category], ["down", "ping_failed"]);
    assert.match(neither.reason, /^icmp socket unavailable \(Permission denied.*net\.ipv4\.ping_group_range/);
  },
});

async function mayLose(): Promise<boolean> {
  if (!canIsolate || findProgram("tc") === null) return false;
  const netem = "ip link set lo up; tc qdisc add dev lo root netem delay 1ms";
  return await runProgram("unshare", ["-n", "sh", "-c", netem]).then(() => true, () => false);
}

Deno.test({
  name: "probeIcmp() measures delay and loss",
  // The kernel must offer the netem discipline.
  ignore: !(await mayLose()),
  async fn() {
    const script = "tc qdisc add dev lo root netem delay 30ms loss 40%";
    const outcome = await isolated("pingMany", script);
    assert.equal(outcome.status, "degraded");
    assert.ok(outcome.latencyMs >= 60);
    assert.ok(outcome.metrics[0].value > 5);
  },
});
