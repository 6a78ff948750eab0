import assert from "node:assert/strict";
import { Background, findProgram, freePort, listening } from "../tests/support/programs.ts";
import { Authority } from "../tests/support/authority.ts";
import { Nginx, nginxProgram } from "../tests/support/nginx.ts";
import { check, monitorFrom } from "../tests/support/probing.ts";
import { answering, RawServer, readHeadText, untilEnded, writeAll } from "../tests/support/raw_server.ts";
import { parseProxy } from "./proxy.ts";

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood";

/** A small forwarding proxy for CONNECT and absolute URLs; keeps the heads it was sent. */
function httpProxy(heads: string[]) {
  return async (connection: Deno.TcpConn) => {
    const head = await readHeadText(connection);
    heads.push(head);
    const connect = /^CONNECT \S+:(\d+) /.exec(head);
    const absolute = /^GET http:\/\/[^/:]+:(\d+)(\/\S*) /.exec(head);
    const behind = await Deno.connect({ port: Number((connect ?? absolute)?.[1]) });
    if (connect) await writeAll(connection, "HTTP/1.1 200 Connection established\r\n\r\n");
    else await writeAll(behind, `GET ${absolute?.[2]} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await Promise.allSettled([
      connection.readable.pipeTo(behind.writable),
      behind.readable.pipeTo(connection.writable),
    ]);
  };
}

Deno.test({
  name:
    "probeHttp() goes through an HTTP proxy: absolute URLs in the clear, a tunnel for https with the certificate seen",
  ignore: nginxProgram === null,
  async fn() {
    await using authority = await Authority.make();
    const { cert, key } = await authority.issue("behind");
    const block =
      `server { listen 127.0.0.1:PORT0 ssl; ssl_certificate ${cert}; ssl_certificate_key ${key}; return 200 good; }
      server { listen 127.0.0.1:PORT1; return 200 good; }`;
    await using nginx = await Nginx.start(block, 2);
    const heads: string[] = [];
    await using proxy = new RawServer(httpProxy(heads));
    const through =
      `proxy = "http://user:pw@127.0.0.1:${proxy.port}"\nkeyword = "good"\nca_file = "${authority.ca}"`;
    const secure = await check(
      monitorFrom("http", `target = "https://localhost:${nginx.ports[0]}/"\n${through}`),
    );
    assert.equal(secure.status, "up", secure.reason ?? "");
    assert.equal(secure.certificate?.subject, "CN=behind");
    const plain = await check(
      monitorFrom("http", `target = "http://localhost:${nginx.ports[1]}/a?b"\n${through}`),
    );
    assert.equal(plain.status, "up", plain.reason ?? "");
    assert.match(heads[0], /^CONNECT localhost:\d+ HTTP\/1.1\r\n/);
    assert.match(heads[1], /^GET http:\/\/localhost:\d+\/a\?b HTTP\/1.1\r\n/);
    for (const head of heads) assert.ok(head.includes(`Proxy-Authorization: Basic ${btoa("user:pw")}`));
  },
});

Deno.test("probeHttp() says that the proxy failed, without showing its credentials", async () => {
  await using proxy = new RawServer(answering("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"));
  const through = (url: string) =>
    check(monitorFrom("http", `target = "https://localhost/"\nproxy = "${url}"`));
  const refused = await through(`http://user:hush@127.0.0.1:${proxy.port}`);
  assert.deepEqual([refused.category, refused.reason], [
    "proxy_failed",
    "connection failed: the proxy answered 407 Proxy Authentication Required",
  ]);
  const gone = await through(`socks5://user:hush@127.0.0.1:${freePort()}`);
  assert.equal(gone.category, "proxy_failed");
  assert.doesNotMatch(gone.reason ?? "", /hush/);
});

Deno.test("probeHttp() times out on a proxy that says nothing", async () => {
  await using proxy = new RawServer(untilEnded);
  for (const scheme of ["http", "socks5", "socks4"]) {
    const lines =
      `target = "https://127.0.0.1/"\nproxy = "${scheme}://127.0.0.1:${proxy.port}"\ntimeout_secs = 1`;
    const outcome = await check(monitorFrom("http", lines));
    assert.equal(outcome.category, "timeout", `${scheme}: ${outcome.reason}`);
  }
});

Deno.test("probeHttp() waits for a SOCKS proxy as long as the monitor says, not 30 s", async () => {
  await using proxy = new RawServer(untilEnded);
  const { setTimeout } = globalThis;
  // Time runs a thousand times faster: what lasts half a minute ends well before the monitor's deadline.
  globalThis.setTimeout = ((run: () => void, ms = 0) => setTimeout(run, ms / 1_000)) as typeof setTimeout;
  try {
    const lines = `proxy = "socks5h://127.0.0.1:${proxy.port}"\ntimeout_secs = 1000`;
    const outcome = await check(monitorFrom("http", `target = "http://localhost/"\n${lines}`));
    assert.equal(outcome.category, "timeout", outcome.reason ?? "");
  } finally {
    globalThis.setTimeout = setTimeout;
  }
});

Deno.test({
  name: "probeHttp() goes through a real SOCKS5 server, names resolved here or there",
  ignore: findProgram("microsocks") === null,
  async fn() {
    await using server = new RawServer(answering(ok));
    const port = freePort();
    await using _socks = new Background("microsocks", [
      "-i",
      "127.0.0.1",
      "-p",
      String(port),
      "-u",
      "me",
      "-P",
      "pw",
    ]);
    await listening(port);
    for (const scheme of ["socks5", "socks5h"]) {
      const lines =
        `target = "http://localhost:${server.port}/"\nkeyword = "good"\nproxy = "${scheme}://me:pw@127.0.0.1:${port}"`;
      const outcome = await check(monitorFrom("http", lines));
      assert.equal(outcome.status, "up", `${scheme}: ${outcome.reason}`);
    }
    const wrong = await check(
      monitorFrom(
        "http",
        `target = "http://localhost:${server.port}/"\nproxy = "socks5://me:no@127.0.0.1:${port}"`,
      ),
    );
    assert.equal(wrong.category, "proxy_failed");
  },
});

Deno.test("probeHttp() speaks SOCKS4 and 4a", async () => {
  await using server = new RawServer(answering(ok));
  const asked: Uint8Array[] = [];
  await using proxy = new RawServer(async (connection) => {
    const buffer = new Uint8Array(300);
    const size = await connection.read(buffer) ?? 0;
    asked.push(buffer.slice(0, size));
    await writeAll(connection, new Uint8Array([0, 90, 0, 0, 0, 0, 0, 0]));
    const behind = await Deno.connect({ port: buffer[2] * 256 + buffer[3] });
    await Promise.allSettled([
      connection.readable.pipeTo(behind.writable),
      behind.readable.pipeTo(connection.writable),
    ]);
  });
  for (const scheme of ["socks4", "socks4a"]) {
    const lines =
      `target = "http://localhost:${server.port}/"\nkeyword = "good"\nproxy = "${scheme}://127.0.0.1:${proxy.port}"`;
    const outcome = await check(monitorFrom("http", lines));
    assert.equal(outcome.status, "up", `${scheme}: ${outcome.reason}`);
  }
  assert.deepEqual([...asked[0].subarray(4, 8)], [127, 0, 0, 1]);
  assert.deepEqual([...asked[1].subarray(4, 7)], [0, 0, 0]);
  assert.match(new TextDecoder().decode(asked[1]), /localhost/);
});

Deno.test("parseProxy() knows schemes, default ports and credentials", () => {
  assert.deepEqual(parseProxy("socks5h://a:b%40@[::1]"), {
    scheme: "socks5h",
    host: "::1",
    port: 1080,
    username: "a",
    password: "b@",
  });
  assert.equal(parseProxy("proxy.example:3128").port, 3128);
  assert.equal(parseProxy("https://proxy.example").port, 443);
  assert.equal(parseProxy("http://proxy.example:80").port, 80);
  assert.throws(() => parseProxy("ftp://x"), /proxy URL cannot be used/);
});
