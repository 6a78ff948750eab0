import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import type { FailureCategory } from "../domain/outcome.ts";
import { Background, findProgram, freePort, listening } from "../tests/support/programs.ts";
import { check, monitorFrom } from "../tests/support/probing.ts";
import { decodeAnswer } from "./dns_wire.ts";
import { matchesPin } from "./dns.ts";

const named = findProgram("named");

const longText = "x".repeat(200);
const zone = `$TTL 60
@ IN SOA ns1.Zone.Example. admin.zone.example. 7 3600 600 86400 60
@ IN NS ns1
ns1 IN A 127.0.0.1
www IN A 192.0.2.2
www IN A 192.0.2.1
six IN AAAA 2001:DB8:0::1
alias IN CNAME www
loop1 IN CNAME loop2
loop2 IN CNAME loop1
mail IN MX 10 MX1
text IN TXT "v=spf1 a, mx" " -all"
_sip._tcp IN SRV 1 2 5060 sip
ptr IN PTR Host
caa IN CAA 0 issue "ca.example"
${Array.from({ length: 20 }, (_, at) => `many IN TXT "${at} ${longText}"`).join("\n")}
`;

class NameServer {
  private constructor(readonly port: number, readonly folder: string, readonly running: Background) {}
  static async start(): Promise<NameServer> {
    const folder = await Deno.makeTempDir({ prefix: "hora-dns-" });
    await Deno.chmod(folder, 0o777);
    const port = freePort();
    await Deno.writeTextFile(`${folder}/zone`, zone);
    await Deno.writeTextFile(
      `${folder}/named.conf`,
      `options { directory "${folder}"; listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; };
        pid-file "${folder}/pid"; recursion no; dnssec-validation no; session-keyfile "${folder}/key"; };
      controls {};
      zone "zone.example" { type master; file "${folder}/zone"; };
      zone "broken.example" { type master; file "${folder}/missing"; };`,
    );
    const running = new Background(named ?? "named", ["-g", "-c", `${folder}/named.conf`]);
    await listening(port);
    const lines = `target = "ns1.zone.example"\ndns_resolver = "127.0.0.1:${port}"`;
    // It listens before its zones are loaded.
    for (let tries = 0; (await check(monitorFrom("dns", lines))).status !== "up"; tries++) {
      if (tries > 200) throw new Error("the name server does not load its zone");
    }
    return new NameServer(port, folder, running);
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.running[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}

interface Row {
  readonly name: string;
  readonly type: string;
  readonly expected?: string;
  readonly category?: FailureCategory;
  readonly reason?: RegExp;
}
const rows: Row[] = [
  { name: "www", type: "A", expected: "192.0.2.1, 192.0.2.2" },
  {
    name: "www",
    type: "A",
    expected: "192.0.2.1",
    category: "dns_unexpected",
    reason: /^expected 192\.0\.2\.1, got 192\.0\.2\.1,192\.0\.2\.2$/,
  },
  { name: "six", type: "AAAA", expected: "2001:0db8::0001" },
  { name: "alias", type: "CNAME", expected: "WWW.zone.example." },
  { name: "alias", type: "A", expected: "192.0.2.2,192.0.2.1" },
  { name: "mail", type: "MX", expected: "10 mx1.zone.example" },
  { name: "", type: "NS", expected: "ns1.zone.example." },
  { name: "text", type: "TXT", expected: "v=spf1 a, mx -all" },
  { name: "_sip._tcp", type: "SRV", expected: "1 2 5060 sip.zone.example" },
  { name: "", type: "SOA", expected: "ns1.zone.example admin.zone.example 7 3600 600 86400 60" },
  { name: "ptr", type: "PTR", expected: "host.zone.example" },
  { name: "caa", type: "CAA", expected: "0 issue ca.example" },
  { name: "many", type: "TXT" },
  { name: "www", type: "AAAA", category: "no_aaaa_records", reason: /^no AAAA records found$/ },
  {
    name: "nothing",
    type: "A",
    category: "dns_failed",
    reason: /^DNS lookup failed: no such name \(NXDOMAIN\)$/,
  },
  { name: "loop1", type: "A", category: "dns_failed", reason: /circle|SERVFAIL/ },
];

Deno.test({
  name: "probeDns() asks a real name server for every record type",
  ignore: named === null,
  async fn(t) {
    await using server = await NameServer.start();
    const ask = (target: string, type: string, lines = "") =>
      check(monitorFrom(
        "dns",
        `target = "${target}"\ndns_record = "${type}"\ndns_resolver = "127.0.0.1:${server.port}"\n${lines}`,
      ));
    for (const { name, type, expected, category, reason } of rows) {
      await t.step(`${type} of ${name || "the zone"}${expected ? ` is ${expected}` : ""}`, async () => {
        const target = name === "" ? "zone.example" : `${name}.zone.example`;
        const outcome = await ask(target, type, expected === undefined ? "" : `dns_expected = "${expected}"`);
        assert.equal(outcome.category, category ?? null, outcome.reason ?? "");
        if (reason !== undefined) assert.match(outcome.reason ?? "", reason);
        assert.equal(outcome.status, category === undefined ? "up" : "down");
        assert.equal(outcome.latencyMs !== null, category === undefined || category === "dns_unexpected");
      });
    }
    await t.step("SERVFAIL and REFUSED are named", async () => {
      assert.match((await ask("x.broken.example", "A")).reason ?? "", /SERVFAIL|REFUSED/);
      assert.match((await ask("elsewhere.test", "A")).reason ?? "", /REFUSED/);
    });
    await t.step("a pin mismatch keeps the answer", async () => {
      const outcome = await ask("www.zone.example", "A", 'dns_expected = "192.0.2.9"');
      assert.equal(outcome.snapshot, "DNS answer: 192.0.2.1,192.0.2.2");
    });
  },
});

Deno.test("probeDns() times out on a resolver that never answers, and passes over answers that are not its own", async () => {
  const liar = createSocket("udp4");
  await new Promise<void>((resolve) => liar.bind(0, "127.0.0.1", resolve));
  const { port } = liar.address();
  let asked = 0;
  liar.on("message", (query: Uint8Array, from: { port: number; address: string }) => {
    asked += 1;
    const other = new Uint8Array(query);
    other[0] ^= 0xff;
    other[2] |= 0x80;
    liar.send(new Uint8Array([1, 2, 3]), from.port, from.address);
    liar.send(other, from.port, from.address);
  });
  const outcome = await check(
    monitorFrom("dns", `target = "a.example"\ndns_resolver = "127.0.0.1:${port}"\ntimeout_secs = 1`),
  );
  await new Promise<void>((resolve) => liar.close(resolve));
  assert.ok(asked > 0);
  assert.deepEqual([outcome.reason, outcome.category], ["DNS lookup timed out", "dns_timeout"]);
});

Deno.test("probeDns() by the system's way knows localhost", async () => {
  const outcome = await check(monitorFrom("dns", 'target = "localhost"\ndns_expected = "127.0.0.1"'));
  assert.equal(outcome.status, "up", outcome.reason ?? "");
});

Deno.test("matchesPin() compares without case and final dots, TXT with commas included", () => {
  assert.equal(matchesPin("MX", [" 10 MX.Example. "], ["10 mx.example"]), true);
  assert.equal(matchesPin("TXT", ["v=spf1 a", " mx -all"], ["v=spf1 a, mx -all"]), true);
  assert.equal(matchesPin("TXT", ["Abc"], ["abc"]), false);
  assert.equal(matchesPin("A", ["192.0.2.1"], ["192.0.2.1", "192.0.2.2"]), false);
});

Deno.test("decodeAnswer() reads no garbage: loops of compressed names, cut packets, other questions", () => {
  const header = [0, 1, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0];
  const loop = new Uint8Array([
    ...header,
    0xc0,
    12,
    0,
    1,
    0,
    1,
    0xc0,
    12,
    0,
    1,
    0,
    1,
    0,
    0,
    0,
    0,
    0,
    4,
    1,
    2,
    3,
    4,
  ]);
  assert.equal(decodeAnswer(loop, 1, "a", "A"), null);
  const good = new Uint8Array([
    ...header,
    1,
    97,
    0,
    0,
    1,
    0,
    1,
    0xc0,
    12,
    0,
    1,
    0,
    1,
    0,
    0,
    0,
    0,
    0,
    4,
    1,
    2,
    3,
    4,
  ]);
  assert.notEqual(decodeAnswer(good, 1, "a", "A"), null);
  assert.equal(decodeAnswer(good, 1, "b", "A"), null);
  assert.equal(decodeAnswer(good, 1, "a", "MX"), null);
  for (let length = 0; length < loop.length; length++) {
    assert.equal(decodeAnswer(loop.subarray(0, length), 1, "a", "A"), null);
  }
});
