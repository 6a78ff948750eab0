import type { MaintenanceWindow } from "./config.ts";

/** The first window, in the order of the file, that covers a monitor (or a peer's listen id) at `now`; both ends inclusive. */
export function windowOf(
  windows: readonly MaintenanceWindow[],
  id: string,
  now: number,
): MaintenanceWindow | null {
  return windows.find((window) =>
    window.startAt <= now && now <= window.endAt &&
    (window.monitors.length === 0 || window.monitors.includes(id))
  ) ?? null;
}
