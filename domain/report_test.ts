import assert from "node:assert/strict";
import { parseConfig } from "../config/parse.ts";
import type { Check } from "./check.ts";
import { DAY, HOUR } from "./clock.ts";
import { withTails } from "./covered.ts";
import type { Gap } from "./coverage.ts";
import type { Incident } from "./incident.ts";
import { buildReport, parseMonth } from "./report.ts";
import { anonymous } from "./viewer.ts";

const loaded = parseConfig(
  `[page]\n[server]\n[[monitors]]\nid = "job"\nname = "Job"\nkind = "push"\ninterval_secs = 86400\n`,
  { file: "hora.toml", env: {} },
);
const start = Date.parse("2026-11-01T00:00:00Z");

/** The month's one row when nothing is known but one check. */
function rowAfter(at: number, now: number, gaps: readonly Gap[] = []) {
  assert.ok(loaded.ok);
  const check: Check = {
    monitorId: "job",
    at,
    status: "up",
    latencyMs: null,
    code: null,
    reason: null,
    category: null,
    message: null,
    planned: false,
    standsMs: 3 * DAY,
    phases: null,
    metrics: [],
  };
  const { sections } = buildReport({
    config: loaded.config,
    viewer: anonymous,
    month: parseMonth("2026-11", now)!,
    group: null,
    now,
    days: withTails([], [check], gaps, { grain: "day", fromAt: start, untilAt: start + 30 * DAY }, now),
    incidents: [],
  });
  return sections[0].rows[0];
}

Deno.test("buildReport() counts the newest check until now", () => {
  const row = rowAfter(start + 5 * DAY, start + 5 * DAY + 2 * HOUR);
  assert.equal(row.coverage.upMs, 2 * HOUR);
  assert.equal(row.uptime, 1);
});

Deno.test("buildReport() leaves out what the newest check says of the month before, and of time not watched", () => {
  assert.equal(rowAfter(start - HOUR, start + HOUR).coverage.upMs, HOUR);
  const gap = { fromAt: start + 3 * HOUR, untilAt: start + 4 * HOUR };
  assert.equal(rowAfter(start + 2 * HOUR, start + 6 * HOUR, [gap]).coverage.upMs, HOUR * 3);
});

Deno.test("buildReport() counts incidents by their part in the month, and repairs whole in the month they end in", () => {
  assert.ok(loaded.ok);
  const end = start + 30 * DAY;
  const cases: [
    string,
    Partial<Incident> & Pick<Incident, "startedAt" | "endedAt">,
    number,
    [number, number, number | null],
  ][] = [
    ["within", { startedAt: start + DAY, endedAt: start + DAY + 90_000 }, end, [1, 90_000, 90_000]],
    ["begun before", { startedAt: start - 2 * HOUR, endedAt: start + HOUR }, end, [1, HOUR, 3 * HOUR]],
    ["ended as the month begins", { startedAt: start - HOUR, endedAt: start }, end, [0, 0, null]],
    ["ended after", { startedAt: end - HOUR, endedAt: end + HOUR }, end + DAY, [1, HOUR, null]],
    ["ended as the month ends", { startedAt: end - HOUR, endedAt: end }, end + DAY, [1, HOUR, null]],
    ["begun after", { startedAt: end, endedAt: end + HOUR }, end + DAY, [0, 0, null]],
    ["the whole month and more", { startedAt: start - DAY, endedAt: end + DAY }, end + 2 * DAY, [
      1,
      30 * DAY,
      null,
    ]],
    ["open", { startedAt: start + DAY, endedAt: null }, start + DAY + HOUR, [1, HOUR, null]],
    ["planned", { startedAt: start + DAY, endedAt: start + 2 * DAY, planned: true }, end, [0, 0, null]],
    ["no longer watched", { startedAt: start, endedAt: start + HOUR, unwatched: true }, end, [1, HOUR, null]],
    ["somebody else's", { startedAt: start + DAY, endedAt: start + 2 * DAY, monitorId: "other" }, end, [
      0,
      0,
      null,
    ]],
  ];
  for (const [what, given, now, expected] of cases) {
    const incident = { id: 1, monitorId: "job", planned: false, ...given } as Incident;
    const { sections } = buildReport({
      config: loaded.config,
      viewer: anonymous,
      month: parseMonth("2026-11", now)!,
      group: null,
      now,
      days: [],
      incidents: [incident],
    });
    const [row] = sections[0].rows;
    assert.deepEqual([row.incidents, row.downtimeMs, row.meanRepairMs], expected, what);
  }
});
