import { Hono } from "hono";
import type { AppDeps } from "./deps.ts";
import type { AppEnv } from "./env.ts";
import { answerError, refuse } from "./errors.ts";
import { badgeRoutes } from "./badges.ts";
import { healthRoutes } from "./health.ts";
import { metricsRoutes } from "./metrics.ts";
import { frame } from "./middleware/frame.ts";
import { rawPath } from "./middleware/query.ts";
import { RateLimit, rateLimit } from "./middleware/rate_limit.ts";
import { ReadyAnswers } from "./middleware/ready.ts";
import { RenderedCache } from "./middleware/rendered.ts";
import { idMint } from "./middleware/request_id.ts";
import { pageRoutes } from "./pages.tsx";
import { pushRoutes } from "./push.ts";
import { monitorRoutes } from "./monitors.ts";
import { incidentRoutes } from "./incidents.ts";
import { silenceRoutes } from "./silences.ts";
import { announcementRoutes } from "./announcements.ts";
import { peerProbeRoutes } from "./peer_probe.ts";
import { openApiRoutes } from "./openapi.ts";
import { summaryRoutes } from "./summary.ts";

/** Routes that cost work or change something; all share one bucket per client. */
const limited = [
  "/api/summary",
  "/api/monitors/:id",
  "/api/monitors/:id/latency",
  "/api/incidents",
  "/api/incidents/:id",
  "/api/report/:month",
  "/api/push/:id",
  "/api/silence",
  "/api/announce",
  "/api/peer/probe",
];

const areas = [
  healthRoutes,
  summaryRoutes,
  monitorRoutes,
  incidentRoutes,
  badgeRoutes,
  metricsRoutes,
  pushRoutes,
  silenceRoutes,
  announcementRoutes,
  peerProbeRoutes,
];

/** The whole HTTP surface over one set of parts. Two apps share nothing. */
export function createApp(deps: AppDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>({ getPath: rawPath });
  const mint = idMint();
  const limit = new RateLimit(deps);
  const ready = new ReadyAnswers({ config: deps.config, limit, mint });
  app.use(frame(deps, { mint, ready, rendered: new RenderedCache(deps.board, deps.clock) }));
  app.onError((error, c) => answerError(error, c));
  app.notFound((c) => refuse(c, 404, ""));
  const limiter = rateLimit(limit);
  for (const path of limited) app.use(path, limiter);
  const described = areas.map((area) => area(deps));
  described.push(openApiRoutes(deps, () => ({
    operations: described.flatMap(({ operations }) => operations),
    pages: new Set(app.routes.filter(({ method }) => method === "GET").map(({ path }) => path)),
  })));
  for (const area of described) app.route("/", area);
  app.route("/", pageRoutes(deps));
  refuseOtherMethods(app);
  const longWay = app.fetch;
  app.fetch = (request, env, context) =>
    ready.answer(request, () => (env as AppEnv["Bindings"] | undefined)?.remoteAddr) ??
      longWay(request, env, context);
  return app;
}

/** A known path asked with another method: 405 and what it does allow. */
function refuseOtherMethods(app: Hono<AppEnv>): void {
  const methods = new Map<string, Set<string>>();
  for (const { path, method } of app.routes) {
    if (method === "ALL") continue;
    const known = methods.get(path) ?? new Set();
    methods.set(path, known.add(method));
    if (method === "GET") known.add("HEAD");
  }
  for (const [path, known] of methods) {
    const allow = [...known].join(",");
    app.all(path, (c) => refuse(c, 405, "", { allow }));
  }
}
