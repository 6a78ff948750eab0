import { Summary } from "../views/wire.ts";
import type { AppDeps } from "./deps.ts";
import { readQuery, tokenQuery } from "./middleware/query.ts";
import { respond } from "./middleware/respond.ts";
import { viewerOf } from "./middleware/viewer.ts";
import { type ApiApp, apiApp, JSON_TYPE, operation, readAnswers, readSecurity } from "./operation.ts";
import { MonitorTexts, summaryDraft } from "./summary_text.ts";

export function summaryRoutes({ board, clock }: AppDeps): ApiApp {
  const app = apiApp();
  const texts = new MonitorTexts();
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
      prepare: (view) => void texts.of(view, clock.now()),
      render: () => summaryDraft(board.summary(viewer), texts),
    });
  });
  return app;
}
