import assert from "node:assert/strict";
import { instantOf } from "./explain.ts";

const now = Date.parse("2026-11-23T12:00:00Z");

Deno.test("instantOf() reads instants in UTC and durations back, and no day that there is not", () => {
  const rows: [string, string | null][] = [
    ["2h", "2026-11-23T10:00:00Z"],
    ["2026-06-10", "2026-06-10T00:00:00Z"],
    ["2026-06-10 03:12", "2026-06-10T03:12:00Z"],
    [" 2026-06-10T03:12:04 UTC", "2026-06-10T03:12:04Z"],
    ["2026-06-10T03:12:04+02:00", "2026-06-10T01:12:04Z"],
    ["2028-02-29 10:00", "2028-02-29T10:00:00Z"],
    ["2026-02-29", null],
    ["2026-02-30 10:00", null],
    ["2026-04-31T10:00:00+02:00", null],
    ["2026-13-01", null],
    ["2026-06-10 24:30", null],
    ["yesterday", null],
  ];
  for (const [text, expected] of rows) {
    assert.equal(instantOf(text, now), expected === null ? null : Date.parse(expected), text);
  }
});
