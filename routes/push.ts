import * as z from "zod";
import type { Config } from "../domain/config.ts";
import { AppError } from "../domain/errors.ts";
import { lazily } from "../domain/lazily.ts";
import { MonitorIndex } from "../domain/monitor_index.ts";
import type { Secret } from "../domain/secret.ts";
import type { AppDeps } from "./deps.ts";
import { boundedText } from "./middleware/bounded_text.ts";
import { integerParam, queryOf, readQuery, segment } from "./middleware/query.ts";
import { withDeadline } from "./middleware/deadline.ts";
import { send } from "./middleware/send.ts";
import { anyIsToken, presentedPushToken } from "./middleware/viewer.ts";
import { ApiApp, type Security } from "./operation.ts";

const MAX_MESSAGE_CHARS = 500;
const MAX_PING_MS = 3_600_000;

const parameters = lazily(() =>
  z.object({
    token: z.string().optional().meta({
      description: "The push token; the header `X-Push-Token` is preferred.",
    }),
    status: z.enum(["up", "down", "degraded"], "unknown status: use up, down or degraded").default("up"),
    msg: z.string().optional().meta({
      description: "Recorded with the heartbeat; the first 500 characters.",
    }),
    ping: integerParam("How long the job took, in milliseconds, 0 to 3600000.", 42)
      .refine((ms) => ms >= 0 && ms <= MAX_PING_MS, `must be from 0 to ${MAX_PING_MS}`).optional(),
  })
);

/** What a heartbeat without parameters says; most have none. */
const plain = lazily(() => parameters().parse({}));

const pushSecurity: Security = [{ push: [] }, { pushQuery: [] }, {}];

interface Target {
  readonly token: Secret | null;
  /** Whoever does not know the token must not learn that it exists. */
  readonly isHidden: boolean;
}

/** A push monitor, or the listening side of a watched peer, which must learn that its token is wrong. */
function pushTarget(config: Config, monitors: MonitorIndex, id: string): Target | null {
  const monitor = monitors.find(config, id);
  if (monitor !== undefined) {
    return monitor.kind === "push" ? { token: monitor.pushToken, isHidden: !monitor.public } : null;
  }
  const peer = config.peers.find((candidate) =>
    candidate.listenId === id && candidate.expectEverySecs !== null
  );
  return peer === undefined ? null : { token: peer.listenToken, isHidden: false };
}

export function pushRoutes({ push }: AppDeps): ApiApp {
  const app = new ApiApp();
  const monitors = new MonitorIndex();
  app.operation("post", "/api/push/{id}", ({ errorAnswer, badQuery, tooMany, faults }) => ({
    operationId: "push",
    tags: ["heartbeats"],
    summary: "Record a heartbeat of a push monitor or a watched peer",
    description: "On disk before the answer. `down` and `degraded` go through alerting like any check.",
    security: pushSecurity,
    request: {
      params: z.object({
        id: z.string().meta({ description: "A push monitor's id, or a watched peer's listen id." }),
      }),
      query: parameters(),
    },
    responses: {
      200: { description: "Recorded.", content: { "text/plain": { schema: z.string(), example: "ok" } } },
      ...badQuery,
      401: errorAnswer("Wrong token.", "invalid push token"),
      404: errorAnswer("No such push target, or a private one and a wrong token.", "unknown push target"),
      ...tooMany,
      ...faults,
    },
  }), async (c) => {
    const id = segment(c, 2);
    const target = pushTarget(c.get("config"), monitors, id);
    const matches = anyIsToken(presentedPushToken(c), target?.token);
    if (target === null) throw new AppError("not_found", "unknown push target");
    if (target.token !== null && !matches) {
      if (target.isHidden) throw new AppError("not_found", "unknown push target");
      throw new AppError("unauthorized", "invalid push token");
    }
    const { status, msg, ping } = queryOf(c).size === 0 ? plain() : readQuery(c, parameters);
    const message = msg === undefined ? null : boundedText(msg, MAX_MESSAGE_CHARS);
    await withDeadline(c, push(id, { status, message, latencyMs: ping ?? null }));
    return send(c, "ok", 200, { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" });
  });
  return app;
}
