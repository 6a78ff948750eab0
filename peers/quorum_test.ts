import assert from "node:assert/strict";
import { parseHealth, type PeerSeen } from "./health.ts";
import { judge, type Testimony } from "./quorum.ts";

const sees = (name: string, peers: Record<string, PeerSeen>): Testimony => ({
  name,
  health: { status: "ok", id: name, peers: new Map(Object.entries(peers)) },
});
const mute = (name: string): Testimony => ({ name, health: null });
const up = (age: number): PeerSeen => ({ state: "up", age });
const down: PeerSeen = { state: "down", age: 500 };

const cases: [name: string, testimonies: Testimony[], verdict: unknown][] = [
  ["two nodes, nobody to ask", [], { kind: "confirmed" }],
  ["one witness hears it", [sees("c", { b: up(9) })], { kind: "partition", witness: "c" }],
  ["the first of two that hear it is named", [sees("c", { b: up(9) }), sees("d", { b: up(1) })], {
    kind: "partition",
    witness: "c",
  }],
  ["one is out of reach, one hears it", [mute("c"), sees("d", { b: up(9) })], {
    kind: "partition",
    witness: "d",
  }],
  ["one says down, one hears it", [sees("c", { b: down }), sees("d", { b: up(9) })], {
    kind: "partition",
    witness: "d",
  }],
  ["a witness says down", [sees("c", { b: down })], { kind: "confirmed" }],
  ["a witness never saw it", [sees("c", { b: { state: "unknown", age: -1 } })], { kind: "confirmed" }],
  ["a witness does not know it", [sees("c", {})], { kind: "confirmed" }],
  ["a witness is more patient than we are", [sees("c", { b: up(91) })], { kind: "confirmed" }],
  ["a witness heard it exactly one period ago", [sees("c", { b: up(90) })], {
    kind: "partition",
    witness: "c",
  }],
  ["one out of reach, one says down", [mute("c"), sees("d", { b: down })], { kind: "confirmed" }],
  ["no witness answers", [mute("c"), mute("d")], { kind: "isolated" }],
];

for (const [name, testimonies, verdict] of cases) {
  Deno.test(`judge(): ${name}`, () => assert.deepEqual(judge("b", 90, testimonies), verdict));
}

const good = { status: "ok", scheduler_ok: true, db_ok: true, last_tick_age: 3, peers: {} };

Deno.test("parseHealth() reads a document of another node and ignores what it does not know", () => {
  const text = JSON.stringify({
    ...good,
    id: "metz",
    extra: [1],
    peers: { lyon: { state: "up", age: 9, more: 1 } },
  });
  assert.deepEqual(parseHealth(text), {
    status: "ok",
    id: "metz",
    peers: new Map([["lyon", { state: "up", age: 9 }]]),
  });
  assert.equal(parseHealth(JSON.stringify(good))?.id, null);
});

const broken: unknown[] = [
  "",
  "nonsense",
  "null",
  "[]",
  JSON.stringify({ ...good, status: "fine" }),
  JSON.stringify({ ...good, scheduler_ok: 1 }),
  JSON.stringify({ ...good, db_ok: undefined }),
  JSON.stringify({ ...good, last_tick_age: 1.5 }),
  JSON.stringify({ ...good, peers: [] }),
  JSON.stringify({ ...good, peers: { x: { state: "maybe", age: 1 } } }),
  JSON.stringify({ ...good, peers: { x: { state: "up" } } }),
  JSON.stringify({ ...good, id: 7 }),
];

for (const text of broken) {
  Deno.test(`parseHealth() takes ${JSON.stringify(text)} for no document`, () => {
    assert.equal(parseHealth(text as string), null);
  });
}
