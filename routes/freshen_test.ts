import assert from "node:assert/strict";
import type { MonitorView } from "../domain/summary.ts";
import { anonymous } from "../domain/viewer.ts";
import type { BoardReader } from "./deps.ts";
import { freshen } from "./freshen.ts";

Deno.test("freshen() takes every view, and lets others have their turn whenever it has worked for three milliseconds", async () => {
  let monotonicMs = 0;
  const clock = { now: () => 0, monotonic: () => monotonicMs, sleep: () => Promise.resolve() };
  const views = Array.from({ length: 12 }, (_, i) => ({ id: String(i) }) as MonitorView);
  const taken: string[] = [];
  const board = {
    *views() {
      for (const view of views) {
        monotonicMs += 1;
        yield view;
      }
    },
  } as unknown as BoardReader;
  const seenByOthers: number[] = [];
  let isOver = false;
  const others = () => {
    if (isOver) return;
    seenByOthers.push(taken.length);
    setImmediate(others);
  };
  setImmediate(others);
  await freshen({ board, clock }, anonymous, ({ id }) => taken.push(id));
  isOver = true;
  assert.deepEqual(taken, views.map(({ id }) => id));
  assert.deepEqual([...new Set(seenByOthers)].slice(0, 4), [3, 6, 9, 12]);
});
