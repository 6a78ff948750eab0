import { Hono } from "hono";
import { AppError } from "../domain/errors.ts";
import type { MonitorView, Summary } from "../domain/summary.ts";
import { maySee } from "../domain/viewer.ts";
import { RowCache } from "../views/monitor_row.ts";
import { drawGroups, isCompactFor, StatusPage } from "../views/status_page.tsx";
import { faviconSvg, type Shape } from "../views/svg_parts.tsx";
import { statusText } from "../views/text.ts";
import { shapeOfAll, tallyOf } from "../views/trouble.ts";
import type { AppDeps } from "./deps.ts";
import type { AppContext, AppEnv } from "./env.ts";
import { requireGroup, summaryOfGroup } from "./group_summary.ts";
import { queryOf, segment } from "./middleware/query.ts";
import { matches, respond } from "./middleware/respond.ts";
import { send } from "./middleware/send.ts";
import type { Asset } from "./page_assets.ts";
import { frameOf, type PageRequest, readPage, sendPage } from "./page_request.ts";
import { readIncidents } from "./read_incidents.ts";
import { recordPages } from "./record_pages.tsx";

/** What the pages share: the parts behind them, the rows drawn before. */
export interface PageParts {
  readonly deps: AppDeps;
  readonly rows: RowCache;
}

const RECENT_MS = 14 * 86_400_000;
const RECENT = 6;
const YEAR_SECS = 31_536_000;

/** Everything that people look at: the pages, their style sheet and pictures, what robots and phones ask for. */
export function pageRoutes(deps: AppDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const parts: PageParts = { deps, rows: new RowCache() };

  app.get("/", (c) => {
    const page = readPage(c, deps.clock.now());
    const summary = () => deps.board.summary(page.viewer);
    return sendPage(page, "/", {
      prepare: rowDrawer(parts, page),
      text: () => statusText(summary(), c.get("config").page.title),
      html: () => statusHtml(parts, page, summary, null),
    });
  });

  app.get("/status/:group", (c) => {
    const group = segment(c, 1);
    const page = readPage(c, deps.clock.now(), () => group);
    const config = c.get("config");
    requireGroup(config, page.viewer, group);
    const summary = () => summaryOfGroup(deps.board.summary(page.viewer), group);
    return sendPage(page, `group ${group}`, {
      text: () => statusText(summary(), `${config.page.title} · ${group}`),
      html: () => statusHtml(parts, page, summary, group),
    });
  });

  app.get("/assets/:name", (c) => {
    const found = c.get("assets").find(c.get("config"), `/assets/${segment(c, 1)}`);
    if (found === null) throw new AppError("not_found", "no such file: load the page again");
    if (!/^(?:text\/css|image\/svg)/.test(found.type)) return picture(c, found);
    return respond(c, {
      key: `asset ${found.url}`,
      viewer: { kind: "anonymous" },
      type: found.type,
      maxAgeSecs: YEAR_SECS,
      isImmutable: true,
      sameForAll: true,
      render: () => ({ text: new TextDecoder().decode(found.body) }),
    });
  });

  app.get("/favicon.svg", (c) => favicon(c, deps));

  app.get("/robots.txt", (c) =>
    respond(c, {
      key: "robots",
      viewer: { kind: "anonymous" },
      type: "text/plain; charset=utf-8",
      maxAgeSecs: 86_400,
      sameForAll: true,
      render: () => ({ text: "User-agent: *\nDisallow: /api/\nDisallow: /metrics\n" }),
    }));

  app.get("/manifest.webmanifest", (c) => {
    const { title, description } = c.get("config").page;
    const manifest = {
      name: title,
      short_name: title,
      ...(description === null ? {} : { description }),
      start_url: "/",
      display: "minimal-ui",
      background_color: "#fbfaf7",
      theme_color: "#fbfaf7",
      icons: [{ src: "/favicon.svg", type: "image/svg+xml", sizes: "any", purpose: "any" }],
    };
    return respond(c, {
      key: "manifest",
      viewer: { kind: "anonymous" },
      type: "application/manifest+json",
      maxAgeSecs: 3_600,
      sameForAll: true,
      render: () => ({ text: JSON.stringify(manifest) }),
    });
  });
  app.route("/", recordPages(parts));
  return app;
}

/** Draws rows ahead, where they are so many that they are most of a page. */
function rowDrawer({ deps, rows }: PageParts, page: PageRequest): (view: MonitorView) => unknown {
  const config = page.c.get("config");
  const isCompact = isCompactFor(config.monitors.filter((monitor) => maySee(page.viewer, monitor)).length);
  if (page.wantsText || !isCompact) return () => {};
  const frame = frameOf(page, page.c.get("assets"), deps.clock.now(), "up");
  return rows.of(frame, isCompact);
}

async function statusHtml(
  { deps, rows }: PageParts,
  page: PageRequest,
  summaryNow: () => Summary,
  group: string | null,
): Promise<string> {
  const slices = deps.slices();
  const summary = summaryNow();
  await slices.pause();
  const config = page.c.get("config");
  const now = summary.generatedAt;
  const shape = shapeOfAll(tallyOf(summary.monitors));
  const filter = group === null ? {} : { group };
  const { incidents } = await readIncidents(
    deps.store,
    config,
    page.viewer,
    { ...filter, limit: RECENT },
  );
  await slices.pause();
  const newest = incidents[0];
  const recent = incidents.filter((one) => one.endedAt === null || one.endedAt >= now - RECENT_MS);
  const feed = group === null ? "" : `?group=${encodeURIComponent(group)}`;
  const state = summary.monitors.length === 0 ? "unknown" : shape;
  const frame = frameOf(page, page.c.get("assets"), now, state, feed);
  let groups = "";
  for (const one of drawGroups({ frame, summary, group, rows })) {
    groups += one;
    await slices.pause();
  }
  const drawn = String(
    <StatusPage
      frame={frame}
      summary={summary}
      group={group}
      groups={groups}
      recent={recent}
      quietSinceAt={newest?.endedAt ?? null}
      channelTrouble={page.viewer.kind === "operator" ? deps.figures().channelTrouble : []}
    />,
  );
  await slices.pause();
  return drawn;
}

/** A logo that is packed already. The hash in its name is its validator. */
function picture(c: AppContext, { url, type, body }: Asset): Response {
  const etag = `"${url.split("/").at(-1)}"`;
  const headers = { etag, "cache-control": `public, max-age=${YEAR_SECS}, immutable` };
  return matches(c.req.raw.headers.get("if-none-match"), etag)
    ? send(c, null, 304, headers)
    : send(c, body, 200, { ...headers, "content-type": type });
}

const shapes: readonly Shape[] = ["up", "degraded", "down", "unknown", "maintenance"];

/** The mark in the colour of the state; `?state=` (as pages write it) draws that one, so that it may be kept. */
function favicon(c: AppContext, { board }: AppDeps): Promise<Response> {
  const asked = shapes.find((shape) => shape === queryOf(c).get("state"));
  return respond(c, {
    key: `favicon ${asked ?? ""}`,
    viewer: { kind: "anonymous" },
    type: "image/svg+xml",
    maxAgeSecs: asked === undefined ? 60 : 86_400,
    sameForAll: true,
    prepare: asked === undefined ? () => {} : undefined,
    render: () => {
      if (asked !== undefined) return { text: faviconSvg(asked) };
      const { monitors } = board.summary({ kind: "anonymous" });
      return {
        text: faviconSvg(monitors.length === 0 ? "unknown" : shapeOfAll(tallyOf(monitors))),
      };
    },
  });
}
