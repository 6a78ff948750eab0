import assert from "node:assert/strict";
import { openInstance } from "../tests/support/instance.ts";
import { freePort } from "../tests/support/programs.ts";
import { answering, RawServer, untilEnded } from "../tests/support/raw_server.ts";
import { certificateText } from "./probe_report.ts";
import { adHocMonitor, inferKind } from "./probe_target.ts";

const main = new URL("../main.ts", import.meta.url).pathname;

async function hora(args: string[], config?: string) {
  const folder = await Deno.makeTempDir({ prefix: "hora-cli-" });
  if (config !== undefined) await Deno.writeTextFile(`${folder}/hora.toml`, config);
  const done = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", main, ...args],
    cwd: folder,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  await Deno.remove(folder, { recursive: true });
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code: done.code, out: text(done.stdout), err: text(done.stderr) };
}

Deno.test("inferKind() takes a target for what it looks like", () => {
  const rows = [
    ["https://a.example/x", "http"],
    ["a.example", "http"],
    ["a.example/path", "http"],
    ["192.0.2.1", "icmp"],
    ["2001:db8::1", "icmp"],
    ["[2001:db8::1]", "icmp"],
    ["a.example:443", "tcp"],
    ["[::1]:25", "tcp"],
    ["a.example:99999", "http"],
  ] as const;
  for (const [target, kind] of rows) assert.equal(inferKind(target), kind, target);
});

Deno.test("adHocMonitor() uses defaults, takes $ as it is and complains about what does not fit", () => {
  const monitor = adHocMonitor("a.example/$x${HOME}", "http");
  assert.ok(typeof monitor === "object");
  assert.deepEqual([monitor.target, monitor.timeoutSecs, monitor.probeRetries], [
    "https://a.example/$x${HOME}",
    10,
    0,
  ]);
  assert.equal(typeof adHocMonitor("no port", "tcp"), "string");
  for (const target of ["http://127.0.0.1:1/x y", "a.example/?q=x y", "a.example#x y"]) {
    assert.equal(typeof adHocMonitor(target, null), "object", target);
  }
  for (
    const [target, complaint] of [
      ["ftp://a.example/", /^ftp:\/\/ is not checked/],
      ["a.example:99999", /^there is no port 99999/],
      ["256.1.1.1", /^it is no IP address/],
      ["two words", /holds no blanks/],
      ["http://a b/", /holds no blanks/],
      ["http://[", /must be a URL/],
    ] as const
  ) {
    const made = adHocMonitor(target, null);
    assert.match(typeof made === "string" ? made : "accepted", complaint, target);
  }
});

Deno.test("certificateText() counts hours near the end and never says expired before it is", () => {
  const facts = {
    notBeforeAt: 0,
    notAfterAt: Date.parse("2026-08-10T12:00:00Z"),
    fingerprint: "",
    subject: "",
    issuer: "",
  };
  const at = (text: string) => certificateText(facts, Date.parse(text));
  assert.equal(at("2026-06-10T12:00:00Z"), "61 days left (expires 2026-08-10)");
  assert.equal(at("2026-08-10T02:30:00Z"), "9 hours left (expires 2026-08-10)");
  assert.equal(at("2026-08-10T12:00:00Z"), "EXPIRED 0 hours ago (expires 2026-08-10)");
  assert.equal(at("2026-08-13T12:00:00Z"), "EXPIRED 3 days ago (expires 2026-08-10)");
});

Deno.test("hora probe checks a bare target without a configuration, and a configured one by its id", async () => {
  await using server = new RawServer(
    answering("HTTP/1.1 503 Gone Fishing\r\nSet-Cookie: a=hush\r\n\r\nupstream gone"),
  );
  const url = `http://user:hush@127.0.0.1:${server.port}/`;
  const bare = await hora(["probe", url, "--verbose"]);
  assert.equal(bare.code, 1);
  assert.match(bare.out, /^hora probe - http http:\/\/\*\*\*@127\.0\.0\.1:\d+\/\n\n {2}status {4}DOWN\n/);
  assert.match(bare.out, /error {5}HTTP 503: upstream gone\n/);
  assert.match(bare.out, /answered {2}HTTP\/1\.1 503 Gone Fishing\n/);
  assert.match(bare.out, /set-cookie: <masked>/);
  assert.doesNotMatch(bare.out, /hush/);
  const monitor =
    `[page]\n[server]\n[[monitors]]\nid = "api"\nname = "API"\ninterval_secs = 60\nexpected_status = 503\ntarget = "${url}"`;
  const json = await hora(["probe", "api", "--json"], monitor);
  assert.equal(json.code, 0, json.err);
  const shown = JSON.parse(json.out);
  assert.deepEqual([shown.kind, shown.status, shown.code], ["http", "up", 503]);
  assert.doesNotMatch(json.out, /hush/);
});

