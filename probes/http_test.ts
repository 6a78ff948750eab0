import assert from "node:assert/strict";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import type { FailureCategory } from "../domain/outcome.ts";
import { freePort } from "../tests/support/programs.ts";
import { check, monitorFrom } from "../tests/support/probing.ts";
import { answering, RawServer, readHeadText, untilEnded, writeAll } from "../tests/support/raw_server.ts";

const ok = (body: string, more = "") =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${new TextEncoder().encode(body).length}\r\n${more}\r\n${body}`;
const http = (port: number, lines = "", path = "/") =>
  monitorFrom("http", `target = "http://127.0.0.1:${port}${path}"\n${lines}`);

interface Row {
  readonly name: string;
  readonly answer: (string | Uint8Array)[];
  readonly lines?: string;
  readonly want: "up" | "degraded" | "down";
  readonly reason?: string | RegExp;
  readonly category?: FailureCategory;
}

const big = "x".repeat(3_000);
const rows: Row[] = [
  { name: "200", answer: [ok("fine")], want: "up" },
  { name: "204", answer: ["HTTP/1.1 204 No Content\r\n\r\n"], want: "up" },
  {
    name: "HTTP/1.0 until closed",
    answer: ["HTTP/1.0 200 OK\n\nfine"],
    lines: 'keyword = "fine"',
    want: "up",
  },
  {
    name: "503 with a body",
    answer: ["HTTP/1.1 503 Service Unavailable\r\nContent-Length: 13\r\n\r\nupstream\n\tgone"],
    want: "down",
    reason: "HTTP 503: upstream gon",
    category: "http_status",
  },
  {
    name: "500 without a body",
    answer: ["HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n"],
    want: "down",
    reason: "HTTP 500",
    category: "http_status",
  },
  { name: "expected 404", answer: ["HTTP/1.1 404 N\r\n\r\n"], lines: "expected_status = 404", want: "up" },
  {
    name: "expected list",
    answer: ["HTTP/1.1 418 T\r\n\r\n"],
    lines: 'expected_status = [200, "410-420"]',
    want: "up",
  },
  {
    name: "200 is wrong when 404 is wanted",
    answer: [ok("a")],
    lines: "expected_status = 404",
    want: "down",
    reason: "HTTP 200: a",
    category: "http_status",
  },
  {
    name: "304 is final",
    answer: ["HTTP/1.1 304 N\r\n\r\n"],
    want: "down",
    reason: "HTTP 304",
    category: "http_status",
  },
  {
    name: "3xx without a location is final",
    answer: ["HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"],
    want: "down",
    reason: "HTTP 302",
    category: "http_status",
  },
  {
    name: "expected 302 is not followed",
    answer: ["HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\n\r\n"],
    lines: "expected_status = 302",
    want: "up",
  },
  {
    name: "redirects switched off",
    answer: ["HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"],
    lines: "follow_redirects = false",
    want: "down",
    reason: "HTTP 302",
    category: "http_status",
  },
  {
    name: "redirect to another scheme",
    answer: ["HTTP/1.1 302 Found\r\nLocation: ftp://x/\r\n\r\n"],
    want: "down",
    reason: /^request error/,
    category: "request_error",
  },
  { name: "keyword there", answer: [ok("all good")], lines: 'keyword = "good"', want: "up" },
  {
    name: "keyword missing",
    answer: [ok("all bad")],
    lines: 'keyword = "good"',
    want: "down",
    reason: "keyword missing: good",
    category: "content",
  },
  {
    name: "keyword is case sensitive",
    answer: [ok("GOOD")],
    lines: 'keyword = "good"',
    want: "down",
    reason: "keyword missing: good",
    category: "content",
  },
  {
    name: "keyword present",
    answer: [ok("error here")],
    lines: 'keyword = "error"\nkeyword_invert = true',
    want: "down",
    reason: "keyword present: error",
    category: "content",
  },
  {
    name: "keyword absent",
    answer: [ok("fine")],
    lines: 'keyword = "error"\nkeyword_invert = true',
    want: "up",
  },
  {
    name: "not JSON",
    answer: [ok("<html>")],
    lines: 'json_query = "$.a"',
    want: "down",
    reason: "response is not valid JSON",
    category: "content",
  },
  {
    name: "JSON matched nothing",
    answer: [ok('{"b":1}')],
    lines: 'json_query = "$.a"',
    want: "down",
    reason: "JSON query matched nothing: $.a",
    category: "content",
  },
  {
    name: "JSON differs and shows what it found",
    answer: [ok('{"a":"red"}')],
    lines: 'json_query = "$.a"\njson_expected = "green"',
    want: "down",
    reason: "JSON query $.a != green, got red",
    category: "content",
  },
  {
    name: "JSON with half a character shows a whole one in its place",
    answer: [ok('{"a":"red \\ud800"}')],
    lines: 'json_query = "$.a"\njson_expected = "green"',
    want: "down",
    reason: "JSON query $.a != green, got red \ufffd",
    category: "content",
  },
  {
    name: "JSON negative index counts from the end",
    answer: [ok("[1,2,true]")],
    lines: 'json_query = "$[-1]"\njson_expected = "true"',
    want: "up",
  },
  {
    name: "JSON objects compare with sorted keys",
    answer: [ok('{"a":{"z":1,"b":[1,2]}}')],
    lines: `json_query = "$.a"\njson_expected = '{"b":[1,2],"z":1}'`,
    want: "up",
  },
  {
    name: "one of several JSON nodes is enough",
    answer: [ok('{"a":[{"s":"x"},{"s":"y"}]}')],
    lines: 'json_query = "$.a[*].s"\njson_expected = "y"',
    want: "up",
  },
  {
    name: "keyword past the cap",
    answer: [ok(`${big}good`)],
    lines: 'keyword = "good"\nmax_body_kb = 2',
    want: "down",
    reason: "response body is longer than 2 KiB, in its beginning: keyword missing: good",
    category: "body_too_large",
  },
  {
    name: "keyword before the cap",
    answer: [ok(`good${big}`)],
    lines: 'keyword = "good"\nmax_body_kb = 2',
    want: "up",
  },
  {
    name: "JSON past the cap",
    answer: [ok(`{"a":"${big}"}`)],
    lines: 'json_query = "$.a"\nmax_body_kb = 2',
    want: "down",
    reason: /^response body is longer than 2 KiB/,
    category: "body_too_large",
  },
  {
    name: "body cut short",
    answer: ["HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"],
    lines: 'keyword = "good"',
    want: "down",
    reason: /^response body cut short: the connection closed 91 bytes early/,
    category: "body_aborted",
  },
  {
    name: "absence cannot be shown by a body cut short",
    answer: ["HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"],
    lines: 'keyword = "bad"\nkeyword_invert = true',
    want: "down",
    reason: /^response body cut short/,
    category: "body_aborted",
  },
  {
    name: "chunked",
    answer: ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ngoo\r\n1;x=y\r\nd\r\n0\r\n\r\n"],
    lines: 'keyword = "good"',
    want: "up",
  },
  {
    name: "chunks without an end",
    answer: ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ngo"],
    lines: 'keyword = "good"',
    want: "down",
    reason: /^response body cut short/,
    category: "body_aborted",
  },
  {
    name: "malformed chunks",
    answer: ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"],
    lines: 'keyword = "good"',
    want: "down",
    reason: /^invalid response body/,
    category: "invalid_body",
  },
  {
    name: "damaged gzip",
    answer: ["HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nthis is no gzip"],
    lines: 'keyword = "good"',
    want: "down",
    reason: /^invalid response body: content coding gzip is damaged/,
    category: "invalid_body",
  },
  {
    name: "interim answers are skipped",
    answer: ["HTTP/1.1 103 Early\r\nLink: x\r\n\r\n", ok("a")],
    want: "up",
  },
  {
    name: "no HTTP",
    answer: ["SSH-2.0-x\r\n\r\n"],
    want: "down",
    reason: /^request error/,
    category: "request_error",
  },
  {
    name: "closed without an answer",
    answer: [],
    want: "down",
    reason: /^request error: .* closed the connection without an answer/,
    category: "connection_reset",
  },
  {
    name: "giant headers",
    answer: [`HTTP/1.1 200 OK\r\nA: ${"a".repeat(70_000)}\r\n\r\n`],
    want: "down",
    reason: "request error: headers longer than 64 KiB",
    category: "request_error",
  },
  {
    name: "control characters do not reach the reason",
    answer: ["HTTP/1.1 500 X\r\n\r\n\x1b[31mred\x07\u202e"],
    want: "down",
    reason: "HTTP 500: red",
    category: "http_status",
  },
  {
    name: "JSON number as it is written, whatever its digits",
    answer: [ok('{"a":[1.0,12345678901234567890]}')],
    lines: `json_query = "$.a"\njson_expected = "[1.0,12345678901234567890]"`,
    want: "up",
  },
  {
    name: "JSON number the shortest way",
    answer: [ok('{"a":1.0}')],
    lines: `json_query = "$.a"\njson_expected = "1"`,
    want: "up",
  },
  {
    name: "JSON number that differs is shown as it is written",
    answer: [ok("12345678901234567890")],
    lines: `json_query = "$"\njson_expected = "1"`,
    want: "down",
    reason: "JSON query $ != 1, got 12345678901234567890",
    category: "content",
  },
  {
    name: "JSON nested without end",
    answer: [ok("[".repeat(100_000) + "]".repeat(100_000))],
    lines: 'json_query = "$..a"',
    want: "down",
    reason: "JSON query $..a: the response is nested too deeply",
    category: "content",
  },
  {
    name: "JSON behind a byte order mark",
    answer: ["HTTP/1.1 200 OK\r\n\r\n", new Uint8Array([0xef, 0xbb, 0xbf]), '{"a":1}'],
    lines: 'json_query = "$.a"',
    want: "up",
  },
  {
    name: "keyword in the declared charset",
    answer: [
      "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=ISO-8859-1\r\n\r\n",
      new Uint8Array([0x63, 0x61, 0x66, 0xe9]),
    ],
    lines: 'keyword = "café"',
    want: "up",
  },
  {
    name: "keyword in UTF-8 although another charset is declared",
    answer: ["HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=iso-8859-1\r\n\r\ncafé"],
    lines: 'keyword = "café"',
    want: "up",
  },
  {
    name: "keyword in UTF-16",
    answer: [
      'HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset="utf-16le"\r\n\r\n',
      new Uint8Array([0x6f, 0, 0x6b, 0]),
    ],
    lines: 'keyword = "ok"',
    want: "up",
  },
  {
    name: "204 with a body that must not be",
    answer: ["HTTP/1.1 204 N\r\nContent-Length: 5\r\n\r\nhello"],
    want: "up",
  },
  {
    name: "101 is an answer",
    answer: ["HTTP/1.1 101 Switching Protocols\r\n\r\n"],
    want: "down",
    reason: "HTTP 101",
    category: "http_status",
  },
  {
    name: "too many interim answers",
    answer: ["HTTP/1.1 102 Processing\r\n\r\n".repeat(20)],
    want: "down",
    reason: "request error: too many interim answers",
    category: "request_error",
  },
  {
    name: "location that is no URL is final",
    answer: ["HTTP/1.1 302 Found\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n"],
    want: "down",
    reason: "HTTP 302",
    category: "http_status",
  },
  {
    name: "location with an unknown host",
    answer: ["HTTP/1.1 302 Found\r\nLocation: //nowhere.invalid/x\r\n\r\n"],
    want: "down",
    reason: "could not resolve host",
    category: "host_unresolved",
  },
  {
    name: "location at port 0",
    answer: ["HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:0/\r\n\r\n"],
    want: "down",
    reason: /^connection failed: .*\(127\.0\.0\.1:0\)$/,
    category: "connection_refused",
  },
  ...["utf-8", "none", "aws-chunked", "snappy"].map((coding): Row => ({
    name: `a content coding that is none, or not known: ${coding}`,
    answer: [`HTTP/1.1 200 OK\r\nContent-Encoding: ${coding}\r\n\r\nok`],
    lines: 'keyword = "ok"',
    want: "up",
  })),
  ...["utf-8", "none", "aws-chunked", "identity", "Binary"].map((coding): Row => ({
    name: `a keyword's absence under a content coding that is none: ${coding}`,
    answer: [`HTTP/1.1 200 OK\r\nContent-Encoding: ${coding}\r\n\r\nok`],
    lines: 'keyword = "error"\nkeyword_invert = true',
    want: "up",
  })),
  {
    name: "a keyword's absence under a content coding that is not known",
    answer: ["HTTP/1.1 200 OK\r\nContent-Encoding: snappy\r\n\r\nok"],
    lines: 'keyword = "error"\nkeyword_invert = true',
    want: "down",
    reason: "invalid response body: content coding snappy is not known",
    category: "invalid_body",
  },
  {
    name: "a keyword that is missing under a content coding that is not known",
    answer: ["HTTP/1.1 200 OK\r\nContent-Encoding: gzip, snappy\r\n\r\n", gzipSync("ok")],
    lines: 'keyword = "fine"',
    want: "down",
    reason: "keyword missing: fine (content coding snappy is not known)",
    category: "content",
  },
  {
    name: "content codings in two headers",
    answer: [
      "HTTP/1.1 200 OK\r\nContent-Encoding: aws-chunked\r\nContent-Encoding: GZIP\r\n\r\n",
      gzipSync("ok"),
    ],
    lines: 'keyword = "ok"',
    want: "up",
  },
  {
    name: "odd lines among the headers",
    answer: [
      "HTTP/1.1 200 OK\r\n folded\r\nServer : x\r\nno colon\r\n: y\r\nContent-Length : 2\r\n\r\nok, cut",
    ],
    lines: 'keyword = "cut"\nkeyword_invert = true',
    want: "up",
  },
  {
    name: "a first line that continues none is no header",
    answer: ["HTTP/1.1 200 OK\r\n Content-Length: 2\r\nContent-Length: 7\r\n\r\nok, cut"],
    lines: 'keyword = "cut"',
    want: "up",
  },
  {
    name: "what continues a line that is no header belongs to none",
    answer: ["HTTP/1.1 200 OK\r\nContent-Length: 2\r\nno colon\r\n folded\r\n\r\nok, cut"],
    lines: 'keyword = "cut"\nkeyword_invert = true',
    want: "up",
  },
  {
    name: "HTTP/2 in the clear",
    answer: [new Uint8Array([0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100])],
    want: "down",
    reason: "request error: the server speaks HTTP/2 without TLS, which is not checked",
    category: "request_error",
  },
  {
    name: "SSH",
    answer: ["SSH-2.0-OpenSSH_9.2p1\r\n"],
    want: "down",
    reason: "request error: the server speaks SSH, not HTTP",
    category: "request_error",
  },
  {
    name: "TLS alert",
    answer: [new Uint8Array([21, 3, 1, 0, 2, 2, 40])],
    want: "down",
    reason: "request error: the server speaks TLS: the target should begin with https://",
    category: "request_error",
  },
];

