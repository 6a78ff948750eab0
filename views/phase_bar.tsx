import type { Phases } from "../domain/outcome.ts";
import { latency } from "./figures.ts";
import { words } from "./words.ts";

const phaseOrder = ["resolveMs", "connectMs", "tlsMs", "firstByteMs", "transferMs"] as const;

/** Where the last check spent its time: a bar, and the same in words. */
export function PhaseBar({ phases }: { phases: Phases | null }) {
  const known = phaseOrder.filter((name) => phases?.[name] !== undefined).map((name) => ({
    name,
    ms: phases![name]!,
  }));
  const total = known.reduce((sum, { ms }) => sum + ms, 0);
  if (known.length === 0 || total <= 0) return null;
  let x = 0;
  const parts = known.map(({ name, ms }, index) => {
    const part = { x, width: (ms / total) * 720, class: `ph ph${index}`, name, ms };
    x += part.width;
    return part;
  });
  return (
    <>
      <h2>{words.phases}</h2>
      <svg
        class="phases"
        viewBox="0 0 720 20"
        preserveAspectRatio="none"
        role="img"
        aria-label={parts.map(({ name, ms }) => `${words.phase[name]} ${latency(ms)}`).join(", ")}
      >
        {parts.map((part) => (
          <rect
            class={part.class}
            x={part.x.toFixed(1)}
            y="0"
            width={Math.max(1, part.width - 2).toFixed(1)}
            height="20"
          />
        ))}
      </svg>
      <ul class="legend">
        {parts.map((part) => (
          <li>
            <i class={part.class}></i> {words.phase[part.name]} {latency(part.ms)}
          </li>
        ))}
      </ul>
    </>
  );
}
