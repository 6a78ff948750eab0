import type { OpenAPIHono } from "@hono/zod-openapi";
import type { AppDeps } from "./deps.ts";
import type { AppEnv } from "./env.ts";
import { describePages } from "./openapi_pages.ts";
import { JSON_TYPE, notModified, operation, oversized } from "./operation.ts";
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
      ...oversized,
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
