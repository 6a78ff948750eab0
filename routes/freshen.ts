import type { MonitorView } from "../domain/summary.ts";
import { Slices } from "../domain/slices.ts";
import type { Viewer } from "../domain/viewer.ts";
import type { AppDeps } from "./deps.ts";

/**
 * Brings what a summary is made of up to now, a monitor at a time with pauses between, so that the summary itself has hardly anything left
 * to make. `each` may use the pauses too, for what it keeps of each monitor.
 */
export async function freshen(
  { board, clock }: Pick<AppDeps, "board" | "clock">,
  viewer: Viewer,
  each: (view: MonitorView) => void = () => {},
): Promise<void> {
  const slices = new Slices(clock);
  for (const view of board.views(viewer)) {
    each(view);
    await slices.pause();
  }
}
