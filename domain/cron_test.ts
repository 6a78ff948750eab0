import assert from "node:assert/strict";
import { readCron } from "./cron.ts";

const from = new Date("2026-06-10T12:00:00Z"); // a Wednesday

const cases: readonly (readonly [expression: string, next: string])[] = [
  ["0 8 * * 1", "2026-06-15T08:00:00"],
  ["0 8 * * 7", "2026-06-14T08:00:00"],
  ["0 8 * * 0", "2026-06-14T08:00:00"],
  ["  0  8\t* * sun-TUE ", "2026-06-14T08:00:00"],
  ["30 0 8 * * MON", "2026-06-15T08:00:30"],
  ["0 0 8 * * MON 2030", "2030-01-07T08:00:00"],
  ["0 12 * * *", "2026-06-11T12:00:00"],
  ["*/15 * * * *", "2026-06-10T12:15:00"],
  ["5/20 * * * *", "2026-06-10T12:05:00"],
  ["0 5/20 * * *", "2026-06-11T05:00:00"],
  ["10-40/10,59 * * * *", "2026-06-10T12:10:00"],
  ["0 0 L * *", "2026-06-30T00:00:00"],
  ["0 0 15W 8 *", "2026-08-14T00:00:00"],
  ["0 0 * * 5L", "2026-06-26T00:00:00"],
  ["0 0 * * 2#1", "2026-07-07T00:00:00"],
  ["0 0 ? * ?", "2026-06-11T00:00:00"],
  ["0 0 1 * 1", "2026-06-15T00:00:00"],
  ["0 0 1 * +1", "2027-02-01T00:00:00"],
  ["0 0 */2 * 1", "2026-06-11T00:00:00"],
  ["0 0 1 feb,DEC *", "2026-12-01T00:00:00"],
  ["@yearly", "2027-01-01T00:00:00"],
  ["@annually", "2027-01-01T00:00:00"],
  ["@monthly", "2026-07-01T00:00:00"],
  ["@weekly", "2026-06-14T00:00:00"],
  ["@Daily", "2026-06-11T00:00:00"],
  ["@hourly", "2026-06-10T13:00:00"],
];

Deno.test("readCron() knows the whole dialect; the next time is strictly later", () => {
  for (const [expression, next] of cases) {
    assert.equal(readCron(expression).nextRun(from)?.toISOString().slice(0, 19), next, expression);
  }
  assert.equal(readCron("0 0 30 2 *").nextRun(from), null);
});

Deno.test("readCron() refuses what is no pattern, a single date too", () => {
  for (
    const expression of [
      "",
      "x",
      "* * * *",
      "* * * * * * * *",
      "60 * * * *",
      "* 24 * * *",
      "* * 0 * *",
      "* * * 13 *",
      "* * * * 8",
      "*/0 * * * *",
      "/5 * * * *",
      "5- * * * *",
      "@reboot",
      "2026-06-11T00:00:00",
    ]
  ) {
    assert.throws(() => readCron(expression), Error, expression);
  }
});
