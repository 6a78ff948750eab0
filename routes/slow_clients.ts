import { getLogger } from "@logtape/logtape";
import type { Clock } from "../domain/clock.ts";
import { messageOf } from "../domain/errors.ts";
import { type ConnectionFacts, Patience } from "./patience.ts";

/**
 * The runtime's server waits for its clients for ever. So we look, every few seconds, at what the kernel knows of each connection to our
 * port, and end those whose client is too slow. Linux alone tells; elsewhere nothing is ended, and a proxy in front has to.
 */

const AF_INET = 2;
const AF_INET6 = 10;
const IPPROTO_TCP = 6;
const TCP_INFO = 11;
const SOL_SOCKET = 1;
const SO_LINGER = 13;
const SHUT_RDWR = 2;
/** Offsets in the kernel's `struct tcp_info`; it only ever grows at its end. */
const INFO = {
  unacked: 24,
  lastDataSent: 44,
  lastDataReceived: 52,
  bytesAcked: 120,
  bytesReceived: 128,
  notSent: 144,
  dataSegmentsOut: 156,
  size: 160,
} as const;

/** Looks in the time that a request may take; 5 seconds apart by default. */
const LOOKS = 6;
/** So many at a time, so that nothing else waits for us. */
const AT_A_TIME = 500;

function openLibrary() {
  const call = { parameters: ["i32", "buffer", "buffer"], result: "i32" } as const;
  return Deno.dlopen("libc.so.6", {
    getsockname: call,
    getpeername: call,
    getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
    setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
    shutdown: { parameters: ["i32", "i32"], result: "i32" },
    open: { parameters: ["buffer", "i32"], result: "i32" },
    getdents64: { parameters: ["i32", "buffer", "usize"], result: "isize" },
    close: { parameters: ["i32"], result: "i32" },
  });
}

/** The names that are numbers among the kernel's `struct linux_dirent64`s. */
function* numbersIn(entries: DataView<ArrayBuffer>, length: number): Generator<number> {
  for (let at = 0; at < length; at += entries.getUint16(at + 16, true)) {
    let name = "";
    for (let place = at + 19; entries.getUint8(place) !== 0; place++) {
      name += String.fromCharCode(entries.getUint8(place));
    }
    if (/^\d+$/.test(name)) yield Number(name);
  }
}

/** Bytes that stay where they are. */
const fixed = (length: number): DataView<ArrayBuffer> => new DataView(new ArrayBuffer(length));

/** This process's connections to one of its own ports. */
export class Connections implements Disposable {
  readonly #library = openLibrary();
  readonly #address = fixed(28);
  readonly #length = fixed(4);
  readonly #info = fixed(256);
  constructor(readonly port: number) {}

  /** The file descriptors that may be connections; most are something else. Read through the library: the runtime's own way needs all permissions. */
  descriptors(): number[] {
    const folder = this.#library.symbols.open(new TextEncoder().encode("/proc/self/fd\0"), 0);
    if (folder < 0) throw new Error("cannot open /proc/self/fd");
    try {
      const found: number[] = [];
      const entries = fixed(16_384);
      for (;;) {
        const length = Number(
          this.#library.symbols.getdents64(folder, entries.buffer, BigInt(entries.byteLength)),
        );
        if (length < 0) throw new Error("cannot read /proc/self/fd");
        if (length === 0) return found.filter((fd) => fd !== folder);
        found.push(...numbersIn(entries, length));
      }
    } finally {
      this.#library.symbols.close(folder);
    }
  }

  /** Null: no connection to our port. */
  look(fd: number): ConnectionFacts | null {
    if (this.#name("getsockname", fd) !== this.port) return null;
    if (this.#name("getpeername", fd) === null) return null;
    const bytes = new Uint8Array(this.#address.buffer);
    const key = `${fd} ${bytes.subarray(0, this.#length.getUint32(0, true)).join()}`;
    this.#length.setUint32(0, this.#info.byteLength, true);
    const got = this.#library.symbols.getsockopt(
      fd,
      IPPROTO_TCP,
      TCP_INFO,
      this.#info.buffer,
      this.#length.buffer,
    );
    if (got !== 0 || this.#length.getUint32(0, true) < INFO.size) return null;
    const u32 = (at: number) => this.#info.getUint32(at, true);
    const u64 = (at: number) => Number(this.#info.getBigUint64(at, true));
    return {
      key,
      sentAgeMs: u32(INFO.lastDataSent),
      receivedAgeMs: u32(INFO.lastDataReceived),
      receivedBytes: u64(INFO.bytesReceived),
      packetsOut: u32(INFO.dataSegmentsOut),
      takenBytes: u64(INFO.bytesAcked),
      isWaitingToSend: u32(INFO.notSent) > 0 || u32(INFO.unacked) > 0,
    };
  }

  /** Ends it at once, whatever still lies ready; the server notices and forgets it. */
  cut(fd: number, key: string): void {
    if (this.look(fd)?.key !== key) return;
    const atOnce = fixed(8);
    atOnce.setInt32(0, 1, true);
    this.#library.symbols.setsockopt(fd, SOL_SOCKET, SO_LINGER, atOnce.buffer, 8);
    this.#library.symbols.shutdown(fd, SHUT_RDWR);
  }

  /** The port in one of its two names; null: none. */
  #name(which: "getsockname" | "getpeername", fd: number): number | null {
    this.#length.setUint32(0, this.#address.byteLength, true);
    if (this.#library.symbols[which](fd, this.#address.buffer, this.#length.buffer) !== 0) return null;
    const family = this.#address.getUint16(0, true);
    return family === AF_INET || family === AF_INET6 ? this.#address.getUint16(2) : null;
  }

  [Symbol.dispose](): void {
    this.#library.close();
  }
}

/** Ends connections to `port` whose client is too slow, until `signal` stops it. Resolves then; never rejects. */
export async function endSlowClients(
  port: number,
  clock: Clock,
  signal: AbortSignal,
  patience: Patience = new Patience(),
): Promise<void> {
  const log = getLogger(["hora", "http"]);
  let connections: Connections;
  try {
    connections = new Connections(port);
  } catch (error) {
    log.info`Slow clients are not ended on this system, let a proxy do it: ${messageOf(error)}`;
    return;
  }
  using open = connections;
  while (!signal.aborted) {
    await clock.sleep(patience.limits.requestMs / LOOKS, signal);
    try {
      const ended = await endLate(open, patience, clock, signal);
      if (ended > 0) log.debug`${ended} slow clients were ended`;
    } catch (error) {
      log.warn`Looking for slow clients: ${messageOf(error)}`;
    }
  }
}

async function endLate(
  connections: Connections,
  patience: Patience,
  clock: Clock,
  signal: AbortSignal,
): Promise<number> {
  const found = new Map<string, { readonly fd: number; readonly facts: ConnectionFacts }>();
  for (const [index, fd] of connections.descriptors().entries()) {
    if (index % AT_A_TIME === AT_A_TIME - 1) await clock.sleep(0, signal);
    if (signal.aborted) return 0;
    const facts = connections.look(fd);
    if (facts !== null) found.set(facts.key, { fd, facts });
  }
  const late = patience.judge([...found.values()].map(({ facts }) => facts), clock.monotonic());
  for (const key of late) connections.cut(found.get(key)!.fd, key);
  return late.size;
}
