import type { AppDeps } from "./deps.ts";
import { readQuery, tokenQuery } from "./middleware/query.ts";
import { respond } from "./middleware/respond.ts";
import { viewerOf } from "./middleware/viewer.ts";
import { ApiApp, JSON_TYPE, readSecurity } from "./operation.ts";
import { MonitorTexts, summaryDraft } from "./summary_text.ts";

export function summaryRoutes(deps: AppDeps): ApiApp {
  const { board, clock } = deps;
  const app = new ApiApp();
  const texts = new MonitorTexts();
  app.operation("get", "/api/summary", ({ readAnswers, Summary }) => ({
    operationId: "summary_json",
    tags: ["status"],
    summary: "Everything the status page knows",
    security: readSecurity,
    request: { query: tokenQuery() },
    responses: readAnswers("What this caller may see.", Summary),
  }), (c) => {
    readQuery(c, tokenQuery);
    const viewer = viewerOf(c);
    return respond(c, {
      key: "summary",
      viewer,
      type: JSON_TYPE,
      maxAgeSecs: 2,
      prepare: (view) => void texts.of(view, clock.now()),
      render: async () => {
        const slices = deps.slices();
        const summary = board.summary(viewer);
        await slices.pause();
        return summaryDraft(summary, texts);
      },
    });
  });
  return app;
}
