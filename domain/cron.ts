import { Cron } from "croner";

/**
 * Reads a user's cron expression: five fields, six (leading seconds) or seven (trailing year), or a nickname such as `@daily`. `5/20` is from
 * 5 to the end in steps of 20. It is never started. Throws an `Error` whose message says what cannot be read.
 */
export function readCron(expression: string, timezone: string = "UTC"): Cron {
  if (/^\s*\d{4}-/.test(expression) || /(^|[\s,])\//.test(expression)) {
    throw new Error("five, six or seven fields are required, such as 0 3 * * *");
  }
  return new Cron(expression, { paused: true, timezone, sloppyRanges: true });
}