for (const { name, answer, lines, want, reason, category } of rows) {
  Deno.test(`probeHttp() judges: ${name}`, async () => {
    await using server = new RawServer(answering(...answer));
    const outcome = await check(http(server.port, lines));
    assert.equal(outcome.status, want, outcome.reason ?? "");
    if (reason instanceof RegExp) assert.match(outcome.reason ?? "", reason);
    else assert.equal(outcome.reason, reason ?? null);
    assert.equal(outcome.category, category ?? null);
    if (want !== "down") assert.ok(outcome.latencyMs !== null && outcome.latencyMs > 0);
  });
}

const codings: [string, Uint8Array][] = [
  ["gzip", gzipSync("it is good")],
  ["br", brotliCompressSync("it is good")],
  ["zstd", zstdCompressSync("it is good")],
  ["deflate", deflateSync("it is good")],
  ["deflate", deflateRawSync("it is good")],
  ["gzip, br", brotliCompressSync(gzipSync("it is good"))],
];
for (const [coding, body] of codings) {
  Deno.test(`probeHttp() finds a keyword in a body coded ${coding} (${body.length} bytes)`, async () => {
    const head = `HTTP/1.1 200 OK\r\nContent-Encoding: ${coding}\r\nContent-Length: ${body.length}\r\n\r\n`;
    await using server = new RawServer(answering(head, body));
    const outcome = await check(http(server.port, 'keyword = "good"'));
    assert.equal(outcome.status, "up", outcome.reason ?? "");
  });
}

