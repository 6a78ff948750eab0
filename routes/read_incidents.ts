import type { Config } from "../domain/config.ts";
import { showIncident, type ShownIncident, visibleIncidentIds } from "../domain/incident_view.ts";
import type { IncidentQuery, Store } from "../domain/store.ts";
import { readCovered } from "../domain/covered.ts";
import { buildReport, type Month, type Report } from "../domain/report.ts";
import type { Viewer } from "../domain/viewer.ts";

export interface IncidentFilter extends Omit<IncidentQuery, "monitorIds"> {
  readonly group?: string;
  readonly monitorId?: string;
}

/** One page of incidents: what the viewer may see is selected in the query, so that nothing visible is cut off by what is not. */
export async function readIncidents(
  store: Store,
  config: Config,
  viewer: Viewer,
  filter: IncidentFilter,
): Promise<{ readonly incidents: readonly ShownIncident[]; readonly total: number }> {
  const { group, monitorId, limit, before, ...rest } = filter;
  const ids = visibleIncidentIds(config, viewer, { group, monitorId });
  if (ids !== null && ids.length === 0) return { incidents: [], total: 0 };
  const query = { ...rest, ...(ids === null ? {} : { monitorIds: ids }) };
  const [found, total] = await Promise.all([
    store.incidents.list({ ...query, limit, ...(before === undefined ? {} : { before }) }),
    store.incidents.count(query),
  ]);
  const shown = found.map((incident) => showIncident(incident, config, viewer));
  return { incidents: shown.filter((incident) => incident !== null), total };
}

/** Nobody has more incidents in a month than this; the query needs a bound. */
const INCIDENTS_OF_A_MONTH = 1_000_000;

/** The month's report for one viewer; `group` null: everything the viewer may see. */
export async function readReport(
  store: Store,
  config: Config,
  viewer: Viewer,
  month: Month,
  group: string | null,
  now: number,
): Promise<Report> {
  const { startAt: fromAt, endAt: untilAt } = month;
  const [days, incidents] = await Promise.all([
    readCovered(store, { grain: "day", fromAt, untilAt }, now),
    store.incidents.list({ fromAt, untilAt: Math.min(untilAt, now), limit: INCIDENTS_OF_A_MONTH }),
  ]);
  return buildReport({ config, viewer, month, group, now, days, incidents });
}
