import assert from "node:assert/strict";
import type { Config } from "../domain/config.ts";
import { ManualClock } from "../tests/support/manual_clock.ts";
import { createHeartbeats, nextBeat } from "./heartbeats.ts";

const cases: [due: number, interval: number, now: number, next: number][] = [
  [1_000, 5_000, 1_000, 6_000],
  [1_000, 5_000, 1_400, 6_000],
  [1_000, 5_000, 5_999, 6_000],
  [1_000, 5_000, 6_000, 11_000],
  [1_000, 5_000, 60_000, 65_000],
];

for (const [due, interval, now, next] of cases) {
  Deno.test(`nextBeat() after ${due}, every ${interval}, at ${now}, is ${next}`, () => {
    assert.equal(nextBeat(due, interval, now), next);
  });
}

function rig(intervalSecs: number) {
  const clock = new ManualClock();
  const rigged = { clock, intervalSecs, beats: [] as number[], rounds: 0, random: 0.5 };
  const config = () => ({ health: { intervalSecs: rigged.intervalSecs } }) as Config;
  const peers = {
    beat: () => Promise.resolve(void rigged.beats.push(clock.monotonic())),
    watch: () => Promise.resolve(void (rigged.rounds += 1)),
  };
  const heartbeats = createHeartbeats({ peers, clock, config, random: () => rigged.random });
  return Object.assign(rigged, { heartbeats });
}

Deno.test("heartbeats start early, keep their beat and look at peers once a second", async () => {
  const rigged = rig(60);
  rigged.heartbeats.tick();
  await rigged.clock.advance(130_000);
  assert.deepEqual(rigged.beats, [2_500, 62_500, 122_500]);
  assert.ok(rigged.rounds >= 130, `${rigged.rounds} rounds`);
  await rigged.heartbeats.stop();
});

Deno.test("heartbeats go below a minute, down to a second", async () => {
  const rigged = rig(1);
  rigged.heartbeats.tick();
  await rigged.clock.advance(3_600);
  assert.deepEqual(rigged.beats, [500, 1_500, 2_500, 3_500]);
  await rigged.heartbeats.stop();
});

Deno.test("a shorter interval after a reload counts at once", async () => {
  const rigged = rig(3_600);
  rigged.heartbeats.tick();
  await rigged.clock.advance(10_000);
  rigged.intervalSecs = 5;
  await rigged.clock.advance(12_000);
  assert.equal(rigged.beats.length, 3);
  await rigged.heartbeats.stop();
});

Deno.test("ticks while the loop runs start no second one, and none starts after stop", async () => {
  const rigged = rig(10);
  for (let i = 0; i < 3; i += 1) rigged.heartbeats.tick();
  await rigged.clock.advance(21_000);
  assert.equal(rigged.beats.length, 2);
  await rigged.heartbeats.stop();
  rigged.heartbeats.tick();
  await rigged.clock.advance(60_000);
  assert.equal(rigged.beats.length, 2);
});
