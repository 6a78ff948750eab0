import type { MonitorView } from "../domain/summary.ts";
import { type Frame, WithTime } from "./layout.tsx";
import { Mark } from "./svg_parts.tsx";
import { phraseOf, shapeOf } from "./trouble.ts";
import { shortDuration, words } from "./words.ts";

/** Shape, word and since when. */
export function State({ monitor, frame }: { monitor: MonitorView; frame: Frame }) {
  const shape = shapeOf(monitor);
  const phrase = phraseOf(monitor);
  const { sinceAt } = monitor;
  return (
    <p class={`state ${shape}`}>
      <Mark shape={shape} />
      <span>
        {sinceAt === null || shape === "maintenance" ? phrase : (
          <>
            <WithTime at={sinceAt} frame={frame} wording={(when) => words.since(phrase, when)} />
            {words.lasting(shortDuration(frame.now - sinceAt))}
          </>
        )}
      </span>
    </p>
  );
}
