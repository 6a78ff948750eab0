import { Hono } from "hono";
import { readCovered } from "../domain/covered.ts";
import { AppError } from "../domain/errors.ts";
import { parseMonth } from "../domain/report.ts";
import type { MonitorView } from "../domain/summary.ts";
import { maySee, type Viewer } from "../domain/viewer.ts";
import type { Config } from "../domain/config.ts";
import { atomFeed } from "../views/feed.ts";
import { heatmapStart, heatmapSvg } from "../views/heatmap.ts";
import { HistoryPage, scopeQuery } from "../views/history_page.tsx";
import { MonitorPage } from "../views/monitor_page.tsx";
import { ReportPage, reportText } from "../views/report_page.tsx";
import { historyText, monitorText } from "../views/text.ts";
import { DAY_MS, monthOf } from "../views/times.ts";
import { shapeOf, shapeOfAll, tallyOf } from "../views/trouble.ts";
import { words } from "../views/words.ts";
import type { AppContext, AppEnv } from "./env.ts";
import { decisionsOf, incidentPage } from "./incident_record.tsx";
import { groupOfMonitor, requireGroup } from "./group_summary.ts";
import { readQuery, segment, tokenQuery } from "./middleware/query.ts";
import { respond } from "./middleware/respond.ts";
import { viewerOf } from "./middleware/viewer.ts";
import { visibleMonitor } from "./monitors.ts";
import { frameOf, type PageRequest, readPage, sendPage } from "./page_request.ts";
import type { PageParts } from "./pages.tsx";
import { readIncidents, readReport } from "./read_incidents.ts";

const PAGE = 50;
const FEED = 50;
const TIMELINE = 400;
const OF_ONE_MONITOR = 8;

/** The pages about what was: one monitor, its incidents, months, the feed, the heat map. */
export function recordPages(parts: PageParts): Hono<AppEnv> {
  const { deps } = parts;
  const app = new Hono<AppEnv>();

  app.get("/monitor/:id", (c) => monitorPage(parts, c));
  app.get("/history", (c) => historyPage(parts, c));
  app.get("/incident/:id", (c) => incidentPage(parts, c));
  app.get("/report/:month", (c) => reportPage(parts, c));
  app.get("/history.atom", (c) => feed(parts, c));

  app.get("/api/monitors/:id/heatmap.svg", (c) => {
    readQuery(c, tokenQuery);
    const viewer = viewerOf(c);
    const monitor = visibleMonitor(c.get("config"), viewer, segment(c, 2));
    const now = deps.clock.now();
    return respond(c, {
      key: `heatmap ${monitor.id}`,
      viewer,
      type: "image/svg+xml",
      maxAgeSecs: 60,
      render: async () => ({ text: heatmapSvg(monitor.name, await hoursOf(parts, monitor.id, now), now) }),
    });
  });
  return app;
}

function findMonitor({ deps }: PageParts, viewer: Viewer, id: string): MonitorView {
  const monitor = deps.board.summary(viewer).monitors.find((candidate) => candidate.id === id);
  if (monitor === undefined) throw new AppError("not_found", "unknown monitor");
  return monitor;
}

function hoursOf({ deps }: PageParts, monitorId: string, now: number) {
  return readCovered(deps.store, {
    grain: "hour",
    monitorId,
    fromAt: heatmapStart(now),
    untilAt: now + 1,
  }, now);
}

/** Pages about the past show the state of everything in their icon. */
function wholeShape({ deps }: PageParts, viewer: Viewer) {
  const { monitors } = deps.board.summary(viewer);
  return monitors.length === 0 ? "unknown" as const : shapeOfAll(tallyOf(monitors));
}

