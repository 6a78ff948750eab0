import assert from "node:assert/strict";
import { meshConfig } from "../tests/support/mesh_config.ts";
import { fingerprintOf, shareableTarget } from "./fingerprint.ts";

const shareable: [target: string, seen: string][] = [
  ["https://x.example/health", "https://x.example/health"],
  ["https://x.example:8443/A%20b?x=1&y=#frag", "https://x.example:8443/A%20b?x=1&y=#frag"],
  ["https://user:p%40ss@x.example/a@b", "https://x.example/a@b"],
  ["https://user@x.example", "https://x.example"],
  ["https://x.example/?id=3&api_key=abc&Token=d", "https://x.example/?id=3&api_key=***&Token=***"],
  ["https://x.example/?password=a%26b#k", "https://x.example/?password=***#k"],
  ["https://x.example/?pass=a&page=b", "https://x.example/?pass=***&page=b"],
  [
    "https://x.example/?subscription-key=a&x-api-key=b",
    "https://x.example/?subscription-key=***&x-api-key=***",
  ],
  [
    "https://x.example/?session_id=a&code=b&X-Amz-Signature=c",
    "https://x.example/?session_id=***&code=***&X-Amz-Signature=***",
  ],
  ["db.example:5432", "db.example:5432"],
  ["[2001:db8::1]:443", "[2001:db8::1]:443"],
  ["x.example", "x.example"],
];

for (const [target, seen] of shareable) {
  Deno.test(`shareableTarget() of ${target}`, () => assert.equal(shareableTarget(target), seen));
}

async function printOf(kind: string, settings: string, target = "https://x.example/"): Promise<string> {
  const config = meshConfig(
    `[[monitors]]\nid = "m"\nname = "M"\nkind = "${kind}"\ntarget = "${target}"\ninterval_secs = 60\n${settings}`,
  );
  return await fingerprintOf(config.monitors[0]);
}

const same: [name: string, one: string, other: string][] = [
  ["intervals and timeouts", "timeout_secs = 3", "timeout_secs = 9\nprobe_retries = 2"],
  ["thresholds", "degraded_over_ms = 100", ""],
  ["header values", 'headers = { "X-Key" = "one" }', 'headers = { "x-key" = "two" }'],
];

for (const [name, one, other] of same) {
  Deno.test(`fingerprintOf() does not care about ${name}`, async () => {
    assert.equal(await printOf("http", one), await printOf("http", other));
  });
}

Deno.test("fingerprintOf() does not care about credentials in the target", async () => {
  assert.equal(
    await printOf("http", "", "https://a:b@x.example/"),
    await printOf("http", "", "https://x.example/"),
  );
});

Deno.test("fingerprintOf() tells checks apart", async () => {
  const prints = await Promise.all([
    printOf("http", ""),
    printOf("http", 'keyword = "ok"'),
    printOf("http", 'keyword = "ok"\nkeyword_invert = true'),
    printOf("http", "expected_status = 204"),
    printOf("http", 'headers = { "X-Key" = "one" }'),
    printOf("http", 'json_query = "$.a"'),
    printOf("http", "", "https://x.example/other"),
    printOf("tcp", "", "x.example:443"),
    printOf("icmp", "", "x.example"),
    printOf("dns", "", "x.example"),
    printOf("dns", 'dns_record = "MX"', "x.example"),
  ]);
  assert.equal(new Set(prints).size, prints.length);
  for (const print of prints) assert.match(print, /^[0-9a-f]{32}$/);
});
