import assert from "node:assert/strict";
import { Patience } from "../routes/patience.ts";
import { openInstance } from "./support/instance.ts";
import { ask, converse, parseAnswer, readToEnd } from "./support/raw_client.ts";
import { readHeadText, writeAll } from "./support/raw_server.ts";

const monitor = (id: string) =>
  `[[monitors]]\nid = "${id}"\nname = "${id}"\nkind = "push"\ninterval_secs = 90000\n`;
const small = `[page]\n[server]\nrate_limit_burst = 100000\n${monitor("gw")}`;
const head = "HTTP/1.1\r\nhost: status.example.com\r\n";
const last = `${head}connection: close\r\n`;
/** Short, so that the test need not wait; the rule itself is tested beside it. */
const hasty = () => new Patience({ requestMs: 240, idleMs: 1_000, readMs: 240, readBytes: 8_192 });

/** Sends something again and again until the server has ended the connection. */
async function drip(port: number, begin: string, drop: string): Promise<void> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  try {
    await writeAll(connection, begin);
    for (let isOpen = true; isOpen;) {
      const ended = connection.read(new Uint8Array(65_536)).then((size) => size === null, () => true);
      for (let isOver: boolean | null = null; isOver === null;) {
        await writeAll(connection, drop).catch(() => {});
        const pause = new Promise<null>((resolve) => setTimeout(resolve, 20, null));
        isOver = await Promise.race([ended, pause]);
        if (isOver === true) isOpen = false;
      }
    }
  } finally {
    connection.close();
  }
}

Deno.test({
  name: "clients that are slow to send, to ask again or to read are cut off, and others are served meanwhile",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const many = Array.from({ length: 150 }, (_, i) => monitor(`m${i}`)).join("");
    const big = `[page]\nhistory_days = 90\n[server]\nrate_limit_burst = 100000\n${many}`;
    await using instance = await openInstance(big, undefined, hasty());
    const { port } = instance;
    const healthy = `GET /healthz ${head}\r\n`;
    using reader = await Deno.connect({ hostname: "127.0.0.1", port });
    await writeAll(reader, `GET /api/summary ${head}\r\n`);
    await Promise.all([
      converse(port, "").then((text) => assert.equal(text, "", "nothing sent")),
      converse(port, "GET /hea").then((text) => assert.equal(text, "", "half a line")),
      drip(port, `GET /healthz ${head}`, "x-a: b\r\n"),
      converse(port, healthy).then((text) => assert.match(text, /^HTTP\/1\.1 200 /, "idle after an answer")),
      drip(port, `POST /api/push/m0 ${head}content-length: 100000\r\n\r\n`, "x"),
      converse(
        port,
        `POST /api/peer/probe ${head}content-type: application/json\r\ncontent-length: 9\r\n\r\n{`,
      ),
    ]);
    assert.equal((await ask(port, "GET", "/healthz")).status, 200);
    const read = await readToEnd(reader);
    assert.ok(read.length < 500_000, `the one who did not read got ${read.length} bytes`);
  },
});

Deno.test({
  name: "a client that asks again and again keeps its connection, however long it lasts",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const patience = new Patience({ requestMs: 240, idleMs: 60_000, readMs: 240, readBytes: 8_192 });
    await using instance = await openInstance(small, undefined, patience);
    const lost = converse(instance.port, "GET /").then(() => true);
    using connection = await Deno.connect({ hostname: "127.0.0.1", port: instance.port });
    const buffer = new Uint8Array(65_536);
    for (let isOver = false; !isOver;) {
      await writeAll(connection, `GET /healthz ${head}\r\n`);
      const size = await connection.read(buffer);
      assert.match(new TextDecoder().decode(buffer.subarray(0, size ?? 0)), /^HTTP\/1\.1 200 /);
      isOver = await Promise.race([lost, new Promise<false>((resolve) => setTimeout(resolve, 10, false))]);
    }
  },
});

