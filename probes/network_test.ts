import assert from "node:assert/strict";
import { Authority } from "../tests/support/authority.ts";
import { canIsolate, canMirror, isolated } from "../tests/support/isolated.ts";
import { findProgram } from "../tests/support/programs.ts";

/** A script that adds an authority to those that the machine trusts. */
function install({ ca, folder }: Authority): string {
  const roots = "/etc/ssl/certs/ca-certificates.crt";
  return `cat ${roots} "${ca}" > "${folder}/roots"; mount --bind "${folder}/roots" ${roots}`;
}

Deno.test({
  name: "probeIcmp() measures loss, delay and jitter of a slow and lossy link",
  ignore: !canMirror,
  async fn() {
    const outcome = await isolated("slowLossyPing");
    assert.deepEqual([outcome.status, outcome.reason], ["degraded", "icmp loss: 2 of 8 packets lost"]);
    const [loss, jitter] = outcome.metrics;
    assert.deepEqual(loss, { label: "loss", value: 25, unit: "%" });
    assert.ok(outcome.latencyMs >= 40 && jitter.value > 5, JSON.stringify(outcome));
  },
});

Deno.test({
  name: "probeTcp() connects over a slow link that lost its first packet",
  ignore: !canMirror,
  async fn() {
    const outcome = await isolated("slowLossyTcp");
    assert.equal(outcome.status, "up", outcome.reason);
    assert.ok(outcome.phases.connectMs >= 1_000, "the system asks again after a second");
  },
});

Deno.test({
  name: "what never answers is a timeout for every kind: connection timed out, request timed out",
  ignore: !canMirror,
  async fn() {
    const found: { status: string; reason: string; latencyMs: number | null }[] = await isolated("blackHole");
    assert.deepEqual(found.map(({ status, reason, latencyMs }) => [status, reason, latencyMs]), [
      ["down", "connection timed out", null],
      ["down", "connection timed out", null],
      ["down", "request timed out", null],
      ["down", "request timed out", null],
    ]);
  },
});

Deno.test({
  name: "on a machine without IPv6 the rest works, and IPv6 targets say why they do not",
  ignore: !canIsolate,
  async fn() {
    const script = "sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.lo.disable_ipv6=1";
    const [four, six, tcp, ping, either, both] = await isolated("withoutIpv6", script);
    assert.equal(four.status, "up", four.reason);
    assert.deepEqual([six.status, six.category], ["down", "network_unreachable"], six.reason);
    assert.deepEqual([tcp.status, tcp.category], ["down", "network_unreachable"], tcp.reason);
    assert.deepEqual([ping.status, ping.category], ["down", "network_unreachable"], ping.reason);
    assert.equal(either.status, "up", either.reason);
    assert.equal(both.category, "ipv6_failing", both.reason);
  },
});

Deno.test({
  name:
    "allow_private_redirects = false refuses a public server that redirects home, by address, name or mapped address",
  ignore: !canIsolate,
  async fn() {
    const found = await isolated("redirectHome", "ip addr add 192.88.99.7/32 dev lo");
    for (const [followed, refused] of found) {
      assert.equal(followed.status, "up", followed.reason);
      assert.deepEqual([refused.status, refused.category], ["down", "redirect_refused"], refused.reason);
      assert.match(refused.reason, /^redirect refused: .* is a private address$/);
      assert.equal(refused.snapshot ?? null, null);
    }
  },
});

Deno.test({
  name: "probeDns() goes through the search list of /etc/resolv.conf, and takes a final dot for the end",
  ignore: !canIsolate,
  async fn() {
    const file = await Deno.makeTempFile();
    await Deno.writeTextFile(file, "nameserver 127.0.0.1\nsearch other.test corp.test\n");
    const found = await isolated("searchList", `mount --bind "${file}" /etc/resolv.conf`);
    await Deno.remove(file);
    assert.equal(found.outcome.status, "up", found.outcome.reason);
    const asked = found.asked.filter((name: string) => !name.startsWith("dl.deno.land"));
    assert.deepEqual(asked, ["www.other.test", "www.corp.test", "absent.corp.test"]);
    assert.equal(found.missing.reason, "DNS lookup failed: no such name (NXDOMAIN)");
  },
});

Deno.test({
  name: "a root installed on the machine is trusted, for https and for plain TLS",
  ignore: !canIsolate || findProgram("openssl") === null,
  async fn() {
    await using authority = await Authority.make();
    const site = await authority.issue("site");
    const without = await isolated("installedRoot", ":", site);
    assert.deepEqual(without.map((one: { category: string }) => one.category), [
      "certificate_untrusted",
      "certificate_untrusted",
    ]);
    for (const outcome of await isolated("installedRoot", install(authority), site)) {
      assert.equal(outcome.status, "up", outcome.reason);
    }
  },
});

Deno.test({
  name: "probeHttp() goes through a proxy that speaks TLS itself, and refuses one that nobody vouches for",
  ignore: !canIsolate || findProgram("openssl") === null,
  async fn() {
    await using authority = await Authority.make();
    const certificates = {
      site: await authority.issue("site"),
      stranger: await authority.issue("stranger", { selfSigned: true }),
    };
    const { outcomes, heads } = await isolated("httpsProxy", install(authority), certificates);
    const [secure, plain, doubtful, deaf] = outcomes;
    assert.equal(secure.status, "up", secure.reason);
    assert.equal(
      secure.certificate?.subject,
      "CN=site",
      "the target's own certificate is seen through two layers",
    );
    assert.equal(plain.status, "up", plain.reason);
    const [tunnel, request] = heads.trusted;
    assert.match(tunnel, /^CONNECT localhost:\d+ HTTP\/1.1\r\n/);
    assert.match(request, /^GET http:\/\/localhost:\d+\/a\?b HTTP\/1.1\r\n/);
    for (const head of heads.trusted) assert.ok(head.includes(`Proxy-Authorization: Basic ${btoa("me:pw")}`));
    assert.deepEqual(heads.doubtful, [], "no credentials for a proxy that is not trusted");
    assert.deepEqual([doubtful.status, doubtful.category], ["down", "proxy_failed"]);
    assert.match(
      doubtful.reason,
      /^connection failed: the proxy failed \(certificate not trusted \(self-signed\)\)$/,
    );
    assert.deepEqual([deaf.status, deaf.category], ["down", "proxy_failed"], deaf.reason);
  },
});
