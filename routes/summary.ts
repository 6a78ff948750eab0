import { summaryWire } from "../views/summary_json.ts";
import { Summary } from "../views/wire.ts";
import type { AppDeps } from "./deps.ts";
import { readQuery, tokenQuery } from "./middleware/query.ts";
import { respond } from "./middleware/respond.ts";
import { viewerOf } from "./middleware/viewer.ts";
import { type ApiApp, apiApp, JSON_TYPE, operation, readAnswers, readSecurity } from "./operation.ts";

export function summaryRoutes({ board }: AppDeps): ApiApp {
  const app = apiApp();
  operation(app, {
    method: "get",
    path: "/api/summary",
    operationId: "summary_json",
    tags: ["status"],
    summary: "Everything the status page knows",
    security: readSecurity,
    request: { query: tokenQuery },
    responses: readAnswers("What this caller may see.", Summary),
  }, (c) => {
    readQuery(c, tokenQuery);
    const viewer = viewerOf(c);
    return respond(c, {
      key: "summary",
      viewer,
      type: JSON_TYPE,
      maxAgeSecs: 2,
      render: () => {
        const { generated_at, ...rest } = summaryWire(board.summary(viewer));
        const validator = JSON.stringify(rest);
        const { title, overall, overall_label, ...others } = rest;
        return {
          text: JSON.stringify({ title, overall, overall_label, generated_at, ...others }),
          validator,
        };
      },
    });
  });
  return app;
}
