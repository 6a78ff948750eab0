import assert from "node:assert/strict";
import { type ConnectionFacts, Patience } from "./patience.ts";

const limits = { requestMs: 300, idleMs: 1_200, readMs: 300, readBytes: 1_000 };
/** An idle connection that has had one answer. */
const idle: ConnectionFacts = {
  key: "a",
  sentAgeMs: 10,
  receivedAgeMs: 12,
  receivedBytes: 100,
  packetsOut: 1,
  takenBytes: 500,
  isWaitingToSend: false,
};

/** When, in looks of 100 ms, a connection is cut off; null: not in forty. */
function cutAt(facts: (look: number) => Partial<ConnectionFacts>): number | null {
  const patience = new Patience(limits);
  for (let look = 0; look < 40; look++) {
    if (patience.judge([{ ...idle, ...facts(look) }], look * 100).has("a")) return look;
  }
  return null;
}

Deno.test("Patience ends a connection that sends no request, or only a part of one", () => {
  const both = (n: number) => ({ packetsOut: 0, sentAgeMs: n * 100, receivedAgeMs: n * 100 });
  assert.equal(cutAt((n) => ({ ...both(n), receivedBytes: 0 })), 3);
  assert.equal(cutAt((n) => ({ ...both(n), receivedBytes: 5 })), 3, "came in the moment of the connection");
  assert.equal(cutAt((n) => ({ sentAgeMs: n * 100, receivedAgeMs: 5 })), 4);
});

Deno.test("Patience leaves a busy connection alone, even one that is asked at every look", () => {
  assert.equal(cutAt((n) => ({ sentAgeMs: 50, receivedAgeMs: 5, packetsOut: n })), null);
  assert.equal(cutAt(() => ({})), null);
});

Deno.test("Patience ends an idle connection later, and forgets it when it has gone", () => {
  assert.equal(cutAt((n) => ({ sentAgeMs: n * 100, receivedAgeMs: n * 100 })), 12);
  const patience = new Patience(limits);
  const owing = { ...idle, sentAgeMs: 1_000, receivedAgeMs: 1 };
  patience.judge([owing], 0);
  patience.judge([], 200);
  assert.equal(patience.judge([owing], 400).size, 0, "the same key is somebody else by now");
});

Deno.test("Patience ends a reader that takes too little, and bears with one that takes enough", () => {
  assert.equal(cutAt(() => ({ isWaitingToSend: true })), 3);
  assert.equal(cutAt((n) => ({ isWaitingToSend: true, takenBytes: 200 * n })), 3);
  assert.equal(cutAt((n) => ({ isWaitingToSend: true, takenBytes: 500 * n })), null);
});
