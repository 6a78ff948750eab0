/**
 * Echo requests through an unprivileged datagram socket of the kernel (Linux), by the C library. Nothing here blocks: reading returns at
 * once, arrival times are the kernel's, so how often one looks does not change what is measured.
 */

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_DGRAM_NONBLOCK_CLOEXEC = 2 | 0o4000 | 0o2000000;
const IPPROTO_ICMP = 1;
const IPPROTO_ICMPV6 = 58;
const SOL_SOCKET = 1;
const SO_TIMESTAMPNS = 35;
const CLOCK_REALTIME = 0;
const EAGAIN = 11;

function openLibrary() {
  return Deno.dlopen("libc.so.6", {
    socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
    setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
    sendto: { parameters: ["i32", "buffer", "usize", "i32", "buffer", "u32"], result: "isize" },
    recvmsg: { parameters: ["i32", "buffer", "i32"], result: "isize" },
    close: { parameters: ["i32"], result: "i32" },
    clock_gettime: { parameters: ["i32", "buffer"], result: "i32" },
    __errno_location: { parameters: [], result: "pointer" },
    strerror: { parameters: ["i32"], result: "pointer" },
  });
}
type Library = ReturnType<typeof openLibrary>;

/** Bytes that stay where they are: small arrays without a buffer of their own may be moved by the collector. */
const fixed = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(new ArrayBuffer(length));

function ipv4Bytes(address: string): Uint8Array {
  return new Uint8Array(address.split(".").map(Number));
}

function ipv6Bytes(address: string): Uint8Array {
  const host = URL.parse(`http://[${address}]/`)?.hostname.slice(1, -1) ?? "::";
  const [head, tail] = host.split("::");
  const words = (part: string | undefined) => (part ? part.split(":").map((word) => parseInt(word, 16)) : []);
  const [left, right] = [words(head), words(tail)];
  const all = tail === undefined
    ? left
    : [...left, ...new Array(8 - left.length - right.length).fill(0), ...right];
  return new Uint8Array(all.flatMap((word) => [word >> 8, word & 255]));
}

function socketAddress(address: string, family: 4 | 6): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(family === 4 ? 16 : 28);
  new DataView(bytes.buffer).setUint16(0, family === 4 ? AF_INET : AF_INET6, true);
  bytes.set(family === 4 ? ipv4Bytes(address) : ipv6Bytes(address), family === 4 ? 4 : 8);
  return bytes;
}

export interface Arrival {
  readonly sequence: number;
  /** Milliseconds of the realtime clock, with fraction. */
  readonly at: number;
}

