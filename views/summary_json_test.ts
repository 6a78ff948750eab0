import assert from "node:assert/strict";
import type { DayView } from "../domain/summary.ts";
import { daysUntil, permille, wireDayState, wireMinute, wireTime } from "./summary_json.ts";

Deno.test("permille() rounds down, but not past the last bit of a division", () => {
  for (let n = 0; n <= 1_000; n++) assert.equal(permille(n / 1_000), n, String(n));
  assert.equal(permille(2 / 3), 666);
  assert.equal(permille(0.99999), 999);
});

Deno.test("daysUntil() rounds down, so that what has expired is negative", () => {
  const day = 86_400_000;
  const cases: [number, number][] = [[day, 1], [day - 1, 0], [0, 0], [-1, -1], [-day, -1], [-day - 1, -2]];
  for (const [ms, days] of cases) assert.equal(daysUntil(ms, 0), days, String(ms));
});

Deno.test("wireTime() and wireMinute() write the forms API clients know", () => {
  const at = Date.parse("2031-03-04T05:06:07.891Z");
  assert.equal(wireTime(at), "2031-03-04T05:06:07+00:00");
  assert.equal(wireMinute(at), "2031-03-04 05:06 UTC");
});

Deno.test("wireDayState() leaves planned time out and lets the rest of the day decide", () => {
  const day = (upMs: number, degradedMs: number, downMs: number): DayView => {
    const covered = upMs + degradedMs + downMs;
    return {
      date: "2031-03-04",
      state: "planned",
      uptime: covered === 0 ? null : (upMs + degradedMs) / covered,
      downMs,
      degradedMs,
    };
  };
  assert.equal(wireDayState(day(0, 0, 0)), "empty");
  assert.equal(wireDayState(day(10, 0, 0)), "up");
  assert.equal(wireDayState(day(9, 1, 0)), "degraded");
  assert.equal(wireDayState(day(90, 0, 10)), "degraded");
  assert.equal(wireDayState(day(89, 0, 11)), "down");
  assert.equal(wireDayState({ ...day(0, 0, 1), state: "up" }), "up");
});
