import assert from "node:assert/strict";
import type { FailureCategory, Outcome } from "../domain/outcome.ts";
import { configOf } from "../tests/support/monitors.ts";
import { clockTrouble, judge, mayBeOurs, siteOf, type Vote } from "./blindness.ts";

Deno.test("clockTrouble() tells a jump, a sleep and a held process from ordinary seconds", () => {
  const before = { wall: 1_000_000, monotonic: 500 };
  const after = (ran: number, jumped = 0) => ({
    wall: before.wall + ran + jumped,
    monotonic: before.monotonic + ran,
  });
  assert.equal(clockTrouble(before, after(1_000)), null);
  assert.equal(clockTrouble(before, after(4_000, 300)), null);
  assert.deepEqual(clockTrouble(before, after(1_000, 3_600_000)), { kind: "forward", ms: 3_600_000 });
  assert.deepEqual(clockTrouble(before, after(1_000, -60_000)), { kind: "backward", ms: 60_000 });
  assert.deepEqual(clockTrouble(before, after(20_000)), { kind: "held", ms: 20_000 });
});

Deno.test("mayBeOurs() never takes an answer, right or wrong, for our own trouble", () => {
  const outcome = (category: FailureCategory | null, status: Outcome["status"] = "down"): Outcome => ({
    status,
    latencyMs: null,
    code: null,
    reason: "x",
    category,
  });
  for (const category of ["http_status", "content", "connection_refused", "certificate_expired"] as const) {
    assert.equal(mayBeOurs(outcome(category)), false, category);
  }
  for (const category of ["timeout", "host_unresolved", "network_unreachable"] as const) {
    assert.equal(mayBeOurs(outcome(category)), true, category);
  }
  assert.equal(mayBeOurs(outcome(null, "up")), false);
});

Deno.test("siteOf() counts many names of one owner, and many addresses of one network, once", () => {
  const cases: readonly (readonly [string, string, string | null])[] = [
    ["http", "https://api.shop.example/x", "shop.example"],
    ["http", "https://user:pw@www.shop.example:8443/", "shop.example"],
    ["http", "https://www.shop.co.uk/", "shop.co.uk"],
    ["http", "http://192.0.2.7/", "192.0.2"],
    ["http", "http://[2001:db8:1:2::3]:80/", "2001:db8:1"],
    ["http", "http://127.0.0.9:80/", null],
    ["tcp", "localhost:80", null],
    ["tcp", "[::1]:80", null],
    ["tcp", "db.shop.example:5432", "shop.example"],
    ["icmp", "192.0.2.200", "192.0.2"],
    ["dns", "shop.example", "shop.example"],
  ];
  for (const [kind, target, expected] of cases) {
    const monitor = `id = "m"\nname = "m"\nkind = "${kind}"\ntarget = "${target}"\ninterval_secs = 60`;
    const config = configOf(`[page]\n[server]\n[[monitors]]\n${monitor}\n`);
    assert.equal(siteOf(config.monitors[0]), expected, target);
  }
});

const vote = (site: string, reached: boolean): Vote => ({ site, reached });

Deno.test("judge() blames the targets as soon as others are reached, and ourselves only when nearly all of many fail", () => {
  const suspects = new Set(["s"]);
  const failed = ["a", "b", "c", "d", "e", "f", "g"].map((site) => vote(site, false));
  assert.equal(judge(suspects, [], 7), null);
  assert.equal(judge(suspects, [vote("a", true)], 7), null);
  assert.equal(judge(suspects, [vote("a", true), vote("b", true)], 7), "theirs");
  assert.equal(judge(suspects, failed.slice(0, 6), 7), null, "one may still be reached");
  assert.equal(judge(suspects, failed, 7), "ours");
  assert.equal(judge(suspects, [...failed.slice(0, 6), vote("g", true)], 7), "ours");
  assert.equal(judge(suspects, [...failed.slice(0, 2), vote("c", true)], 3), "theirs", "too few to tell");
  assert.equal(judge(suspects, failed.slice(0, 2), 2), "theirs", "three sites are a few hosts");
  assert.equal(judge(suspects, failed.slice(0, 3), 3), "ours", "four sites are many");
  assert.equal(judge(suspects, [], 0), "theirs", "nobody to ask");
});
