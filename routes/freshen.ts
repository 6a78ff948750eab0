import type { MonitorView } from "../domain/summary.ts";
import type { Viewer } from "../domain/viewer.ts";
import type { AppDeps } from "./deps.ts";

/**
 * Brings what a summary is made of up to now, a monitor at a time with pauses between, so that the summary itself has hardly anything left
 * to make. `each` may use the pauses too, for what it keeps of each monitor.
 */
export async function freshen(
  deps: Pick<AppDeps, "board" | "slices">,
  viewer: Viewer,
  each: (view: MonitorView) => void = () => {},
): Promise<void> {
  const slices = deps.slices();
  for (const view of deps.board.views(viewer)) {
    each(view);
    await slices.pause();
  }
}
