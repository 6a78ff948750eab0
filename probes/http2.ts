import { Buffer } from "node:buffer";
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import type { TLSSocket } from "node:tls";
import { messageOf } from "../domain/errors.ts";
import { type ByteSource, HIGH_WATER } from "./byte_source.ts";
import { HEAD_LIMIT, type ResponseHead } from "./http_head.ts";
import { clean, ProbeFailure } from "./verdict.ts";

/** One exchange over HTTP/2, for servers that speak nothing else. Closed by `close()`, or when the signal aborts. */
class Exchange implements ByteSource {
  readonly #chunks: Uint8Array[] = [];
  #buffered = 0;
  #answered = false;
  /** The whole answer came. */
  #ended = false;
  #closed = false;
  #error: ProbeFailure | null = null;
  #wake: (() => void) | null = null;
  readonly #onAbort = () => this.#fail(new ProbeFailure("timeout", "request timed out"));

  constructor(
    readonly session: ClientHttp2Session,
    readonly stream: ClientHttp2Stream,
    readonly socket: TLSSocket,
    readonly where: string,
    readonly signal: AbortSignal,
  ) {
    stream.on("data", (chunk: Uint8Array) => {
      this.#chunks.push(chunk);
      this.#buffered += chunk.byteLength;
      // Not earlier: what a paused stream holds is lost when the server says goodbye.
      if (this.#buffered > HIGH_WATER) stream.pause();
      this.#wake?.();
    });
    stream.on("end", () => this.#end());
    stream.on("close", () => this.#break("before the answer's end"));
    const onError = (error: unknown) => this.#break(messageOf(error));
    stream.on("error", onError);
    session.on("error", onError);
    session.on("close", () => this.#break("before the answer's end"));
    signal.addEventListener("abort", this.#onAbort, { once: true });
    if (signal.aborted) this.#onAbort();
  }

  /** A stream that is reset, or whose connection is lost, may end like any other: its code tells. */
  #end(): void {
    if (!this.#answered) return this.#break("without an answer");
    const code = this.stream.rstCode ?? 0;
    if (code !== 0) return this.#break(`stream reset, code ${code}`);
    this.#ended = true;
    this.#wake?.();
  }
  #break(detail: string): void {
    const kind = this.#answered ? "" : "request error: ";
    const text = `${kind}${this.where} broke HTTP/2 off (${clean(detail, 100)})`;
    this.#fail(new ProbeFailure("connection_reset", text));
  }
  #fail(error: ProbeFailure): void {
    if (!this.#ended) this.#error ??= error;
    this.#wake?.();
  }

  /** The head of the final answer. Rejects with `ProbeFailure`. */
  head(): Promise<ResponseHead> {
    return new Promise((resolve, reject) => {
      this.#wake = () => {
        if (this.#error !== null) reject(this.#error);
      };
      this.stream.once("response", (fields: Record<string, string | string[] | number | undefined>) => {
        this.#wake = null;
        this.#answered = true;
        try {
          resolve(headOf(fields));
        } catch (error) {
          reject(error);
        }
      });
      this.#wake();
    });
  }

  async read(): Promise<Uint8Array | null> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#buffered -= chunk.byteLength;
        if (this.#buffered <= HIGH_WATER && this.stream.isPaused()) this.stream.resume();
        return chunk;
      }
      if (this.#ended || this.#closed) return null;
      if (this.#error !== null) throw this.#error;
      await new Promise<void>((resolve) => this.#wake = resolve);
      this.#wake = null;
    }
  }

  unread(chunk: Uint8Array): void {
    if (chunk.byteLength === 0) return;
    this.#chunks.unshift(chunk);
    this.#buffered += chunk.byteLength;
  }

  get buffered(): number {
    return this.#buffered;
  }

  get isClosed(): boolean {
    return this.#closed || this.#error !== null;
  }

  close(): void {
    this.#closed = true;
    this.signal.removeEventListener("abort", this.#onAbort);
    this.stream.destroy();
    this.session.destroy();
    this.socket.destroy();
    this.#wake?.();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function headOf(fields: Record<string, string | string[] | number | undefined>): ResponseHead {
  const headers: [string, string][] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (name.startsWith(":") || value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) headers.push([name, String(one)]);
  }
  const size = headers.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
  if (size > HEAD_LIMIT) {
    throw new ProbeFailure("request_error", `request error: headers longer than ${HEAD_LIMIT / 1024} KiB`);
  }
  return { version: "HTTP/2.0", code: Number(fields[":status"] ?? 0), phrase: "", headers };
}

/** What belongs to the connection in HTTP/1.1 and has no place in HTTP/2. */
const hopByHop = new Set([
  "host",
  "connection",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
  "te",
  "proxy-authorization",
  "proxy-connection",
  "http2-settings",
]);

/** Sends one request over a TLS socket that agreed on HTTP/2, and reads the answer's head. Rejects with `ProbeFailure`. */
export async function exchangeHttp2(
  socket: TLSSocket,
  request: { readonly url: URL; readonly method: string; readonly body: string | null },
  fields: readonly (readonly [string, string])[],
  where: string,
  signal: AbortSignal,
): Promise<{ head: ResponseHead; source: ByteSource }> {
  const { url, method, body } = request;
  const headers: Record<string, string> = {};
  let authority = url.host;
  for (const [name, value] of fields) {
    if (name.toLowerCase() === "host") authority = value;
    if (!hopByHop.has(name.toLowerCase())) headers[name.toLowerCase()] = value;
  }
  // The session makes its origin of the name that the handshake sent, and for an address none was sent.
  Object.assign(socket, { servername: url.hostname });
  const session = connect(url.origin, { createConnection: () => socket });
  const pseudo = {
    ":method": method,
    ":scheme": "https",
    ":authority": authority,
    ":path": `${url.pathname}${url.search}`,
  };
  // Left to itself, a GET or DELETE takes no body.
  const stream = session.request({ ...headers, ...pseudo }, { endStream: body === null });
  const exchange = new Exchange(session, stream, socket, where, signal);
  try {
    if (body !== null) stream.end(Buffer.from(body));
    return { head: await exchange.head(), source: exchange };
  } catch (error) {
    exchange.close();
    throw error;
  }
}