function monitorPage(parts: PageParts, c: AppContext): Promise<Response> {
  const { deps } = parts;
  const now = deps.clock.now();
  const id = segment(c, 1);
  const config = c.get("config");
  const page = readPage(c, now, () => groupOfMonitor(config, id));
  visibleMonitor(config, page.viewer, id);
  const read = () => readIncidents(deps.store, config, page.viewer, { monitorId: id, limit: OF_ONE_MONITOR });
  const { origin, vary } = originOf(c);
  return sendPage(page, `monitor ${id} ${origin}`, {
    text: async () => {
      const { incidents } = await read();
      return monitorText(findMonitor(parts, page.viewer, id), config.page.title, incidents);
    },
    html: async () => {
      const monitor = findMonitor(parts, page.viewer, id);
      const [{ incidents, total }, hours, decisions] = await Promise.all([
        read(),
        hoursOf(parts, id, now),
        decisionsOf(parts, page, id, now - 7 * DAY_MS, now),
      ]);
      return String(
        <MonitorPage
          frame={frameOf(
            page,
            page.c.get("assets"),
            now,
            shapeOf(monitor),
            `?monitor=${encodeURIComponent(id)}`,
          )}
          monitor={monitor}
          hours={hours}
          incidents={incidents}
          total={total}
          decisions={decisions}
          origin={origin}
        />,
      );
    },
  }, vary);
}

interface Scope {
  readonly page: PageRequest;
  readonly group: string | null;
  readonly monitor: { readonly id: string; readonly name: string } | null;
  readonly filter: { readonly group?: string; readonly monitorId?: string };
  /** The scope as a query, with its question mark; empty: everything. */
  readonly query: string;
}

/** A form sends all its fields: an empty group beside a monitor restricts nothing. */
function groupAsked({ group, monitor }: Pick<PageRequest, "group" | "monitor">): string | null {
  return group === "" && monitor !== null ? null : group;
}

/** Which incidents are asked for; asking for what the viewer may not see is asking for what is not there. */
function scopeOf(c: AppContext, now: number): Scope {
  const config = c.get("config");
  const page = readPage(
    c,
    now,
    (asked) => groupAsked(asked) ?? (asked.monitor === null ? null : groupOfMonitor(config, asked.monitor)),
  );
  const group = groupAsked(page);
  if (group !== null) requireGroup(config, page.viewer, group);
  const monitor = monitorOf(config, page);
  const query = scopeQuery({ group, monitor });
  return {
    page,
    group,
    monitor,
    filter: {
      ...(group === null ? {} : { group }),
      ...(monitor === null ? {} : { monitorId: monitor.id }),
    },
    query: query === "" ? "" : `?${query}`,
  };
}

/** The monitor asked for; null: none. The operator may ask for those that are gone, too. */
function monitorOf(config: Config, { viewer, monitor: id }: PageRequest): Scope["monitor"] {
  if (id === null || id === "") return null;
  const known = config.monitors.find((one) => one.id === id && maySee(viewer, one));
  const wasKnown = viewer.kind === "operator" && /^[A-Za-z0-9_-]+$/.test(id);
  if (known === undefined && !wasKnown) throw new AppError("not_found", "unknown monitor");
  return { id, name: known?.name ?? id };
}

function cursorOf(before: string | null): { startedAt: number; id: number } | undefined {
  if (before === null) return undefined;
  const match = /^([0-9]{1,15})-([0-9]{1,15})$/.exec(before);
  if (match === null) throw new AppError("bad_request", "before: not a cursor");
  return { startedAt: Number(match[1]), id: Number(match[2]) };
}

