import { OpenApiGeneratorV31, OpenAPIRegistry } from "@asteasolutions/zod-to-openapi";
import * as answers from "./answers.ts";
import { describePages } from "./openapi_pages.ts";
import type { Operation } from "./operation.ts";

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

/** The description of these operations, and of those pages whose paths are among `paths`. */
export function documentOf(
  operations: readonly Operation[],
  paths: ReadonlySet<string>,
  version: string,
): unknown {
  const registry = new OpenAPIRegistry();
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
  for (const { method, path, describe } of operations) {
    registry.registerPath({ security: [], ...describe(answers), method, path });
  }
  describePages(registry, paths);
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
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
