import { BlockList, isIP } from "node:net";

const notPublic4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
];

function privateRanges(): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of notPublic4) list.addSubnet(address, prefix, "ipv4");
  for (
    const [address, prefix] of [["::", 128], ["::1", 128], ["fc00::", 7], ["fe80::", 10], [
      "ff00::",
      8,
    ]] as const
  ) {
    list.addSubnet(address, prefix, "ipv6");
  }
  return list;
}
const ranges = privateRanges();

/** True for an address literal that is not on the public internet: private, loopback, link-local, multicast; also as IPv4 in IPv6. */
export function isPrivateAddress(text: string): boolean {
  const address = text.replace(/%.*$/, "");
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped !== null) return isPrivateAddress(mapped[1]);
  const hex = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address);
  if (hex !== null) {
    const [high, low] = [parseInt(hex[1], 16), parseInt(hex[2], 16)];
    return isPrivateAddress(`${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`);
  }
  const family = isIP(address);
  return family !== 0 && ranges.check(address, family === 4 ? "ipv4" : "ipv6");
}
