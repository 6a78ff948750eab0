import { type Frame, Time } from "./layout.tsx";
import { latency } from "./figures.ts";
import { words } from "./words.ts";

/** Above a chart: what its upper edge and its two greys mean. `topMs` null: nothing was measured. */
export function ChartScale({ topMs, legend = words.lineAndBand }: { topMs: number | null; legend?: string }) {
  return (
    <div class="ends">
      <span>{topMs === null ? words.chartNothing : words.upTo(latency(topMs))}</span>
      {topMs === null ? null : <span>{legend}</span>}
    </div>
  );
}

/** Below a chart: when it begins and ends. */
export function ChartEnds({ frame, fromAt, untilAt }: { frame: Frame; fromAt: number; untilAt: number }) {
  return (
    <div class="ends">
      <Time at={fromAt} frame={frame} />
      <Time at={untilAt} frame={frame} />
    </div>
  );
}
