import assert from "node:assert/strict";
import { openInstance } from "./support/instance.ts";
import { ask, readToEnd } from "./support/raw_client.ts";
import { type Chooser, chooser } from "./support/chooser.ts";

const ROUNDS = Deno.env.get("HORA_TEST_FULL") === "1" ? 50_000 : 2_000;
const SEED = Number(Deno.env.get("HORA_FUZZ_SEED") ?? 20_261_124);
const AT_ONCE = 8;
/** Far longer than any answer takes: an answer that has not come by then never comes. */
const HANGS_MS = 120_000;

const TOKEN = "operator-token-0123456789";
const PEER = "peer-token-0123456789abcd";
const config = `
[page]
[server]
rate_limit_burst = 1000000
auth_token = "${TOKEN}"
[health]
id = "here"
[[peers]]
id = "lyon"
name = "Lyon"
listen_token = "${PEER}"
expect_every_secs = 60
[[monitors]]
id = "gw"
name = "Gateway"
kind = "push"
interval_secs = 90000
[[monitors]]
id = "vault"
name = "Vault"
kind = "push"
public = false
interval_secs = 90000
`;

const probe = JSON.stringify({ from: "lyon", kind: "tcp", target: "127.0.0.1:1" });
const host = "HTTP/1.1\r\nhost: status.example.com\r\n";
const operator = `authorization: Bearer ${TOKEN}\r\n`;
/** Requests as they should be; a third is sent so, the others with a few bytes changed. */
const requests = [
  `GET / ${host}accept: text/html\r\naccept-encoding: br, gzip\r\n\r\n`,
  `GET /api/summary ${host}if-none-match: "x"\r\n\r\n`,
  `GET /api/summary ${host}${operator}\r\n`,
  `HEAD /metrics ${host}accept: application/openmetrics-text\r\n\r\n`,
  `OPTIONS /api/push/gw ${host}origin: https://a.example\r\naccess-control-request-method: POST\r\n\r\n`,
  `POST /api/push/gw?status=up&ping=42&msg=caf%C3%A9 ${host}x-push-token: x\r\ncontent-length: 5\r\n\r\nabcde`,
  `POST /api/push/vault ${host}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
  `POST /api/silence?monitors=gw&duration=1h ${host}${operator}\r\n`,
  `DELETE /api/announce ${host}${operator}\r\n`,
  `GET /api/badge/gw/status?label=a%20b ${host}x-forwarded-for: 203.0.113.9, ::1\r\nx-request-id: a-1\r\n\r\n`,
  `GET /status/a%2Fb ${host}range: bytes=0-1\r\ncookie: a=b\r\n\r\n`,
  `GET http://status.example.com/healthz ${host}connection: close\r\n\r\n`,
  `GET /history.atom HTTP/1.0\r\n\r\n`,
  `POST /api/peer/probe ${host}content-type: application/json\r\nx-push-token: ${PEER}\r\ncontent-length: ${probe.length}\r\n\r\n${probe}`,
  `POST /api/peer/probe ${host}content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${
    probe.length.toString(16)
  }\r\n${probe}\r\n0\r\n\r\n`,
  `GET /healthz ${host}connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n\r\n`,
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x05\x01\x05\x00\x00\x00\x01\x82\x84\x86\x41\x00",
  "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03",
];
const scraps = [
  "\r\n",
  "\n",
  "\0",
  " ",
  ":",
  "%",
  "%00",
  "?",
  "#",
  "/",
  "//",
  "..",
  "é",
  "\x7f",
  "HTTP/1.1",
  "chunked",
  ",",
  "-1",
  "0",
  "\t",
];

/** Bytes of a request, or of a few, with some of them changed. */
function bytesOf({ below, pick, next }: Chooser): Uint8Array<ArrayBuffer> {
  const text = Array.from({ length: 1 + below(3) }, () => pick(requests)).join("");
  let bytes: number[] = [...new TextEncoder().encode(text)];
  for (let changes = next() < 0.33 ? 0 : 1 + below(4); changes > 0; changes--) {
    const at = below(bytes.length + 1);
    const length = 1 + below(12);
    const change = below(6);
    if (change === 0) bytes[Math.min(at, bytes.length - 1)] = below(256);
    else if (change === 1) bytes.splice(at, length);
    else if (change === 2) bytes.splice(at, 0, ...new TextEncoder().encode(pick(scraps)));
    else if (change === 3) bytes.splice(at, 0, ...bytes.slice(at, at + length));
    else if (change === 4) bytes.splice(at, 0, ...Array(1 + below(3_000)).fill(below(256)));
    else bytes = bytes.slice(0, Math.max(1, at));
  }
  return new Uint8Array(bytes);
}

/** Sends them in a few pieces, says that no more will come, and reads what the server says until it ends the connection. */
async function send(port: number, bytes: Uint8Array, pieces: number): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const said = readToEnd(connection);
  const size = Math.max(1, Math.ceil(bytes.length / pieces));
  try {
    for (let at = 0; at < bytes.length; at += size) {
      for (let left = bytes.subarray(at, at + size); left.length > 0;) {
        left = left.subarray(await connection.write(left));
      }
    }
    await connection.closeWrite();
  } catch { /* it has heard enough */ }
  return await said;
}

Deno.test(`${ROUNDS} connections with strange bytes end, each of them, and none with a 500`, async () => {
  await using instance = await openInstance(config);
  const { port } = instance;
  const seen = new Map<string, number>();
  let round = 0;
  const work = async () => {
    while (round < ROUNDS) {
      const what = `seed ${SEED}, round ${round}`;
      // One for each, so that the order in which answers come changes nothing.
      const choose = chooser(SEED + round++);
      const bytes = bytesOf(choose);
      const shown = () =>
        `${what}: ${JSON.stringify(new TextDecoder("latin1").decode(bytes)).slice(0, 2_000)}`;
      const hangs = Promise.withResolvers<never>();
      const timer = setTimeout(() => hangs.reject(new Error(`no end: ${shown()}`)), HANGS_MS);
      const text = await Promise.race([send(port, bytes, 1 + choose.below(3)), hangs.promise])
        .finally(() => clearTimeout(timer));
      assert.doesNotMatch(text, /^HTTP\/1\.1 5|\nHTTP\/1\.1 5|internal server error/, shown());
      const status = text.slice(0, 12);
      seen.set(status, (seen.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  for (const status of ["200", "400", "404", "405"]) {
    assert.ok(seen.has(`HTTP/1.1 ${status}`), `${status} was never seen: ${JSON.stringify([...seen])}`);
  }
  const { status } = await ask(port, "GET", "/api/summary");
  assert.equal(status, 200, "it is alive and well after all of that");
});
