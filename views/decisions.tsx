import type { Decision } from "../domain/store.ts";
import { type Frame, Time } from "./layout.tsx";
import { Mark } from "./svg_parts.tsx";
import { words } from "./words.ts";

/** The chain of decisions, for operators. */
export function Decisions({ frame, decisions }: { frame: Frame; decisions: readonly Decision[] }) {
  return (
    <>
      <h2>{words.whyTold}</h2>
      {decisions.length === 0 ? <p class="quiet">{words.nothingDecided}</p> : (
        <ol class="steps">
          {decisions.map((one) => (
            <li>
              <Mark shape="unknown" />
              <Time at={one.at} frame={frame} />
              <p>{one.text}</p>
            </li>
          ))}
        </ol>
      )}
    </>
  );
}