function historyPage(parts: PageParts, c: AppContext): Promise<Response> {
  const { deps } = parts;
  const now = deps.clock.now();
  const { page, group, monitor, filter, query } = scopeOf(c, now);
  const config = c.get("config");
  const before = cursorOf(page.before);
  const read = async () => {
    const found = await readIncidents(
      deps.store,
      config,
      page.viewer,
      { ...filter, before, limit: PAGE + 1 },
    );
    const incidents = found.incidents.slice(0, PAGE);
    const last = incidents.at(-1);
    const olderThan = found.incidents.length > PAGE && last !== undefined
      ? `${last.startedAt}-${last.id}`
      : null;
    return { incidents, total: found.total, olderThan };
  };
  return sendPage(page, `history ${query} ${page.before ?? ""}`, {
    text: async () => {
      const { incidents, olderThan } = await read();
      const older = olderThan === null
        ? null
        : `/history${query}${query === "" ? "?" : "&"}before=${olderThan}`;
      return historyText(`${config.page.title} · ${words.historyTitle}`, incidents, older);
    },
    html: async () => {
      const lately = { ...filter, fromAt: now - 90 * DAY_MS, limit: TIMELINE };
      const { monitors, groups } = deps.board.summary(page.viewer);
      const chosen = monitors.find((one) => one.id === monitor?.id && one.kind !== "push");
      const [shown, recent, hours] = await Promise.all([
        read(),
        readIncidents(deps.store, config, page.viewer, lately),
        chosen === undefined || before !== undefined ? null : hoursOf(parts, chosen.id, now),
      ]);
      return String(
        <HistoryPage
          frame={frameOf(page, page.c.get("assets"), now, wholeShape(parts, page.viewer), query)}
          {...shown}
          lately={recent.incidents}
          hours={hours}
          groups={groups.map((group) => group.name).filter((name) => name !== "")}
          monitors={monitors}
          group={group}
          monitor={monitor}
          isFirst={before === undefined}
        />,
      );
    },
  });
}

function reportPage(parts: PageParts, c: AppContext): Promise<Response> {
  const { deps } = parts;
  const now = deps.clock.now();
  const page = readPage(c, now, ({ group }) => group);
  const month = parseMonth(segment(c, 1), now);
  if (month === null) throw new AppError("bad_request", "month must be YYYY-MM and not in the future");
  const config = c.get("config");
  const { group, viewer } = page;
  if (group !== null) requireGroup(config, viewer, group);
  const read = () => readReport(deps.store, config, viewer, month, group, now);
  return sendPage(page, `report ${month.name} ${group ?? ""}`, {
    text: async () => reportText(await read(), config.page.title),
    html: async () => {
      const next = month.endAt > now ? null : monthOf(month.endAt);
      const feedQuery = group === null ? "" : `?group=${encodeURIComponent(group)}`;
      return String(
        <ReportPage
          frame={frameOf(page, page.c.get("assets"), now, wholeShape(parts, viewer), feedQuery)}
          report={await read()}
          previous={parseMonth(monthOf(month.startAt - 1), now)?.name ?? null}
          next={next}
        />,
      );
    },
  });
}

function feed(parts: PageParts, c: AppContext): Promise<Response> {
  const { deps } = parts;
  const { page, group, monitor, filter, query } = scopeOf(c, deps.clock.now());
  const config = c.get("config");
  const { origin: base, vary } = originOf(c);
  return respond(c, {
    key: `feed ${base} ${query}`,
    viewer: page.viewer,
    type: "application/atom+xml; charset=utf-8",
    maxAgeSecs: 60,
    vary,
    render: async () => {
      const { incidents } = await readIncidents(
        deps.store,
        config,
        page.viewer,
        { ...filter, limit: FEED },
      );
      return {
        text: atomFeed({
          base,
          path: `/history.atom${query}`,
          group,
          monitor,
          incidents,
        }),
      };
    },
  });
}

/** Where people reach this page, and which headers of the request said so: what one of them named must not be shown to others. */
function originOf(c: AppContext): { readonly origin: string; readonly vary: readonly string[] } {
  const { publicUrl } = c.get("config").server;
  if (publicUrl !== null) return { origin: publicUrl, vary: [] };
  return { origin: baseOf(c), vary: ["Host", "X-Forwarded-Proto"] };
}

/** Origin by the request's own headers, for whoever did not configure `server.public_url`. */
function baseOf(c: AppContext): string {
  const { headers } = c.req.raw;
  const forwarded = (headers.get("x-forwarded-proto") ?? "").split(",")[0].trim();
  const scheme = forwarded === "https" || forwarded === "http" ? forwarded : "http";
  const host = headers.get("host") ?? "";
  return `${scheme}://${/^[A-Za-z0-9.:[\]_-]{1,255}$/.test(host) ? host : "localhost"}`;
}
