import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from "node:zlib";
import type { Transform } from "node:stream";
import { header, type ResponseHead } from "./http_head.ts";
import { ProbeFailure } from "./verdict.ts";
import type { ByteSource } from "./byte_source.ts";

export interface Body {
  readonly bytes: Uint8Array;
  /** More came than was wanted; the rest was not read. */
  readonly cut: boolean;
  /** The connection broke, or the framing or coding is damaged, before the end; null when neither. */
  readonly trouble: ProbeFailure | null;
}

const LINE_LIMIT = 4 * 1024;

/** Reads lines and runs of bytes from a wire. */
class Reader {
  constructor(readonly wire: ByteSource) {}
  async line(): Promise<string> {
    let text = "";
    for (;;) {
      const chunk = await this.wire.read();
      if (chunk === null) throw new ProbeFailure("body_aborted", "the connection closed");
      const at = chunk.indexOf(10);
      text += new TextDecoder("latin1").decode(at < 0 ? chunk : chunk.subarray(0, at));
      if (text.length > LINE_LIMIT) throw new ProbeFailure("invalid_body", "a chunk header is too long");
      if (at < 0) continue;
      this.wire.unread(chunk.subarray(at + 1));
      return text.replace(/\r$/, "");
    }
  }
  async *exactly(length: number): AsyncGenerator<Uint8Array> {
    let left = length;
    while (left > 0) {
      const chunk = await this.wire.read();
      if (chunk === null) throw new ProbeFailure("body_aborted", `the connection closed ${left} bytes early`);
      if (chunk.length > left) this.wire.unread(chunk.subarray(left));
      const part = chunk.length > left ? chunk.subarray(0, left) : chunk;
      left -= part.length;
      yield part;
    }
  }
}

async function* chunked(reader: Reader): AsyncGenerator<Uint8Array> {
  for (;;) {
    const size = /^([0-9a-f]{1,12})[ \t]*(?:;.*)?$/i.exec(await reader.line());
    if (size === null) throw new ProbeFailure("invalid_body", "a chunk header is malformed");
    const length = parseInt(size[1], 16);
    if (length === 0) return;
    yield* reader.exactly(length);
    if (await reader.line() !== "") {
      throw new ProbeFailure("invalid_body", "a chunk does not end where it should");
    }
  }
}

async function* untilClosed(wire: ByteSource): AsyncGenerator<Uint8Array> {
  for (;;) {
    const chunk = await wire.read();
    if (chunk === null) return;
    yield chunk;
  }
}

/** The body's bytes as framed by the head, still coded. */
function framed(wire: ByteSource, head: ResponseHead, method: string): AsyncGenerator<Uint8Array> {
  const reader = new Reader(wire);
  if (method === "HEAD" || head.code === 204 || head.code === 304) return reader.exactly(0);
  const coding = header(head, "transfer-encoding")?.toLowerCase();
  if (coding !== undefined && coding !== null && coding !== "identity") return chunked(reader);
  const length = header(head, "content-length");
  if (length !== null && /^[0-9]{1,15}$/.test(length)) return reader.exactly(Number(length));
  return untilClosed(wire);
}

const decoders: Readonly<Record<string, (first: Uint8Array) => Transform>> = {
  gzip: () => createGunzip(),
  "x-gzip": () => createGunzip(),
  br: () => createBrotliDecompress(),
  zstd: () => createZstdDecompress(),
  // Some servers send bare deflate data under this name; the first byte of the wrapped form is always 0x?8.
  deflate: (first) => (first[0] & 0x0f) === 8 ? createInflate() : createInflateRaw(),
};

/** Feeds one coded chunk and yields what comes out; a bomb is stopped by whoever stops reading. */
async function* decoded(source: AsyncGenerator<Uint8Array>, coding: string): AsyncGenerator<Uint8Array> {
  const first = await source.next();
  if (first.done) return;
  const decoder = decoders[coding](first.value);
  let trouble: unknown = null;
  const feed = async () => {
    try {
      const write = async (chunk: Uint8Array) => {
        if (!decoder.destroyed && !decoder.write(chunk)) {
          await new Promise<void>((resolve) => {
            decoder.once("drain", resolve);
            decoder.once("close", resolve);
          });
        }
      };
      await write(first.value);
      for await (const chunk of source) {
        if (decoder.destroyed) return;
        await write(chunk);
      }
      decoder.end();
    } catch (error) {
      trouble = error;
      decoder.destroy();
    }
  };
  const feeding = feed();
  try {
    for await (const chunk of decoder) yield chunk as Uint8Array;
    if (trouble !== null) throw trouble;
  } catch (error) {
    if (trouble !== null) throw trouble;
    if (error instanceof ProbeFailure) throw error;
    throw new ProbeFailure("invalid_body", `content coding ${coding} is damaged`);
  } finally {
    decoder.destroy();
    await feeding;
  }
}

