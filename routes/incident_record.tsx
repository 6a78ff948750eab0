import { AppError } from "../domain/errors.ts";
import { showIncident, type ShownIncident } from "../domain/incident_view.ts";
import { IncidentPage, incidentText, shapeOfIncident } from "../views/incident_page.tsx";
import { HOUR_MS } from "../views/times.ts";
import type { AppContext } from "./env.ts";
import { groupOfMonitor } from "./group_summary.ts";
import { segment } from "./middleware/query.ts";
import { frameOf, type PageRequest, readPage, sendPage } from "./page_request.ts";
import type { PageParts } from "./pages.tsx";

/** Why somebody was told or not; null: this viewer may not know. */
export function decisionsOf(
  { deps }: PageParts,
  page: PageRequest,
  monitorId: string,
  fromAt: number,
  untilAt: number,
) {
  if (page.viewer.kind !== "operator") return Promise.resolve(null);
  return deps.store.decisions.list({ monitorId, fromAt, untilAt: untilAt + 1, limit: 100 });
}

/** The incident and who asks for it, which the token of its monitor's own group has a say in. */
async function readIncidentPage(
  { deps }: PageParts,
  c: AppContext,
  now: number,
): Promise<{ readonly page: PageRequest; readonly incident: ShownIncident }> {
  const id = segment(c, 1);
  const found = /^[0-9]{1,15}$/.test(id) ? await deps.store.incidents.find(Number(id)) : null;
  const config = c.get("config");
  const page = readPage(c, now, () => found === null ? null : groupOfMonitor(config, found.monitorId));
  const incident = found === null ? null : showIncident(found, config, page.viewer);
  if (incident === null) throw new AppError("not_found", "unknown incident");
  return { page, incident };
}

/** One incident: what happened, and the response time around it. */
export async function incidentPage(parts: PageParts, c: AppContext): Promise<Response> {
  const { deps } = parts;
  const now = deps.clock.now();
  const { page, incident } = await readIncidentPage(parts, c, now);
  return sendPage(page, `incident ${incident.id} ${incident.updatedAt}`, {
    text: () => incidentText(incident, now, { now, zone: null }),
    html: async () => {
      const { monitorId, startedAt } = incident;
      const endedAt = incident.endedAt ?? now;
      const margin = Math.max(HOUR_MS, Math.round((endedAt - startedAt) / 3));
      const fromAt = startedAt - margin;
      const untilAt = Math.min(now, endedAt + margin);
      const bucketMs = Math.max(60_000, Math.ceil((untilAt - fromAt) / 160 / 1_000) * 1_000);
      const isOperator = page.viewer.kind === "operator";
      const [points, decisions, notifications] = await Promise.all([
        deps.store.checks.latencySeries(monitorId, fromAt, untilAt, bucketMs),
        decisionsOf(parts, page, monitorId, startedAt - HOUR_MS, endedAt + HOUR_MS),
        isOperator ? deps.store.outbox.list({ incidentId: incident.id, limit: 50 }) : null,
      ]);
      const { monitors } = deps.board.summary(page.viewer);
      return String(
        <IncidentPage
          frame={frameOf(page, page.c.get("assets"), now, shapeOfIncident(incident))}
          incident={incident}
          series={{ points, fromAt, untilAt, bucketMs }}
          hasPage={monitors.some((monitor) => monitor.id === monitorId)}
          decisions={decisions}
          notifications={notifications}
        />,
      );
    },
  });
}