Deno.test("HTTP as it is spoken over sockets: versions, pipelines, bodies, and what is refused", async () => {
  await using instance = await openInstance(small);
  const { port } = instance;
  const push = `POST /api/push/gw ${last}`;
  const cases: [string, string, RegExp][] = [
    ["HTTP/1.0 without Host", "GET /healthz HTTP/1.0\r\n\r\n", /^HTTP\/1\.[01] 200 .*"status":"ok"/s],
    [
      "HTTP/1.0 kept alive",
      "GET /healthz HTTP/1.0\r\nconnection: keep-alive\r\n\r\nGET /nowhere HTTP/1.0\r\n\r\n",
      /200 OK.*404 Not Found/s,
    ],
    ["an unknown version", "GET /healthz HTTP/1.2\r\nhost: x\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["no version", "GET /healthz\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["two hosts", `GET /healthz ${last}host: y\r\n\r\n`, /^HTTP\/1\.1 400 /],
    [
      "a pipeline",
      `GET /healthz ${head}\r\nGET /nowhere ${head}\r\nPOST /api/push/gw ${last}\r\n`,
      /200 OK.*404 Not Found.*200 OK.*ok$/s,
    ],
    [
      "a pipeline past an unread body",
      `POST /api/push/gw ${head}content-length: 5\r\n\r\nabcdeGET /nowhere ${last}\r\n`,
      /200 OK.*ok.*404 Not Found/s,
    ],
    ["a chunked body", `${push}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`, /^HTTP\/1\.1 200 /],
    [
      "an expectation met",
      `POST /api/peer/probe ${last}content-type: application/json\r\ncontent-length: 2\r\nexpect: 100-continue\r\n\r\n{}`,
      /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 422 /,
    ],
    [
      "length and chunks together",
      `${push}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      /^HTTP\/1\.1 400 /,
    ],
    [
      "chunks and length together",
      `${push}transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n`,
      /^HTTP\/1\.1 400 /,
    ],
    ["two lengths", `${push}content-length: 4\r\ncontent-length: 0\r\n\r\nabcd`, /^HTTP\/1\.1 400 /],
    ["a list of lengths", `${push}content-length: 4, 4\r\n\r\nabcd`, /^HTTP\/1\.1 400 /],
    ["a negative length", `${push}content-length: -4\r\n\r\n`, /^HTTP\/1\.1 400 /],
    ["a signed length", `${push}content-length: +4\r\n\r\nabcd`, /^HTTP\/1\.1 400 /],
    ["an unknown coding", `${push}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n`, /^HTTP\/1\.1 400 /],
    [
      "a coding after the chunks",
      `${push}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
      /^HTTP\/1\.1 400 /,
    ],
    ["a blank before the colon", `${push}transfer-encoding : chunked\r\n\r\n0\r\n\r\n`, /^HTTP\/1\.1 400 /],
    [
      "chunks in HTTP/1.0",
      "POST /api/push/gw HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      /^HTTP\/1\.1 400 /,
    ],
    ["a folded header", `GET /healthz ${last}x-a: b\r\n c\r\n\r\n`, /^HTTP\/1\.1 400 /],
    ["a zero byte in a header", `GET /healthz ${last}x-a: a\0b\r\n\r\n`, /^HTTP\/1\.1 400 /],
    ["a zero byte in the target", `GET /heal\0thz ${last}\r\n`, /^HTTP\/1\.1 400 /],
    ["a blank in the target", `GET /heal thz ${last}\r\n`, /^HTTP\/1\.1 400 /],
    ["a target without a slash", `GET healthz ${last}\r\n`, /^HTTP\/1\.1 400 /],
    ["a tunnel", `CONNECT other.example:80 ${last}\r\n`, /^HTTP\/1\.1 405 /],
    [
      "an upgrade",
      `GET /healthz ${head}connection: upgrade, close\r\nupgrade: websocket\r\n\r\n`,
      /^HTTP\/1\.1 200 /,
    ],
    ["too long an address", `GET /${"a".repeat(9_000)} ${last}\r\n`, /^HTTP\/1\.1 414 /],
    ["too large headers", `GET /healthz ${last}x-a: ${"a".repeat(40_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
    [
      "far too large headers",
      `GET /healthz ${last}x-a: ${"a".repeat(900_000)}\r\n\r\n`,
      /^HTTP\/1\.1 4[03][01] |^$/,
    ],
    [
      "too many headers",
      `GET /healthz ${last}${"x-a: b\r\n".repeat(2_000)}\r\n`,
      /^HTTP\/1\.1 4[03][01] |^$/,
    ],
    ["no HTTP at all", "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03", /^HTTP\/1\.1 400 |^$/],
  ];
  for (const [what, request, expected] of cases) {
    assert.match(await converse(port, request), expected, what);
  }
  const { body } = await ask(port, "GET", "/api/summary");
  assert.equal(JSON.parse(body).monitors[0].status, "up", "it is alive and well after all of that");
});

Deno.test("a body that comes too slowly is refused after ten seconds of the clock, and one over the limit as it passes it", async () => {
  await using instance = await openInstance(small);
  const { port, clock } = instance;
  /** The first answer; what was announced never comes, so the server would wait for it. */
  const begun = async (...parts: string[]) => {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    await writeAll(connection, `POST /api/peer/probe ${head}content-type: application/json\r\n${parts[0]}`);
    for (const part of parts.slice(1)) await writeAll(connection, part);
    return parseAnswer(await readHeadText(connection));
  };
  assert.equal((await begun("content-length: 2097153\r\n\r\n")).status, 413);
  const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
  assert.equal((await begun("transfer-encoding: chunked\r\n\r\n", ...Array(33).fill(chunk))).status, 413);
  let isOver = false;
  const slow = begun("content-length: 50\r\n\r\n{").finally(() => isOver = true);
  // It has to arrive first; then ten seconds of our clock are over at once.
  while (!isOver) await clock.advance(1_000);
  const answer = await slow;
  assert.deepEqual([answer.status, answer.body], [
    400,
    "Failed to buffer the request body: it came too slowly",
  ]);
});

Deno.test("stopping lets a request end that is under way, refuses new ones, and waits for nobody who is silent", async () => {
  const asked = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  await using target = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async () => {
    asked.resolve();
    await released.promise;
    return new Response("fine");
  });
  const url = `http://127.0.0.1:${target.addr.port}/`;
  const token = "peer-token-0123456789abcd";
  await using instance = await openInstance(`${small}
[[monitors]]\nid = "web"\nname = "web"\ntarget = "${url}"\ninterval_secs = 90000\n
[health]\nid = "here"\n[[peers]]\nid = "lyon"\nname = "Lyon"\nexpect_every_secs = 60\nlisten_token = "${token}"\n`);
  const { port, hora } = instance;
  using idle = await Deno.connect({ hostname: "127.0.0.1", port });
  await writeAll(idle, `GET /healthz ${head}\r\n`);
  assert.match(await readHeadText(idle), /200 OK/);
  using silent = await Deno.connect({ hostname: "127.0.0.1", port });
  await writeAll(silent, "GET /hea");
  const probe = ask(port, "POST", "/api/peer/probe", {
    "content-type": "application/json",
    "x-push-token": token,
  }, JSON.stringify({ from: "lyon", kind: "http", target: url }));
  await asked.promise;
  const stopped = hora.stop();
  assert.equal(await readToEnd(idle), "", "an idle connection is ended");
  await assert.rejects(Deno.connect({ hostname: "127.0.0.1", port }), Deno.errors.ConnectionRefused);
  released.resolve();
  assert.equal((await probe).body, '{"up":true}');
  await stopped;
  assert.equal(await readToEnd(silent), "");
});