/** What servers name as a coding and is none: it says nothing about the bytes. */
const noCodings = ["", "identity", "none", "utf-8", "utf8", "binary", "8bit", "aws-chunked"];

/** The codings that the head names, in order. */
function codingsOf(head: ResponseHead): string[] {
  return head.headers.flatMap(([name, value]) => name === "content-encoding" ? value.split(",") : [])
    .map((one) => one.trim().toLowerCase())
    .filter((one) => !noCodings.includes(one));
}

/** A coding that we cannot undo, so that the bytes, which are taken as sent, may say something else; null: none. */
export function unknownCoding(head: ResponseHead): string | null {
  return codingsOf(head).find((one) => !Object.hasOwn(decoders, one)) ?? null;
}

/**
 * A body's text: UTF-8, or else what the server says it is. Wide codings are taken at the server's word, since their bytes may well be
 * UTF-8 too.
 */
export function textOf(bytes: Uint8Array, head: ResponseHead): string {
  const charset = /charset\s*=\s*"?([^\s;"]+)/i.exec(header(head, "content-type") ?? "")?.[1] ?? "utf-8";
  try {
    const declared = new TextDecoder(charset);
    if (declared.encoding.startsWith("utf-")) return declared.decode(bytes);
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
      return declared.decode(bytes);
    }
  } catch {
    return new TextDecoder().decode(bytes);
  }
}

/** At most `limit` bytes of the decoded body. Rejects only on the deadline; other trouble is in the result. */
export async function readBody(
  wire: ByteSource,
  head: ResponseHead,
  method: string,
  limit: number,
): Promise<Body> {
  const codings = codingsOf(head).filter((one) => Object.hasOwn(decoders, one));
  if (codings.length > 3) {
    const trouble = new ProbeFailure("invalid_body", "too many content codings");
    return { bytes: new Uint8Array(0), cut: false, trouble };
  }
  let source = framed(wire, head, method);
  for (const coding of codings.reverse()) source = decoded(source, coding);
  const parts: Uint8Array[] = [];
  let size = 0;
  const joined = () => {
    const bytes = new Uint8Array(size);
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  };
  try {
    for await (const chunk of source) {
      const room = limit - size;
      parts.push(chunk.length > room ? chunk.subarray(0, room) : chunk);
      size += Math.min(chunk.length, room);
      if (chunk.length > room) {
        wire.close();
        return { bytes: joined(), cut: true, trouble: null };
      }
    }
    return { bytes: joined(), cut: false, trouble: null };
  } catch (error) {
    if (!(error instanceof ProbeFailure) || error.category === "timeout") throw error;
    return { bytes: joined(), cut: false, trouble: error };
  }
}

/** Most of a body that is only timed, in bytes, and the longest wait for it, in ms. */
const TIMED_BYTES = 64 * 1024;
const TIMED_MS = 1_000;

/**
 * Reads a body that nobody asked about to its end, to time it. False when it did not end well within 64 KiB and a second: then nothing is
 * known, and nothing is wrong. Never rejects for trouble with the body; the wire is closed when it gives up.
 */
export async function passOver(wire: ByteSource, head: ResponseHead, method: string): Promise<boolean> {
  // Small answers come in one piece, and are most of all.
  const length = header(head, "content-length");
  if (length !== null && Number(length) <= wire.buffered && header(head, "transfer-encoding") === null) {
    return true;
  }
  const timer = setTimeout(() => wire.close(), TIMED_MS);
  let size = 0;
  try {
    for await (const chunk of framed(wire, head, method)) {
      size += chunk.length;
      if (size > TIMED_BYTES) return false;
    }
    return !wire.isClosed;
  } catch (error) {
    if (error instanceof ProbeFailure) return false;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
