import type { Config } from "../domain/config.ts";
import { AppError } from "../domain/errors.ts";
import { worstStatus } from "../domain/status.ts";
import type { DayState, HourView, MonitorView, Summary } from "../domain/summary.ts";
import { maySee, type Viewer } from "../domain/viewer.ts";

const HOUR_MS = 3_600_000;
const severity: readonly DayState[] = ["empty", "up", "planned", "degraded", "down"];

/** Throws `not_found` where this viewer sees nothing of the group, which looks the same as its not being there. */
export function requireGroup({ monitors }: Config, viewer: Viewer, group: string): void {
  const sees = group !== "" && monitors.some((one) => one.group === group && maySee(viewer, one));
  if (!sees) throw new AppError("not_found", "unknown group");
}

/** The group whose token opens what is the monitor's own: its page, its incidents. Null: none does. */
export function groupOfMonitor({ monitors }: Config, id: string): string | null {
  return monitors.find((monitor) => monitor.id === id)?.group ?? null;
}

/** The summary of one group alone. Throws `not_found` where the summary has nothing of it. */
export function summaryOfGroup(summary: Summary, group: string): Summary {
  const view = summary.groups.find((candidate) => candidate.name === group);
  if (view === undefined) throw new AppError("not_found", "unknown group");
  const members = new Set(view.ids);
  const monitors = summary.monitors.filter((monitor) => members.has(monitor.id));
  const maintenances = summary.maintenances
    .map((work) => ({ ...work, monitors: work.monitors?.filter(({ id }) => members.has(id)) ?? null }))
    .filter((work) => work.monitors === null || work.monitors.length > 0);
  return {
    ...summary,
    overall: worstStatus(monitors.map((monitor) => monitor.status)),
    monitors,
    groups: [view],
    peers: null,
    maintenances,
    hours: hoursOf(monitors, summary.hours),
  };
}

/** The ring of these monitors alone: the worst state of each hour. */
function hoursOf(monitors: readonly MonitorView[], hours: readonly HourView[]): HourView[] {
  return hours.map(({ startAt }) => {
    let worst = 0;
    for (const monitor of monitors) {
      for (const point of monitor.line()) {
        if (point.at >= startAt && point.at < startAt + HOUR_MS) {
          worst = Math.max(worst, severity.indexOf(point.state));
        }
      }
    }
    return { startAt, state: severity[worst] };
  });
}
