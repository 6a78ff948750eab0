import type { Aggregate } from "../domain/store.ts";
import { escapeXml } from "./escape.ts";
import { DAY_MS, HOUR_MS, isoDay, weekday, weekdayAndDay } from "./times.ts";

/** Hours by days: the mean latency of each hour of 28 UTC days, coloured relative to the usual one. */
const HEATMAP_DAYS = 28;

export interface HeatCell {
  /** Start of the hour, Unix ms. */
  readonly at: number;
  /** 0 is the oldest day. */
  readonly day: number;
  /** 0 … 23, UTC. */
  readonly hour: number;
  readonly ms: number;
  /** 0 as usual … 4 more than five times that. */
  readonly level: 0 | 1 | 2 | 3 | 4;
}

const colours = ["#10b981", "#84cc16", "#f59e0b", "#f97316", "#ef4444"] as const;

/** Midnight of the first of the 28 days, the last being that of `now`. */
export function heatmapStart(now: number): number {
  return Math.floor(now / DAY_MS) * DAY_MS - (HEATMAP_DAYS - 1) * DAY_MS;
}

/** The cells that have data; the usual value is the upper median of them all, at least 1 ms. */
export function heatCells(hours: readonly Aggregate[], now: number): HeatCell[] {
  const startAt = heatmapStart(now);
  const known = hours
    .filter((hour) => hour.latency.count > 0 && hour.startAt >= startAt)
    .map((hour) => ({ at: hour.startAt, ms: Math.trunc(hour.latencySumMs / hour.latency.count) }));
  const usual = usualOf(known);
  return known.map(({ at, ms }) => ({
    at,
    ms,
    day: Math.floor((at - startAt) / DAY_MS),
    hour: Math.floor((at % DAY_MS) / HOUR_MS),
    level: levelOf(ms / usual),
  }));
}

/** What a heat map shows, in figures; null: nothing was measured. */
export function heatmapFacts(
  cells: readonly HeatCell[],
): { readonly usualMs: number; readonly slowest: HeatCell; readonly markedHours: number } | null {
  if (cells.length === 0) return null;
  return {
    usualMs: usualOf(cells),
    slowest: cells.reduce((worst, cell) => cell.ms > worst.ms ? cell : worst),
    markedHours: cells.filter((cell) => cell.level > 0).length,
  };
}

/** The upper median, at least 1 ms. */
function usualOf(cells: readonly { readonly ms: number }[]): number {
  const sorted = cells.map(({ ms }) => ms).sort((a, b) => a - b);
  return Math.max(1, sorted[Math.floor(sorted.length / 2)] ?? 1);
}

function levelOf(ratio: number): HeatCell["level"] {
  if (ratio <= 1.25) return 0;
  if (ratio <= 2) return 1;
  if (ratio <= 3) return 2;
  return ratio <= 5 ? 3 : 4;
}

export const cellX = (day: number) => 34 + day * 16;
export const cellY = (hour: number) => 18 + hour * 9;
export const cellHour = (cell: HeatCell) =>
  `${weekday(cell.at)} ${isoDay(cell.at)} ${String(cell.hour).padStart(2, "0")}:00 UTC`;
export const cellTitle = (cell: HeatCell) => `${cellHour(cell)} - ${cell.ms} ms`;
export const hourLabels = [0, 6, 12, 18].map((hour) => ({
  text: `${String(hour).padStart(2, "0")}h`,
  y: cellY(hour) + 7,
}));
export const dayLabels = (now: number) =>
  [0, 7, 14, 21].map((day) => ({ text: weekdayAndDay(heatmapStart(now) + day * DAY_MS), x: cellX(day) }));

/** The picture that the API serves: it stands alone, on its own dark ground. */
export function heatmapSvg(name: string, hours: readonly Aggregate[], now: number): string {
  const cells = heatCells(hours, now).map((cell) =>
    `<rect x="${cellX(cell.day)}" y="${cellY(cell.hour)}" width="14.5" height="7.5" rx="1.5" fill="${
      colours[cell.level]
    }"><title>${cellTitle(cell)}</title></rect>`
  );
  const labels = [
    ...hourLabels.map(({ text, y }) => `<text x="4" y="${y}">${text}</text>`),
    ...dayLabels(now).map(({ text, x }) => `<text x="${x}" y="12">${text}</text>`),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="484" height="236" viewBox="0 0 484 236" role="img" ` +
    `aria-label="${escapeXml(`Latency heatmap of ${name}, last 28 days`)}">` +
    `<rect width="484" height="236" rx="8" fill="#11161f"/>` +
    `<g fill="#8b93a1" font-family="system-ui,sans-serif" font-size="9">${labels.join("")}</g>` +
    `${cells.join("")}</svg>\n`;
}
