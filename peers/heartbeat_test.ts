import assert from "node:assert/strict";
import { meshConfig } from "../tests/support/mesh_config.ts";
import type { NodeAnswer } from "./client.ts";
import { heartbeatUrl, sendHeartbeats } from "./heartbeat.ts";

const addresses: [base: string, sent: string | null][] = [
  ["https://b.example/api/push/a", "https://b.example/api/push/a?status=up&msg=ok+mon%3D2+tick%3D3s"],
  [
    "https://b.example/p?token=x%20y~z&q",
    "https://b.example/p?token=x%20y~z&q&status=up&msg=ok+mon%3D2+tick%3D3s",
  ],
  ["https://b.example/p?", "https://b.example/p?status=up&msg=ok+mon%3D2+tick%3D3s"],
  ["https://b.example/p#part", "https://b.example/p?status=up&msg=ok+mon%3D2+tick%3D3s#part"],
  ["ftp://b.example/", null],
  ["", null],
];

for (const [base, sent] of addresses) {
  Deno.test(`heartbeatUrl() of "${base}"`, () => assert.equal(heartbeatUrl(base, 2, 3), sent));
}

const config = meshConfig(
  `[health]\nid = "a"\n[[peers]]\nid = "b"\nname = "B"\nping_url = "https://b.example/api/push/a"\n`,
);
const well = { schedulerOk: true, dbOk: true, lastTickAgeSecs: 1 };
const refused = (status: number): NodeAnswer => ({ ok: false, status, reason: `HTTP ${status}` });

for (
  const [name, answers, sends, trouble] of [
    ["that a limiter refuses is sent again", [refused(429), refused(429), null], 3, null],
    ["that a limiter refuses for good is given up", Array(9).fill(refused(429)), 4, "HTTP 429"],
    ["that is refused otherwise is not sent again", [refused(401), null], 1, "HTTP 401"],
  ] as const
) {
  Deno.test(`a heartbeat ${name}`, async () => {
    const left: (NodeAnswer | null)[] = [...answers];
    let sent = 0;
    const client = () => {
      sent += 1;
      const ok: NodeAnswer = { ok: true, status: 200, body: "", headers: new Headers() };
      return Promise.resolve(left.shift() ?? ok);
    };
    const pauses = { spread: () => Promise.resolve(), refused: () => Promise.resolve() };
    const signal = new AbortController().signal;
    assert.deepEqual(await sendHeartbeats(config, well, client, pauses, signal), [{ name: "b", trouble }]);
    assert.equal(sent, sends);
  });
}
