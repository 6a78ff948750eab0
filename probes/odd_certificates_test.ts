import assert from "node:assert/strict";
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import type { CertificateFacts } from "../domain/outcome.ts";
import {
  altNames,
  certificate,
  commonName,
  extension,
  generalizedTime,
  type Odd,
  oid,
  seq,
  tlv,
  utcTime,
} from "../tests/support/der.ts";
import { Background, findProgram, freePort, listening } from "../tests/support/programs.ts";
import { check, monitorFrom, probeContext } from "../tests/support/probing.ts";
import { lookAtCertificate } from "./certificate_look.ts";
import { factsOf } from "./handshake.ts";

const wide = (words: string) => Uint8Array.from([...words].flatMap((char) => [0, char.charCodeAt(0)]));
const keys = {
  ec: () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
  rsa: () => generateKeyPairSync("rsa", { modulusLength: 1024 }),
  ed25519: () => generateKeyPairSync("ed25519"),
};

/** `unserved`: no server takes it, so that it is only read. */
const odd: Readonly<Record<string, Odd & { key?: keyof typeof keys; unserved?: true }>> = {
  "nothing odd": {},
  "an Ed25519 key": { key: "ed25519" },
  "an RSA key of 1024 bits": { key: "rsa" },
  "no alternative name": { extensions: [] },
  "an empty subject": { subject: seq() },
  "neither subject nor names": { unserved: true, subject: seq(), extensions: [] },
  "serial 0": { serial: [0] },
  "a negative serial": { serial: [0x80] },
  "a serial of 40 bytes": { serial: Array(40).fill(0x7f) },
  "version 1": { version: null, extensions: [] },
  "version 1 with extensions": { version: null },
  "version 9": { version: 8 },
  "dates before 1970": { notBefore: utcTime("500101000000Z"), notAfter: utcTime("691231235959Z") },
  "until the year 9999": { notAfter: generalizedTime("99991231235959Z") },
  "from the year 1": { notBefore: generalizedTime("00010101000000Z") },
  "dates in the wrong order": { notBefore: utcTime("400101000000Z"), notAfter: utcTime("300101000000Z") },
  "dates that are none": { notBefore: utcTime("not a date"), notAfter: utcTime("") },
  "a date without seconds": { notAfter: utcTime("4901010000Z") },
  "a date with an offset": { notAfter: utcTime("490101000000+0100") },
  "a date with a fraction": { notAfter: generalizedTime("20490101000000.123Z") },
  "NUL in the common name": { unserved: true, subject: commonName("localhost\0.evil.example") },
  "NUL in a name": { extensions: [altNames("localhost\0.evil.example")] },
  "escapes and line ends in the common name": { subject: commonName("a\x1b[31mb\r\nCN=c\u202ed") },
  "a common name that is no UTF-8": { unserved: true, subject: commonName(Uint8Array.of(0xff, 0xfe, 0x80)) },
  "a common name in UTF-16": { subject: commonName(wide("localhost"), 0x1e) },
  "half a UTF-16 character": { unserved: true, subject: commonName(Uint8Array.of(0, 0x61, 0), 0x1e) },
  "a common name in T.61": { subject: commonName(Uint8Array.of(0x63, 0xe9, 0x74), 0x14) },
  "a common name of 10,000 characters": { subject: commonName("n".repeat(10_000)) },
  "500 names": { extensions: [altNames(...Array.from({ length: 500 }, (_, at) => `h${at}.example`))] },
  "a name of 5,000 characters": { extensions: [altNames("n".repeat(5_000))] },
  "no names in the list of names": { extensions: [altNames()] },
  "names that are no DER": { extensions: [extension("2.5.29.17", Uint8Array.of(0x30, 0x82, 0xff))] },
  "an unknown critical extension": {
    extensions: [altNames("localhost"), extension("1.2.3.4.5", tlv(0x05), true)],
  },
  "the same extension twice": { extensions: [altNames("localhost"), altNames("other.example")] },
  "an attribute of no known kind": {
    subject: seq(tlv(0x31, seq(oid("1.2.3.4"), tlv(0x0c, Uint8Array.of(0x61))))),
  },
  "the same attribute many times": {
    subject: seq(
      ...Array.from({ length: 50 }, () => tlv(0x31, seq(oid("2.5.4.3"), tlv(0x0c, Uint8Array.of(0x61))))),
    ),
  },
};

// deno-lint-ignore no-control-regex
const steering = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

function assertShowable(facts: CertificateFacts | null): void {
  if (facts === null) return;
  assert.ok(Number.isFinite(facts.notAfterAt) && Number.isFinite(facts.notBeforeAt), JSON.stringify(facts));
  assert.match(facts.fingerprint, /^[0-9a-f]{64}$/);
  assert.doesNotMatch(`${facts.subject}${facts.issuer}`, steering);
  assert.ok(facts.subject.length <= 200 && facts.issuer.length <= 200);
}

/** OpenSSL's own server on a free port. Somebody else may take the port before it does, so others are tried. */
async function serve(folder: string): Promise<AsyncDisposable & { readonly port: number }> {
  for (let left = 3;; left--) {
    const port = freePort();
    const args = `s_server -quiet -www -cipher DEFAULT@SECLEVEL=0 -accept 127.0.0.1:${port}`.split(" ");
    const running = new Background("openssl", [
      ...args,
      "-cert",
      `${folder}/cert.pem`,
      "-key",
      `${folder}/key.pem`,
    ]);
    try {
      await listening(port);
      return { port, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() };
    } catch (error) {
      await running[Symbol.asyncDispose]();
      if (left === 0) throw error;
    }
  }
}

Deno.test({
  name: "odd certificates: each gets a verdict with a reason, facts that can be shown, and a look that ends",
  ignore: findProgram("openssl") === null,
  async fn(t) {
    const folder = await Deno.makeTempDir({ prefix: "hora-odd-" });
    for (const [name, { key = "ec", unserved = false, ...fields }] of Object.entries(odd)) {
      await t.step(name, async () => {
        const { privateKey, publicKey } = keys[key]();
        const pem = certificate(privateKey, publicKey, fields);
        if (unserved) return assertShowable(factsOf(new X509Certificate(pem)));
        await Deno.writeTextFile(`${folder}/cert.pem`, pem);
        await Deno.writeTextFile(
          `${folder}/key.pem`,
          privateKey.export({ type: "pkcs8", format: "pem" }) as string,
        );
        await using server = await serve(folder);
        const { port } = server;
        const target = `target = "https://localhost:${port}/"\ntimeout_secs = 10`;
        const strict = await check(monitorFrom("http", target));
        assert.equal(strict.status, "down");
        assert.match(strict.category ?? "", /^(certificate_|tls_failed)/, strict.reason ?? "");
        const lax = await check(monitorFrom("http", `${target}\ninsecure_skip_verify = true`));
        if (lax.status === "down") assert.equal(lax.category, "tls_failed", lax.reason ?? "");
        const look = await lookAtCertificate(monitorFrom("http", target), probeContext());
        assert.notEqual(look.kind, "unreachable");
        for (const facts of [strict.certificate, lax.certificate, look.kind === "read" ? look.facts : null]) {
          assertShowable(facts ?? null);
        }
        for (const { reason } of [strict, lax]) assert.doesNotMatch(reason ?? "", steering);
      });
    }
    await Deno.remove(folder, { recursive: true });
  },
});
