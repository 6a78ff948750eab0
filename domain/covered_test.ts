import assert from "node:assert/strict";
import { checkOf } from "../tests/support/alerting.ts";
import { HOUR, MINUTE } from "./clock.ts";
import { withTails } from "./covered.ts";
import { emptyHistogram } from "./histogram.ts";
import type { Aggregate } from "./store.ts";

const query = { grain: "hour", fromAt: 0, untilAt: 3 * HOUR } as const;
const row = (monitorId: string, startAt: number, upMs: number): Aggregate => ({
  monitorId,
  startAt,
  counts: { up: 1, degraded: 0, down: 0, planned: 0 },
  coverage: { upMs, degradedMs: 0, downMs: 0, plannedMs: 0 },
  latency: emptyHistogram,
  latencySumMs: 20,
});
const shown = (rows: readonly Aggregate[]) =>
  rows.map(({ monitorId, startAt, coverage }) => [
    monitorId,
    startAt / HOUR,
    coverage.upMs / MINUTE,
    coverage.downMs / MINUTE,
  ]);

Deno.test("withTails() adds the newest check until now to its hour, and makes the hours that are not there yet", () => {
  const newest = [
    checkOf("web", 50 * MINUTE, "down", { standsMs: HOUR }),
    checkOf("api", 10 * MINUTE, "up", { standsMs: 30 * MINUTE }),
  ];
  const rows = withTails([row("web", 0, 50 * MINUTE)], newest, [], query, 65 * MINUTE);
  assert.deepEqual(shown(rows), [["api", 0, 30, 0], ["web", 0, 50, 10], ["web", 1, 0, 5]]);
  assert.deepEqual(rows[1].counts, row("web", 0, 0).counts);
});

Deno.test("withTails() keeps to the range, and leaves gaps and planned time out", () => {
  const before = checkOf("web", -10 * MINUTE, "up", { standsMs: HOUR });
  assert.deepEqual(shown(withTails([], [before], [], query, 20 * MINUTE)), [["web", 0, 20, 0]]);
  const late = checkOf("web", 170 * MINUTE, "up", { standsMs: HOUR });
  assert.deepEqual(shown(withTails([], [late], [], query, 300 * MINUTE)), [["web", 2, 10, 0]]);
  const gap = { fromAt: 5 * MINUTE, untilAt: 15 * MINUTE };
  assert.deepEqual(shown(withTails([], [before], [gap], query, 20 * MINUTE)), [["web", 0, 10, 0]]);
  const [planned] = withTails([], [{ ...before, planned: true }], [], query, 20 * MINUTE);
  assert.deepEqual(planned.coverage, { upMs: 0, degradedMs: 0, downMs: 0, plannedMs: 20 * MINUTE });
});
