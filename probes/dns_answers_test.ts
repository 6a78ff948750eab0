import assert from "node:assert/strict";
// @ts-types="npm:@types/dns-packet@5.6.5"
import packet, { type Answer } from "dns-packet";
import type { FailureCategory } from "../domain/outcome.ts";
import { answerTo, OddResolver, type Reply } from "../tests/support/odd_resolver.ts";
import { check, monitorFrom } from "../tests/support/probing.ts";

const a = (name: string, data = "192.0.2.1"): Answer => ({ type: "A", name, data, ttl: 1 });
const alias = (name: string, data: string): Answer => ({ type: "CNAME", name, data, ttl: 1 });
const txt = (...data: string[]): Answer => ({ type: "TXT", name: "x.example", data, ttl: 1 });
const rcode = (flags: number): Reply => (query) => [answerTo(query, { flags })];
const answers = (...records: Answer[]): Reply => (query) => [answerTo(query, { answers: records })];
const long = Array.from({ length: 40 }, (_, at) => alias(`c${at}.example`, `c${at + 1}.example`));

interface Row {
  readonly name: string;
  readonly reply: Reply;
  readonly lines?: string;
  /** Absent: it is up. */
  readonly category?: FailureCategory;
  readonly reason?: RegExp;
}
const failed = (words: string): Pick<Row, "category" | "reason"> => ({
  category: "dns_failed",
  reason: new RegExp(`^DNS lookup failed: ${words}`),
});
const unreadable = failed("the resolver's answer cannot be read, or is to another question$");
const rows: Row[] = [
  { name: "one record", reply: answers(a("x.example")), lines: 'dns_expected = "192.0.2.1"' },
  { name: "another case in the answer", reply: answers(a("X.Example")), lines: 'dns_expected = "192.0.2.1"' },
  { name: "NXDOMAIN", reply: rcode(3), ...failed("no such name \\(NXDOMAIN\\)$") },
  { name: "SERVFAIL", reply: rcode(2), ...failed("the resolver failed \\(SERVFAIL\\)$") },
  { name: "REFUSED", reply: rcode(5), ...failed("the resolver refused \\(REFUSED\\)$") },
  { name: "NOTIMP", reply: rcode(4), ...failed(".*\\(NOTIMP\\)$") },
  { name: "a response code without a name", reply: rcode(15), ...failed(".+") },
  {
    name: "FORMERR that leaves the question out",
    reply: (query) => [answerTo(query, { flags: 1, questions: [] })],
    ...failed("the resolver did not understand \\(FORMERR\\)$"),
  },
  {
    name: "no error, no question, no answer",
    reply: (query) => [answerTo(query, { questions: [] })],
    ...unreadable,
  },
  { name: "NODATA", reply: answers(), category: "no_a_records", reason: /^no A records found$/ },
  {
    name: "records of another type only",
    reply: answers({ type: "AAAA", name: "x.example", data: "::1", ttl: 1 }),
    category: "no_a_records",
  },
  { name: "records of another name only", reply: answers(a("y.example")), category: "no_a_records" },
  {
    name: "a chain of CNAMEs in no order",
    reply: answers(a("z.example"), alias("y.example", "z.example"), alias("x.example", "Y.Example.")),
    lines: 'dns_expected = "192.0.2.1"',
  },
  {
    name: "a chain of forty CNAMEs",
    reply: answers(alias("x.example", "c0.example"), ...long, a("c40.example")),
    lines: 'dns_expected = "192.0.2.1"',
  },
  {
    name: "a CNAME that leads nowhere",
    reply: answers(alias("x.example", "y.example")),
    category: "no_a_records",
  },
  {
    name: "CNAMEs in a circle",
    reply: answers(alias("x.example", "y.example"), alias("y.example", "x.example")),
    ...failed("the answer's CNAMEs go round in a circle$"),
  },
  {
    name: "a CNAME to itself",
    reply: answers(alias("x.example", "x.example")),
    ...failed("the answer's CNAMEs go round in a circle$"),
  },
  {
    name: "cut over UDP, whole over TCP",
    reply: (query, overTcp) => [
      answerTo(query, overTcp ? { answers: [a("x.example")] } : { flags: packet.TRUNCATED_RESPONSE }),
    ],
    lines: 'dns_expected = "192.0.2.1"',
  },
  {
    name: "cut over UDP in the middle of a record, whole over TCP",
    reply: (query, overTcp) => {
      const answer = answerTo(query, {
        flags: overTcp ? 0 : packet.TRUNCATED_RESPONSE,
        answers: [a("x.example"), a("x.example", "192.0.2.2")],
      });
      return [overTcp ? answer : new Uint8Array(packet.encode(answer)).subarray(0, -7)];
    },
    lines: 'dns_expected = "192.0.2.1,192.0.2.2"',
  },
  {
    name: "another question's answer, cut in the middle of a record",
    reply: (query) => {
      const questions = [{ type: "A", name: "y.example" }] as const;
      const flags = packet.TRUNCATED_RESPONSE;
      const answer = answerTo(query, { flags, questions: [...questions], answers: [a("y.example")] });
      return [new Uint8Array(packet.encode(answer)).subarray(0, -7)];
    },
    ...unreadable,
  },
  {
    name: "cut over UDP, refused over TCP",
    reply: (query, overTcp) => [answerTo(query, { flags: overTcp ? 5 : packet.TRUNCATED_RESPONSE })],
    ...failed("the resolver refused \\(REFUSED\\)$"),
  },
  {
    name: "cut over UDP, nothing over TCP",
    reply: (query, overTcp) => overTcp ? [] : [answerTo(query, { flags: packet.TRUNCATED_RESPONSE })],
    ...failed("the resolver closed the connection$"),
  },
  {
    name: "cut over UDP, another question's answer over TCP",
    reply: (query, overTcp) => [
      answerTo(
        query,
        overTcp ? { questions: [{ type: "A", name: "y.example" }] } : { flags: packet.TRUNCATED_RESPONSE },
      ),
    ],
    ...unreadable,
  },
  {
    name: "cut over UDP, no length over TCP",
    reply: (query, overTcp) =>
      overTcp ? [new Uint8Array(0)] : [answerTo(query, { flags: packet.TRUNCATED_RESPONSE })],
    ...unreadable,
  },
  {
    name: "another question's answer, then ours",
    reply: (query) => [
      answerTo(query, {
        questions: [{ type: "A", name: "y.example" }],
        answers: [a("y.example", "192.0.2.9")],
      }),
      answerTo(query, { answers: [a("x.example")] }),
    ],
    lines: 'dns_expected = "192.0.2.1"',
  },
  {
    name: "another question's answer alone",
    reply: (query) => [answerTo(query, { questions: [{ type: "A", name: "y.example" }] })],
    ...unreadable,
  },
  { name: "the question itself comes back", reply: (query) => [{ ...query, type: "query" }], ...unreadable },
  {
    name: "garbage behind our number",
    reply: (query) => [new Uint8Array([query.id! >> 8, query.id! & 255, 0x80, 0, 0, 1, 1, 1, 1])],
    ...unreadable,
  },
  {
    name: "another number",
    reply: (query) => [{ ...answerTo(query, { answers: [a("x.example")] }), id: query.id! ^ 1 }],
    lines: "timeout_secs = 1",
    category: "dns_timeout",
    reason: /^DNS lookup timed out$/,
  },
  { name: "silence", reply: () => [], lines: "timeout_secs = 1", category: "dns_timeout" },
  {
    name: "text in several strings",
    reply: answers(txt("v=spf1 ", "-all")),
    lines: 'dns_record = "TXT"\ndns_expected = "v=spf1 -all"',
  },
  {
    name: "an empty text beside another",
    reply: answers(txt(""), txt("b")),
    lines: 'dns_record = "TXT"\ndns_expected = "b"',
    category: "dns_unexpected",
    reason: /^expected b, got ,b$/,
  },
  {
    name: "control characters in a text",
    reply: answers(txt("a\u001b[31mb\u0007\u202e")),
    lines: 'dns_record = "TXT"\ndns_expected = "b"',
    category: "dns_unexpected",
    reason: /^expected b, got ab$/,
  },
];
for (const { name, reply, lines = "", category, reason } of rows) {
  Deno.test(`probeDns() of a resolver's answer: ${name}`, async () => {
    await using resolver = await OddResolver.start(reply);
    const outcome = await check(
      monitorFrom("dns", `target = "x.example"\ndns_resolver = "${resolver.address}"\n${lines}`),
    );
    assert.equal(outcome.category, category ?? null, outcome.reason ?? "");
    assert.equal(outcome.status, category === undefined ? "up" : "down");
    if (reason !== undefined) assert.match(outcome.reason ?? "", reason);
    assert.equal(outcome.latencyMs !== null, category === undefined || category === "dns_unexpected");
  });
}

