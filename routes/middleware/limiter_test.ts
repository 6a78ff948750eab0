import assert from "node:assert/strict";
import { Limiter } from "./limiter.ts";

Deno.test("Limiter allows a burst, then one per refill", () => {
  const limiter = new Limiter(2_000, 3);
  const verdicts = [0, 0, 0, 0, 1_500, 2_000].map((now) => limiter.take("a", now));
  assert.deepEqual(verdicts, [
    { allowed: true, remaining: 2, waitMs: 0 },
    { allowed: true, remaining: 1, waitMs: 0 },
    { allowed: true, remaining: 0, waitMs: 0 },
    { allowed: false, remaining: 0, waitMs: 2_000 },
    { allowed: false, remaining: 0, waitMs: 500 },
    { allowed: true, remaining: 0, waitMs: 0 },
  ]);
});

Deno.test("Limiter counts exactly whatever the fraction of the clock", () => {
  for (let i = 0; i < 1_000; i++) {
    const limiter = new Limiter(3_600_000, 5);
    const now = 123.456789 * i + 0.1 + 0.2;
    assert.deepEqual([1, 2, 3, 4, 5].map(() => limiter.take("a", now).remaining), [4, 3, 2, 1, 0]);
  }
});

Deno.test("Limiter keeps clients apart", () => {
  const limiter = new Limiter(1_000, 1);
  assert.equal(limiter.take("a", 0).allowed, true);
  assert.equal(limiter.take("a", 0).allowed, false);
  assert.equal(limiter.take("b", 0).allowed, true);
});

Deno.test("Limiter keeps its memory bounded under a million clients and forgets the longest unheard", () => {
  const limiter = new Limiter(1_000, 2, 10_000);
  for (let i = 0; i < 1_000_000; i++) limiter.take(`client ${i}`, i / 1_000_000);
  assert.ok(limiter.size <= 10_000, String(limiter.size));
  limiter.take("client 999999", 1);
  assert.equal(limiter.take("client 999999", 1).allowed, false);
  assert.equal(limiter.take("client 0", 1).remaining, 1);
});

Deno.test("Limiter forgets clients that have fully recovered", () => {
  const limiter = new Limiter(1_000, 5);
  for (let i = 0; i < 100; i++) limiter.take(`client ${i}`, 0);
  limiter.take("late", 60_000);
  limiter.take("later", 120_000);
  assert.equal(limiter.size, 2);
});
