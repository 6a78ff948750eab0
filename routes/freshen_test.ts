import assert from "node:assert/strict";
import type { MonitorView } from "../domain/summary.ts";
import { Slices } from "../domain/slices.ts";
import { anonymous } from "../domain/viewer.ts";
import type { BoardReader } from "./deps.ts";
import { freshen } from "./freshen.ts";

Deno.test("freshen() takes every view, and lets others have their turn whenever it has worked for two milliseconds", async () => {
  let monotonicMs = 0;
  const seenByOthers: number[] = [];
  const taken: string[] = [];
  const clock = {
    now: () => 0,
    monotonic: () => monotonicMs,
    sleep: () => Promise.resolve(void seenByOthers.push(taken.length)),
  };
  const views = Array.from({ length: 12 }, (_, i) => ({ id: String(i) }) as MonitorView);
  const board = {
    *views() {
      for (const view of views) {
        monotonicMs += 1;
        yield view;
      }
    },
  } as unknown as BoardReader;
  await freshen({ board, slices: () => new Slices(clock) }, anonymous, ({ id }) => taken.push(id));
  assert.deepEqual(taken, views.map(({ id }) => id));
  assert.deepEqual(seenByOthers, [2, 4, 6, 8, 10, 12]);
});
