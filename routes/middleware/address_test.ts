import assert from "node:assert/strict";
import { someConfig } from "../../tests/support/web.ts";
import { AddressReader, clientKey, clientOf, parseAddress, parseRange, trustedHops } from "./address.ts";

Deno.test("parseAddress() reads IPv4 and IPv6 and refuses everything else", () => {
  const good: [string, bigint][] = [
    ["192.0.2.1", 0xffffc0000201n],
    ["::", 0n],
    ["::1", 1n],
    ["::ffff:192.0.2.1", 0xffffc0000201n],
    ["2001:db8::5", 0x20010db8000000000000000000000005n],
    ["1:2:3:4:5:6:7:8", 0x00010002000300040005000600070008n],
    ["1::8", 0x00010000000000000000000000000008n],
  ];
  for (const [text, value] of good) assert.equal(parseAddress(text), value, text);
  const bad = [
    "",
    "256.1.1.1",
    "1.2.3",
    "01.2.3.4",
    "1:2:3",
    "1::2::3",
    "::g",
    "1:2:3:4:5:6:7:8:9",
    "fe80::1%eth0",
    "localhost",
    ":::",
  ];
  for (const text of bad) assert.equal(parseAddress(text), null, text);
});

Deno.test("parseRange() reads CIDRs and refuses lengths that do not exist", () => {
  for (const text of ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32", "::/0"]) {
    assert.notEqual(parseRange(text), null, text);
  }
  for (const text of ["10.0.0.0/33", "10.0.0.0/x", "2001:db8::/129", "nonsense", "10.0.0.0/"]) {
    assert.equal(parseRange(text), null, text);
  }
});

Deno.test("clientOf() believes the rightmost hop that is not ours, and strangers not at all", () => {
  const cases: [string, string | null, string[], string][] = [
    ["203.0.113.9", "198.51.100.1", [], "203.0.113.9"],
    ["127.0.0.1", null, [], "127.0.0.1"],
    ["127.0.0.1", "198.51.100.1", [], "198.51.100.1"],
    ["127.0.0.1", "1.1.1.1, 198.51.100.1", [], "198.51.100.1"],
    ["10.0.0.3", "1.1.1.1, 198.51.100.1, 10.0.0.2", [], "198.51.100.1"],
    ["127.0.0.1", "1.1.1.1, 198.51.100.1, 203.0.113.7", ["203.0.113.0/24"], "198.51.100.1"],
    ["203.0.113.9", "198.51.100.1", ["203.0.113.9"], "198.51.100.1"],
    ["127.0.0.1", "10.9.9.9, 192.168.1.5", [], "192.168.1.5"],
    ["127.0.0.1", "198.51.100.1, unknown", [], "127.0.0.1"],
    ["127.0.0.1", "198.51.100.1, unknown, 10.0.0.2", [], "10.0.0.2"],
    ["127.0.0.1", "198.51.100.1,", [], "198.51.100.1"],
    ["127.0.0.1", "1.1.1.1, , 198.51.100.1, ,\t,10.0.0.2,,", [], "198.51.100.1"],
    ["127.0.0.1", " , ", [], "127.0.0.1"],
    ["127.0.0.1", `198.51.100.1${",".repeat(60)}`, [], "198.51.100.1"],
    ["::1", "[2001:db8::7]:4711", [], "2001:db8::7"],
    ["::ffff:127.0.0.1", "198.51.100.1:80", [], "198.51.100.1"],
  ];
  for (const [peer, header, proxies, expected] of cases) {
    const client = clientOf(parseAddress(peer)!, header, trustedHops(proxies));
    assert.equal(client, parseAddress(expected), `${peer} ${header}`);
  }
});

Deno.test("AddressReader believes X-Real-IP where X-Forwarded-For names nobody", () => {
  const { server } = someConfig();
  const reader = new AddressReader();
  const proxy: Deno.NetAddr = { transport: "tcp", hostname: "127.0.0.1", port: 4711 };
  const real = { "x-real-ip": "198.51.100.1" };
  const cases: [Record<string, string>, string][] = [
    [real, "198.51.100.1"],
    [{ ...real, "x-forwarded-for": "" }, "198.51.100.1"],
    [{ ...real, "x-forwarded-for": " , " }, "198.51.100.1"],
    [{ ...real, "x-forwarded-for": "198.51.100.2," }, "198.51.100.2"],
    [{ "x-forwarded-for": "," }, "127.0.0.1"],
  ];
  for (const [headers, client] of cases) {
    const key = reader.keyOf(server, proxy, new Headers(headers));
    assert.equal(key, clientKey(parseAddress(client)!), JSON.stringify(headers));
  }
});

Deno.test("clientKey() takes an IPv6 network of 64 bits as one client, and a mapped IPv4 address as itself", () => {
  const key = (text: string) => clientKey(parseAddress(text)!);
  assert.equal(key("2001:db8:0:1::1"), key("2001:db8:0:1:ffff::9"));
  assert.notEqual(key("2001:db8:0:1::1"), key("2001:db8:0:2::1"));
  assert.equal(key("::ffff:192.0.2.1"), key("192.0.2.1"));
  assert.notEqual(key("192.0.2.1"), key("192.0.2.2"));
});
