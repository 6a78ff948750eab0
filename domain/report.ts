import { type Coverage, uptimeRatio } from "./check.ts";
import { DAY, SECOND } from "./clock.ts";
import type { Config } from "./config.ts";
import { type CoverageSum, noCoverage } from "./coverage.ts";
import { secondsBetween } from "./duration.ts";
import type { Incident } from "./incident.ts";
import type { Monitor } from "./monitor.ts";
import type { Aggregate } from "./store.ts";
import { maySee, type Viewer } from "./viewer.ts";

/** A calendar month in UTC, `[startAt, endAt)` in Unix ms. */
export interface Month {
  /** `YYYY-MM`. */
  readonly name: string;
  readonly startAt: number;
  readonly endAt: number;
}

/** One month's availability as one viewer may see it. Ratios are exact; rounding is the rendering's business. */
export interface Report {
  readonly month: Month;
  readonly generatedAt: number;
  /** The end of the month, or now while it runs. */
  readonly judgedUntilAt: number;
  /** The group it is restricted to; null: everything. */
  readonly group: string | null;
  readonly sections: readonly ReportSection[];
}

export interface ReportSection {
  /** Empty for monitors without a group. */
  readonly name: string;
  /** Over all its rows, weighted by time; null: nothing covered. */
  readonly uptime: number | null;
  readonly rows: readonly ReportRow[];
}

export interface ReportRow {
  readonly id: string;
  readonly name: string;
  readonly uptime: number | null;
  readonly coverage: Coverage;
  /** Those that touch the month; planned ones are left out. */
  readonly incidents: number;
  readonly downtimeMs: number;
  /** Mean time to repair of those that ended in the month; null: none did. */
  readonly meanRepairMs: number | null;
  readonly slo: ReportSlo | null;
}

export interface ReportSlo {
  readonly targetPercent: number;
  /** By the unrounded ratio; null: nothing covered. */
  readonly met: boolean | null;
  /** Downtime that the objective allows up to `judgedUntilAt`. */
  readonly budgetMs: number;
  readonly consumedMs: number;
}

/** Reads `YYYY-MM`: digits only, a real month, begun by `now`. Null for anything else. */
export function parseMonth(text: string, now: number): Month | null {
  if (!/^[0-9]{4}-(?:0[1-9]|1[0-2])$/.test(text)) return null;
  const [year, month] = text.split("-").map(Number);
  const start = new Date(0);
  start.setUTCFullYear(year, month - 1, 1);
  const end = new Date(0);
  end.setUTCFullYear(year, month, 1);
  return start.getTime() > now ? null : { name: text, startAt: start.getTime(), endAt: end.getTime() };
}

/**
 * Puts a month together from day aggregates and the incidents that overlap it. Rows are those the viewer may see, in the order of the
 * config; sections by first appearance, monitors without a group last. No row left over: no sections.
 */
export function buildReport(input: {
  readonly config: Config;
  readonly viewer: Viewer;
  readonly month: Month;
  readonly group: string | null;
  readonly now: number;
  /** As `readCovered` gives them: the newest checks until now are in them. */
  readonly days: readonly Aggregate[];
  readonly incidents: readonly Incident[];
}): Report {
  const { config, viewer, month, group, now } = input;
  const judgedUntilAt = Math.min(month.endAt, Math.max(now, month.startAt));
  const coverages = new Map<string, CoverageSum>();
  const sumOf = (id: string): CoverageSum => {
    const sum = coverages.get(id) ?? { ...noCoverage };
    coverages.set(id, sum);
    return sum;
  };
  for (const day of input.days) {
    if (day.startAt < month.startAt || day.startAt + DAY > month.endAt) continue;
    addAll(sumOf(day.monitorId), day.coverage);
  }
  const byMonitor = Map.groupBy(input.incidents, (incident) => incident.monitorId);
  const visible = config.monitors.filter((monitor) =>
    maySee(viewer, monitor) && (group === null || monitor.group === group)
  );
  const sections = Map.groupBy(visible, (monitor) => monitor.group ?? "");
  const ordered = [...sections].sort(([a], [b]) => Number(a === "") - Number(b === ""));
  return {
    month,
    generatedAt: now,
    judgedUntilAt,
    group,
    sections: ordered.map(([name, monitors]) => {
      const rows = monitors.map((monitor) =>
        row(monitor, coverages.get(monitor.id) ?? noCoverage, byMonitor.get(monitor.id) ?? [], {
          month,
          judgedUntilAt,
        })
      );
      const total = rows.reduce((sum, { coverage }) => addAll(sum, coverage), { ...noCoverage });
      return { name, uptime: uptimeRatio(total), rows };
    }),
  };
}

function row(
  monitor: Monitor,
  coverage: Coverage,
  incidents: readonly Incident[],
  { month, judgedUntilAt }: Pick<Report, "month" | "judgedUntilAt">,
): ReportRow {
  let count = 0;
  let downtimeMs = 0;
  const repairs: number[] = [];
  for (const incident of incidents) {
    if (incident.planned) continue;
    const end = Math.min(incident.endedAt ?? judgedUntilAt, judgedUntilAt);
    const from = Math.max(incident.startedAt, month.startAt);
    if (incident.startedAt >= judgedUntilAt || end <= from) continue;
    count += 1;
    downtimeMs += shownMs(from, end);
    if (incident.endedAt !== null && incident.endedAt < month.endAt && !incident.unwatched) {
      repairs.push(shownMs(incident.startedAt, incident.endedAt));
    }
  }
  const uptime = uptimeRatio(coverage);
  return {
    id: monitor.id,
    name: monitor.name,
    uptime,
    coverage,
    incidents: count,
    downtimeMs,
    meanRepairMs: repairs.length === 0 ? null : repairs.reduce((sum, ms) => sum + ms, 0) / repairs.length,
    slo: monitor.sloUptimePercent === null ? null : {
      targetPercent: monitor.sloUptimePercent,
      met: uptime === null ? null : uptime * 100 >= monitor.sloUptimePercent,
      budgetMs: (judgedUntilAt - month.startAt) * (100 - monitor.sloUptimePercent) / 100,
      consumedMs: coverage.downMs,
    },
  };
}

/** Whole seconds, as the incident's own times are shown, so that the sums agree with the list. */
function shownMs(fromAt: number, untilAt: number): number {
  return secondsBetween(fromAt, untilAt) * SECOND;
}

function addAll(sum: CoverageSum, more: Coverage): CoverageSum {
  sum.upMs += more.upMs;
  sum.degradedMs += more.degradedMs;
  sum.downMs += more.downMs;
  sum.plannedMs += more.plannedMs;
  return sum;
}
