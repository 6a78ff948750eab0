import { type KeyObject, sign } from "node:crypto";

/** Just enough DER to write certificates that no tool would issue. */

const text = (words: string): Uint8Array => new TextEncoder().encode(words);
const join = (parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));

/** One element: tag, length, content. */
export function tlv(tag: number, ...content: Uint8Array[]): Uint8Array {
  const body = join(content);
  const length: number[] = [];
  for (let left = body.length; left > 0; left = Math.floor(left / 256)) length.unshift(left % 256);
  const head = body.length < 128 ? [body.length] : [0x80 | length.length, ...length];
  return Uint8Array.from([tag, ...head, ...body]);
}

export const seq = (...parts: Uint8Array[]): Uint8Array => tlv(0x30, ...parts);

export function oid(dotted: string): Uint8Array {
  const [first, second, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 127];
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift((left & 127) | 128);
    bytes.push(...groups);
  }
  return tlv(0x06, Uint8Array.from(bytes));
}

/** A name of one attribute, CN, whose string has this tag: 0x0c UTF-8, 0x13 printable, 0x14 T61, 0x1e BMP. */
export function commonName(value: string | Uint8Array, tag = 0x0c): Uint8Array {
  const bytes = typeof value === "string" ? text(value) : value;
  return seq(tlv(0x31, seq(oid("2.5.4.3"), tlv(tag, bytes))));
}

export const utcTime = (words: string): Uint8Array => tlv(0x17, text(words));
export const generalizedTime = (words: string): Uint8Array => tlv(0x18, text(words));

export function extension(id: string, value: Uint8Array, isCritical = false): Uint8Array {
  return seq(oid(id), ...(isCritical ? [tlv(0x01, Uint8Array.of(255))] : []), tlv(0x04, value));
}

/** The names a certificate is for. */
export function altNames(...names: (string | Uint8Array)[]): Uint8Array {
  const entries = names.map((name) => tlv(0x82, typeof name === "string" ? text(name) : name));
  return extension("2.5.29.17", seq(...entries));
}

export interface Odd {
  /** As on the wire: 2 is version 3; null: absent, which is version 1. */
  readonly version?: number | null;
  readonly serial?: readonly number[];
  readonly subject?: Uint8Array;
  readonly notBefore?: Uint8Array;
  readonly notAfter?: Uint8Array;
  readonly extensions?: readonly Uint8Array[];
}

const algorithms: Readonly<Record<string, Uint8Array>> = {
  ec: seq(oid("1.2.840.10045.4.3.2")),
  rsa: seq(oid("1.2.840.113549.1.1.11"), tlv(0x05)),
  ed25519: seq(oid("1.3.101.112")),
};

/** A self-signed certificate in PEM, with every field as odd as wished. */
export function certificate(key: KeyObject, publicKey: KeyObject, odd: Odd): string {
  const { version = 2, serial = [1], extensions = [altNames("localhost")] } = odd;
  const subject = odd.subject ?? commonName("localhost");
  const type = key.asymmetricKeyType ?? "";
  const algorithm = algorithms[type];
  const inside = seq(
    ...(version === null ? [] : [tlv(0xa0, tlv(0x02, Uint8Array.of(version)))]),
    tlv(0x02, Uint8Array.from(serial)),
    algorithm,
    subject,
    seq(odd.notBefore ?? utcTime("200101000000Z"), odd.notAfter ?? utcTime("490101000000Z")),
    subject,
    publicKey.export({ type: "spki", format: "der" }),
    ...(extensions.length === 0 ? [] : [tlv(0xa3, seq(...extensions))]),
  );
  const signature = sign(type === "ed25519" ? null : "sha256", inside, key);
  const der = seq(inside, algorithm, tlv(0x03, Uint8Array.of(0), signature));
  // No empty line at the end: OpenSSL refuses it.
  const lines = btoa(String.fromCharCode(...der)).match(/.{1,64}/g)!.join("\n");
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}
