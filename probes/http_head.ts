import { Buffer } from "node:buffer";
import { ProbeFailure } from "./verdict.ts";
import type { Wire } from "./wire.ts";

/** Largest response head taken, status line and headers together, in bytes. */
export const HEAD_LIMIT = 64 * 1024;
/** Interim (1xx) answers taken before the real one. */
const MAX_INTERIM = 8;

export interface ResponseHead {
  /** `HTTP/1.1`. */
  readonly version: string;
  readonly code: number;
  readonly phrase: string;
  /** In order of arrival, names lower-case. */
  readonly headers: readonly (readonly [string, string])[];
}

export function header(head: ResponseHead, name: string): string | null {
  return head.headers.find(([known]) => known === name)?.[1] ?? null;
}

function endOfHead(bytes: Uint8Array, from: number): number {
  for (let at = Math.max(0, from - 3); at < bytes.length; at++) {
    if (bytes[at] !== 10) continue;
    if (bytes[at + 1] === 10) return at + 2;
    if (bytes[at + 1] === 13 && bytes[at + 2] === 10) return at + 3;
  }
  return -1;
}

/** Header bytes are taken one to one, so that odd ones neither fail nor grow; `TextDecoder` would make windows-1252 of it. */
function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/** A part of a header without the blanks around it; `trim()` would take the last byte of an `à` for one. */
function withoutBlanks(text: string): string {
  const isBlank = (at: number) => text[at] === " " || text[at] === "\t" || text[at] === "\r";
  let [from, to] = [0, text.length];
  while (from < to && isBlank(from)) from++;
  while (to > from && isBlank(to - 1)) to--;
  return text.slice(from, to);
}

/** Reads a head from text that ends before the blank line; lines that are no header are passed over. Throws `ProbeFailure` when it is not HTTP/1. */
function parseHead(text: string): ResponseHead {
  const [first, ...lines] = text.split(/\r?\n/);
  const status = /^(HTTP\/1\.[01]) ([0-9]{3})(?: (.*))?$/.exec(first);
  if (status === null) throw new ProbeFailure("request_error", "request error: the answer is not HTTP/1.1");
  const headers: [string, string][] = [];
  // What a folded line goes on with: the header before it, or null where that was passed over, and so is what continues it.
  let latest: [string, string] | null = null;
  for (const line of lines) {
    if (/^[ \t]/.test(line)) {
      if (latest !== null) latest[1] += ` ${withoutBlanks(line)}`;
      continue;
    }
    const colon = line.indexOf(":");
    const name = withoutBlanks(line.slice(0, Math.max(0, colon))).toLowerCase();
    latest = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(name) ? [name, withoutBlanks(line.slice(colon + 1))] : null;
    if (latest !== null) headers.push(latest);
  }
  return { version: status[1], code: Number(status[2]), phrase: status[3] ?? "", headers };
}

/** The head of the final answer; interim answers are skipped, what follows is left on the wire. Rejects with `ProbeFailure`. */
export async function readHead(wire: Wire): Promise<ResponseHead> {
  for (let interim = 0; interim <= MAX_INTERIM; interim++) {
    const head = await readOneHead(wire);
    if (head.code >= 200 || head.code === 101) return head;
  }
  throw new ProbeFailure("request_error", "request error: too many interim answers");
}

/** Beginnings of other protocols, and what to tell about them. */
const foreign: readonly (readonly [RegExp, string])[] = [
  [/^\u0000\u0000[^]\u0004|^PRI \* HTTP\/2/, "speaks HTTP/2 without TLS, which is not checked"],
  [/^[\u0014-\u0017]\u0003[\u0000-\u0004]/, "speaks TLS: the target should begin with https://"],
  [/^SSH-/, "speaks SSH, not HTTP"],
  [/^220[ -]/, "speaks SMTP or FTP, not HTTP"],
  [/^\* OK/, "speaks IMAP, not HTTP"],
  [/^\+OK/, "speaks POP3, not HTTP"],
];

/** Ends the wait as soon as the first bytes can be no answer. */
function refuseForeign(bytes: Uint8Array): void {
  if (bytes.length < 4 || (bytes[0] === 72 && bytes[1] === 84)) return;
  const start = latin1(bytes.subarray(0, 16));
  const known = foreign.find(([pattern]) => pattern.test(start))?.[1];
  if (known !== undefined) throw new ProbeFailure("request_error", `request error: the server ${known}`);
}

async function readOneHead(wire: Wire): Promise<ResponseHead> {
  let bytes: Uint8Array = new Uint8Array(0);
  for (;;) {
    const chunk = await wire.read();
    if (chunk === null) {
      const seen = bytes.length === 0 ? "without an answer" : "in the middle of the headers";
      throw new ProbeFailure(
        "connection_reset",
        `request error: ${wire.where} closed the connection ${seen}`,
      );
    }
    const before = bytes.length;
    if (before === 0) bytes = chunk;
    else {
      const joined = new Uint8Array(before + chunk.length);
      joined.set(bytes);
      joined.set(chunk, before);
      bytes = joined;
    }
    refuseForeign(bytes);
    const end = endOfHead(bytes, before);
    if (end >= 0 && end <= HEAD_LIMIT) {
      wire.unread(bytes.subarray(end));
      return parseHead(latin1(bytes.subarray(0, end)).replace(/\r?\n\r?\n$/, ""));
    }
    if (bytes.length > HEAD_LIMIT) {
      throw new ProbeFailure("request_error", `request error: headers longer than ${HEAD_LIMIT / 1024} KiB`);
    }
  }
}
