import type { Aggregate } from "../domain/store.ts";
import {
  cellHour,
  cellTitle,
  cellX,
  cellY,
  dayLabels,
  type HeatCell,
  heatCells,
  heatmapFacts,
  hourLabels,
} from "./heatmap.ts";
import { latency } from "./figures.ts";
import { words } from "./words.ts";

/** Trouble is larger as well as darker: how far the cells of each level keep from their edge. */
const insets = [1.5, 1, 0.5, 0, 0] as const;

/** Hours by days, with what it shows in words beside it. */
export function HeatMap({ name, hours, now }: { name: string; hours: readonly Aggregate[]; now: number }) {
  const cells = heatCells(hours, now);
  const facts = heatmapFacts(cells);
  if (facts === null) return <p class="quiet">{words.heatmapNone}</p>;
  const { usualMs, slowest, markedHours } = facts;
  const summary = words.heatmapSummary(latency(usualMs), cellHour(slowest), latency(slowest.ms), markedHours);
  return (
    <div class="plot">
      <svg class="heat" viewBox="0 0 484 236" role="img" aria-label={`${words.heatmapOf(name)}. ${summary}`}>
        {hourLabels.map(({ text, y }) => <text x="4" y={y}>{text}</text>)}
        {dayLabels(now).map(({ text, x }) => <text x={x} y="12">{text}</text>)}
        {cells.map((cell) => <Cell cell={cell} />)}
      </svg>
      <ul class="legend">
        {words.heatmapScale.map((text, level) => (
          <li>
            <svg viewBox="0 0 14.5 14.5" aria-hidden="true">
              <rect class={`h${level}`} {...within(level, 14.5, 14.5)} />
            </svg>
            {text}
          </li>
        ))}
      </ul>
      <p class="more">{words.heatmapNote} {summary}</p>
    </div>
  );
}

function within(level: number, width: number, height: number) {
  const inset = insets[level];
  return {
    x: inset,
    y: inset,
    width: Math.round((width - 2 * inset) * 10) / 10,
    height: Math.round((height - 2 * inset) * 10) / 10,
    rx: 1.5,
  };
}

function Cell({ cell }: { cell: HeatCell }) {
  const { x, y, ...size } = within(cell.level, 14.5, 7.5);
  return (
    <rect class={`h${cell.level}`} x={cellX(cell.day) + x} y={cellY(cell.hour) + y} {...size}>
      <title>{cellTitle(cell)}</title>
    </rect>
  );
}
