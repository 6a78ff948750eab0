import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import type { FailureCategory } from "../domain/outcome.ts";
import { Authority } from "../tests/support/authority.ts";
import { Nginx, nginxProgram } from "../tests/support/nginx.ts";
import { findProgram } from "../tests/support/programs.ts";
import { check, monitorFrom, probeContext } from "../tests/support/probing.ts";
import { RawServer, untilEnded, writeAll } from "../tests/support/raw_server.ts";
import { lookAtCertificate } from "./certificate_look.ts";

const ignore = nginxProgram === null || findProgram("openssl") === null;

async function servers(authority: Authority) {
  const { folder } = authority;
  const good = await authority.issue("good", { until: "300601120000Z" });
  const pairs = [
    good,
    await authority.issue("expired", { from: "200101000000Z", until: "210101000000Z" }),
    await authority.issue("early", { from: "480101000000Z" }),
    await authority.issue("other", { names: "DNS:other.example" }),
    await authority.issue("self", { selfSigned: true }),
  ];
  const client = await authority.issue("client", { names: "DNS:client" });
  const blocks = pairs.map(({ cert, key }, at) =>
    `server { listen 127.0.0.1:PORT${at} ssl; ssl_certificate ${cert}; ssl_certificate_key ${key};
      location / { return 200 "hello"; }
      location /down { return 302 http://127.0.0.1/; }
      location /away { return 302 https://localhost:PORT1/; } }`
  );
  const tls = `ssl_certificate ${good.cert}; ssl_certificate_key ${good.key};`;
  blocks.push(
    `server { listen 127.0.0.1:PORT5 ssl; ${tls} ssl_client_certificate ${folder}/ca.pem; ssl_verify_client on; return 200 "$ssl_client_s_dn"; }`,
    `server { listen 127.0.0.1:PORT6 ssl http2; ssl_protocols TLSv1.3; ${tls} return 200 "v3"; }`,
    `server { listen 127.0.0.1:PORT7; return 301 https://localhost:PORT0/; }`,
  );
  return { nginx: await Nginx.start(blocks.join("\n"), 8), client };
}