Deno.test("probeHttp() stops a compressed bomb at the cap", async () => {
  const bomb = gzipSync(new Uint8Array(64 * 1024 * 1024));
  const head = `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`;
  await using server = new RawServer(answering(head, bomb));
  const outcome = await check(http(server.port, 'keyword = "good"\nmax_body_kb = 64'));
  assert.equal(outcome.category, "body_too_large");
});

Deno.test("probeHttp() follows ten redirects and refuses the eleventh", async () => {
  for (const [hops, status] of [[10, "up"], [11, "down"]] as const) {
    await using server = new RawServer(async (connection) => {
      const at = Number(/^GET \/(\d+)/.exec(await readHeadText(connection))?.[1]);
      const answer = at < hops ? `HTTP/1.1 302 Found\r\nLocation: ${at + 1}\r\n\r\n` : ok("there");
      await writeAll(connection, answer);
      connection.close();
    });
    const outcome = await check(http(server.port, "", "/0"));
    assert.equal(outcome.status, status);
    assert.equal(outcome.reason, status === "up" ? null : "too many redirects");
    assert.equal(server.connections, 11, "one fresh connection per hop");
  }
});

Deno.test("probeHttp() follows a location whose bytes are not ASCII to where they lead", async () => {
  const ways: [number[], string][] = [
    [[0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xc3, 0xa0], "/caf%C3%A9%E2%82%AC%C3%A0"],
    [[0xe9], "/caf%E9"],
  ];
  for (const [bytes, path] of ways) {
    const asked: string[] = [];
    await using server = new RawServer(async (connection) => {
      asked.push((await readHeadText(connection)).split(" ")[1]);
      const location = new TextEncoder().encode("HTTP/1.1 302 F\r\nLocation: /caf");
      if (asked.length > 1) await writeAll(connection, ok("there"));
      else await writeAll(connection, Uint8Array.of(...location, ...bytes, 13, 10, 13, 10));
      connection.close();
    });
    assert.equal((await check(http(server.port))).status, "up");
    assert.deepEqual(asked, ["/", path]);
  }
});

