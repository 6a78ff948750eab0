import type { LatencyPoint } from "../domain/store.ts";
import type { DayState, LinePoint } from "../domain/summary.ts";
import { fills, round } from "./svg_parts.tsx";

/** Pictures with a time axis: the line with its band, and the incidents along the days. */

export interface ChartMark {
  readonly fromAt: number;
  readonly untilAt: number;
  readonly state: DayState;
}

export interface ChartShape {
  readonly line: string;
  readonly band: string;
  /** The value at the upper edge, in ms. */
  readonly topMs: number;
}

const WIDTH = 352;
const FLOOR = 66;

const across = (at: number, fromAt: number, untilAt: number) =>
  Math.min(WIDTH, Math.max(0, ((at - fromAt) / (untilAt - fromAt)) * WIDTH));

/** A middle and an upper line with the band between them, broken where nothing was measured for longer than `gapMs`. */
export function chartShape(
  points: readonly { at: number; mid: number | null; high: number | null }[],
  fromAt: number,
  untilAt: number,
  gapMs: number,
): ChartShape | null {
  const known = points.filter((p): p is { at: number; mid: number; high: number | null } => p.mid !== null);
  if (known.length === 0) return null;
  const topMs = Math.max(
    1,
    ...known.map((p) => p.mid),
    Math.min(
      Math.max(...known.map((p) => p.high ?? p.mid)),
      Math.max(...known.map((p) => p.mid)) * 4,
    ),
  );
  const y = (ms: number) => FLOOR - (Math.min(ms, topMs) / topMs) * (FLOOR - 4);
  const runs: typeof known[] = [];
  for (const point of known) {
    const run = runs.at(-1);
    if (run === undefined || point.at - run.at(-1)!.at > gapMs) runs.push([point]);
    else run.push(point);
  }
  let line = "";
  let band = "";
  for (const run of runs) {
    const xs = run.map((p) => round(across(p.at, fromAt, untilAt)));
    if (run.length === 1) {
      line += `M${xs[0]} ${round(y(run[0].mid))}h2`;
      continue;
    }
    line += "M" + run.map((p, i) => `${xs[i]} ${round(y(p.mid))}`).join("L");
    band += "M" + run.map((p, i) => `${xs[i]} ${round(y(p.high ?? p.mid))}`).join("L") + "L" +
      run.map((p, i) => `${xs[i]} ${round(y(p.mid))}`).reverse().join("L") + "z";
  }
  return { line, band, topMs };
}

/** Runs of points that were degraded or down, each as long as the points stand for. */
export function marksOf(points: readonly LinePoint[], stretchMs: number): ChartMark[] {
  const marks: { fromAt: number; untilAt: number; state: DayState }[] = [];
  for (const { at, state } of points) {
    if (state === "up" || state === "empty") continue;
    const last = marks.at(-1);
    if (last !== undefined && last.state === state && at - last.untilAt <= stretchMs / 2) {
      last.untilAt = at + stretchMs;
    } else {
      marks.push({ fromAt: at, untilAt: at + stretchMs, state });
    }
  }
  return marks;
}

interface ChartProps {
  readonly shape: ChartShape | null;
  readonly marks: readonly ChartMark[];
  readonly fromAt: number;
  readonly untilAt: number;
  readonly label: string;
  readonly desc: string;
  readonly big?: boolean;
}

/** A line with its band; a coloured floor where the service was degraded, down or in maintenance. */
export function LineChart({ shape, marks, fromAt, untilAt, label, desc, big }: ChartProps) {
  return (
    <svg
      class={big ? "chart big" : "chart"}
      viewBox="0 0 352 72"
      preserveAspectRatio="none"
      role="img"
      aria-label={`${label}. ${desc}`}
    >
      <path class="axis" d="M0 66H352" />
      {marks.map((mark) => {
        const startX = across(mark.fromAt, fromAt, untilAt);
        const width = Math.max(1.5, across(mark.untilAt, fromAt, untilAt) - startX);
        const x = Math.min(startX, WIDTH - width);
        return (
          <>
            <rect class={`${fills[mark.state]} wash`} x={round(x)} y="0" width={round(width)} height="66" />
            <rect class={fills[mark.state]} x={round(x)} y="64" width={round(width)} height="5" />
          </>
        );
      })}
      {shape !== null && shape.band !== "" ? <path class="band" d={shape.band} /> : null}
      {shape !== null ? <path class="line" d={shape.line} /> : null}
    </svg>
  );
}

/** Latency points of the store as a chart: mean in the middle, slowest above. Checks further apart than a bucket still make one line. */
export function seriesShape(
  points: readonly LatencyPoint[],
  fromAt: number,
  untilAt: number,
  bucketMs: number,
): ChartShape | null {
  const shown = points.map((p) => ({ at: p.at, mid: p.meanMs, high: p.maxMs }));
  const steps = shown.slice(1).map((point, index) => point.at - shown[index].at).sort((a, b) => a - b);
  const usualStepMs = steps[Math.floor(steps.length / 2)] ?? 0;
  return chartShape(shown, fromAt, untilAt, 2.5 * Math.max(bucketMs, usualStepMs));
}

export interface TimelineRow {
  readonly name: string;
  readonly stretches: readonly ChartMark[];
}

/** Height of a row, as the style sheet has it for the names beside it. */
const ROW = 20;

/** Incidents along the days: one row per service, one mark per incident, never narrower than can be seen. */
export function Timeline(
  { rows, fromAt, untilAt, label }: {
    rows: readonly TimelineRow[];
    fromAt: number;
    untilAt: number;
    label: string;
  },
) {
  return (
    <svg
      class="timeline"
      viewBox={`0 0 720 ${rows.length * ROW}`}
      height={rows.length * ROW}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {rows.map((row, index) => (
        <>
          <path class="axis" d={`M0 ${index * ROW + ROW / 2}H720`} />
          {row.stretches.map(({ fromAt: from, untilAt: until, state }) => {
            const x = ((Math.max(from, fromAt) - fromAt) / (untilAt - fromAt)) * 720;
            const width = Math.max(3, ((until - Math.max(from, fromAt)) / (untilAt - fromAt)) * 720);
            return (
              <rect
                class={`${fills[state]} mark`}
                x={round(Math.min(x, 717))}
                y={index * ROW + 4}
                width={round(width)}
                height="12"
              />
            );
          })}
        </>
      ))}
    </svg>
  );
}
