import * as z from "zod";
import { AppError } from "../domain/errors.ts";
import { lazily } from "../domain/lazily.ts";
import type { MonitorView } from "../domain/summary.ts";
import { anonymous } from "../domain/viewer.ts";
import { type Badge, badgeStyles, badgeSvg, statusBadge, uptimeBadge } from "../views/badge.ts";
import type { AppDeps } from "./deps.ts";
import type { AppContext } from "./env.ts";
import { queryOf, segment } from "./middleware/query.ts";
import { boundedText } from "./middleware/bounded_text.ts";
import { respond } from "./middleware/respond.ts";
import { type Answers, ApiApp, monitorIdParam } from "./operation.ts";

/** A badge stands in somebody's page: whatever its query says, it is drawn. */
const parameters = lazily(() =>
  z.object({
    style: z.enum(badgeStyles).catch("flat").meta({
      type: "string",
      description: `${badgeStyles.join(", ")}; anything else is drawn flat.`,
      example: "flat-square",
      default: "flat",
    }),
    label: z.string().optional().meta({ description: "Text of the left half; the first 40 characters." }),
  })
);

const plain: z.infer<ReturnType<typeof parameters>> = { style: "flat" };

/** Badges show what anybody may see, whatever token comes along; a private monitor's badge is missing. */
export function badgeRoutes({ board }: AppDeps): ApiApp {
  const app = new ApiApp();
  const answer = (c: AppContext, what: string, make: (view: MonitorView) => Badge) => {
    const id = segment(c, 2);
    const known = c.get("config").monitors.some((monitor) => monitor.id === id && monitor.public);
    const query = queryOf(c);
    const { style, label } = query.size === 0 ? plain : parameters().parse(Object.fromEntries(query));
    if (!known) throw new AppError("not_found", "unknown monitor");
    const shown = label === undefined ? undefined : boundedText(label, 40).trim();
    return respond(c, {
      key: `badge\n${what}\n${id}\n${style}\n${shown ?? ""}`,
      viewer: anonymous,
      sameForAll: true,
      type: "image/svg+xml",
      maxAgeSecs: 60,
      headers: { "cross-origin-resource-policy": "cross-origin" },
      prepare: () => {},
      render: () => {
        const view = board.summary(anonymous).monitors.find((monitor) => monitor.id === id);
        if (view === undefined) throw new AppError("not_found", "unknown monitor");
        const badge = make(view);
        return { text: badgeSvg(shown ? { ...badge, label: shown } : badge, style) };
      },
    });
  };
  const describe = (operationId: string, summary: string) =>
  (
    { badAddress, errorAnswer, faults, notModified }: Answers,
  ) => ({
    operationId,
    tags: ["badges"],
    summary,
    request: { params: monitorIdParam(), query: parameters() },
    responses: {
      200: { description: "The badge.", content: { "image/svg+xml": { schema: z.string() } } },
      ...notModified,
      ...badAddress,
      404: errorAnswer("No such monitor, or a private one.", "unknown monitor"),
      ...faults,
    },
  });
  app.operation(
    "get",
    "/api/badge/{id}/status",
    describe("status_badge", "Status of a public monitor as a badge"),
    (c) => answer(c, "status", (view) => statusBadge(view.status)),
  );
  app.operation(
    "get",
    "/api/badge/{id}/uptime",
    describe("uptime_badge", "Uptime over the last 24 hours of a public monitor as a badge"),
    (c) => answer(c, "uptime", (view) => uptimeBadge(view.uptime24h)),
  );
  return app;
}