Deno.test("probeHttp() sends configured headers only to the target's own origin, also when the chain comes back", async () => {
  const seen: Record<string, string> = {};
  let home = 0;
  await using other = new RawServer(async (connection) => {
    seen.other = await readHeadText(connection);
    await writeAll(connection, `HTTP/1.1 302 F\r\nLocation: http://127.0.0.1:${home}/back\r\n\r\n`);
    connection.close();
  });
  await using server = new RawServer(async (connection) => {
    const head = await readHeadText(connection);
    const isBack = head.startsWith("GET /back");
    seen[isBack ? "back" : "first"] = head;
    await writeAll(
      connection,
      isBack ? ok("a") : `HTTP/1.1 307 T\r\nLocation: http://127.0.0.1:${other.port}/x\r\n\r\n`,
    );
    connection.close();
  });
  home = server.port;
  const target = `http://user:p%40ss@127.0.0.1:${server.port}/`;
  const monitor = monitorFrom(
    "http",
    `target = "${target}"\n[monitors.headers]\nX-Key = "secret"\nAccept = "text/x"`,
  );
  assert.equal((await check(monitor)).status, "up");
  const basic = `Authorization: Basic ${btoa("user:p@ss")}`;
  assert.match(seen.first, /\r\nX-Key: secret\r\n/);
  assert.match(seen.first, /\r\nAccept: text\/x\r\n/);
  assert.ok(seen.first.includes(basic));
  assert.match(seen.first, /\r\nUser-Agent: hora\/test\r\n/);
  assert.doesNotMatch(seen.other, /X-Key|Authorization/i);
  assert.match(seen.other, /\r\nAccept: \*\/\*\r\n/);
  assert.match(seen.back, /X-Key: secret/);
});

