import { summaryWire } from "../views/summary_json.ts";
import { Summary } from "../views/wire.ts";
import type { AppDeps } from "./deps.ts";
import { readQuery, tokenQuery } from "./middleware/query.ts";
import { respond } from "./middleware/respond.ts";
import { viewerOf } from "./middleware/viewer.ts";
import {
  type ApiApp,
  apiApp,
  badQuery,
  faults,
  JSON_TYPE,
  operation,
  readSecurity,
  tooMany,
} from "./operation.ts";

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
    responses: {
      200: { description: "What this caller may see.", content: { [JSON_TYPE]: { schema: Summary } } },
      304: { description: "Nothing moved since the `ETag` sent." },
      ...badQuery,
      ...tooMany,
      ...faults,
    },
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
