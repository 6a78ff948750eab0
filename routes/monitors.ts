import * as z from "zod";
import type { Config } from "../domain/config.ts";
import { AppError } from "../domain/errors.ts";
import { lazily } from "../domain/lazily.ts";
import type { Monitor } from "../domain/monitor.ts";
import { maySee, type Viewer } from "../domain/viewer.ts";
import { monitorDetailWire } from "../views/records_json.ts";
import type { AppDeps } from "./deps.ts";
import { integerParam, readQuery, segment, tokenParam, tokenQuery } from "./middleware/query.ts";
import { respond } from "./middleware/respond.ts";
import { viewerOf } from "./middleware/viewer.ts";
import { type Answers, ApiApp, JSON_TYPE, monitorIdParam, readSecurity } from "./operation.ts";

const MAX_POINTS = 2_000;
const latencyQuery = lazily(() =>
  z.object({
    hours: integerParam("Hours back from now; brought into 1 to 720.", 24).optional(),
    token: tokenParam(),
  })
);

/** The window of a latency series: whole buckets of equal width, at most 2000, none cut at its start. */
export function latencyWindow(
  hours: number,
  now: number,
): { readonly fromAt: number; readonly untilAt: number; readonly bucketMs: number } {
  const windowSecs = Math.min(720, Math.max(1, hours)) * 3_600;
  const bucketMs = Math.max(1, Math.ceil(windowSecs / MAX_POINTS)) * 1_000;
  const fromAt = Math.ceil((now - windowSecs * 1_000) / bucketMs) * bucketMs;
  return { fromAt, untilAt: now + 1, bucketMs };
}

/** The monitor, if this viewer may know of it; else the very same answer as for an id that nobody has. */
export function visibleMonitor(config: Config, viewer: Viewer, id: string): Monitor {
  const monitor = config.monitors.find((candidate) => candidate.id === id);
  if (monitor === undefined || !maySee(viewer, monitor)) throw new AppError("not_found", "unknown monitor");
  return monitor;
}

const unknownMonitor = ({ errorAnswer }: Answers) => ({
  404: errorAnswer("No such monitor, or a private one and no token.", "unknown monitor"),
});

export function monitorRoutes({ board, store, clock }: AppDeps): ApiApp {
  const app = new ApiApp();

  app.operation("get", "/api/monitors/{id}", (answers) => ({
    operationId: "monitor_json",
    tags: ["status"],
    summary: "One monitor in full",
    security: readSecurity,
    request: { params: monitorIdParam(), query: tokenQuery() },
    responses: answers.readAnswers("The monitor.", answers.MonitorDetail, unknownMonitor(answers)),
  }), (c) => {
    const id = segment(c, 2);
    readQuery(c, tokenQuery);
    const viewer = viewerOf(c);
    visibleMonitor(c.get("config"), viewer, id);
    return respond(c, {
      key: `monitor\n${id}`,
      viewer,
      type: JSON_TYPE,
      maxAgeSecs: 2,
      prepare: () => {},
      render: () => {
        const summary = board.summary(viewer);
        const view = summary.monitors.find((monitor) => monitor.id === id);
        if (view === undefined) throw new AppError("not_found", "unknown monitor");
        return { text: JSON.stringify(monitorDetailWire(view, summary.generatedAt)) };
      },
    });
  });

  app.operation("get", "/api/monitors/{id}/latency", (answers) => ({
    operationId: "latency_json",
    tags: ["status"],
    summary: "Latency of one monitor over time",
    description: "At most 2000 points, oldest first: means of checks that were up or degraded.",
    security: readSecurity,
    request: { params: monitorIdParam(), query: latencyQuery() },
    responses: answers.readAnswers(
      "The series.",
      z.array(answers.Point).meta({ example: [{ t: 1930367161, latency_ms: 48 }] }),
      unknownMonitor(answers),
    ),
  }), (c) => {
    const id = segment(c, 2);
    const { hours = 24 } = readQuery(c, latencyQuery);
    const bounded = Math.min(720, Math.max(1, hours));
    const viewer = viewerOf(c);
    visibleMonitor(c.get("config"), viewer, id);
    return respond(c, {
      key: `latency\n${id}\n${bounded}`,
      viewer,
      type: JSON_TYPE,
      maxAgeSecs: 5,
      render: async () => {
        const { fromAt, untilAt, bucketMs } = latencyWindow(bounded, clock.now());
        const points = await store.checks.latencySeries(id, fromAt, untilAt, bucketMs);
        const wire = points.slice(-MAX_POINTS).map(({ at, meanMs }) => ({
          t: Math.floor(at / 1_000),
          latency_ms: Math.trunc(meanMs),
        }));
        return { text: JSON.stringify(wire) };
      },
    });
  });
  return app;
}
