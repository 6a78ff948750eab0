import type { Monitor } from "./monitor.ts";

/** Who is looking; decided once per request and passed down as a value. */
export type Viewer =
  | { readonly kind: "anonymous" }
  | { readonly kind: "operator" }
  | { readonly kind: "group"; readonly group: string };

export const anonymous: Viewer = { kind: "anonymous" };
export const operator: Viewer = { kind: "operator" };

/** May this viewer know that the monitor exists? */
export function maySee(viewer: Viewer, monitor: Pick<Monitor, "public" | "group">): boolean {
  return monitor.public || viewer.kind === "operator" ||
    (viewer.kind === "group" && monitor.group === viewer.group);
}

/** May this viewer be told the monitor's name beside others? The holder of a group's token hears no names of other groups. */
export function mayName(viewer: Viewer, monitor: Pick<Monitor, "public" | "group">): boolean {
  return viewer.kind === "group" ? monitor.group === viewer.group : maySee(viewer, monitor);
}

/** May this viewer read raw reasons and snapshots of the monitor? */
export function maySeeDetail(
  viewer: Viewer,
  monitor: Pick<Monitor, "public" | "group" | "publicErrorDetail">,
): boolean {
  if (viewer.kind === "operator") return true;
  if (viewer.kind === "group" && monitor.group === viewer.group) return true;
  return monitor.public && monitor.publicErrorDetail;
}
