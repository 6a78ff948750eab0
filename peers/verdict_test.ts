import assert from "node:assert/strict";
import { contradicted, verdictText, type Vote } from "./verdict.ts";

const votes = (text: string): Vote[] =>
  [...text].map((letter, index) => ({
    name: `n${index + 1}`,
    saw: letter === "u" ? "up" : letter === "d" ? "down" : "unknown",
  }));

const cases: [local: "up" | "down", votes: string, text: string][] = [
  ["down", "u", "seen UP by n1 - down from 1/2 vantage points (network issue near this node?)"],
  ["down", "ud", "seen UP by n1 - down from 2/3 vantage points (network issue near this node?)"],
  ["down", "uuu", "seen UP by n1, n2, n3 - down from 1/4 vantage points (network issue near this node?)"],
  [
    "down",
    "uuuuu?",
    "seen UP by n1, n2, n3 (+2) - down from 1/6 vantage points (network issue near this node?), 1 vantage(s) unreachable",
  ],
  ["down", "d", "confirmed down from 2/2 vantage points"],
  ["down", "dd??", "confirmed down from 3/3 vantage points, 2 vantage(s) unreachable"],
  ["down", "?", "no peer vantage reachable, unconfirmed, 1 vantage(s) unreachable"],
  ["up", "d", "up here, but seen DOWN by n1 - up from 1/2 vantage points (can they reach it?)"],
  [
    "up",
    "dddd?",
    "up here, but seen DOWN by n1, n2, n3 (+1) - up from 1/5 vantage points (can they reach it?), 1 vantage(s) unreachable",
  ],
  ["up", "uu", "up from 3/3 vantage points"],
  ["up", "u?", "up from 2/2 vantage points, 1 vantage(s) unreachable"],
  ["up", "??", "up here; no peer vantage reachable, 2 vantage(s) unreachable"],
];

for (const [local, cast, text] of cases) {
  Deno.test(`verdictText() of ${local} with votes ${cast} is as other nodes word it`, () => {
    assert.equal(verdictText(local, votes(cast)), text);
  });
}

Deno.test("contradicted() needs an answer, and every answer to be up", () => {
  const results = ["", "?", "u", "u?", "ud", "d"].map((cast) => contradicted(votes(cast)));
  assert.deepEqual(results, [false, false, true, true, false, false]);
});
