import assert from "node:assert/strict";
import { parseUntil } from "./announcements.ts";
import { latencyWindow } from "./monitors.ts";

Deno.test("latencyWindow() cuts hours into whole buckets, at most 2000 of them", () => {
  const now = Date.parse("2031-03-04T05:06:07.891Z");
  const cases: [number, number][] = [
    [1, 2],
    [24, 44],
    [120, 216],
    [168, 303],
    [720, 1_296],
    [0, 2],
    [-3, 2],
    [9_999, 1_296],
  ];
  for (const [hours, secs] of cases) {
    const { fromAt, untilAt, bucketMs } = latencyWindow(hours, now);
    assert.equal(bucketMs, secs * 1_000, String(hours));
    assert.equal(fromAt % bucketMs, 0);
    const buckets = Math.floor((untilAt - 1) / bucketMs) - fromAt / bucketMs + 1;
    assert.ok(buckets <= 2_000, `${hours}: ${buckets}`);
  }
});

Deno.test("parseUntil() takes durations up to a year and the next such time of day in UTC", () => {
  const now = Date.parse("2031-03-04T17:00:00Z");
  const cases: [string, string | null][] = [
    ["4h", "2031-03-04T21:00:00Z"],
    ["18:00", "2031-03-04T18:00:00Z"],
    ["17:00", "2031-03-05T17:00:00Z"],
    ["366d", "2032-03-04T17:00:00Z"],
    ["367d", null],
    ["24:00", null],
    ["soon", null],
    ["99999999999999999999d", null],
  ];
  for (const [text, expected] of cases) {
    assert.equal(parseUntil(text, now), expected === null ? null : Date.parse(expected) / 1_000, text);
  }
});
