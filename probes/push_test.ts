import assert from "node:assert/strict";
import { monitorFrom } from "../tests/support/probing.ts";
import { evaluatePush } from "./push.ts";

const at = (text: string): number => Date.parse(text);
const nightly = (more = "") => monitorFrom("push", `schedule = "0 3 * * *"\ngrace_secs = 1800\n${more}`);

interface Row {
  readonly name: string;
  readonly seen: string | null;
  readonly now: string;
  readonly overdue: boolean;
  readonly reason?: string;
  readonly lines?: string;
  /** Instead of the nightly one. */
  readonly monitor?: () => ReturnType<typeof nightly>;
}
const missed = "missed scheduled heartbeat (was due 03:00 UTC + 30m grace)";
const uneven = (schedule: string) => () => monitorFrom("push", `schedule = "${schedule}"\ngrace_secs = 60`);
const berlin = (schedule: string) => () =>
  monitorFrom("push", `schedule = "${schedule}"\ngrace_secs = 600\ntimezone = "Europe/Berlin"`);
/** In Berlin 02:30 is missing on 29 March 2026 and comes twice on 25 October. */
const daylight: Row[] = [
  {
    name: "a time that a change of clocks leaves out is due when the clock goes on",
    monitor: berlin("30 2 * * *"),
    seen: "2026-03-28T01:30:05Z",
    now: "2026-03-29T01:10:01Z",
    overdue: true,
    reason: "missed scheduled heartbeat (was due 01:00 UTC + 10m grace)",
  },
  {
    name: "and not earlier than that",
    monitor: berlin("30 2 * * *"),
    seen: "2026-03-28T01:30:05Z",
    now: "2026-03-29T01:10:00Z",
    overdue: false,
  },
  {
    name: "a time that comes twice is due once",
    monitor: berlin("30 2 * * *"),
    seen: "2026-10-25T00:30:05Z",
    now: "2026-10-25T23:00:00Z",
    overdue: false,
  },
  {
    name: "the next night after that is due at the new time",
    monitor: berlin("30 2 * * *"),
    seen: "2026-10-25T00:30:05Z",
    now: "2026-10-26T01:40:01Z",
    overdue: true,
    reason: "missed scheduled heartbeat (was due 01:30 UTC + 10m grace)",
  },
  {
    name: "an hourly job has 25 slots on the long day",
    monitor: berlin("30 * * * *"),
    seen: "2026-10-25T00:30:05Z",
    now: "2026-10-25T01:40:01Z",
    overdue: true,
    reason: "missed scheduled heartbeat (was due 01:30 UTC + 10m grace)",
  },
];
/** A long pause on one side of a slot, a short one on the other. */
const unevenly: Row[] = [
  {
    name: "the answer to the slot before is not early for the last one of the day",
    monitor: uneven("*/5 9-17 * * *"),
    seen: "2026-03-01T17:50:20Z",
    now: "2026-03-01T18:30:00Z",
    overdue: true,
    reason: "missed scheduled heartbeat (was due 17:55 UTC + 1m grace)",
  },
  {
    name: "nor for the second of two",
    monitor: uneven("0,4 3 * * *"),
    seen: "2026-03-01T03:00:10Z",
    now: "2026-03-01T12:00:00Z",
    overdue: true,
    reason: "missed scheduled heartbeat (was due 03:04 UTC + 1m grace)",
  },
  {
    name: "a little early for the last one is still early",
    monitor: uneven("*/5 9-17 * * *"),
    seen: "2026-03-01T17:54:00Z",
    now: "2026-03-01T18:30:00Z",
    overdue: false,
  },
  {
    name: "before the first one of the day the gap after it decides",
    monitor: uneven("*/5 9-17 * * *"),
    seen: "2026-03-01T08:56:00Z",
    now: "2026-03-01T09:01:01Z",
    overdue: true,
    reason: "missed scheduled heartbeat (was due 09:00 UTC + 1m grace)",
  },
];
const rows: Row[] = [
  { name: "in time", seen: "2026-03-01T03:00:10Z", now: "2026-03-02T03:29:00Z", overdue: false },
  { name: "to the end of grace", seen: "2026-03-01T03:00:10Z", now: "2026-03-02T03:30:00Z", overdue: false },
  {
    name: "after grace",
    seen: "2026-03-01T03:00:10Z",
    now: "2026-03-02T03:30:01Z",
    overdue: true,
    reason: missed,
  },
  { name: "two seconds early", seen: "2026-03-01T02:59:58Z", now: "2026-03-01T04:00:00Z", overdue: false },
  {
    name: "an hour early is the old slot",
    seen: "2026-03-01T02:00:00Z",
    now: "2026-03-01T04:00:00Z",
    overdue: true,
    reason: missed,
  },
  { name: "never seen, before its first slot", seen: null, now: "2026-03-01T02:00:00Z", overdue: false },
  {
    name: "never seen, past its first slot",
    seen: null,
    now: "2026-03-01T03:31:00Z",
    overdue: true,
    reason: missed,
  },
  {
    name: "in a time zone",
    seen: "2026-02-28T02:00:10Z",
    now: "2026-03-01T02:31:00Z",
    overdue: true,
    lines: 'timezone = "Europe/Berlin"',
    reason: "missed scheduled heartbeat (was due 02:00 UTC + 30m grace)",
  },
  {
    name: "late within grace counts for its slot",
    seen: "2026-03-01T03:29:00Z",
    now: "2026-03-02T03:30:00Z",
    overdue: false,
  },
  {
    name: "a ping after it was missing is well again until the next slot",
    seen: "2026-03-01T11:00:00Z",
    now: "2026-03-02T03:30:00Z",
    overdue: false,
  },
  {
    name: "a ping from the future, after a clock was set back, is waited for",
    seen: "2026-03-05T03:00:00Z",
    now: "2026-03-01T03:31:00Z",
    overdue: false,
  },
  ...daylight,
  ...unevenly,
];
for (const row of rows) {
  Deno.test(`evaluatePush() with a schedule: ${row.name}`, () => {
    const verdict = evaluatePush(row.monitor?.() ?? nightly(row.lines), {
      lastPositiveAt: row.seen === null ? null : at(row.seen),
      firstConfiguredAt: at("2026-03-01T00:00:00Z"),
      now: at(row.now),
    });
    assert.equal(verdict.overdue, row.overdue);
    assert.equal(verdict.reason, row.reason ?? null);
    assert.equal(verdict.category, row.overdue ? "missed_schedule" : null);
  });
}

