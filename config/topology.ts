import type { MonitorSection } from "./monitors.ts";

/** Every id in `depends_on` exists, and nothing depends on itself, not even in a circle. */
export function checkDependencies(monitors: readonly MonitorSection[]): void {
  const byId = new Map<string, MonitorSection>();
  for (const monitor of monitors) {
    if (monitor.values.id !== undefined && !byId.has(monitor.values.id)) byId.set(monitor.values.id, monitor);
  }
  for (const monitor of monitors) {
    monitor.values.depends_on?.forEach((id, index) => {
      if (byId.has(id)) return;
      const hint = monitor.report.hint(id, byId.keys());
      monitor.report.error(
        [...monitor.path, "depends_on", index],
        `no monitor has the id ${JSON.stringify(id)}${hint}`,
      );
    });
  }
  reportCircles(byId);
}

/** Depth first without recursion, so that a chain of thousands is no trouble. Each circle is told once. */
function reportCircles(byId: ReadonlyMap<string, MonitorSection>): void {
  const finished = new Set<string>();
  for (const [start, { values }] of byId) {
    if ((values.depends_on ?? []).length === 0) continue;
    const trail: { id: string; rest: string[] }[] = [];
    const onTrail = new Set<string>();
    const enter = (id: string) => {
      trail.push({ id, rest: [...byId.get(id)!.values.depends_on ?? []] });
      onTrail.add(id);
    };
    if (!finished.has(start)) enter(start);
    while (trail.length > 0) {
      const here = trail[trail.length - 1];
      const next = here.rest.shift();
      if (next === undefined) {
        trail.pop();
        onTrail.delete(here.id);
        finished.add(here.id);
      } else if (onTrail.has(next)) {
        const circle = trail.slice(trail.findIndex((step) => step.id === next)).map((step) => step.id);
        byId.get(here.id)!.error("depends_on", `goes in a circle: ${[...circle, next].join(" → ")}`);
      } else if (byId.has(next) && !finished.has(next)) enter(next);
    }
  }
}
