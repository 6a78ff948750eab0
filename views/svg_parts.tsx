import type { LatencyPoint } from "../domain/store.ts";
import type { DayState, HourView, LinePoint } from "../domain/summary.ts";
import type { Status } from "../domain/status.ts";

/**
 * The pictures' building blocks. Shapes and colours come from classes, so one drawing serves both themes; each state has a shape, a
 * height and a colour of its own. Nothing here needs a script or a style attribute.
 */

export type Shape = Status | "maintenance";

const round = (n: number) => String(Math.round(n * 10) / 10);
const shapeIds: Record<Shape, string> = { up: "u", degraded: "s", down: "d", unknown: "n", maintenance: "w" };

/** What every page defines once and refers to: the five shapes, the bar of a monitor that was well all along, the fold's arrow. */
export function Sprite({ days }: { days: number }) {
  return (
    <svg class="sprite" width="0" height="0" aria-hidden="true" focusable="false">
      <symbol id="u" viewBox="0 0 16 16">
        <circle class="f-up" cx="8" cy="8" r="7" />
      </symbol>
      <symbol id="s" viewBox="0 0 16 16">
        <path class="f-slow" d="M8 .8 15.6 14.6H.4z" />
      </symbol>
      <symbol id="d" viewBox="0 0 16 16">
        <path class="f-down" d="M4.2 0h7.6L16 4.2v7.6L11.8 16H4.2L0 11.8V4.2z" />
        <path class="cross" d="m5 5 6 6m0-6-6 6" />
      </symbol>
      <symbol id="w" viewBox="0 0 16 16">
        <path class="f-work" d="m8 0 8 8-8 8-8-8z" />
      </symbol>
      <symbol id="n" viewBox="0 0 16 16">
        <circle class="ring" cx="8" cy="8" r="6.4" />
      </symbol>
      <symbol id="a" viewBox={`0 0 ${days * 4} 28`} preserveAspectRatio="none">
        <path class="u" d={`M0 14h${days * 4 - 1}`} />
      </symbol>
      <symbol id="f" viewBox="0 0 12 12">
        <path class="arrow" d="m4 1.5 4.5 4.5L4 10.5" />
      </symbol>
    </svg>
  );
}

/** A state's shape; `label` when no word stands beside it. */
export function Mark({ shape, label }: { shape: Shape; label?: string }) {
  const href = `#${shapeIds[shape]}`;
  return label === undefined
    ? (
      <svg class="i">
        <use href={href} />
      </svg>
    )
    : (
      <svg class="i" role="img" aria-label={label}>
        <use href={href} />
      </svg>
    );
}

const ringRadii: Record<DayState, readonly [number, number]> = {
  up: [43, 52],
  degraded: [43, 56],
  down: [43, 60],
  planned: [43, 54],
  empty: [46, 49],
};
const fills: Record<DayState, string> = {
  up: "f-up",
  degraded: "f-slow",
  down: "f-down",
  planned: "f-work",
  empty: "f-none",
};
const drawOrder: readonly DayState[] = ["empty", "up", "planned", "degraded", "down"];

/** One segment of the hour ring as path data; `slot` 0 is the oldest hour and begins at twelve o'clock. */
export function ringSegment(slot: number, inner: number, outer: number, gap = 2): string {
  const at = (radius: number, degrees: number) => {
    const angle = (degrees * Math.PI) / 180;
    return `${round(64 + radius * Math.sin(angle))} ${round(64 - radius * Math.cos(angle))}`;
  };
  const from = slot * 15 + gap;
  const to = slot * 15 + 15 - gap;
  return `M${at(inner, from)}L${at(outer, from)}A${outer} ${outer} 0 0 1 ${at(outer, to)}` +
    `L${at(inner, to)}A${inner} ${inner} 0 0 0 ${at(inner, from)}z`;
}

/** The ring's paths, one per state. */
export function ringPaths(hours: readonly HourView[]): { state: DayState; d: string }[] {
  const shown = hours.slice(-24);
  const offset = 24 - shown.length;
  return drawOrder.map((state) => {
    const [inner, outer] = ringRadii[state];
    const slots = [...Array(24).keys()].filter((slot) => (shown[slot - offset]?.state ?? "empty") === state);
    return { state, d: slots.map((slot) => ringSegment(slot, inner, outer)).join("") };
  }).filter(({ d }) => d !== "");
}

const signs: Record<Shape, { class: string; d: string }> = {
  up: { class: "sign p-up", d: "m49 65 10 10 20-22" },
  degraded: { class: "sign p-slow", d: "M64 47v21m0 13v.5" },
  down: { class: "sign p-down", d: "m52 52 24 24m0-24L52 76" },
  unknown: { class: "sign p-none", d: "M50 64h.5m13.5 0h.5m13 0h.5" },
  maintenance: { class: "sign p-work", d: "M64 48 80 64 64 80 48 64z" },
};

