import * as z from "zod";
import { DAY } from "../domain/clock.ts";
import { parseDuration } from "../domain/duration.ts";
import { AppError } from "../domain/errors.ts";
import { lazily } from "../domain/lazily.ts";
import type { AppDeps } from "./deps.ts";
import { boundedText } from "./middleware/bounded_text.ts";
import { withDeadline } from "./middleware/deadline.ts";
import { operatorAnswer, requireOperator } from "./middleware/operator.ts";
import { integerParam, readQuery, tokenParam, tokenQuery } from "./middleware/query.ts";
import { ApiApp, operatorSecurity } from "./operation.ts";

const DENIED = "announcing requires server.auth_token and a matching token";
const severities = ["info", "warning", "critical", "resolved"] as const;
const MAX_UNTIL_SECS = 366 * 86_400;

const createQuery = lazily(() =>
  z.object({
    title: z.string().meta({
      description: "The first 200 characters.",
      example: "Fibre works",
      pattern: "\\S",
    }),
    body: z.string().optional().meta({ description: "The first 500 characters." }),
    severity: z.string().optional().meta({ enum: [...severities], default: "info" }),
    until: z.string().optional().meta({
      description:
        "A duration from now (`4h`, at most 366 days) or the next `HH:MM` in UTC; absent: until cleared.",
      example: "4h",
      pattern: "^ *(?:(?:[0-9]+[smhd])+|(?:[01][0-9]|2[0-3]):[0-5][0-9]) *$",
    }),
    token: tokenParam(),
  })
);
const deleteQuery = lazily(() =>
  z.object({ id: integerParam("Only this one.", 12).optional(), token: tokenParam() })
);

/** Unix seconds at which a banner goes: a duration from `now` (Unix ms), or the next such time of day in UTC. Null: neither. */
export function parseUntil(text: string, now: number): number | null {
  const time = text.trim().match(/^([01][0-9]|2[0-3]):([0-5][0-9])$/);
  if (time !== null) {
    const at = Math.floor(now / DAY) * DAY + (Number(time[1]) * 60 + Number(time[2])) * 60_000;
    return (at > now ? at : at + DAY) / 1_000;
  }
  const secs = parseDuration(text);
  return secs === null || secs > MAX_UNTIL_SECS ? null : Math.floor(now / 1_000) + secs;
}

export function announcementRoutes({ store, clock, operatorChanged }: AppDeps): ApiApp {
  const app = new ApiApp();

  app.operation("post", "/api/announce", ({ operatorAnswers, AnnounceResponse }) => ({
    operationId: "announce",
    tags: ["operate"],
    summary: "Pin a banner on every page",
    security: operatorSecurity,
    request: { query: createQuery() },
    responses: operatorAnswers("Pinned.", AnnounceResponse, DENIED),
  }), async (c) => {
    requireOperator(c, DENIED);
    const query = readQuery(c, createQuery);
    const title = boundedText(query.title.trim(), 200).trim();
    if (title === "") throw new AppError("bad_request", "title must not be empty");
    const severity = severities.find((known) => known === (query.severity ?? "info"));
    if (severity === undefined) {
      throw new AppError("bad_request", "severity must be info, warning, critical or resolved");
    }
    const now = clock.now();
    const until = query.until === undefined ? undefined : parseUntil(query.until, now);
    if (until === null) throw new AppError("bad_request", "invalid until (use e.g. 4h, 90m)");
    const made = await withDeadline(
      c,
      store.announcements.insert({
        title,
        body: boundedText((query.body ?? "").trim(), 500),
        severity,
        untilAt: until === undefined ? null : until * 1_000,
        createdAt: now,
      }),
    );
    await operatorChanged();
    return operatorAnswer(c, { id: made.id, ...(until === undefined ? {} : { until }) }, "all");
  });

  app.operation("delete", "/api/announce", ({ operatorAnswers, AnnounceClearResponse }) => ({
    operationId: "announce_clear",
    tags: ["operate"],
    summary: "Take banners down: all, or one by `id`",
    description: "Banners of the config file stay.",
    security: operatorSecurity,
    request: { query: deleteQuery() },
    responses: operatorAnswers("Taken down.", AnnounceClearResponse, DENIED),
  }), async (c) => {
    requireOperator(c, DENIED);
    const { id } = readQuery(c, deleteQuery);
    const cleared = await withDeadline(
      c,
      store.announcements.delete(id === undefined ? {} : { id }, clock.now()),
    );
    await operatorChanged();
    return operatorAnswer(c, { cleared }, "all");
  });

  app.operation("get", "/api/announce", ({ operatorAnswers, AnnouncementList }) => ({
    operationId: "announce_list",
    tags: ["operate"],
    summary: "Pinned banners with their ids",
    security: operatorSecurity,
    request: { query: tokenQuery() },
    responses: operatorAnswers("Newest first.", AnnouncementList, DENIED),
  }), async (c) => {
    requireOperator(c, DENIED);
    readQuery(c, tokenQuery);
    const active = await withDeadline(c, store.announcements.listActive(clock.now()));
    return operatorAnswer(c, {
      announcements: active.map((banner) => ({
        id: banner.id,
        title: banner.title,
        body: banner.body,
        severity: banner.severity,
        until: banner.untilAt === null ? null : Math.floor(banner.untilAt / 1_000),
        created_at: Math.floor(banner.createdAt / 1_000),
      })),
    }, "nothing");
  });
  return app;
}
