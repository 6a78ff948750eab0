import type { AppDeps, HealthReport } from "./deps.ts";
import type { AppContext } from "./env.ts";
import { send } from "./middleware/send.ts";
import { viewerOf } from "./middleware/viewer.ts";
import { type Answers, ApiApp, JSON_TYPE, readSecurity } from "./operation.ts";

const HEALTH_DEADLINE_MS = 4_000;

/** Never hangs and never fails: what cannot be read in time is not well. */
export async function healthOf({ health, clock, config }: AppDeps): Promise<HealthReport> {
  const stop = new AbortController();
  const unreadable = (trouble: string): HealthReport => ({
    status: "degraded",
    scheduler_ok: false,
    db_ok: false,
    last_tick_age: -1,
    ...(config().health === null ? {} : { id: config().health!.id }),
    peers: {},
    trouble,
  });
  try {
    return await Promise.race([
      health(),
      clock.sleep(HEALTH_DEADLINE_MS, stop.signal).then(() => unreadable("the health check took too long")),
    ]);
  } catch {
    return unreadable("the health check failed");
  } finally {
    // Without a reason of its own, each abort would make an exception with its stack.
    stop.abort("settled");
  }
}

/** `/healthz` keeps its 200 for the nodes that parse it; `/healthz/live` and `/healthz/ready` speak through their status. The operator's say what is wrong. */
export function healthRoutes(deps: AppDeps): ApiApp {
  const app = new ApiApp();
  const answer = (c: AppContext, report: HealthReport, isWell: boolean) => {
    const isOperator = viewerOf(c).kind === "operator";
    const { trouble: _, ...open } = report;
    return send(c, JSON.stringify(isOperator ? report : open), isWell ? 200 : 503, {
      "content-type": JSON_TYPE,
      "cache-control": isOperator ? "private, no-store" : "no-store",
      "vary": "Authorization",
    });
  };
  const content = ({ HealthReport }: Answers) => ({ [JSON_TYPE]: { schema: HealthReport, example } });

  app.operation("get", "/healthz", (answers) => ({
    operationId: "healthz",
    tags: ["health"],
    summary: "This node, and its view of the peers it watches",
    security: readSecurity,
    description:
      '200 from the moment it has started, well or not. A keyword monitor looks for `"status":"ok"`.',
    responses: {
      200: { description: "The report, well or not.", content: content(answers) },
      503: { description: "It is only starting.", content: content(answers) },
      ...answers.badAddress,
      ...answers.oversized,
    },
  }), async (c) => answer(c, await healthOf(deps), true));

  app.operation("get", "/healthz/live", (answers) => ({
    operationId: "healthz_live",
    tags: ["health"],
    summary: "Is the check loop alive? Restart the program when it is not",
    security: readSecurity,
    responses: {
      200: { description: "Alive.", content: content(answers) },
      503: { description: "The check loop stands still, or is only starting.", content: content(answers) },
      ...answers.badAddress,
      ...answers.oversized,
    },
  }), async (c) => {
    const report = await healthOf(deps);
    return answer(c, report, report.scheduler_ok);
  });

  app.operation("get", "/healthz/ready", (answers) => ({
    operationId: "healthz_ready",
    tags: ["health"],
    summary: "Can it check and store?",
    security: readSecurity,
    responses: {
      200: { description: "Ready.", content: content(answers) },
      503: {
        description: "The check loop or the database is not well, or it is only starting.",
        content: content(answers),
      },
      ...answers.badAddress,
      ...answers.oversized,
    },
  }), async (c) => {
    const report = await healthOf(deps);
    return answer(c, report, report.scheduler_ok && report.db_ok);
  });
  return app;
}

const example = {
  status: "ok" as const,
  scheduler_ok: true,
  db_ok: true,
  last_tick_age: 3,
  id: "node-metz",
  peers: { "node-lyon": { state: "up" as const, age: 9 } },
};
