import type { ServerConfig } from "../../domain/config.ts";

/** The sixteen bytes of an address as a number; IPv4 stands at `::ffff:0:0/96`. Null: not an address. */
export function parseAddress(text: string): bigint | null {
  if (/^[0-9]{1,3}(?:\.[0-9]{1,3}){3}$/.test(text)) {
    const parts = text.split(".").map(Number);
    if (parts.some((part, i) => part > 255 || String(part) !== text.split(".")[i])) return null;
    return 0xffff00000000n + BigInt(((parts[0] * 256 + parts[1]) * 256 + parts[2]) * 256 + parts[3]);
  }
  if (!text.includes(":") || text.length > 45) return null;
  const v4 = text.match(/^(.*:)([0-9.]+)$/);
  if (v4 !== null && v4[2].includes(".")) {
    const low = parseAddress(v4[2]);
    if (low === null) return null;
    const hex = (low & 0xffffffffn).toString(16).padStart(8, "0");
    return parseAddress(`${v4[1]}${hex.slice(0, 4)}:${hex.slice(4)}`);
  }
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const [head, tail] = halves.map((half) => half === "" ? [] : half.split(":"));
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (tail === undefined ? missing !== 0 : missing < 1) return null;
  const groups = [...head, ...Array(Math.max(0, missing)).fill("0"), ...(tail ?? [])];
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return null;
  return groups.reduce((sum, group) => (sum << 16n) | BigInt(parseInt(group, 16)), 0n);
}

interface Range {
  readonly base: bigint;
  readonly shift: bigint;
}

/** A CIDR or a single address; null: malformed. */
export function parseRange(text: string): Range | null {
  const [address, length] = text.trim().split("/");
  const base = parseAddress(address);
  if (base === null) return null;
  const width = address.includes(":") ? 128 : 32;
  const bits = length === undefined ? width : /^[0-9]{1,3}$/.test(length) ? Number(length) : 999;
  if (bits > width) return null;
  const shift = BigInt(width - bits);
  return { base: base >> shift, shift };
}

const localRanges = [
  "127.0.0.0/8",
  "::1",
  "169.254.0.0/16",
  "fe80::/10",
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "fc00::/7",
];

/** Decides which hops are ours: loopback, link-local and private addresses, and those the operator lists. */
export function trustedHops(proxies: readonly string[]): (address: bigint) => boolean {
  const ranges = [...localRanges, ...proxies].map(parseRange).filter((range) => range !== null);
  return (address) => ranges.some(({ base, shift }) => address >> shift === base);
}

/** One hop of a forwarding header: a bare address, one with a port, or one in brackets. */
function hop(text: string): bigint | null {
  const bare = text.trim().replace(/^"|"$/g, "");
  const bracketed = bare.match(/^\[([^\]]+)\](?::[0-9]+)?$/);
  if (bracketed !== null) return parseAddress(bracketed[1]);
  return parseAddress(bare) ?? parseAddress(bare.replace(/:[0-9]+$/, ""));
}

/**
 * The client behind trusted proxies: the rightmost hop that is not itself trusted. Hops further left were written by strangers. When all
 * are trusted, the nearest one named; when the list breaks off in something that is no address, the last good one.
 */
export function clientOf(
  peer: bigint,
  forwarded: string | null,
  isTrusted: (address: bigint) => boolean,
): bigint {
  if (forwarded === null || !isTrusted(peer)) return peer;
  let nearest: bigint | null = null;
  // Empty elements of a list count for nothing (RFC 9110, 5.6.1).
  const hops = forwarded.split(",").filter((text) => text.trim() !== "");
  for (const text of hops.reverse().slice(0, 50)) {
    const address = hop(text);
    if (address === null) break;
    nearest ??= address;
    if (!isTrusted(address)) return address;
  }
  return nearest ?? peer;
}

/** What proxies say by default; a list without any hop says nothing. */
function forwardedFor(headers: Headers): string | null {
  const hops = headers.get("x-forwarded-for");
  return hops === null || /^[\s,]*$/.test(hops) ? headers.get("x-real-ip") : hops;
}

/** What one client is: an IPv4 address, or an IPv6 network of 64 bits. */
export function clientKey(address: bigint): string {
  return address >> 32n === 0xffffn ? `4 ${address & 0xffffffffn}` : `6 ${address >> 64n}`;
}

const MAX_KNOWN = 4_096;

/** Reads client keys by the settings in force. Remembers what it read lately, because taking addresses apart is dear. */
export class AddressReader {
  #server: ServerConfig | null = null;
  #isTrusted: (address: bigint) => boolean = trustedHops([]);
  readonly #known = new Map<string, string>();

  keyOf(server: ServerConfig, remote: Deno.Addr | undefined, headers: Headers): string {
    if (this.#server !== server) {
      this.#server = server;
      this.#isTrusted = trustedHops(server.trustedProxies);
      this.#known.clear();
    }
    if (remote === undefined || !("hostname" in remote)) return "unknown";
    const forwarded = server.clientIpHeader === null
      ? forwardedFor(headers)
      : headers.get(server.clientIpHeader);
    const asked = forwarded === null ? remote.hostname : `${remote.hostname}\n${forwarded}`;
    const known = this.#known.get(asked);
    if (known !== undefined) return known;
    const key = this.#read(remote.hostname, forwarded);
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    if (asked.length <= 256) this.#known.set(asked, key);
    return key;
  }

  #read(hostname: string, forwarded: string | null): string {
    const peer = parseAddress(hostname);
    return peer === null ? "unknown" : clientKey(clientOf(peer, forwarded, this.#isTrusted));
  }
}