Deno.test({
  name: "probeHttp() and probeTls() judge certificates of a real nginx",
  ignore,
  async fn(t) {
    await using authority = await Authority.make();
    const { nginx: started, client } = await servers(authority);
    await using nginx = started;
    const ca = `ca_file = "${authority.ca}"`;
    const der = `${authority.folder}/ca.der`;
    await Deno.writeFile(der, new X509Certificate(await Deno.readTextFile(authority.ca)).raw);
    const https = (at: number, lines = ca, path = "/") =>
      monitorFrom("http", `target = "https://localhost:${nginx.ports[at]}${path}"\n${lines}`);

    const rows: [string, number, string, FailureCategory | null, RegExp | null][] = [
      ["good", 0, ca, null, null],
      ["expired", 1, ca, "certificate_expired", /expired \(ended 2021-01-01 00:00 UTC\)/],
      ["not yet valid", 2, ca, "certificate_not_yet_valid", /begins 2048-01-01/],
      ["wrong host", 3, ca, "certificate_wrong_host", /DNS:other\.example/],
      ["self-signed", 4, ca, "certificate_untrusted", /self-signed/],
      ["unknown authority", 0, "", "certificate_untrusted", /issued by CN=Hora Test CA/],
      ["unverified", 4, "insecure_skip_verify = true", null, null],
      ["no client certificate", 5, ca, "http_status", /^HTTP 400/],
      ["TLS 1.3 with HTTP/2 offered", 6, ca, null, null],
      ["redirect from http", 7, ca, null, null],
      [
        "CA file in another form",
        0,
        `ca_file = "${der}"`,
        "other",
        /^cannot use ca_file \S+: no certificate in PEM form is in it$/,
      ],
      ["unreadable CA file", 0, 'ca_file = "/nowhere.pem"', "other", /cannot read ca_file \/nowhere\.pem/],
    ];
    for (const [name, at, lines, category, reason] of rows) {
      await t.step(name, async () => {
        const monitor = at === 7
          ? monitorFrom("http", `target = "http://localhost:${nginx.ports[at]}/"\n${lines}`)
          : https(at, lines);
        const outcome = await check(monitor);
        assert.equal(outcome.category, category, outcome.reason ?? "");
        if (reason !== null) assert.match(outcome.reason ?? "", reason);
        if (category === null) assert.equal(outcome.status, "up");
      });
    }

    await t.step("facts, phases and a pin come from the check's own handshake", async () => {
      const outcome = await check(https(0, `${ca}\nkeyword = "hello"`));
      assert.equal(outcome.certificate?.notAfterAt, Date.parse("2030-06-01T12:00:00Z"));
      assert.equal(outcome.certificate?.issuer, "CN=Hora Test CA");
      const phases = outcome.phases ?? {};
      assert.deepEqual(Object.keys(phases), ["resolveMs", "connectMs", "tlsMs", "firstByteMs", "transferMs"]);
      const pin = outcome.certificate?.fingerprint ?? "";
      assert.match(pin, /^[0-9a-f]{64}$/);
      assert.equal((await check(https(0, `${ca}\ncert_pin = "${pin.toUpperCase()}"`))).status, "up");
      const changed = await check(https(0, `${ca}\ncert_pin = "${"0".repeat(64)}"`));
      assert.deepEqual([changed.status, changed.category], ["degraded", "certificate_pin"]);
      const unverified = `insecure_skip_verify = true\ncert_pin = "${"0".repeat(64)}"`;
      const stranger = await check(https(4, unverified));
      assert.deepEqual([stranger.status, stranger.category], ["down", "certificate_pin"]);
    });

    await t.step("an address is compared with the certificate too", async () => {
      const at = (port: number) => check(monitorFrom("http", `target = "https://127.0.0.1:${port}/"\n${ca}`));
      assert.equal((await at(nginx.ports[0])).status, "up");
      assert.equal((await at(nginx.ports[3])).category, "certificate_wrong_host");
    });

    await t.step("an expired certificate still shows its facts", async () => {
      const outcome = await check(https(1));
      assert.equal(outcome.certificate?.notAfterAt, Date.parse("2021-01-01T00:00:00Z"));
    });

    await t.step(
      "the certificate that a redirect leads to is judged, and not taken for the target's",
      async () => {
        const outcome = await check(https(0, ca, "/away"));
        assert.equal(outcome.category, "certificate_expired", outcome.reason ?? "");
        assert.equal(outcome.certificate?.notAfterAt, Date.parse("2030-06-01T12:00:00Z"));
        const target = `target = "http://localhost:${nginx.ports[7]}/"`;
        const elsewhere = await check(monitorFrom("http", target));
        assert.equal(elsewhere.category, "certificate_untrusted", elsewhere.reason ?? "");
        assert.equal(elsewhere.certificate, null);
      },
    );

    await t.step("a client certificate is presented", async () => {
      const lines =
        `${ca}\nclient_cert_file = "${client.cert}"\nclient_key_file = "${client.key}"\nkeyword = "CN=client"`;
      const outcome = await check(https(5, lines));
      assert.equal(outcome.status, "up", outcome.reason ?? "");
    });

    await t.step("https is never left for http", async () => {
      const outcome = await check(https(0, ca, "/down"));
      assert.deepEqual([outcome.status, outcome.category], ["down", "redirect_refused"]);
    });

    await t.step("plain text on a TLS port, and TLS on a plain one", async () => {
      const outcome = await check(https(7));
      assert.equal(outcome.category, "tls_failed");
    });

    await t.step("kind tls", async () => {
      const tls = (at: number, lines = ca) =>
        monitorFrom("tls", `target = "localhost:${nginx.ports[at]}"\n${lines}`);
      const good = await check(tls(0));
      assert.equal(good.status, "up", good.reason ?? "");
      assert.equal(good.certificate?.notAfterAt, Date.parse("2030-06-01T12:00:00Z"));
      assert.equal((await check(tls(1))).category, "certificate_expired");
      assert.equal((await check(tls(7))).category, "tls_failed");
    });

    await t.step("a look apart from checks reads even what is not trusted", async () => {
      const look = await lookAtCertificate(https(1, ""), probeContext());
      assert.equal(look.kind === "read" && look.facts.notAfterAt, Date.parse("2021-01-01T00:00:00Z"));
      assert.equal((await lookAtCertificate(https(7, ""), probeContext())).kind, "unreadable");
    });
  },
});

