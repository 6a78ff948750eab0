import assert from "node:assert/strict";
import { parseDayOrInstant, parseInstant } from "./instant.ts";

Deno.test("parseDayOrInstant() takes days and RFC 3339 instants that there are", () => {
  const good: [string, string][] = [
    ["2028-02-29", "2028-02-29T00:00:00.000Z"],
    ["2026-05-07T08:00Z", "2026-05-07T08:00:00.000Z"],
    ["2026-05-07T08:00:09.1239+02:00", "2026-05-07T06:00:09.123Z"],
    ["2026-05-07 08:00:00-0130", "2026-05-07T09:30:00.000Z"],
    ["2026-12-31T23:59:60z", "2026-12-31T23:59:59.000Z"],
  ];
  for (const [text, at] of good) assert.equal(new Date(parseDayOrInstant(text)!).toISOString(), at, text);
  const bad = [
    "",
    "2026-02-30",
    "2026-02-29T00:00:00Z",
    "2026-00-10",
    "2026-13-01",
    "2026-04-31T10:00:00+02:00",
    "2026-05-07T24:00:00Z",
    "2026-05-07T10:60:00Z",
    "2026-05-07T10:00:00",
    "yesterday",
  ];
  for (const text of bad) assert.equal(parseDayOrInstant(text), null, text);
  assert.equal(parseInstant("2026-05-07"), null, "a day is no instant");
});