/** Our mark: the last 24 hours of everything shown, newest ending at twelve o'clock, the state now in the middle. */
export function HourRing({ hours, now, label }: { hours: readonly HourView[]; now: Shape; label: string }) {
  return (
    <svg class="hours" viewBox="0 0 128 128" role="img" aria-label={label}>
      {ringPaths(hours).map(({ state, d }) => <path class={fills[state]} d={d} />)}
      <path class={signs[now].class} d={signs[now].d} />
    </svg>
  );
}

const iconColours: Record<Shape, string> = {
  up: "#2f8f5b",
  degraded: "#c98a12",
  down: "#c8372d",
  unknown: "#8a867e",
  maintenance: "#4a6fb5",
};

/** The mark as a favicon: twelve segments and the sign, in the state's colour; stands alone, without a style sheet. */
export function faviconSvg(now: Shape): string {
  const colour = iconColours[now];
  const at = (radius: number, degrees: number) => {
    const angle = (degrees * Math.PI) / 180;
    return `${round(64 + radius * Math.sin(angle))} ${round(64 - radius * Math.cos(angle))}`;
  };
  const ring = [...Array(12).keys()].map((slot) => {
    const outer = now === "down" && slot === 11 ? 64 : 58;
    const [from, to] = [slot * 30 + 4, slot * 30 + 26];
    return `M${at(44, from)}L${at(outer, from)}A${outer} ${outer} 0 0 1 ${at(outer, to)}L${
      at(44, to)
    }A44 44 0 0 0 ${at(44, from)}z`;
  }).join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 128 128"><path fill="${colour}" d="${ring}"/>` +
    `<path fill="none" stroke="${colour}" stroke-width="11" stroke-linecap="round" stroke-linejoin="round" d="${
      signs[now].d
    }"/></svg>\n`;
}

const barClasses: Record<DayState, string> = { up: "u", degraded: "s", down: "d", planned: "w", empty: "n" };

/** A daily bar as one path per state: runs of equal days are one dashed stroke. */
export function barPaths(states: readonly DayState[]): { class: string; d: string }[] {
  const data = new Map<DayState, string>();
  for (let from = 0; from < states.length;) {
    let to = from + 1;
    while (to < states.length && states[to] === states[from]) to += 1;
    data.set(states[from], `${data.get(states[from]) ?? ""}M${from * 4} 14h${(to - from) * 4 - 1}`);
    from = to;
  }
  return drawOrder.filter((state) => data.has(state)).map((state) => ({
    class: barClasses[state],
    d: data.get(state)!,
  }));
}

/** Days as bars: up is low, degraded higher, down full, no data a stub. `label` names the days that were not well. */
export function DayBar({ states, label }: { states: readonly DayState[]; label: string | null }) {
  const role = label === null ? undefined : "img";
  if (states.length > 0 && states.every((state) => state === "up")) {
    return (
      <svg class="b" role={role} aria-label={label ?? undefined}>
        <use href="#a" />
      </svg>
    );
  }
  return (
    <svg
      class="b"
      viewBox={`0 0 ${states.length * 4} 28`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {barPaths(states).map((path) => <path class={path.class} d={path.d} />)}
    </svg>
  );
}

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
        const x = across(mark.fromAt, fromAt, untilAt);
        const width = Math.max(1.5, across(mark.untilAt, fromAt, untilAt) - x);
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

/** Latency points of the store as a chart: mean in the middle, slowest above. */
export function seriesShape(
  points: readonly LatencyPoint[],
  fromAt: number,
  untilAt: number,
  bucketMs: number,
): ChartShape | null {
  const shown = points.map((p) => ({ at: p.at, mid: p.meanMs, high: p.maxMs }));
  return chartShape(shown, fromAt, untilAt, bucketMs * 2.5);
}

export interface TimelineRow {
  readonly name: string;
  readonly stretches: readonly ChartMark[];
}

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
      viewBox={`0 0 720 ${rows.length * 16}`}
      height={rows.length * 16}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {rows.map((row, index) => (
        <>
          <path class="axis" d={`M0 ${index * 16 + 8}H720`} />
          {row.stretches.map(({ fromAt: from, untilAt: until, state }) => {
            const x = ((Math.max(from, fromAt) - fromAt) / (untilAt - fromAt)) * 720;
            const width = Math.max(3, ((until - Math.max(from, fromAt)) / (untilAt - fromAt)) * 720);
            return (
              <rect
                class={fills[state]}
                x={round(Math.min(x, 717))}
                y={index * 16 + 2}
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
