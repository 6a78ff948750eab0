import { publicTexts } from "../domain/public_text.ts";
import type { MonitorView, Summary } from "../domain/summary.ts";
import { words } from "./words.ts";
import type { Shape } from "./svg_parts.tsx";
import { DAY_MS } from "./times.ts";

/** What a monitor is drawn as: planned work comes before whatever the checks say. */
export function shapeOf(monitor: MonitorView): Shape {
  return monitor.maintenance !== null ? "maintenance" : monitor.status;
}

export interface Tally {
  readonly down: number;
  readonly degraded: number;
  readonly maintenance: number;
  readonly unknown: number;
  readonly up: number;
}

export function tallyOf(monitors: readonly MonitorView[]): Tally {
  const tally = { down: 0, degraded: 0, maintenance: 0, unknown: 0, up: 0 };
  for (const monitor of monitors) tally[shapeOf(monitor)] += 1;
  return tally;
}

/** The shape that stands for several: the worst of them, planned work never hiding an outage. */
export function shapeOfAll(tally: Tally): Shape {
  if (tally.down > 0) return "down";
  if (tally.degraded > 0) return "degraded";
  if (tally.maintenance > 0) return "maintenance";
  return tally.up === 0 && tally.unknown > 0 ? "unknown" : "up";
}

/** Degraded because it answers late. */
export function isSlow(monitor: MonitorView): boolean {
  return monitor.status === "degraded" &&
    (monitor.lastError === null || monitor.lastErrorCategory === "slow");
}

/** The word of the state, as a phrase begins. */
export function phraseOf(monitor: MonitorView): string {
  return isSlow(monitor) && monitor.maintenance === null ? words.slow : words.statePhrase[shapeOf(monitor)];
}

/** Markedly slower begins at half as much again. */
const MARKEDLY = 1.5;

/**
 * How long a slow monitor's last answer took, and how long is usual: the median of the last day's stretches when it was up. Null when it
 * is not slow, or when the figures would not show it. In ms.
 */
export function slownessOf(
  monitor: MonitorView,
): { readonly lastMs: number; readonly usualMs: number } | null {
  const { lastLatencyMs: lastMs } = monitor;
  if (!isSlow(monitor) || lastMs === null) return null;
  const medians = monitor.line().filter(({ state }) => state === "up").map(({ p50 }) => p50).filter((ms) =>
    ms !== null
  );
  if (medians.length === 0) return null;
  const usualMs = medians.sort((a, b) => a - b)[Math.floor(medians.length / 2)];
  return lastMs < usualMs * MARKEDLY ? null : { lastMs, usualMs };
}

/** The reason worth showing; the public words for "slow" would only say the state once more. */
export function reasonOf(monitor: MonitorView): string | null {
  return monitor.lastError === publicTexts.slow ? null : monitor.lastError;
}

/** Down first, causes before what they caused, longest first; then degraded. Monitors in maintenance need nobody's attention. */
export function needingAttention(monitors: readonly MonitorView[]): MonitorView[] {
  const rank = (monitor: MonitorView) => (monitor.status === "down" ? (monitor.cause === null ? 0 : 1) : 2);
  return monitors
    .filter((monitor) =>
      monitor.maintenance === null && (monitor.status === "down" || monitor.status === "degraded")
    )
    .sort((a, b) => rank(a) - rank(b) || (a.sinceAt ?? 0) - (b.sinceAt ?? 0));
}

export interface Answer {
  readonly headline: string;
  /** Sentences below it. */
  readonly detail: readonly string[];
  readonly shape: Shape;
}

/** The first sentence: is it me or is it them? */
export function answerOf(summary: Summary, quietSinceAt: number | null): Answer {
  const { monitors, generatedAt } = summary;
  const tally = tallyOf(monitors);
  const shape = summary.stale !== null ? "unknown" : shapeOfAll(tally);
  if (monitors.length === 0) {
    return { headline: words.nothingWatched, detail: [words.noMonitors], shape: "unknown" };
  }
  if (summary.stale !== null) return { headline: words.stale, detail: [summary.stale], shape };
  const down = monitors.filter((m) => shapeOf(m) === "down");
  const slow = monitors.filter((m) => shapeOf(m) === "degraded");
  const detail: string[] = [];
  const slowSentence = () =>
    slow.length === 1
      ? isSlow(slow[0]) ? words.oneSlow(slow[0].name) : words.oneUnwell(slow[0].name)
      : words.severalSlow(slow.map((m) => m.name));
  if (down.length > 0) {
    if (slow.length > 0) detail.push(slowSentence());
    addRest(detail, tally, monitors);
    return { headline: downSentence(down, monitors.length, generatedAt), detail, shape };
  }
  if (slow.length > 0) {
    addRest(detail, tally, monitors);
    return { headline: slowSentence(), detail, shape };
  }
  if (tally.up === 0 && tally.maintenance === 0) return { headline: words.waiting, detail: [], shape };
  if (tally.maintenance === 0 && tally.unknown === 0) {
    detail.push(tally.up === 1 ? words.runningOne : words.running(tally.up));
  }
  addRest(detail, { ...tally, up: 0 }, monitors);
  if (quietSinceAt !== null && generatedAt - quietSinceAt >= DAY_MS) {
    detail.push(words.quietFor(Math.floor((generatedAt - quietSinceAt) / DAY_MS) * DAY_MS));
  }
  return { headline: tally.maintenance > 0 ? words.onlyWork : words.allRunning, detail, shape };
}

function downSentence(down: readonly MonitorView[], total: number, now: number): string {
  if (down.length === 1) {
    const [{ name, sinceAt }] = down;
    return words.oneDown(name, sinceAt === null ? null : now - sinceAt);
  }
  return down.length === total ? words.allDown(total) : words.severalDown(down.map((m) => m.name));
}

function addRest(detail: string[], tally: Tally, monitors: readonly MonitorView[]): void {
  if (tally.up > 0) detail.push(`${words.othersRunning(tally.up)}.`);
  if (tally.maintenance > 0) {
    const names = monitors.filter((m) => m.maintenance !== null).map((m) => m.name);
    detail.push(names.length <= 3 ? words.inWorkNamed(names) : words.inWork(names.length));
  }
  if (tally.unknown > 0) detail.push(words.withoutData(tally.unknown));
}
