import assert from "node:assert/strict";
import { monitor, NOW, states } from "../tests/support/summaries.ts";
import { golden } from "../tests/support/golden.ts";
import { heatmapSvg } from "./heatmap.ts";
import { chartShape, marksOf } from "./charts.tsx";
import { DayChart, dayMarks } from "./day_chart.tsx";
import { barPaths, faviconSvg, HourRing } from "./svg_parts.tsx";
import { emptyHistogram } from "../domain/histogram.ts";

for (const state of ["up", "degraded", "down", "unknown", "maintenance"] as const) {
  Deno.test(`the favicon shows ${state}`, () => golden(`svg/favicon-${state}.svg`, faviconSvg(state)));
}

Deno.test("the hour ring shows one outage and what is now", () =>
  golden(
    "svg/hour-ring.svg",
    `${HourRing({ hours: states.one_down().hours, now: "down", label: "The last 24 hours" })}\n`,
  ));

Deno.test("the day chart shows line, band and where nothing answered", () => {
  const one = monitor({ id: "checkout", name: "Checkout", status: "down", sinceAt: NOW - 7_200_000 });
  return golden("svg/day-chart.svg", `${DayChart({ monitor: one, now: NOW })}\n`);
});

Deno.test("the heat map has the geometry and the colours that embedders know", async () => {
  const startAt = Date.parse("2026-11-22T00:00:00Z");
  const hours = [100, 100, 100, 126, 201, 301, 501].map((mean, index) => ({
    monitorId: "m",
    startAt: startAt + index * 3_600_000,
    counts: { up: 4, degraded: 0, down: 0, planned: 0 },
    coverage: { upMs: 3_600_000, degradedMs: 0, downMs: 0, plannedMs: 0 },
    latency: { ...emptyHistogram, count: 4 },
    latencySumMs: mean * 4,
  }));
  const svg = heatmapSvg('A & "B"', hours, NOW);
  await golden("svg/heatmap.svg", svg);
  assert.match(svg, /viewBox="0 0 484 236"/);
  assert.match(svg, /<title>Sun 2026-11-22 00:00 UTC - 100 ms<\/title>/);
  assert.match(svg, /aria-label="Latency heatmap of A &amp; &quot;B&quot;, last 28 days"/);
});

Deno.test("barPaths() draws runs of equal days as one stroke, one path per state", () => {
  assert.deepEqual(barPaths("eeuuudug"), [
    { class: "n", d: "M0 14h7" },
    { class: "u", d: "M8 14h11M24 14h3" },
    { class: "s", d: "M28 14h3" },
    { class: "d", d: "M20 14h3" },
  ]);
});

Deno.test("chartShape() breaks its line where nothing was measured", () => {
  const at = (minute: number, mid: number | null) => ({ at: minute * 60_000, mid, high: mid });
  const shape = chartShape([at(0, 10), at(1, 10), at(2, null), at(9, 20), at(10, 20)], 0, 600_000, 150_000);
  assert.equal(shape?.line.match(/M/g)?.length, 2);
  assert.equal(shape?.topMs, 20);
  assert.equal(chartShape([at(0, null)], 0, 1, 1), null);
});

Deno.test("marksOf() joins neighbours of the same state", () => {
  const point = (index: number, state: "up" | "down" | "degraded") => ({
    at: index * 900_000,
    p50: 1,
    p95: 1,
    state,
  });
  const marks = marksOf([point(0, "up"), point(1, "down"), point(2, "down"), point(3, "degraded")], 900_000);
  assert.deepEqual(marks.map((mark) => [mark.state, mark.fromAt, mark.untilAt]), [
    ["down", 900_000, 2_700_000],
    ["degraded", 2_700_000, 3_600_000],
  ]);
});

Deno.test("dayMarks() draws what lasts from the moment it began, and earlier trouble as its stretches tell", () => {
  const one = monitor({ id: "c", name: "C", status: "down", sinceAt: NOW - 90_000 });
  const line = one.line().map((point, index) => ({
    ...point,
    state: index === 10
      ? "degraded" as const
      : index === one.line().length - 1
      ? "degraded" as const
      : "up" as const,
  }));
  const marks = dayMarks({ ...one, line: () => line }, NOW);
  assert.deepEqual(marks.map(({ state, fromAt, untilAt }) => [state, untilAt - fromAt]), [
    ["degraded", 900_000],
    ["down", 90_000],
  ]);
  const drawn = String(DayChart({ monitor: one, now: NOW }));
  const edges = [...drawn.matchAll(/ x="([\d.]+)" y="\d+" width="([\d.]+)"/g)].map(([, x, width]) =>
    +x + +width
  );
  assert.ok(edges.length > 0 && edges.every((edge) => edge <= 352), "nothing is drawn beyond the edge");
  assert.equal(
    dayMarks({ ...one, line: () => line, maintenance: "" }, NOW).length,
    2,
    "planned work says what it says",
  );
});
