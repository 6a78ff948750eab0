import { cpuUsage } from "node:process";
import { z } from "@hono/zod-openapi";
import type { Summary } from "../domain/summary.ts";
import { operator, type Viewer } from "../domain/viewer.ts";
import { type Dialect, exposition, expositionTypes } from "../views/exposition.ts";
import { monitorFamilies, selfFamilies, type SelfFigures } from "../views/metrics.ts";
import type { AppDeps } from "./deps.ts";
import type { AppContext } from "./env.ts";
import { healthOf } from "./health.ts";
import { qualities } from "./middleware/accept.ts";
import { readQuery, tokenQuery } from "./middleware/query.ts";
import { respond } from "./middleware/respond.ts";
import { viewerOf } from "./middleware/viewer.ts";
import { type ApiApp, apiApp, badQuery, faults, operation, readSecurity } from "./operation.ts";

function dialectOf(accept: string | null): Dialect {
  if (accept === null || !accept.includes("openmetrics")) return "prometheus";
  const accepted = qualities(accept);
  const open = accepted.get("application/openmetrics-text") ?? 0;
  return open > 0 && open >= (accepted.get("text/plain") ?? 0) ? "openmetrics" : "prometheus";
}

async function selfFigures(deps: AppDeps, c: AppContext): Promise<SelfFigures> {
  const figures = deps.figures();
  const health = await healthOf(deps);
  const cpu = cpuUsage();
  const memory = Deno.memoryUsage();
  return {
    ...figures,
    version: deps.version,
    runtime: `deno ${Deno.version.deno}`,
    failingChannels: figures.channelTrouble,
    store: deps.store.health(),
    health: {
      schedulerOk: health.scheduler_ok,
      databaseOk: health.db_ok,
      lastTickAgeSecs: health.last_tick_age,
    },
    rendered: c.get("rendered").size,
    process: {
      cpuSecs: (cpu.user + cpu.system) / 1e6,
      residentBytes: memory.rss,
      heapBytes: memory.heapUsed,
    },
  };
}

/** When each push monitor was last heard with good news, Unix ms. */
async function heartbeatsOf({ store }: AppDeps, { monitors }: Summary): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  await Promise.all(monitors.map(async ({ id, kind }) => {
    const newest = kind === "push" ? await store.checks.lastPositive(id) : null;
    if (newest !== null) found.set(id, newest.at);
  }));
  return found;
}

/** Figures about Hora itself are the operator's; where no token is set, nobody is told apart and everybody is shown them. */
export function metricsRoutes(deps: AppDeps): ApiApp {
  const app = apiApp();
  const render = async (c: AppContext, viewer: Viewer, dialect: Dialect) => {
    const summary = deps.board.summary(viewer);
    const families = monitorFamilies(
      summary,
      deps.figures().totals,
      await heartbeatsOf(deps, summary),
    );
    const isOpen = c.get("config").server.authToken === null;
    if (viewer.kind === "operator" || isOpen) {
      // The operator's picture of a large fleet is dear, so it is not made for peers that are not configured.
      const peers = c.get("config").peers.length === 0 ? [] : deps.board.summary(operator).peers ?? [];
      families.push(...selfFamilies(await selfFigures(deps, c), peers, summary));
    }
    return { text: exposition(families, dialect) };
  };
  operation(app, {
    method: "get",
    path: "/metrics",
    operationId: "metrics",
    tags: ["status"],
    summary: "Prometheus metrics",
    description:
      "OpenMetrics when `Accept` prefers it. Figures about Hora itself need the token when one is configured.",
    security: readSecurity,
    request: { query: tokenQuery },
    responses: {
      200: {
        description: "Metrics of the monitors this caller may see.",
        content: {
          "text/plain": { schema: z.string() },
          "application/openmetrics-text": { schema: z.string() },
        },
      },
      ...badQuery,
      ...faults,
    },
  }, async (c) => {
    readQuery(c, tokenQuery);
    const viewer = viewerOf(c);
    const dialect = dialectOf(c.req.raw.headers.get("accept"));
    return await respond(c, {
      key: `metrics ${dialect}`,
      viewer,
      type: expositionTypes[dialect],
      maxAgeSecs: 2,
      vary: ["Accept"],
      withoutValidator: true,
      render: () => render(c, viewer, dialect),
    });
  });
  return app;
}
