import type { OpenAPIRegistry } from "@asteasolutions/zod-to-openapi";
import * as z from "zod";
import { errorAnswer, faults, notModified } from "./answers.ts";
import { tokenParam } from "./middleware/query.ts";
import { monthPattern, readSecurity } from "./operation.ts";

const text = (description: string) => z.string().optional().meta({ description });

/** Parameters of pages beside the token, each where it means something. */
const parameters = {
  theme: z.string().optional().meta({ description: "`light` or `dark`; absent: as the system has it." }),
  refresh: text("Seconds after which the page loads itself again, 10 to 3600."),
  pass: text("What links on a page opened with a token carry in its place."),
  group: text("Only this group's; its token is accepted."),
  monitor: text("Only this monitor's."),
  before: z.string().optional().meta({
    description: "Older than this place in the list, as the page's own link has it.",
    pattern: "^[0-9]{1,15}-[0-9]{1,15}$",
  }),
};
type Parameter = keyof typeof parameters;

const looks: readonly Parameter[] = ["theme", "refresh", "pass"];
const HTML = ["text/html", "text/plain"];

interface Page {
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  readonly types: readonly string[];
  /** Null: the query is not looked at. */
  readonly reads: readonly Parameter[] | null;
}

/** What the pages' routes are; they are mounted elsewhere and read the same parameters. */
const pages: readonly Page[] = [
  {
    path: "/",
    id: "status_page",
    summary: "The status page; plain text for curl and wget",
    types: HTML,
    reads: looks,
  },
  {
    path: "/status/{group}",
    id: "group_page",
    summary: "The status page of one group; its token is accepted",
    types: HTML,
    reads: looks,
  },
  { path: "/monitor/{id}", id: "monitor_page", summary: "One monitor", types: HTML, reads: looks },
  { path: "/incident/{id}", id: "incident_page", summary: "One incident", types: HTML, reads: looks },
  {
    path: "/history",
    id: "history_page",
    summary: "Incident history",
    types: HTML,
    reads: [...looks, "group", "monitor", "before"],
  },
  {
    path: "/history.atom",
    id: "history_feed",
    summary: "Incident history as an Atom feed",
    types: ["application/atom+xml"],
    reads: ["group", "monitor", "pass"],
  },
  {
    path: "/report/{month}",
    id: "report_page",
    summary: "Printable monthly report; `?group=` scopes it",
    types: HTML,
    reads: [...looks, "group"],
  },
  {
    path: "/api/monitors/{id}/heatmap.svg",
    id: "heatmap_svg",
    summary: "Latency of 28 days, hours by days",
    types: ["image/svg+xml"],
    reads: [],
  },
  {
    path: "/favicon.svg",
    id: "favicon",
    summary: "The mark in the colour of the state",
    types: ["image/svg+xml"],
    reads: null,
  },
  {
    path: "/assets/{name}",
    id: "asset",
    summary: "Style sheets and pictures of the pages",
    types: ["text/css", "image/svg+xml", "image/png"],
    reads: null,
  },
  { path: "/robots.txt", id: "robots", summary: "For crawlers", types: ["text/plain"], reads: null },
  {
    path: "/manifest.webmanifest",
    id: "web_manifest",
    summary: "For home screens",
    types: ["application/manifest+json"],
    reads: null,
  },
];

function queryOf(reads: readonly Parameter[]) {
  return z.object({
    token: tokenParam(),
    ...Object.fromEntries(reads.map((name) => [name, parameters[name]])),
  });
}

function paramsOf(path: string) {
  const names = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name);
  if (names.length === 0) return {};
  const shape = names.map((
    name,
  ) => [name, z.string().meta(name === "month" ? { pattern: monthPattern } : {})]);
  return { params: z.object(Object.fromEntries(shape)) };
}

/** Adds the pages to the document, those whose paths are among `mounted`. */
export function describePages(registry: OpenAPIRegistry, mounted: ReadonlySet<string>): void {
  for (const { path, id, summary, types, reads } of pages) {
    if (!mounted.has(path.replace(/\{([^}]+)\}/g, ":$1"))) continue;
    registry.registerPath({
      method: "get",
      path,
      operationId: id,
      tags: ["pages"],
      summary,
      security: reads === null ? [] : readSecurity,
      request: { ...paramsOf(path), ...(reads === null ? {} : { query: queryOf(reads) }) },
      responses: {
        200: {
          description: "For people.",
          content: Object.fromEntries(
            types.map((type) => [type, { schema: type.endsWith("json") ? z.looseObject({}) : z.string() }]),
          ),
        },
        ...notModified,
        400: errorAnswer(
          "A parameter is malformed or given twice.",
          "Invalid URL: a path segment is not UTF-8",
        ),
        404: errorAnswer("Nothing there that this caller may see.", "unknown group"),
        ...faults,
      },
    });
  }
}
