import assert from "node:assert/strict";
import { meshConfig } from "../tests/support/mesh_config.ts";
import { OtherNode } from "../tests/support/other_node.ts";
import { createNodeClient, type NodeAnswer } from "./client.ts";
import { askPeers, peersToAsk, readVote } from "./confirm.ts";

const heard = (body: string): NodeAnswer => ({ ok: true, status: 200, body, headers: new Headers() });

const bodies: [answer: NodeAnswer, vote: string][] = [
  [heard('{"up":true}'), "up"],
  [heard('{"up":false,"error":"HTTP 503"}'), "down"],
  [heard('{"up":false,"more":[1]}'), "down"],
  [heard('{"up":"yes"}'), "unknown"],
  [heard('{"up":1}'), "unknown"],
  [heard("{}"), "unknown"],
  [heard("null"), "unknown"],
  [heard("<html>"), "unknown"],
  [heard(""), "unknown"],
  [{ ok: false, status: 404, reason: "HTTP 404" }, "unknown"],
  [{ ok: false, status: null, reason: "No answer within 10 s" }, "unknown"],
];

for (const [answer, vote] of bodies) {
  Deno.test(`readVote() of ${answer.ok ? answer.body || "nothing" : answer.reason} is ${vote}`, () => {
    assert.equal(readVote(answer), vote);
  });
}

const peer = (id: string, origin: string, more = "") =>
  `[[peers]]\nid = "${id}"\nname = "${id.toUpperCase()}"\nping_url = "${origin}/api/push/here"\n` +
  `ping_token = "token-of-here-1234"\n${more}\n`;
const monitor = (kind: string, target: string, more = "") =>
  `[[monitors]]\nid = "m"\nname = "M"\nkind = "${kind}"\ntarget = "${target}"\ninterval_secs = 60\n${more}\n`;
const own = `[health]\nid = "here"\nconfirm_with_peers = true\n`;

async function ask(toml: string, signal = new AbortController().signal) {
  const config = meshConfig(toml);
  const client = createNodeClient();
  try {
    return await askPeers(config, config.monitors[0], "down", client, signal);
  } finally {
    client.close();
  }
}

const listening = (up: boolean | null) => ({
  peers: [{ id: "here", listenToken: "token-of-here-1234" }],
  monitors: up === null ? [] : [{ kind: "http", target: "https://x.example/", up }],
});

Deno.test("askPeers() asks nodes of the other program and words what they say", async () => {
  await using sees = new OtherNode({ id: "b", ...listening(true) });
  await using agrees = new OtherNode({ id: "c", ...listening(false) });
  await using knowsNothing = new OtherNode({ id: "d", ...listening(null) });
  await using stranger = new OtherNode({ id: "e", peers: [], monitors: [] });
  const result = await ask(
    own + peer("b", sees.origin) + peer("c", agrees.origin) + peer("d", knowsNothing.origin) +
      peer("e", stranger.origin) + monitor("http", "https://x.example/"),
  );
  assert.equal(
    result?.text,
    "seen UP by B - down from 2/3 vantage points (network issue near this node?), 2 vantage(s) unreachable",
  );
  assert.equal(result?.contradicted, false);
  const { fingerprint, ...known } = sees.questions[0];
  assert.deepEqual(known, { from: "here", kind: "http", target: "https://x.example/" });
  assert.match(String(fingerprint), /^[0-9a-f]{32}$/);
});

Deno.test("askPeers() never sends credentials", async () => {
  await using node = new OtherNode({ id: "b", ...listening(null) });
  const target = "https://me:hunter2@x.example/?token=hunter2";
  const result = await ask(own + peer("b", node.origin) + monitor("http", target));
  assert.equal(result?.text, "no peer vantage reachable, unconfirmed, 1 vantage(s) unreachable");
  assert.equal(node.questions.length, 1);
  assert.doesNotMatch(JSON.stringify(node.questions), /hunter2/);
});

Deno.test("askPeers() asks nobody about push, and nobody when every peer is left out", async () => {
  await using node = new OtherNode({ id: "b", ...listening(true) });
  assert.equal(await ask(own + peer("b", node.origin) + monitor("push", "")), null);
  assert.equal(
    await ask(own + peer("b", node.origin, "confirm = false") + monitor("http", "https://x.example/")),
    null,
  );
  assert.equal(node.questions.length, 0);
});

Deno.test("askPeers() ends when its signal does, with what it has", async () => {
  await using node = new OtherNode({ id: "b", ...listening(true) });
  using silent = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const stop = new AbortController();
  const asking = ask(
    own + peer("b", node.origin) + peer("c", `http://127.0.0.1:${silent.addr.port}`) +
      monitor("http", "https://x.example/"),
    stop.signal,
  );
  while (node.questions.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, 100));
  stop.abort();
  assert.equal(
    (await asking)?.text,
    "seen UP by B - down from 1/2 vantage points (network issue near this node?), 1 vantage(s) unreachable",
  );
});

Deno.test("peersToAsk() never lists ourselves, nor anybody without [health]", () => {
  const ids = (toml: string) => peersToAsk(meshConfig(toml)).map(({ peer }) => peer.id);
  const two = peer("here", "http://127.0.0.1:1") + peer("b", "http://127.0.0.1:2");
  assert.deepEqual(ids(`[health]\nid = "here"\n${two}`), ["b"]);
  assert.deepEqual(peersToAsk({ ...meshConfig(`[health]\nid = "here"\n${two}`), health: null }), []);
});
