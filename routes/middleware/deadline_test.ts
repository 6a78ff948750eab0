import assert from "node:assert/strict";
import { ManualClock } from "../../tests/support/manual_clock.ts";
import { Deadlines } from "./deadline.ts";

/** How a promise stands. Its watch begins a turn later: `advance(0)` comes before time may pass. */
function watched(work: Promise<unknown>): { state: string } {
  const seen = { state: "waits" };
  work.then((value) => seen.state = String(value), (error) => seen.state = error.code);
  return seen;
}

Deno.test("Deadlines give up whoever waited too long, and nobody else", async () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock, 1_000);
  const never = new Promise<string>(() => {});
  const kept = Promise.withResolvers<string>();
  const first = watched(deadlines.bound(never));
  const second = watched(deadlines.bound(kept.promise));
  await clock.advance(600);
  const third = watched(deadlines.bound(never));
  kept.resolve("kept");
  await clock.advance(399);
  assert.deepEqual([first.state, second.state, third.state], ["waits", "kept", "waits"]);
  await clock.advance(1);
  assert.deepEqual([first.state, second.state, third.state], ["too_slow", "kept", "waits"]);
  await clock.advance(600);
  assert.deepEqual(third.state, "too_slow");
  const fourth = watched(deadlines.bound(never));
  await clock.advance(0);
  await clock.advance(1_000);
  assert.deepEqual(fourth.state, "too_slow");
});

Deno.test("Deadlines pass on what was found and what went wrong, also after it was given up", async () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock, 1_000);
  assert.equal(await deadlines.bound(Promise.resolve(7)), 7);
  await assert.rejects(deadlines.bound(Promise.reject(new Error("no room"))), /no room/);
  const late = Promise.withResolvers<string>();
  const seen = watched(deadlines.bound(late.promise));
  await clock.advance(0);
  await clock.advance(1_000);
  late.reject(new Error("nobody listens any more"));
  await clock.advance(1);
  assert.equal(seen.state, "too_slow");
});

Deno.test("Deadlines keep a timer only while somebody waits", async () => {
  let sleeping = 0;
  let timers = 0;
  const clock = {
    monotonic: () => 0,
    async sleep(_ms: number, signal?: AbortSignal) {
      timers += 1;
      sleeping += 1;
      await new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve()));
      sleeping -= 1;
    },
  };
  const deadlines = new Deadlines(clock);
  await deadlines.bound(Promise.resolve());
  assert.equal(timers, 0);
  const work = [1, 2, 3].map(() => Promise.withResolvers<void>());
  const all = Promise.all(work.map(({ promise }) => deadlines.bound(promise)));
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.deepEqual([timers, sleeping], [1, 1]);
  for (const { resolve } of work) resolve();
  await all;
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.deepEqual([timers, sleeping], [1, 0]);
});