Deno.test("probeHttp() sends the method and body, and turns them into a GET on 303", async () => {
  const seen: string[] = [];
  await using server = new RawServer(async (connection) => {
    seen.push(await readHeadText(connection));
    await writeAll(connection, seen.length === 1 ? "HTTP/1.1 303 S\r\nLocation: /done\r\n\r\n" : ok("a"));
    connection.close();
  });
  const outcome = await check(http(server.port, 'method = "POST"\nbody = "häm"'));
  assert.equal(outcome.status, "up", outcome.reason ?? "");
  assert.match(seen[0], /^POST \/ HTTP\/1.1\r\n/);
  assert.match(seen[0], /\r\nContent-Length: 4\r\n/);
  assert.match(seen[1], /^GET \/done /);
  assert.doesNotMatch(seen[1], /Content-Length/);
});

Deno.test("probeHttp() says that a body is empty where one is expected", async () => {
  for (
    const [method, length] of [["POST", "0"], ["PUT", "0"], ["PATCH", "0"], ["GET", null], ["DELETE", null]]
  ) {
    let head = "";
    await using server = new RawServer(async (connection) => {
      head = await readHeadText(connection);
      await writeAll(connection, ok("a"));
      connection.close();
    });
    assert.equal((await check(http(server.port, `method = "${method}"`))).status, "up");
    assert.equal(/\r\nContent-Length: (\d+)/.exec(head)?.[1] ?? null, length, `${method}`);
  }
});

