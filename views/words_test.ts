import assert from "node:assert/strict";
import { monitor, NOW, states, summary } from "../tests/support/summaries.ts";
import { answerOf } from "./trouble.ts";
import { isolate, list, longDuration, shortDuration } from "./words.ts";

const plain = (text: string) => text.replaceAll("\u00a0", " ");
const S = 1_000;
const M = 60 * S;
const H = 60 * M;

const durations: [number, string, string][] = [
  [0, "0 seconds", "0 s"],
  [1 * S, "1 second", "1 s"],
  [59 * S, "59 seconds", "59 s"],
  [60 * S, "1 minute", "1 min"],
  [12 * M, "12 minutes", "12 min"],
  [H, "1 hour", "1 h"],
  [2 * H + 10 * M, "2 hours 10 minutes", "2 h 10 min"],
  [26 * H, "1 day 2 hours", "1 d 2 h"],
  [19 * 24 * H + H, "19 days", "19 d"],
];
for (const [ms, long, short] of durations) {
  Deno.test(`${ms} ms reads "${long}" and "${short}"`, () => {
    assert.equal(plain(longDuration(ms)), long);
    assert.equal(plain(shortDuration(ms)), short);
  });
}

Deno.test("list() joins with and, counts what is too much, and sets foreign names apart", () => {
  assert.equal(list(["A"]), "A");
  assert.equal(list(["A", "B", "C"]), "A, B and C");
  assert.equal(list(["A", "B", "C", "D", "E"]), "A, B, C and 2 more");
  assert.equal(isolate("بوابة"), "\u2068بوابة\u2069");
  assert.equal(isolate("a\u2069\u202eb"), "\u2068ab\u2069");
  assert.equal(isolate("Café ü"), "Café ü");
});

const sentences: [keyof typeof states, string][] = [
  ["well", "Everything is running."],
  ["one_down", "Checkout is down, for 12 minutes."],
  ["maintenance", "Planned work. Everything else is running."],
  ["nothing", "Nothing is watched yet."],
  ["waiting", "Waiting for the first results."],
  ["stale", "What you see may be out of date."],
];
for (const [state, headline] of sentences) {
  Deno.test(`the first sentence of ${state} is: ${headline}`, () => {
    assert.equal(answerOf(states[state](), null).headline, headline);
  });
}

Deno.test("the first sentence tells two, many and all apart", () => {
  const down = (id: string) => monitor({ id, name: id.toUpperCase(), status: "down", sinceAt: NOW - H });
  const up = monitor({ id: "up", name: "Up" });
  const headline = (...all: ReturnType<typeof monitor>[]) => answerOf(summary(all), null).headline;
  assert.equal(headline(down("a"), down("b"), up), "A and B are down.");
  assert.equal(headline(down("a"), down("b"), down("c"), up), "3 services are down.");
  assert.equal(headline(down("a"), down("b"), down("c")), "All 3 services are down.");
  assert.equal(headline(monitor({ id: "s", name: "S", status: "degraded" }), up), "S is slow.");
  assert.equal(
    headline(monitor({ id: "s", name: "S", status: "degraded", lastError: "HTTP 503" }), up),
    "S has trouble.",
  );
});
