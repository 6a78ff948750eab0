import assert from "node:assert/strict";
import type { Outcome } from "../domain/outcome.ts";
import { freePort } from "../tests/support/programs.ts";
import { check, monitorFrom } from "../tests/support/probing.ts";
import { RawServer, untilEnded, writeAll } from "../tests/support/raw_server.ts";
import { combineFamilies } from "./dual_stack.ts";
import { probeContext } from "../tests/support/probing.ts";
import { connectAny } from "./wire.ts";
import { isPrivateAddress } from "./addresses.ts";
import { down } from "./verdict.ts";

const tcp = (target: string, lines = "") => monitorFrom("tcp", `target = "${target}"\n${lines}`);

Deno.test("probeTcp() is up when the port accepts and says why when it does not", async () => {
  await using server = new RawServer(untilEnded);
  const up = await check(tcp(`127.0.0.1:${server.port}`));
  assert.equal(up.status, "up");
  assert.ok((up.phases?.connectMs ?? 0) > 0);
  const port = freePort();
  const refused = await check(tcp(`127.0.0.1:${port}`));
  assert.deepEqual([refused.reason, refused.category], [
    `Connection refused (127.0.0.1:${port})`,
    "connection_refused",
  ]);
  const unknown = await check(tcp("no-such-host.invalid:80"));
  assert.equal(unknown.reason, "could not resolve host");
});

Deno.test("probeTcp() reaches IPv6 literals in brackets", async () => {
  await using server = new RawServer(untilEnded, "::1");
  assert.equal((await check(tcp(`[::1]:${server.port}`))).status, "up");
});

Deno.test("probeTcp() talks: what it sends arrives and the answer must hold the expected text", async () => {
  await using server = new RawServer(async (connection) => {
    const buffer = new Uint8Array(100);
    const size = await connection.read(buffer) ?? 0;
    const asked = new TextDecoder().decode(buffer.subarray(0, size));
    await writeAll(connection, `+you said ${asked.trim()}\r\n`);
    connection.close();
  });
  const target = `127.0.0.1:${server.port}`;
  assert.equal((await check(tcp(target, 'send = "PING\\r\\n"\nexpect = "said PING"'))).status, "up");
  const wrong = await check(tcp(target, 'send = "PING\\r\\n"\nexpect = "PONG"'));
  assert.deepEqual([wrong.category, wrong.reason], ["content", "keyword missing: PONG, got +you said PING"]);
});

Deno.test("probeTcp() times out when the expected text never comes", async () => {
  await using server = new RawServer(untilEnded);
  const outcome = await check(tcp(`127.0.0.1:${server.port}`, 'expect = "x"\ntimeout_secs = 1'));
  assert.deepEqual([outcome.reason, outcome.category], ["connection timed out", "connect_timeout"]);
});

Deno.test("connectAny() goes on to the next address when one refuses", async () => {
  await using server = new RawServer(untilEnded);
  const addresses = [{ address: "127.0.0.2", family: 4 }, { address: "127.0.0.1", family: 4 }] as const;
  const socket = await connectAny(addresses, server.port, 5_000, probeContext());
  assert.equal(socket.remoteAddress, "127.0.0.1");
  await new Promise((resolve) => socket.once("close", resolve).destroy());
});

Deno.test("probeTcp() over both families tells which one fails", async () => {
  await using server = new RawServer(untilEnded);
  const outcome = await check(tcp(`localhost:${server.port}`, "dual_stack = true"));
  assert.equal(outcome.category, "ipv6_failing");
  assert.match(outcome.reason ?? "", /^IPv6 failing: .+ \(IPv4 ok\)$/);
  assert.ok(outcome.latencyMs !== null);
});

Deno.test("combineFamilies() follows its table", () => {
  const up = (latencyMs: number, code: number | null = null) =>
    ({ status: "up", latencyMs, code, reason: null, category: null }) as const;
  const slow = { ...up(9), status: "degraded", reason: "slow", category: "slow" } as const;
  const lost = down("timeout", "request timed out");
  assert.deepEqual({ ...combineFamilies(up(5, 200), up(7, 201), null), certificate: undefined }, {
    ...up(7, 200),
    certificate: undefined,
  });
  assert.equal(combineFamilies(up(5), slow, null).status, "degraded");
  const four = combineFamilies(
    down("http_status", "HTTP 500", { code: 500, snapshot: "s" }),
    up(7, 200),
    null,
  );
  assert.deepEqual([four.reason, four.latencyMs, four.code, four.snapshot, four.category], [
    "IPv4 failing: HTTP 500 (IPv6 ok)",
    7,
    500,
    "s",
    "ipv4_failing",
  ]);
  const both = combineFamilies(lost, down("http_status", "HTTP 500", { code: 500 }), null);
  assert.deepEqual([both.reason, both.latencyMs, both.code, both.category], [
    "IPv4 and IPv6 failing: request timed out; HTTP 500",
    null,
    500,
    "both_families_failing",
  ]);
});

Deno.test("combineFamilies() keeps the certificate that is to be warned about", () => {
  const shows = (fingerprint: string, notAfterAt: number) => ({
    ...down("http_status", "HTTP 500"),
    certificate: { fingerprint, notAfterAt, notBeforeAt: 0, subject: "CN=x", issuer: "CN=y" },
  });
  const rows: [Outcome, Outcome, string | null, string | undefined][] = [
    [shows("a", 7), shows("b", 5), null, "b"],
    [shows("a", 5), shows("b", 7), null, "a"],
    [shows("a", 7), shows("a", 7), null, "a"],
    [shows("a", 5), shows("b", 7), "a", "b"],
    [shows("b", 7), shows("a", 5), "a", "b"],
    [shows("b", 7), shows("c", 5), "a", "c"],
    [shows("a", 7), down("timeout", "request timed out"), null, "a"],
    [down("timeout", "request timed out"), shows("b", 7), null, "b"],
    [down("timeout", "request timed out"), down("timeout", "request timed out"), null, undefined],
  ];
  for (const [four, six, pin, kept] of rows) {
    assert.equal(combineFamilies(four, six, pin).certificate?.fingerprint, kept);
  }
});

Deno.test("isPrivateAddress() knows what is not on the public internet", () => {
  for (
    const address of [
      "10.1.2.3",
      "127.0.0.1",
      "169.254.169.254",
      "192.168.1.1",
      "::1",
      "fe80::1%eth0",
      "fd00::1",
      "::ffff:10.0.0.1",
      "::ffff:a00:1",
    ]
  ) {
    assert.equal(isPrivateAddress(address), true, address);
  }
  for (const address of ["192.0.2.1", "8.8.8.8", "2001:db8::1", "example.com"]) {
    assert.equal(isPrivateAddress(address), false, address);
  }
});
