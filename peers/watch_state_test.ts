import assert from "node:assert/strict";
import type { QuorumVerdict } from "./quorum.ts";
import { parseWatchState, quiet, takeHeard, takeVerdict, type WatchState } from "./watch_state.ts";

const confirmed: QuorumVerdict = { kind: "confirmed" };
const isolated: QuorumVerdict = { kind: "isolated" };
const link: QuorumVerdict = { kind: "partition", witness: "Lyon" };
const patience = { isolationMs: 3_000, settleMs: 2_000 };

/** Plays verdicts one second apart (`heard` for a heartbeat) and returns what people were told. */
function told(script: (QuorumVerdict | "heard")[], start: WatchState = quiet): string[] {
  let state = start;
  return script.flatMap((item, index) => {
    const step = item === "heard" ? takeHeard(state) : takeVerdict(state, item, 7, index * 1_000, patience);
    state = step.state;
    return step.effect.kind === "none" ? [] : [`${index}:${step.effect.kind}`];
  });
}

const cases: [name: string, script: (QuorumVerdict | "heard")[], told: string[]][] = [
  ["an outage is told once", [confirmed, confirmed, confirmed], ["0:down"]],
  ["and its end once", [confirmed, "heard", "heard"], ["0:down", "1:recovered"]],
  ["a second outage is told again", [confirmed, "heard", confirmed], ["0:down", "1:recovered", "2:down"]],
  ["a broken link must stand for a while and is told once", [link, link, link, link], ["2:link"]],
  ["a broken link that mends at once is not told", [link, link, "heard"], []],
  ["a broken link may become an outage", [link, link, link, confirmed, "heard"], [
    "2:link",
    "3:down",
    "4:recovered",
  ]],
  ["an outage that looked like a broken link first is told at once", [link, confirmed], ["1:down"]],
  ["cut off, then both are back: nothing is told", [isolated, confirmed, "heard"], ["0:isolated"]],
  ["cut off, then one stays away: told when that has stood for a while", [
    isolated,
    confirmed,
    confirmed,
    confirmed,
  ], ["0:isolated", "3:down"]],
  ["being cut off on and off holds an outage back no longer than for good", [
    isolated,
    confirmed,
    isolated,
    confirmed,
  ], ["0:isolated", "3:down"]],
  ["an outage never becomes a mere link", [confirmed, link], ["0:down"]],
  ["being cut off holds back, not for ever", [isolated, isolated, isolated, isolated, isolated], [
    "0:isolated",
    "3:down",
  ]],
  ["being cut off for a moment tells nobody", [isolated, isolated, "heard"], ["0:isolated"]],
  ["cut off after a broken link still ends with a recovery", [link, link, link, isolated, "heard"], [
    "2:link",
    "3:isolated",
    "4:recovered",
  ]],
  ["a witness that returns starts the wait anew", [
    isolated,
    isolated,
    link,
    isolated,
    isolated,
    isolated,
    isolated,
  ], [
    "0:isolated",
    "3:isolated",
    "6:down",
  ]],
];

for (const [name, script, expected] of cases) {
  Deno.test(`a watch: ${name}`, () => assert.deepEqual(told(script), expected));
}

Deno.test("takeVerdict() says why when nobody could be asked", () => {
  const held: WatchState = { announced: "nothing", sinceAt: null, isolatedAt: 0, settlingAt: null };
  const { effect } = takeVerdict(held, isolated, 7, 3_000, patience);
  assert.deepEqual(effect, {
    kind: "down",
    reason: "missing heartbeat, and no witness answers: this node may be cut off",
  });
});

Deno.test("a clock set back makes the wait start anew, not last for ever", () => {
  const held: WatchState = { announced: "nothing", sinceAt: null, isolatedAt: 1_000_000, settlingAt: null };
  const step = takeVerdict(held, isolated, 7, 5_000, patience);
  assert.deepEqual(step, { state: { ...held, isolatedAt: 5_000 }, effect: { kind: "isolated" } });
});

Deno.test("the recovery remembers since when", () => {
  const { state } = takeVerdict(quiet, confirmed, 7, 1_000, patience);
  assert.deepEqual(takeHeard(state).effect, { kind: "recovered", sinceAt: 7 });
});

Deno.test("parseWatchState() gives back what was kept, and nothing for rubbish", () => {
  const kept: WatchState = { announced: "link", sinceAt: 5, isolatedAt: null, settlingAt: 9 };
  assert.deepEqual(parseWatchState(JSON.parse(JSON.stringify(kept))), kept);
  for (const rubbish of [null, 1, "x", {}, { announced: "x" }]) {
    assert.deepEqual(parseWatchState(rubbish), quiet);
  }
});
