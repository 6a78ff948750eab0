import assert from "node:assert/strict";
import { BurnSlots, exhaustedInSecs, judgeBurn, noBurn, rateX10 } from "./burn.ts";

const slo = { targetPercent: 99.9, windowDays: 30, failThreshold: 3 };
const calm = { total: 360, down: 0 };

Deno.test("rateX10() is cut to tenths", () => {
  assert.equal(rateX10({ total: 60, down: 1 }, 10), 166);
  assert.equal(rateX10({ total: 0, down: 0 }, 10), 0);
});

Deno.test("judgeBurn() needs both look-backs, samples and failures, and tells once", () => {
  const hot = {
    fastLong: { total: 60, down: 3 },
    fastShort: { total: 5, down: 1 },
    slowLong: calm,
    slowShort: calm,
  };
  const first = judgeBurn(noBurn, hot, slo);
  assert.deepEqual(first.alert, { window: "1h", rateX10: 500 });
  assert.equal(judgeBurn(first.flags, hot, slo).alert, null);
  assert.equal(judgeBurn(noBurn, { ...hot, fastShort: { total: 5, down: 0 } }, slo).alert, null);
  assert.equal(judgeBurn(noBurn, { ...hot, fastLong: { total: 60, down: 2 } }, slo).alert, null);
  assert.equal(judgeBurn(noBurn, { ...hot, fastLong: { total: 9, down: 3 } }, slo).alert, null);
  assert.deepEqual(judgeBurn(first.flags, { ...hot, fastLong: calm }, slo).flags, noBurn);
});

Deno.test("exhaustedInSecs() spends what the window has left", () => {
  assert.equal(exhaustedInSecs(0, slo, 0), null);
  assert.equal(exhaustedInSecs(166, slo, 43 * 60_000), 0);
  assert.equal(exhaustedInSecs(166, slo, 0), Math.trunc((43 * 6_000_000) / (166 * 10)));
});

Deno.test("BurnSlots forgets what is older than the look-back and joins what was read back", () => {
  const live = new BurnSlots();
  const past = new BurnSlots();
  const now = 1_000 * 60_000;
  past.add(now - 90 * 60_000, true);
  live.add(now, true);
  live.merge(past);
  assert.deepEqual(live.seen(now, 60 * 60_000), { total: 1, down: 1 });
  assert.deepEqual(live.seen(now, 360 * 60_000), { total: 2, down: 2 });
  live.add(now + 400 * 60_000, false);
  assert.deepEqual(live.seen(now + 400 * 60_000, 360 * 60_000), { total: 1, down: 0 });
});
