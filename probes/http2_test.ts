import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createSecureServer, type ServerHttp2Stream } from "node:http2";
import { createServer } from "node:tls";
import type { FailureCategory } from "../domain/outcome.ts";
import { Authority } from "../tests/support/authority.ts";
import { check, monitorFrom } from "../tests/support/probing.ts";
import { RawServer, readHeadText, writeAll } from "../tests/support/raw_server.ts";

/** A server that refuses anything but HTTP/2, on a free port of 127.0.0.1. */
async function http2Server(
  authority: Authority,
  answer: (stream: ServerHttp2Stream, path: string, headers: Record<string, string>) => void,
) {
  const { cert, key } = await authority.issue("two");
  const server = createSecureServer({
    cert: await Deno.readTextFile(cert),
    key: await Deno.readTextFile(key),
    allowHTTP1: false,
  });
  server.on("stream", (stream: ServerHttp2Stream, headers: Record<string, string>) => {
    stream.on("error", () => {});
    answer(stream, headers[":path"], headers);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  return {
    port: (server.address() as { port: number }).port,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

Deno.test("probeHttp() speaks HTTP/2 with a server that takes nothing else", async () => {
  await using authority = await Authority.make();
  await using server = await http2Server(authority, (stream, path, headers) => {
    if (path === "/spoken") {
      stream.respond({ ":status": 302, location: Buffer.from("/café€").toString("latin1") });
    } else if (path === "/moved") stream.respond({ ":status": 302, location: "/ok" });
    else if (path === "/bad") stream.respond({ ":status": 503, "x-a": "b" });
    else if (path === "/cut") {
      stream.respond({ ":status": 200, "content-length": 500 });
      stream.write("begun");
      return void stream.close(2);
    } else if (path === "/silent") return;
    else stream.respond({ ":status": 200, "content-type": "text/plain" });
    stream.end(`this is ${path} of ${headers[":authority"]}`);
  });
  const at = (path: string, lines = "") =>
    check(
      monitorFrom(
        "http",
        `target = "https://localhost:${server.port}${path}"\nca_file = "${authority.ca}"\n${lines}`,
      ),
    );
  const good = await at("/ok", 'keyword = "this is /ok"');
  assert.equal(good.status, "up", good.reason ?? "");
  assert.deepEqual([good.code, good.certificate?.subject], [200, "CN=two"]);
  assert.equal((await at("/moved", 'keyword = "this is /ok"')).status, "up");
  assert.equal((await at("/spoken", 'keyword = "this is /caf%C3%A9%E2%82%AC"')).status, "up");
  const bad = await at("/bad");
  assert.deepEqual([bad.reason, bad.category], [
    `HTTP 503: this is /bad of localhost:${server.port}`,
    "http_status",
  ]);
  assert.match(bad.snapshot ?? "", /^HTTP\/2\.0 503\n[^]*x-a: b/);
  const ofConnections =
    'headers = { Host = "other.example", Proxy-Connection = "x", HTTP2-Settings = "AAA" }';
  const other = await at("/ok", `keyword = "of other.example"\n${ofConnections}`);
  assert.equal(other.status, "up", other.reason ?? "");
  assert.equal((await at("/cut", 'keyword = "end"')).category, "body_aborted");
  assert.equal((await at("/silent", "timeout_secs = 1")).category, "timeout");
});

Deno.test("probeHttp() asks an address that speaks HTTP/2 alone", async () => {
  await using authority = await Authority.make();
  await using server = await http2Server(authority, (stream, _path, headers) => {
    stream.respond({ ":status": 200 });
    stream.end(`this is ${headers[":authority"]}`);
  });
  const target = `target = "https://127.0.0.1:${server.port}/"\nca_file = "${authority.ca}"`;
  const outcome = await check(monitorFrom("http", `${target}\nkeyword = "this is 127.0.0.1:${server.port}"`));
  assert.equal(outcome.status, "up", outcome.reason ?? "");
});

Deno.test("probeHttp() books the time of the second connection, for HTTP/2, once", async () => {
  await using authority = await Authority.make();
  await using server = await http2Server(authority, (stream) => {
    stream.respond({ ":status": 200 });
    stream.end("well");
  });
  await using proxy = new RawServer(async (connection) => {
    await readHeadText(connection);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const behind = await Deno.connect({ port: server.port });
    await writeAll(connection, "HTTP/1.1 200 Connection established\r\n\r\n");
    await Promise.allSettled([
      connection.readable.pipeTo(behind.writable),
      behind.readable.pipeTo(connection.writable),
    ]);
  });
  const lines = `ca_file = "${authority.ca}"\nproxy = "http://127.0.0.1:${proxy.port}"`;
  const { status, reason, latencyMs, phases } = await check(
    monitorFrom("http", `target = "https://localhost:${server.port}/"\n${lines}`),
  );
  assert.equal(status, "up", reason ?? "");
  const { connectMs = 0, tlsMs = 0, firstByteMs = 0 } = phases ?? {};
  assert.ok(connectMs + tlsMs + firstByteMs <= (latencyMs ?? 0), JSON.stringify({ latencyMs, phases }));
});

Deno.test("probeHttp() sends a body over HTTP/2, whatever the method", async () => {
  await using authority = await Authority.make();
  await using server = await http2Server(authority, async (stream, _path, headers) => {
    let body = "";
    for await (const chunk of stream) body += chunk;
    stream.respond({ ":status": 200 });
    stream.end(`${headers[":method"]} ${body} ${headers["content-length"]}`);
  });
  for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
    const target = `target = "https://localhost:${server.port}/"\nca_file = "${authority.ca}"`;
    const lines = `method = "${method}"\nbody = "häm"\nkeyword = "${method} häm 4"`;
    const outcome = await check(monitorFrom("http", `${target}\n${lines}`));
    assert.equal(outcome.status, "up", `${method}: ${outcome.reason}`);
  }
});

/** A frame of stream 1, or of the connection (stream 0). */
function frame(type: number, flags: number, stream: 0 | 1, payload: string | number[] = []): Uint8Array {
  const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  return Uint8Array.of(0, 0, bytes.length, type, flags, 0, 0, 0, stream, ...bytes);
}
const settings = frame(4, 0, 0);
/** `:status` 200, with more to come. */
const head = frame(1, 4, 1, [0x88]);
const data = (text: string, isLast = false) => frame(0, isLast ? 1 : 0, 1, text);
const reset = (code: number) => frame(3, 0, 1, [0, 0, 0, code]);
const goAway = frame(7, 0, 0, [0, 0, 0, 1, 0, 0, 0, 0]);

const endings: [string, Uint8Array[], FailureCategory | null][] = [
  ["in two pieces", [head, data("this is "), data("well", true)], null],
  ["with a goodbye at once", [head, data("this is "), data("well", true), goAway], null],
  ["with a reset behind it", [head, data("this is well", true), reset(8)], null],
  ["cut off", [head, data("this is ")], "body_aborted"],
  ["cut off by a goodbye", [head, data("this is "), goAway], "body_aborted"],
  ["reset with INTERNAL_ERROR", [head, data("this is "), reset(2)], "body_aborted"],
  ["reset with CANCEL", [head, data("this is "), reset(8)], "body_aborted"],
  ["reset before its head", [reset(7)], "connection_reset"],
  ["cut off before its head", [], "connection_reset"],
];

/** Has the whole of a request without a body come? The connection's preface has 24 bytes, a frame's head nine. */
function isAsked(bytes: Uint8Array): boolean {
  for (let at = 24; at + 9 <= bytes.length; at += 9 + bytes[at + 1] * 256 + bytes[at + 2]) {
    if (bytes[at + 3] === 1) return true;
  }
  return false;
}

Deno.test("probeHttp() tells a whole answer over HTTP/2 from one that broke off", async (t) => {
  await using authority = await Authority.make();
  const { cert, key } = await authority.issue("two");
  const files = { cert: await Deno.readTextFile(cert), key: await Deno.readTextFile(key) };
  let answer: Uint8Array[] = [];
  const server = createServer({ ...files, ALPNProtocols: ["h2"] }, (socket) => {
    let seen = new Uint8Array(0);
    socket.on("error", () => {});
    socket.on("data", (chunk: Uint8Array) => {
      if (isAsked(seen)) return;
      seen = Uint8Array.of(...seen, ...chunk);
      if (!isAsked(seen)) return;
      for (const part of [settings, ...answer]) socket.write(part);
      socket.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.address() as { port: number };
  const target = `target = "https://localhost:${port}/"\nca_file = "${authority.ca}"`;
  for (const [name, frames, category] of endings) {
    await t.step(name, async () => {
      answer = frames;
      const outcome = await check(monitorFrom("http", `${target}\nkeyword = "error"\nkeyword_invert = true`));
      assert.equal(outcome.category, category, outcome.reason ?? "");
      if (category === "body_aborted") {
        assert.match(outcome.reason ?? "", /^response body cut short: localhost:\d+ broke HTTP\/2 off \(/);
      }
      if (category !== null) return;
      const whole = await check(monitorFrom("http", `${target}\nkeyword = "this is well"`));
      assert.equal(whole.status, "up", whole.reason ?? "");
    });
  }
  await new Promise<void>((resolve) => server.close(() => resolve()));
});
