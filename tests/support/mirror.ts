/**
 * A network interface whose other end is a mirror: what is sent to an address behind it comes back, after a while or never, as if that
 * address had sent it here. So this machine talks to itself over a link as slow and lossy as a test wants. Linux, as root, in a namespace
 * of its own.
 */

const O_RDWR = 2;
const TUNSETIFF = 0x400454ca;
const IFF_TUN_NO_PI = 0x1001;

const libc = {
  open: { parameters: ["buffer", "i32"], result: "i32" },
  ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize", nonblocking: true },
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
} as const;

/** What becomes of the packet with this number, counted from 0: how late it comes back, in ms; null: it is lost. */
export type Fate = (packet: Uint8Array, number: number) => number | null;

/** Makes the interface `name` and mirrors until the process ends. The caller gives it an address and sets it up. */
export function mirror(name: string, fate: Fate): void {
  const { symbols } = Deno.dlopen("libc.so.6", libc);
  const fd = symbols.open(new TextEncoder().encode("/dev/net/tun\0"), O_RDWR);
  const request = new Uint8Array(40);
  request.set(new TextEncoder().encode(name));
  new DataView(request.buffer).setUint16(16, IFF_TUN_NO_PI, true);
  if (fd < 0 || symbols.ioctl(fd, BigInt(TUNSETIFF), request) < 0) {
    throw new Error("cannot make an interface");
  }
  const reflect = async () => {
    for (let number = 0;; number++) {
      const buffer = new Uint8Array(2_048);
      const size = Number(await symbols.read(fd, buffer, BigInt(buffer.length)));
      if (size < 20) continue;
      const packet = buffer.slice(0, size);
      // Sums over both addresses do not change when these change places.
      packet.set(buffer.subarray(16, 20), 12);
      packet.set(buffer.subarray(12, 16), 16);
      const ms = fate(packet, number);
      if (ms !== null) setTimeout(() => symbols.write(fd, packet, BigInt(size)), ms);
    }
  };
  void reflect();
}