Deno.test("evaluatePush() with a schedule that never comes again is never overdue", () => {
  const monitor = monitorFrom("push", 'schedule = "0 0 30 2 *"');
  const verdict = evaluatePush(monitor, {
    lastPositiveAt: null,
    firstConfiguredAt: 0,
    now: at("2026-03-01T00:00:00Z"),
  });
  assert.deepEqual(verdict, { overdue: false, dueAt: null, reason: null, category: null });
});

Deno.test("evaluatePush() matches an early ping on a short schedule to within a quarter of the gap", () => {
  const monitor = monitorFrom("push", 'schedule = "* * * * *"\ngrace_secs = 0');
  const judge = (seen: string) =>
    evaluatePush(monitor, { lastPositiveAt: at(seen), firstConfiguredAt: 0, now: at("2026-03-01T00:01:30Z") })
      .overdue;
  assert.equal(judge("2026-03-01T00:00:50Z"), false);
  assert.equal(judge("2026-03-01T00:00:40Z"), true);
});

Deno.test("evaluatePush() without a schedule counts from the last heartbeat, or from when it was first configured", () => {
  const monitor = monitorFrom("push", "interval_secs = 60");
  const judge = (lastPositiveAt: number | null, now: number) =>
    evaluatePush(monitor, { lastPositiveAt, firstConfiguredAt: 10_000, now });
  assert.equal(judge(null, 70_000).overdue, false);
  assert.deepEqual(judge(null, 70_001), {
    overdue: true,
    dueAt: 70_000,
    reason: "missing heartbeat",
    category: "missing_heartbeat",
  });
  assert.equal(judge(50_000, 110_000).overdue, false);
  assert.equal(judge(50_000, 110_001).overdue, true);
});
