import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { gzipSync } from "node:zlib";
import { seeded } from "../domain/seeded.ts";
import { check, monitorFrom } from "../tests/support/probing.ts";
import { RawServer, readHeadText, writeAll } from "../tests/support/raw_server.ts";

const CASES = Deno.env.get("HORA_TEST_FULL") === "1" ? 5_000 : 300;

const random = seeded(20_261_123);
const below = (limit: number): number => Math.floor(random() * limit);
const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => below(256));
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function joined(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

const good = encode(
  "HTTP/1.1 200 OK\r\nContent-Type: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
);
const packed = gzipSync("hello there, hello");
const gzip = joined(
  encode(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${packed.length}\r\n\r\n`),
  packed,
);

function mutated(original: Uint8Array): Uint8Array {
  const copy = original.slice(0, 1 + below(original.length));
  for (let changes = below(6); changes > 0; changes--) copy[below(copy.length)] = below(256);
  return copy;
}

const makers: (() => Uint8Array)[] = [
  () => bytes(below(300)),
  () => mutated(good),
  () => mutated(gzip),
  () => joined(encode("HTTP/1.1 200 OK\r\n"), bytes(below(200)), encode("\r\n\r\n"), bytes(below(50))),
  () => encode(`HTTP/1.1 ${below(1000)} X\r\nLocation: ${String.fromCharCode(...bytes(below(20)))}\r\n\r\n`),
  () => encode(`HTTP/1.1 200 OK\r\nContent-Length: ${"9".repeat(below(30))}\r\n\r\nabc`),
  () => encode(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${"f".repeat(below(20))}\r\nabc`),
  () => encode(`HTTP/1.1 200 OK\r\n${"X: y\r\n".repeat(below(4_000))}\r\nabc`),
  () => encode("HTTP/1.1 100 Continue\r\n\r\n".repeat(below(20))),
  () => joined(new Uint8Array([22, 3, 3, below(256), below(256), 2]), bytes(below(200))),
];

Deno.test(`a probe gives a verdict with a reason for ${CASES} broken answers, and leaves nothing behind`, async () => {
  let answer: Uint8Array = new Uint8Array();
  await using server = new RawServer(async (connection) => {
    const now = answer;
    if (now[0] !== 22) await readHeadText(connection);
    await writeAll(connection, now);
    if (now.length % 2 === 0) await connection.closeWrite();
    else connection.close();
  });
  const lines = 'timeout_secs = 5\nkeyword = "hello"';
  const plain = monitorFrom("http", `target = "http://127.0.0.1:${server.port}/"\n${lines}`);
  const tls = monitorFrom("http", `target = "https://127.0.0.1:${server.port}/"\n${lines}`);
  for (let at = 0; at < CASES; at++) {
    answer = makers[at % makers.length]();
    const outcome = await check(answer[0] === 22 ? tls : plain);
    const text = outcome.reason ?? "";
    assert.equal(outcome.status === "up", outcome.reason === null, text);
    assert.equal(outcome.status === "up", outcome.category === null, text);
    assert.doesNotMatch(
      `${text}${(outcome.snapshot ?? "").replaceAll("\n", "")}`,
      /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/,
    );
    assert.notEqual(
      outcome.category,
      "timeout",
      `${text} for ${JSON.stringify(new TextDecoder().decode(answer.slice(0, 200)))}`,
    );
  }
});

Deno.test(`a DNS probe reads ${CASES} broken answers without harm`, async () => {
  const server = createSocket("udp4");
  await new Promise<void>((resolve) => server.bind(0, "127.0.0.1", resolve));
  server.on("message", (query: Uint8Array, from: { port: number; address: string }) => {
    const reply = joined(
      query.slice(0, 2),
      new Uint8Array([0x81, below(256), 0, 1, 0, below(4), 0, 0, 0, 0]),
      query.slice(12),
    );
    const record = joined(
      new Uint8Array([0xc0, below(40), 0, 1 + below(30), 0, 1, 0, 0, 0, 9, 0, below(12)]),
      bytes(below(20)),
    );
    server.send(joined(reply, record, record), from.port, from.address);
    // An answer that can be read ends the wait.
    server.send(
      joined(query.slice(0, 2), new Uint8Array([0x81, 0x83, 0, 1, 0, 0, 0, 0, 0, 0]), query.slice(12)),
      from.port,
      from.address,
    );
  });
  const types = ["A", "AAAA", "TXT", "MX", "SRV", "CAA", "SOA", "CNAME"];
  const address = `127.0.0.1:${server.address().port}`;
  for (let at = 0; at < CASES; at++) {
    const lines = `target = "a.example"\ndns_record = "${
      types[at % types.length]
    }"\ndns_resolver = "${address}"`;
    const outcome = await check(monitorFrom("dns", `${lines}\ntimeout_secs = 5`));
    assert.equal(outcome.status === "up", outcome.reason === null);
    assert.notEqual(outcome.category, "dns_timeout");
  }
  await new Promise<void>((resolve) => server.close(resolve));
});