Deno.test("probeHttp() refuses a redirect to a private address only when told to, and lets private targets stay private", async () => {
  await using server = new RawServer(answering("HTTP/1.1 302 F\r\nLocation: /x\r\n\r\n"));
  const outcome = await check(http(server.port, "allow_private_redirects = false"));
  assert.equal(outcome.category, "too_many_redirects");
});

Deno.test("probeHttp() calls silence at any point a timeout, without latency", async () => {
  const silent: ((connection: Deno.TcpConn) => Promise<void>)[] = [
    untilEnded,
    async (connection) => {
      await readHeadText(connection);
      await writeAll(connection, "HTTP/1.1 200");
      await untilEnded(connection);
    },
    async (connection) => {
      await readHeadText(connection);
      await writeAll(connection, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
      await untilEnded(connection);
    },
    async (connection) => {
      await readHeadText(connection);
      await writeAll(
        connection,
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 90\r\n\r\n\x1f",
      );
      await untilEnded(connection);
    },
  ];
  await Promise.all(silent.map(async (serve) => {
    await using server = new RawServer(serve);
    const outcome = await check(http(server.port, 'timeout_secs = 1\nkeyword = "a-b"'));
    assert.deepEqual(
      [outcome.status, outcome.reason, outcome.category, outcome.latencyMs],
      ["down", "request timed out", "timeout", null],
    );
  }));
});

Deno.test("probeHttp() survives an endless body", async () => {
  await using server = new RawServer(async (connection) => {
    await readHeadText(connection);
    await writeAll(connection, "HTTP/1.1 200 OK\r\n\r\n");
    const block = new Uint8Array(65_536).fill(97);
    for (;;) await writeAll(connection, block);
  });
  const outcome = await check(http(server.port, 'keyword = "b"\nmax_body_kb = 300'));
  assert.equal(outcome.category, "body_too_large");
});

Deno.test("probeHttp() names refused connections, unknown hosts and slow answers", async () => {
  const refused = await check(http(freePort()));
  assert.equal(refused.category, "connection_refused");
  assert.match(refused.reason ?? "", /^connection failed: Connection refused \(127\.0\.0\.1:\d+\)$/);
  const unknown = await check(monitorFrom("http", 'target = "http://no-such-host.invalid/"'));
  assert.deepEqual([unknown.reason, unknown.category], ["could not resolve host", "host_unresolved"]);
  await using slow = new RawServer(async (connection) => {
    await readHeadText(connection);
    await new Promise((resolve) => setTimeout(resolve, 30));
    await writeAll(connection, ok("a"));
    connection.close();
  });
  assert.equal((await check(http(slow.port, "degraded_over_ms = 10"))).status, "degraded");
});

Deno.test("probeHttp() retries a failed attempt after a second and keeps the last", async () => {
  let asked = 0;
  await using server = new RawServer(async (connection) => {
    await readHeadText(connection);
    await writeAll(connection, ++asked < 3 ? "HTTP/1.1 500 X\r\n\r\n" : ok("a"));
    connection.close();
  });
  const pauses: number[] = [];
  const clock = {
    now: () => 0,
    monotonic: () => 0,
    sleep: (ms: number) => {
      pauses.push(ms);
      return Promise.resolve();
    },
  };
  assert.equal((await check(http(server.port, "probe_retries = 2"), { clock })).status, "up");
  assert.deepEqual(pauses, [1_000, 1_000]);
});

Deno.test("a snapshot holds status line, headers and body with secrets masked", async () => {
  const headers = Array.from({ length: 30 }, (_, at) => `X-H${at}: v${at}`).join("\r\n");
  const answer =
    `HTTP/1.1 503 Service Unavailable\r\nSet-Cookie: sid=hush\r\nLocation: https://u:pw@x/?token=hush\r\n` +
    `${headers}\r\n\r\n{"access_token":"hush"} Authorization: Bearer hushhushhush api_key=hush;`;
  await using server = new RawServer(answering(answer));
  const outcome = await check(http(server.port, "follow_redirects = false"));
  const lines = outcome.snapshot?.split("\n") ?? [];
  assert.equal(lines[0], "HTTP/1.1 503 Service Unavailable");
  assert.equal(lines[1], "set-cookie: <masked>");
  assert.equal(lines[25], "(8 more headers)");
  assert.equal(lines[26], "");
  assert.doesNotMatch(outcome.snapshot ?? "", /hush|pw@/);
  assert.equal(
    outcome.reason,
    'HTTP 503: {"access_token":"<masked>"} Authorization: Bearer <masked> api_key=<masked>;',
  );
});

Deno.test("probeHttp() times a body that nobody asserts about, for a second and 64 KiB at most, and judges nothing by it", async () => {
  const big = "x".repeat(2_000_000);
  const parts: [string, boolean][] = [
    [ok("fine"), true],
    ["HTTP/1.1 200 OK\r\n\r\nuntil closed", true],
    ["HTTP/1.1 204 N\r\n\r\n", true],
    [ok(big), false],
    ["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut", false],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense", false],
  ];
  for (const [answer, isTimed] of parts) {
    await using server = new RawServer(answering(answer));
    const outcome = await check(http(server.port));
    assert.deepEqual(
      [outcome.status, outcome.phases?.transferMs !== undefined],
      ["up", isTimed],
      answer.slice(0, 60),
    );
  }
  await using endless = new RawServer(async (connection) => {
    await readHeadText(connection);
    await writeAll(connection, "HTTP/1.1 200 OK\r\n\r\nand then nothing");
    await untilEnded(connection);
  });
  const outcome = await check(http(endless.port, "timeout_secs = 30"));
  assert.deepEqual([outcome.status, outcome.phases?.transferMs], ["up", undefined]);
});

Deno.test("probeHttp() sends the target's user name and password as they were meant", async () => {
  for (const [given, meant] of [["us%C3%A9r:p%40ss", "usér:p@ss"], ["50%:off%zz", "50%:off%zz"]]) {
    let seen = "";
    await using server = new RawServer(async (connection) => {
      seen = /authorization: Basic (\S+)/i.exec(await readHeadText(connection))?.[1] ?? "";
      await writeAll(connection, ok("fine"));
      connection.close();
    });
    const outcome = await check(monitorFrom("http", `target = "http://${given}@127.0.0.1:${server.port}/"`));
    assert.equal(outcome.status, "up", outcome.reason ?? "");
    assert.equal(new TextDecoder().decode(Uint8Array.from(atob(seen), (char) => char.charCodeAt(0))), meant);
  }
});
