import * as z from "zod";
import { AppError } from "../domain/errors.ts";
import { showIncident } from "../domain/incident_view.ts";
import { parseDayOrInstant } from "../domain/instant.ts";
import { lazily } from "../domain/lazily.ts";
import { parseMonth } from "../domain/report.ts";
import { incidentWire, reportWire } from "../views/records_json.ts";
import type { AppDeps } from "./deps.ts";
import { integerParam, readQuery, segment, tokenParam } from "./middleware/query.ts";
import { respond } from "./middleware/respond.ts";
import { viewerOf } from "./middleware/viewer.ts";
import { readIncidents, readReport } from "./read_incidents.ts";
import { ApiApp, JSON_TYPE, monthPattern, readSecurity } from "./operation.ts";

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

const instant = (description: string) =>
  z.string().refine((text) => parseDayOrInstant(text) !== null, "use 2031-05-07 or 2031-05-07T08:00:00Z")
    .transform((text) => parseDayOrInstant(text)!)
    .meta({ type: "string", description, example: "2031-05-07" });

const cursorParam = lazily(() =>
  z.string().regex(/^[0-9]{1,15}-[0-9]{1,15}$/, "not a cursor")
    .transform((text) => {
      const [startedAt, id] = text.split("-").map(Number);
      return { startedAt, id };
    })
    .meta({
      type: "string",
      pattern: "^[0-9]{1,15}-[0-9]{1,15}$",
      description: "`next` of the page before.",
      example: "1930367161000-12",
    })
);

const listQuery = lazily(() =>
  z.object({
    monitor: z.string().optional().meta({ description: "Only this monitor's." }),
    group: z.string().optional().meta({ description: "Only this group's; the group's token is accepted." }),
    state: z.enum(["open", "resolved"], "use open or resolved").optional(),
    from: instant("Only those that lasted after this.").optional(),
    until: instant("Only those that began before this.").optional(),
    limit: integerParam(`How many a page, 1 to ${MAX_LIMIT}.`, DEFAULT_LIMIT).optional(),
    cursor: cursorParam().optional(),
    token: tokenParam(),
  })
);

const oneQuery = lazily(() =>
  z.object({
    group: z.string().optional().meta({
      description: "Only if it is this group's; the group's token is accepted.",
    }),
    token: tokenParam(),
  })
);

const reportQuery = lazily(() =>
  z.object({
    group: z.string().optional().meta({ description: "Only this group; the group's token is accepted." }),
    token: tokenParam(),
  })
);

export function incidentRoutes({ store, clock }: AppDeps): ApiApp {
  const app = new ApiApp();

  app.operation("get", "/api/incidents", ({ readAnswers, IncidentPage }) => ({
    operationId: "incidents_json",
    tags: ["incidents"],
    summary: "Outages, newest first",
    security: readSecurity,
    request: { query: listQuery() },
    responses: readAnswers("One page.", IncidentPage),
  }), (c) => {
    const query = readQuery(c, listQuery);
    const limit = Math.min(MAX_LIMIT, Math.max(1, query.limit ?? DEFAULT_LIMIT));
    const viewer = viewerOf(c, query.group);
    const filter = {
      ...(query.monitor === undefined ? {} : { monitorId: query.monitor }),
      ...(query.group === undefined ? {} : { group: query.group }),
      ...(query.state === undefined ? {} : { open: query.state === "open" }),
      ...(query.from === undefined ? {} : { fromAt: query.from }),
      ...(query.until === undefined ? {} : { untilAt: query.until }),
      ...(query.cursor === undefined ? {} : { before: query.cursor }),
      limit: limit + 1,
    };
    return respond(c, {
      key: `incidents\n${JSON.stringify(filter)}`,
      viewer,
      type: JSON_TYPE,
      maxAgeSecs: 5,
      render: async () => {
        const { incidents, total } = await readIncidents(store, c.get("config"), viewer, filter);
        const page = incidents.slice(0, limit);
        const last = page.at(-1);
        const next = incidents.length > limit && last !== undefined ? `${last.startedAt}-${last.id}` : null;
        const now = clock.now();
        return {
          text: JSON.stringify({
            incidents: page.map((incident) => incidentWire(incident, now)),
            total,
            next,
          }),
        };
      },
    });
  });

  app.operation("get", "/api/incidents/{id}", ({ errorAnswer, readAnswers, Incident }) => ({
    operationId: "incident_json",
    tags: ["incidents"],
    summary: "One outage",
    security: readSecurity,
    request: { params: z.object({ id: z.string().meta({ example: "12" }) }), query: oneQuery() },
    responses: readAnswers("The incident.", Incident, {
      404: errorAnswer("No such incident, or a private monitor's and no token.", "unknown incident"),
    }),
  }), (c) => {
    const id = segment(c, 2);
    const { group } = readQuery(c, oneQuery);
    const viewer = viewerOf(c, group);
    const unknown = () => new AppError("not_found", "unknown incident");
    if (!/^[1-9][0-9]{0,14}$/.test(id)) throw unknown();
    return respond(c, {
      key: `incident\n${id}\n${group === undefined ? "" : `=${group}`}`,
      viewer,
      type: JSON_TYPE,
      maxAgeSecs: 5,
      render: async () => {
        const found = await store.incidents.find(Number(id));
        const shown = found === null ? null : showIncident(found, c.get("config"), viewer);
        if (shown === null || (group !== undefined && shown.group !== group)) throw unknown();
        return { text: JSON.stringify(incidentWire(shown, clock.now())) };
      },
    });
  });

  app.operation("get", "/api/report/{month}", ({ errorAnswer, readAnswers, Report }) => ({
    operationId: "report_json",
    tags: ["incidents"],
    summary: "A month's availability",
    security: readSecurity,
    request: {
      params: z.object({ month: z.string().meta({ example: "2026-05", pattern: monthPattern }) }),
      query: reportQuery(),
    },
    responses: readAnswers("The report.", Report, {
      400: errorAnswer(
        "Not a month, or one that has not begun.",
        "month must be YYYY-MM and not in the future",
      ),
      404: errorAnswer("No such group, or nothing in it that this caller may see.", "unknown group"),
    }),
  }), (c) => {
    const text = segment(c, 2);
    const { group } = readQuery(c, reportQuery);
    const month = parseMonth(text, clock.now());
    if (month === null) throw new AppError("bad_request", "month must be YYYY-MM and not in the future");
    const viewer = viewerOf(c, group);
    const config = c.get("config");
    return respond(c, {
      key: `report\n${month.name}\n${group === undefined ? "" : `=${group}`}`,
      viewer,
      type: JSON_TYPE,
      maxAgeSecs: 5,
      render: async () => {
        const report = await readReport(store, config, viewer, month, group ?? null, clock.now());
        if (group !== undefined && report.sections.length === 0) {
          throw new AppError("not_found", "unknown group");
        }
        const title = group === undefined ? config.page.title : `${config.page.title} · ${group}`;
        return { text: JSON.stringify(reportWire(report, title)) };
      },
    });
  });
  return app;
}