const names: [string, string, string][] = [
  ["x.example.", "A", "x.example"],
  [".", "NS", "."],
  ["Bücher.example", "A", "xn--bcher-kva.example"],
  ["192.0.2.7", "PTR", "7.2.0.192.in-addr.arpa"],
  ["2001:DB8::7", "PTR", `7.${"0.".repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa`],
  ["7.2.0.192.in-addr.arpa", "PTR", "7.2.0.192.in-addr.arpa"],
];
Deno.test("probeDns() asks for names as DNS holds them", async (t) => {
  await using resolver = await OddResolver.start(rcode(3));
  for (const [target, type, name] of names) {
    await t.step(`${type} of ${target}`, async () => {
      const lines = `target = "${target}"\ndns_record = "${type}"\ndns_resolver = "${resolver.address}"`;
      assert.match((await check(monitorFrom("dns", lines))).reason ?? "", /NXDOMAIN/);
      assert.equal(resolver.asked.at(-1), name);
    });
  }
});

Deno.test("probeDns() refuses names that DNS cannot hold, and a resolver on port 0", async () => {
  const reason = async (target: string, port = 9) =>
    (await check(monitorFrom("dns", `target = "${target}"\ndns_resolver = "127.0.0.1:${port}"`))).reason ??
      "";
  for (
    const target of [`${"a".repeat(64)}.example`, "a.".repeat(140), "a..example", ".example", "ü".repeat(60)]
  ) {
    assert.match(await reason(target), /^DNS lookup failed: .* is no name that DNS can hold$/, target);
  }
  assert.equal(await reason("x.example", 0), "resolver setup failed: port 0 cannot be asked");
});
