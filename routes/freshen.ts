import type { MonitorView } from "../domain/summary.ts";
import type { Viewer } from "../domain/viewer.ts";
import type { AppDeps } from "./deps.ts";
import { breathe } from "./shared_text.ts";

/** How long it works before everything else that waits has its turn, in ms. */
const SLICE_MS = 3;

/**
 * Brings what a summary is made of up to now, a monitor at a time with pauses between, so that the summary itself has hardly anything left
 * to make. `each` may use the pauses too, for what it keeps of each monitor.
 */
export async function freshen(
  { board, clock }: Pick<AppDeps, "board" | "clock">,
  viewer: Viewer,
  each: (view: MonitorView) => void = () => {},
): Promise<void> {
  let sinceMs = clock.monotonic();
  for (const view of board.views(viewer)) {
    each(view);
    if (clock.monotonic() - sinceMs < SLICE_MS) continue;
    await breathe();
    sinceMs = clock.monotonic();
  }
}
