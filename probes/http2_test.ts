import assert from "node:assert/strict";
import { createSecureServer, type ServerHttp2Stream } from "node:http2";
import { Authority } from "../tests/support/authority.ts";
import { check, monitorFrom } from "../tests/support/probing.ts";

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
    if (path === "/moved") stream.respond({ ":status": 302, location: "/ok" });
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
