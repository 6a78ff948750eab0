import type { AppDeps } from "./deps.ts";
import { readQuery, tokenQuery } from "./middleware/query.ts";
import { respond } from "./middleware/respond.ts";
import { viewerOf } from "./middleware/viewer.ts";
import { ApiApp, JSON_TYPE, readSecurity } from "./operation.ts";
import { breathe } from "./shared_text.ts";
import { MonitorTexts, summaryDraft } from "./summary_text.ts";

export function summaryRoutes({ board, clock }: AppDeps): ApiApp {
  const app = new ApiApp();
  const texts = new MonitorTexts();
  app.operation("get", "/api/summary", ({ readAnswers, Summary }) => ({
    operationId: "summary_json",
    tags: ["status"],
    summary: "Everything the status page knows",
    security: readSecurity,
    request: { query: tokenQuery },
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
        const summary = board.summary(viewer);
        await breathe();
        return summaryDraft(summary, texts);
      },
    });
  });
  return app;
}
