import { Buffer } from "node:buffer";
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import type { TLSSocket } from "node:tls";
import { messageOf } from "../domain/errors.ts";
import type { ByteSource } from "./byte_source.ts";
import { HEAD_LIMIT, type ResponseHead } from "./http_head.ts";
import { clean, ProbeFailure } from "./verdict.ts";

/** One exchange over HTTP/2, for servers that speak nothing else. Closed by `close()`, or when the signal aborts. */
class Exchange implements ByteSource {
  readonly #chunks: Uint8Array[] = [];
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
      stream.pause();
      this.#wake?.();
    });
    stream.on("end", () => this.#end());
    stream.on("close", () => this.#end());
    const onError = (error: unknown) => this.#fail(this.#broken(messageOf(error)));
    stream.on("error", onError);
    session.on("error", onError);
    session.on("close", () => this.#end());
    signal.addEventListener("abort", this.#onAbort, { once: true });
    if (signal.aborted) this.#onAbort();
  }

  #broken(detail: string): ProbeFailure {
    return new ProbeFailure(
      "connection_reset",
      `request error: ${this.where} broke HTTP/2 off (${clean(detail, 100)})`,
    );
  }
  #end(): void {
    this.#ended = true;
    this.#wake?.();
  }
  #fail(error: ProbeFailure): void {
    this.#error ??= error;
    this.#wake?.();
  }

  /** The head of the final answer. Rejects with `ProbeFailure`. */
  head(): Promise<ResponseHead> {
    return new Promise((resolve, reject) => {
      this.#wake = () => {
        if (this.#error === null && !this.#ended) return;
        reject(this.#error ?? this.#broken("without an answer"));
      };
      this.stream.once("response", (fields: Record<string, string | string[] | number | undefined>) => {
        this.#wake = null;
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
      if (chunk !== undefined) return chunk;
      if (this.#error !== null) throw this.#error;
      if (this.#ended || this.#closed) return null;
      this.stream.resume();
      await new Promise<void>((resolve) => this.#wake = resolve);
      this.#wake = null;
    }
  }

  unread(chunk: Uint8Array): void {
    if (chunk.byteLength > 0) this.#chunks.unshift(chunk);
  }

  get buffered(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
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
