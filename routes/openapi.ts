import type { AppDeps } from "./deps.ts";
import { anonymous } from "../domain/viewer.ts";
import { respond } from "./middleware/respond.ts";
import { ApiApp, JSON_TYPE, type Operation } from "./operation.ts";

/**
 * The route of the OpenAPI document. `described` gives the operations and `GET` paths of the whole app; what the document is made with
 * is loaded, and the document made, when it is first asked for.
 */
export function openApiRoutes(
  { version }: AppDeps,
  described: () => { readonly operations: readonly Operation[]; readonly pages: ReadonlySet<string> },
): ApiApp {
  const app = new ApiApp();
  const make = async () => {
    const { documentOf } = await import("./openapi_document.ts");
    const { operations, pages } = described();
    return JSON.stringify(documentOf(operations, pages, version), null, 2) + "\n";
  };
  let text: string | null = null;
  app.operation("get", "/api/openapi.json", ({ badAddress, faults, notModified }) => ({
    operationId: "openapi",
    tags: ["status"],
    summary: "This document",
    responses: {
      200: { description: "OpenAPI 3.1.", content: { [JSON_TYPE]: { schema: { type: "object" } } } },
      ...notModified,
      ...badAddress,
      ...faults,
    },
  }), (c) =>
    respond(c, {
      key: "openapi",
      viewer: anonymous,
      sameForAll: true,
      type: JSON_TYPE,
      maxAgeSecs: 3_600,
      render: async () => ({ text: text ??= await make() }),
    }));
  return app;
}