Deno.test({
  name: "a handshake that never ends is a timeout",
  async fn() {
    await using server = new RawServer(untilEnded);
    const outcome = await check(
      monitorFrom("http", `target = "https://127.0.0.1:${server.port}"\ntimeout_secs = 1`),
    );
    assert.equal(outcome.category, "timeout");
    const tls = await check(monitorFrom("tls", `target = "127.0.0.1:${server.port}"\ntimeout_secs = 1`));
    assert.deepEqual([tls.reason, tls.category], ["connection timed out", "connect_timeout"]);
  },
});

/** Says the lines of a protocol before TLS; what follows the go-ahead is piped to a TLS port. */
function upgrading(greeting: string, replies: Record<string, string>, tlsPort: number) {
  return async (connection: Deno.TcpConn) => {
    await writeAll(connection, greeting);
    const buffer = new Uint8Array(4_096);
    for (;;) {
      const size = await connection.read(buffer);
      if (size === null) return;
      const line = new TextDecoder().decode(buffer.subarray(0, size)).trim();
      const word = Object.keys(replies).find((known) => line.startsWith(known));
      await writeAll(connection, word === undefined ? "500 what\r\n" : replies[word]);
      if (line.includes("STARTTLS") && tlsPort > 0) break;
    }
    const behind = await Deno.connect({ port: tlsPort });
    await Promise.allSettled([
      connection.readable.pipeTo(behind.writable),
      behind.readable.pipeTo(connection.writable),
    ]);
  };
}

Deno.test({
  name: "probeTls() asks SMTP and IMAP servers for TLS, and refuses text slipped in before it",
  ignore,
  async fn() {
    await using authority = await Authority.make();
    const { cert, key } = await authority.issue("mail");
    const block =
      `server { listen 127.0.0.1:PORT0 ssl; ssl_certificate ${cert}; ssl_certificate_key ${key}; return 200 x; }`;
    await using nginx = await Nginx.start(block, 1);
    const [port] = nginx.ports;
    const ehlo = { EHLO: "250-here\r\n250 STARTTLS\r\n" };
    const smtp = (starttls: string, to = port) =>
      upgrading("220 hi\r\n", { ...ehlo, STARTTLS: starttls }, to);
    const imap = upgrading("* OK hi\r\n", { "a1 STARTTLS": "a1 OK go\r\n" }, port);
    const run = async (serve: (connection: Deno.TcpConn) => Promise<void>, word: string) => {
      await using server = new RawServer(serve);
      const target = `target = "localhost:${server.port}"\nstarttls = "${word}"`;
      return await check(monitorFrom("tls", `${target}\nca_file = "${authority.ca}"`));
    };
    for (const [serve, word] of [[smtp("220 go\r\n"), "smtp"], [imap, "imap"]] as const) {
      const outcome = await run(serve, word);
      assert.equal(outcome.status, "up", outcome.reason ?? "");
      assert.equal(outcome.certificate?.subject, "CN=mail");
    }
    const terse = upgrading("220-here\r\n220\r\n", {
      EHLO: "250-STARTTLS\r\n250\r\n",
      STARTTLS: "220-begin\r\n220\r\n",
    }, port);
    const chatty = upgrading("* ok hi\r\n", { "a1 STARTTLS": "* NO disk nearly full\r\na1 ok\r\n" }, port);
    for (const [serve, word] of [[terse, "smtp"], [chatty, "imap"]] as const) {
      const outcome = await run(serve, word);
      assert.equal(outcome.status, "up", `${word}: ${outcome.reason}`);
    }
    const deaf = upgrading("* OK hi\r\n", { "a1 STARTTLS": "a1 no\r\n" }, 0);
    for (
      const [serve, word, said] of [[smtp("454\r\n", 0), "smtp", "454"], [deaf, "imap", "a1 no"]] as const
    ) {
      const outcome = await run(serve, word);
      assert.equal(outcome.reason, `connection failed: STARTTLS was refused (${said})`);
    }
    const refused = await run(smtp("454 not now\r\n", 0), "smtp");
    assert.match(refused.reason ?? "", /STARTTLS was refused \(454 not now\)/);
    const slipped = await run(smtp("220 go\r\n250 evil\r\n", 0), "smtp");
    assert.equal(slipped.category, "tls_failed");
    assert.match(slipped.reason ?? "", /slipped in/);
  },
});
