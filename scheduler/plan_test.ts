import assert from "node:assert/strict";
import { firstDueAt, nextDueAt, phaseOf, startSpreadMs } from "./plan.ts";
import { TimerQueue } from "./timer_queue.ts";

Deno.test("phaseOf() spreads ids evenly over an interval", () => {
  const tenths = Array.from({ length: 10 }, () => 0);
  for (let i = 0; i < 1_000; i++) tenths[Math.floor(phaseOf(`monitor-${i}`, 60_000) / 6_000)] += 1;
  assert.ok(tenths.every((count) => count > 50 && count < 150), tenths.join(" "));
});

Deno.test("firstDueAt() begins within the spread and then keeps a place of its own on the grid", () => {
  for (const id of ["a", "b", "web", "db"]) {
    const [first, second] = firstDueAt(id, 60_000, 1_000_000, 2_000);
    assert.ok(first >= 1_000_000 && first < 1_002_000);
    assert.ok(second - first >= 30_000 && second - first <= 90_000);
    assert.equal(second % 60_000, phaseOf(id, 60_000));
  }
  assert.equal(startSpreadMs(10_000), 30_000);
  assert.ok(startSpreadMs(4) < 2_000);
});

Deno.test("nextDueAt() keeps the beat and skips what has passed instead of making up for it", () => {
  const cases = [
    { now: 1_000, expected: { dueAt: 6_000, skipped: 0 } },
    { now: 5_999, expected: { dueAt: 6_000, skipped: 0 } },
    { now: 6_000, expected: { dueAt: 11_000, skipped: 1 } },
    { now: 23_500, expected: { dueAt: 26_000, skipped: 4 } },
  ];
  for (const { now, expected } of cases) assert.deepEqual(nextDueAt(1_000, 5_000, now), expected);
});

Deno.test("TimerQueue gives keys in order of time, a key put again only at its new time, a deleted one never", () => {
  const queue = new TimerQueue();
  const times = new Map<string, number>();
  for (let i = 0; i < 500; i++) {
    const key = `k${(i * 7) % 200}`;
    const at = (i * 7_919) % 1_009;
    times.set(key, at);
    queue.put(key, at);
  }
  for (let i = 0; i < 200; i += 3) {
    times.delete(`k${i}`);
    queue.delete(`k${i}`);
  }
  const taken: [string, number][] = [];
  for (let due = queue.take(Infinity); due !== null; due = queue.take(Infinity)) {
    taken.push([due.key, due.dueAt]);
  }
  assert.deepEqual(taken.map(([, at]) => at), [...times.values()].sort((a, b) => a - b));
  assert.deepEqual(new Map(taken), times);
  queue.put("x", 5);
  assert.equal(queue.take(4), null);
  assert.equal(queue.nextAt(), 5);
});
