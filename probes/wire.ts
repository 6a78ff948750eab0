import { connect, type Socket } from "node:net";
import type { ProbeContext } from "./probe.ts";
import { type ByteSource, HIGH_WATER } from "./byte_source.ts";
import { type Address, endpoint } from "./resolve.ts";
import { ProbeFailure, socketFailure } from "./verdict.ts";

/** One attempt to connect; destroyed when the signal aborts. */
function connectOnce(to: Address, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: to.address, port, family: to.family });
    const end = (error: unknown) => {
      signal.removeEventListener("abort", onAbort);
      socket.on("error", () => {});
      socket.destroy();
      reject(error);
    };
    const onAbort = () => end(new ProbeFailure("connect_timeout", "connection timed out"));
    signal.addEventListener("abort", onAbort, { once: true });
    socket.once("error", (error) => end(socketFailure(error, endpoint(to.address, port))));
    socket.once("connect", () => {
      signal.removeEventListener("abort", onAbort);
      socket.removeAllListeners("error");
      // An error before somebody listens must not end the process; the next read finds the socket closed.
      socket.on("error", () => {});
      socket.setNoDelay(true);
      resolve(socket);
    });
    if (signal.aborted) onAbort();
  });
}

/** The signal, or a share of the time left when further addresses should get their turn. */
function share(signal: AbortSignal, ms: number | null): { signal: AbortSignal; stop: () => void } {
  if (ms === null) return { signal, stop: () => {} };
  const own = new AbortController();
  const abort = () => own.abort("its turn is over");
  const timer = setTimeout(abort, ms);
  signal.addEventListener("abort", abort, { once: true });
  return {
    signal: own.signal,
    stop: () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    },
  };
}

/**
 * Connects to the first address that accepts, in order, all within the context's deadline. With several addresses none but the last may use
 * more than half of `timeoutMs` divided by their number, so that one silent address does not hide the others.
 */
export async function connectAny(
  addresses: readonly Address[],
  port: number,
  timeoutMs: number,
  context: ProbeContext,
): Promise<Socket> {
  let last: unknown = null;
  for (const [index, address] of addresses.entries()) {
    const isLast = index === addresses.length - 1;
    const turn = share(context.signal, isLast ? null : timeoutMs / (addresses.length + 1));
    try {
      const socket = await connectOnce(address, port, turn.signal);
      context.trace?.({ kind: "tried", address: endpoint(address.address, port), error: null });
      return socket;
    } catch (error) {
      last = error;
      const failure = socketFailure(error, endpoint(address.address, port));
      context.trace?.({ kind: "tried", address: endpoint(address.address, port), error: failure.message });
      if (context.signal.aborted) break;
    } finally {
      turn.stop();
    }
  }
  throw last ?? new ProbeFailure("host_unresolved", "could not resolve host");
}

/** A connected socket read by pulling, with what was not asked for held back. Closed by `close()`, or when the signal aborts. */
export class Wire implements ByteSource {
  #chunks: Uint8Array[] = [];
  #buffered = 0;
  #ended = false;
  #closed = false;
  #error: unknown = null;
  #wake: (() => void) | null = null;
  readonly #onAbort = () => this.#fail(new ProbeFailure("timeout", "request timed out"));

  constructor(readonly socket: Socket, readonly where: string, readonly signal: AbortSignal) {
    socket.on("data", this.#onData);
    socket.on("end", this.#onEnd);
    socket.on("close", this.#onEnd);
    socket.on("error", this.#onError);
    signal.addEventListener("abort", this.#onAbort, { once: true });
    if (socket.destroyed || socket.readableEnded) this.#ended = true;
    if (signal.aborted) this.#onAbort();
  }

  #onData = (chunk: Uint8Array) => {
    this.#chunks.push(chunk);
    this.#buffered += chunk.byteLength;
    if (this.#buffered > HIGH_WATER) this.socket.pause();
    this.#wake?.();
  };
  #onEnd = () => {
    this.#ended = true;
    this.#wake?.();
  };
  #onError = (error: unknown) => this.#fail(socketFailure(error, this.where));

  #fail(error: unknown): void {
    this.#error ??= error;
    this.socket.destroy();
    this.#wake?.();
  }

  async read(): Promise<Uint8Array | null> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#buffered -= chunk.byteLength;
        if (this.#buffered <= HIGH_WATER && this.socket.isPaused()) this.socket.resume();
        return chunk;
      }
      if (this.#error !== null) throw this.#error;
      if (this.#ended) return null;
      await new Promise<void>((resolve) => this.#wake = resolve);
      this.#wake = null;
    }
  }

  unread(chunk: Uint8Array): void {
    if (chunk.byteLength === 0) return;
    this.#chunks.unshift(chunk);
    this.#buffered += chunk.byteLength;
  }

  /** Hands bytes to the system; trouble shows at the next read. */
  write(bytes: Uint8Array | string): void {
    if (this.#error === null && !this.#ended) this.socket.write(bytes);
  }

  /** Lets go of the socket, open, for another protocol on top of it. */
  release(): Socket {
    this.socket.off("data", this.#onData);
    this.socket.off("end", this.#onEnd);
    this.socket.off("close", this.#onEnd);
    this.socket.off("error", this.#onError);
    this.signal.removeEventListener("abort", this.#onAbort);
    if (this.#chunks.length > 0) {
      this.socket.destroy();
      throw new ProbeFailure("request_error", `${this.where} sent data before it was asked`);
    }
    return this.socket;
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
    this.socket.destroy();
    this.#ended = true;
    this.#wake?.();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
