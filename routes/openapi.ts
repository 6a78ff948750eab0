import { type OpenAPIHono, z } from "@hono/zod-openapi";
import type { AppDeps } from "./deps.ts";
import type { AppEnv } from "./env.ts";
import { tokenQuery } from "./middleware/query.ts";
import { errorAnswer, faults, JSON_TYPE, notModified, operation, readSecurity } from "./operation.ts";
import { respond } from "./middleware/respond.ts";
import { anonymous } from "../domain/viewer.ts";

const INTRO =
  "Everything the status page knows, as JSON, plus heartbeats and the operator's controls. Reads are open to anybody; " +
  "the token of `server.auth_token` adds private monitors, raw error texts and what only operators may see. Errors are plain text, or " +
  "RFC 9457 problems when `Accept` prefers JSON.";

const tags = [
  { name: "status", description: "What is up, now and lately." },
  { name: "incidents", description: "Outages and monthly reports." },
  { name: "badges", description: "Pictures for other people's pages." },
  { name: "heartbeats", description: "Signals from jobs and peers." },
  { name: "operate", description: "Mute and announce." },
  { name: "peers", description: "Between nodes." },
  { name: "health", description: "How this node is." },
  { name: "pages", description: "For people." },
];

/** What the pages' routes are; they are mounted elsewhere and read the same parameters. */
const pages:
  readonly (readonly [path: string, operationId: string, summary: string, types: readonly string[]])[] = [
    ["/", "status_page", "The status page; plain text for curl and wget", ["text/html", "text/plain"]],
    ["/status/{group}", "group_page", "The status page of one group; its token is accepted", [
      "text/html",
      "text/plain",
    ]],
    ["/monitor/{id}", "monitor_page", "One monitor", ["text/html"]],
    ["/incident/{id}", "incident_page", "One incident", ["text/html"]],
    ["/history", "history_page", "Incident history", ["text/html"]],
    ["/history.atom", "history_feed", "Incident history as an Atom feed", ["application/atom+xml"]],
    ["/report/{month}", "report_page", "Printable monthly report; `?group=` scopes it", ["text/html"]],
    ["/api/monitors/{id}/heatmap.svg", "heatmap_svg", "Latency of 28 days, hours by days", ["image/svg+xml"]],
    ["/favicon.svg", "favicon", "The mark in the colour of the state", ["image/svg+xml"]],
    ["/assets/{name}", "asset", "Style sheets and pictures of the pages", ["text/css"]],
    ["/robots.txt", "robots", "For crawlers", ["text/plain"]],
    ["/manifest.webmanifest", "web_manifest", "For home screens", ["application/manifest+json"]],
  ];

function describePages(app: OpenAPIHono<AppEnv>): void {
  const mounted = new Set(app.routes.filter(({ method }) => method === "GET").map(({ path }) => path));
  for (const [path, operationId, summary, types] of pages) {
    if (!mounted.has(path.replace(/\{([^}]+)\}/g, ":$1"))) continue;
    const names = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name);
    app.openAPIRegistry.registerPath({
      method: "get",
      path,
      operationId,
      tags: ["pages"],
      summary,
      security: readSecurity,
      request: {
        ...(names.length === 0
          ? {}
          : { params: z.object(Object.fromEntries(names.map((name) => [name, z.string()]))) }),
        query: tokenQuery,
      },
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

/** The description of everything registered on `app`, made when it is first asked for; call it after every area has been mounted. */
export function openApiRoute(app: OpenAPIHono<AppEnv>, { version }: AppDeps): void {
  const registry = app.openAPIRegistry;
  registry.registerComponent("securitySchemes", "operator", {
    type: "http",
    scheme: "bearer",
    description: "`server.auth_token`; on group pages and reports also that group's token.",
  });
  registry.registerComponent("securitySchemes", "operatorQuery", {
    type: "apiKey",
    in: "query",
    name: "token",
    description: "The same, for callers that cannot send the header; it ends up in proxies' logs.",
  });
  registry.registerComponent("securitySchemes", "push", {
    type: "apiKey",
    in: "header",
    name: "X-Push-Token",
    description: "The push monitor's or the peer's token.",
  });
  registry.registerComponent("securitySchemes", "pushQuery", {
    type: "apiKey",
    in: "query",
    name: "token",
    description: "The same, for callers that cannot send the header.",
  });
  registry.registerComponent("securitySchemes", "peer", {
    type: "apiKey",
    in: "header",
    name: "X-Push-Token",
    description: "The asking peer's `listen_token`.",
  });
  let text: string | null = null;
  operation(app, {
    method: "get",
    path: "/api/openapi.json",
    operationId: "openapi",
    tags: ["status"],
    summary: "This document",
    responses: {
      200: { description: "OpenAPI 3.1.", content: { [JSON_TYPE]: { schema: { type: "object" } } } },
      ...notModified,
    },
  }, (c) =>
    respond(c, {
      key: "openapi",
      viewer: anonymous,
      sameForAll: true,
      type: JSON_TYPE,
      maxAgeSecs: 3_600,
      render: () => ({ text: text ??= JSON.stringify(describe(app, version), null, 2) + "\n" }),
    }));
  describePages(app);
}

function describe(app: OpenAPIHono<AppEnv>, version: string): unknown {
  return app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Hora API",
      version,
      description: INTRO,
      license: { name: "MIT", url: "https://spdx.org/licenses/MIT.html" },
    },
    servers: [{ url: "/" }],
    tags,
  });
}