/** An open echo socket for one address. Construction throws an `Error` with the system's words when the kernel refuses. */
export class EchoSocket {
  readonly #library: Library;
  readonly #fd: number;
  readonly #to: Uint8Array<ArrayBuffer>;
  /** Told apart from other people's echoes by these random bytes. */
  readonly #token = crypto.getRandomValues(new Uint8Array(12));
  readonly #buffers = {
    name: fixed(28),
    data: fixed(256),
    control: fixed(128),
    vector: fixed(16),
    message: fixed(56),
    time: fixed(16),
  };

  constructor(readonly address: string, readonly family: 4 | 6) {
    this.#library = openLibrary();
    const protocol = family === 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
    this.#to = socketAddress(address, family);
    this.#fd = this.#library.symbols.socket(
      family === 4 ? AF_INET : AF_INET6,
      SOCK_DGRAM_NONBLOCK_CLOEXEC,
      protocol,
    );
    if (this.#fd < 0) {
      const words = this.#errorText(this.#errno());
      this.#library.close();
      throw new Error(words);
    }
    const one = new Uint8Array([1, 0, 0, 0]);
    this.#library.symbols.setsockopt(this.#fd, SOL_SOCKET, SO_TIMESTAMPNS, one, 4);
    this.#layOut();
  }

  #layOut(): void {
    const { name, data, control, vector, message } = this.#buffers;
    const address = (bytes: Uint8Array<ArrayBuffer>) =>
      Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes));
    const vec = new DataView(vector.buffer);
    vec.setBigUint64(0, BigInt(address(data)), true);
    vec.setBigUint64(8, BigInt(data.length), true);
    const msg = new DataView(message.buffer);
    msg.setBigUint64(0, BigInt(address(name)), true);
    msg.setBigUint64(16, BigInt(address(vector)), true);
    msg.setBigUint64(24, 1n, true);
    msg.setBigUint64(32, BigInt(address(control)), true);
  }

  #errno(): number {
    const at = this.#library.symbols.__errno_location();
    return at === null ? 0 : new Deno.UnsafePointerView(at).getInt32();
  }

  #errorText(errno: number): string {
    const at = this.#library.symbols.strerror(errno);
    return at === null
      ? `error ${errno}`
      : `${new Deno.UnsafePointerView(at).getCString()} (os error ${errno})`;
  }

  /** The realtime clock as the kernel stamps arrivals, in ms. */
  #now(): number {
    this.#library.symbols.clock_gettime(CLOCK_REALTIME, this.#buffers.time);
    const view = new DataView(this.#buffers.time.buffer);
    return Number(view.getBigInt64(0, true)) * 1_000 + Number(view.getBigInt64(8, true)) / 1e6;
  }

  /** Sends one request and returns when, in ms; throws an `Error` with the system's words when it cannot leave. */
  send(sequence: number): number {
    const packet = new Uint8Array(24);
    packet[0] = this.family === 4 ? 8 : 128;
    packet[6] = sequence >> 8;
    packet[7] = sequence & 255;
    packet.set(this.#token, 8);
    if (this.family === 4) {
      let sum = 0;
      for (let at = 0; at < packet.length; at += 2) sum += packet[at] * 256 + packet[at + 1];
      while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
      packet[2] = (~sum >> 8) & 255;
      packet[3] = ~sum & 255;
    }
    const at = this.#now();
    const sent = this.#library.symbols.sendto(this.#fd, packet, 24n, 0, this.#to, this.#to.length);
    if (Number(sent) < 0) throw new Error(this.#errorText(this.#errno()));
    return at;
  }

  /** Replies that have arrived: from the address asked, of type echo reply, with our token. Anything else is passed over. */
  *arrivals(): Generator<Arrival> {
    for (let reads = 0; reads < 64; reads++) {
      const { name, data, control, message } = this.#buffers;
      const msg = new DataView(message.buffer);
      msg.setUint32(8, name.length, true);
      msg.setBigUint64(40, BigInt(control.length), true);
      const size = Number(this.#library.symbols.recvmsg(this.#fd, message, 0));
      if (size < 0) {
        if (this.#errno() === EAGAIN) return;
        continue;
      }
      const isReply = data[0] === (this.family === 4 ? 0 : 129) && data[1] === 0;
      const isOurs = size >= 20 && this.#token.every((byte, at) => data[8 + at] === byte);
      if (isReply && isOurs && this.#isFromTarget(name)) {
        yield { sequence: data[6] * 256 + data[7], at: this.#stamp(control) ?? this.#now() };
      }
    }
  }

  #isFromTarget(name: Uint8Array): boolean {
    const [from, length] = this.family === 4 ? [4, 4] : [8, 16];
    for (let at = from; at < from + length; at++) if (name[at] !== this.#to[at]) return false;
    return true;
  }

  #stamp(control: Uint8Array): number | null {
    const view = new DataView(control.buffer);
    if (view.getInt32(8, true) !== SOL_SOCKET || view.getInt32(12, true) !== SO_TIMESTAMPNS) return null;
    return Number(view.getBigInt64(16, true)) * 1_000 + Number(view.getBigInt64(24, true)) / 1e6;
  }

  close(): void {
    this.#library.symbols.close(this.#fd);
    this.#library.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
