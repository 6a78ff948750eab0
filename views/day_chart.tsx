import type { MonitorView } from "../domain/summary.ts";
import { type ChartMark, type ChartShape, chartShape, LineChart, marksOf } from "./charts.tsx";
import { DAY_MS } from "./times.ts";
import { latency } from "./figures.ts";
import { words } from "./words.ts";

/** How much time each point of a monitor's last day stands for. */
const STRETCH_MS = 900_000;

/** The line and band of a monitor's last 24 hours; null: nothing was measured. */
export function dayShape(monitor: MonitorView, now: number): ChartShape | null {
  const points = monitor.line().map((p) => ({ at: p.at + STRETCH_MS / 2, mid: p.p50, high: p.p95 }));
  return chartShape(points, now - DAY_MS, now, STRETCH_MS * 2.5);
}

/** A monitor's last 24 hours. */
export function DayChart({ monitor, now, big }: { monitor: MonitorView; now: number; big?: boolean }) {
  const fromAt = now - DAY_MS;
  const marks = dayMarks(monitor, now);
  return (
    <LineChart
      shape={dayShape(monitor, now)}
      marks={marks}
      fromAt={fromAt}
      untilAt={now}
      label={words.chartLabel(monitor.name)}
      desc={chartDesc(monitor, marks)}
      big={big}
    />
  );
}

/** When it was not up. A stretch tells only that something was wrong within it; what lasts now began at a known moment. */
export function dayMarks(monitor: MonitorView, now: number): ChartMark[] {
  const { status, sinceAt } = monitor;
  const line = monitor.line();
  const isKnown = monitor.maintenance === null && (status === "down" || status === "degraded");
  if (!isKnown || sinceAt === null) return clipped(marksOf(line, STRETCH_MS), now);
  const before = line.filter(({ at }) => at + STRETCH_MS <= sinceAt);
  const lasting = { fromAt: Math.max(sinceAt, now - DAY_MS), untilAt: now, state: status };
  return [...clipped(marksOf(before, STRETCH_MS), now), lasting];
}

const clipped = (marks: readonly ChartMark[], now: number) =>
  marks.map((mark) => ({ ...mark, untilAt: Math.min(now, mark.untilAt) }));

function chartDesc(monitor: MonitorView, marks: readonly ChartMark[]): string {
  const medians = monitor.line().map((p) => p.p50).filter((ms): ms is number => ms !== null);
  const downMs = marks.filter(({ state }) => state === "down")
    .reduce((sum, { fromAt, untilAt }) => sum + untilAt - fromAt, 0);
  const bad = downMs === 0 ? "" : words.chartDownAbout(downMs);
  if (medians.length === 0) return bad === "" ? words.chartNothing : bad;
  return words.chartDesc(latency(Math.min(...medians)), latency(Math.max(...medians)), bad);
}