Deno.test("hora probe refuses what it cannot do", async () => {
  const push = '[page]\n[server]\n[[monitors]]\nid = "job"\nname = "J"\nkind = "push"\ninterval_secs = 60';
  assert.equal((await hora(["probe"])).code, 2);
  assert.equal((await hora(["probe", "ftp://a.example/"])).code, 2);
  const near = await hora(["probe", "jobb", "--kind", "tcp"], push);
  assert.deepEqual([near.code, near.err.includes("No monitor")], [2, false]);
  assert.match(
    (await hora(["probe", "joob"], push)).err,
    /^No monitor is called joob \(did you mean job\?\)/,
  );
  const broken = await hora(["probe", "job"], "[page]\nnonsense = 1\n[server]");
  assert.equal(broken.code, 2);
  assert.match(broken.err, /nonsense[^]*Cannot tell whether job is a monitor/);
  assert.equal((await hora(["probe", "a", "b"])).code, 2);
  assert.equal((await hora(["probe", "a", "--kind", "smoke"])).code, 2);
  const refused = await hora(["probe", "job"], push);
  assert.deepEqual([refused.code, /kind push/.test(refused.err)], [1, true]);
  await using server = new RawServer(untilEnded);
  const confirm = await hora(["probe", `127.0.0.1:${server.port}`, "--confirm"]);
  assert.equal(confirm.code, 0);
  assert.match(confirm.out, /vantage {3}no peers to ask/);
});

Deno.test("hora probe --confirm asks a real peer, and says what it sees from where it stands", async () => {
  await using server = new RawServer(answering("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood"));
  const monitor = (id: string, lines: string) =>
    `[[monitors]]\nid = "${id}"\nname = "${id}"\ninterval_secs = 3600\ntimeout_secs = 20\nprobe_retries = 0\n${lines}\n`;
  const good = monitor("api", `target = "http://127.0.0.1:${server.port}/"`);
  const unknown = monitor("own", `target = "http://127.0.0.1:${server.port}/other"`);
  const gone = monitor("gone", `kind = "tcp"\ntarget = "127.0.0.1:${freePort()}"`);
  await using peer = await openInstance(
    `[page]\n[server]\n[health]\nid = "lyon"\n[[peers]]\nid = "paris"\nname = "Paris"\nlisten_token = "hush"\n` +
      `listen_id = "paris"\nexpect_every_secs = 3600\n${good}${gone}`,
  );
  const config = `[page]\n[server]\n[health]\nid = "paris"\n[[peers]]\nid = "lyon"\nname = "Lyon"\n` +
    `ping_url = "${peer.hora.url}/api/push/paris"\nping_token = "TOKEN"\n${good}${gone}${unknown}`;
  const ask = (id: string, token = "hush") =>
    hora(["probe", id, "--confirm"], config.replace("TOKEN", token));
  const rows: [string, number, string, string?][] = [
    ["api", 0, "up from 2/2 vantage points"],
    ["gone", 1, "confirmed down from 2/2 vantage points"],
    ["own", 0, "up here; no peer vantage reachable, 1 vantage(s) unreachable"],
    ["api", 0, "up here; no peer vantage reachable, 1 vantage(s) unreachable", "wrong"],
  ];
  for (const [id, code, text, token] of rows) {
    const shown = await ask(id, token);
    assert.equal(shown.code, code, shown.err);
    assert.ok(shown.out.endsWith(`  vantage   ${text}\n`), shown.out);
  }
});
