import assert from "node:assert/strict";
import { parse } from "smol-toml";
import { freshToken, introduce } from "./introduce.ts";

const metz = { id: "metz", name: "Metz", url: "https://metz.example", intervalSecs: 30, hasHealth: false };
const lyon = {
  id: "lyon",
  name: 'The "old" ${HOME}',
  url: "https://lyon.example",
  intervalSecs: 60,
  hasHealth: true,
};

const plain = (toml: string) => JSON.parse(JSON.stringify(parse(toml)));

Deno.test("introduce() gives both nodes blocks whose tokens, ids and patience fit each other", () => {
  const tokens = ["token-there", "token-here"];
  const blocks = introduce(metz, lyon, () => tokens.shift()!);
  assert.deepEqual(plain(blocks.here), {
    health: { id: "metz", interval_secs: 30, quorum: true, confirm_with_peers: true },
    peers: [{
      id: "lyon",
      name: 'The "old" $${HOME}',
      ping_url: "https://lyon.example/api/push/metz",
      ping_token: "token-there",
      listen_token: "token-here",
      expect_every_secs: 180,
    }],
  });
  assert.deepEqual(plain(blocks.there), {
    peers: [{
      id: "metz",
      name: "Metz",
      ping_url: "https://metz.example/api/push/lyon",
      ping_token: "token-here",
      listen_token: "token-there",
      expect_every_secs: 90,
    }],
  });
});

Deno.test("introduce() gives a node of which nobody knows more a [health] section to uncomment", () => {
  const { there } = introduce(metz, { ...lyon, hasHealth: null });
  assert.equal(plain(there).health, undefined);
  const bare = there.split("\n").map((line) => line.replace(/^# (?!If)/, "")).join("\n");
  assert.deepEqual(plain(bare).health, {
    id: "lyon",
    interval_secs: 60,
    quorum: true,
    confirm_with_peers: true,
  });
});

Deno.test("freshToken() is long, safe in a header and never the same", () => {
  const tokens = Array.from({ length: 50 }, freshToken);
  assert.equal(new Set(tokens).size, 50);
  for (const token of tokens) assert.match(token, /^[A-Za-z0-9_-]{43}$/);
});
