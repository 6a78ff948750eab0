import * as z from "zod";
import type { Config } from "../domain/config.ts";
import { MAX_SILENCE_SECS, parseDuration } from "../domain/duration.ts";
import { AppError } from "../domain/errors.ts";
import { lazily } from "../domain/lazily.ts";
import type { AppDeps } from "./deps.ts";
import { boundedText } from "./middleware/bounded_text.ts";
import { withDeadline } from "./middleware/deadline.ts";
import { operatorAnswer, requireOperator } from "./middleware/operator.ts";
import { integerParam, readQuery, tokenParam, tokenQuery } from "./middleware/query.ts";
import { type Answers, ApiApp, operatorSecurity } from "./operation.ts";

/** Nearly all of the grammar: a total of nothing, or of too much, is refused as well. */
const durationPattern = "^ *(?:[0-9]+[smhd])+ *$";
const DENIED = "silencing requires server.auth_token and a matching token";

const monitorsParam = lazily(() =>
  z.string().meta({
    description:
      "Ids separated by commas, of monitors or of watched peers' listening sides; `all` or `*` for everything.",
    example: "api,web",
    pattern: "[^, ]",
  })
);
const createQuery = lazily(() =>
  z.object({
    monitors: monitorsParam(),
    duration: z.string().meta({
      description: "Such as `10m` or `1h30m`; at most 7 days.",
      example: "10m",
      pattern: durationPattern,
    }),
    reason: z.string().optional().meta({ description: "Kept with it; the first 500 characters." }),
    token: tokenParam(),
  })
);
const deleteQuery = lazily(() =>
  z.object({
    id: integerParam("Only this one.", 3).optional(),
    monitors: monitorsParam().optional(),
    token: tokenParam(),
  })
);

/** What a silence of these monitors is stored for. Throws when the list is empty or names an id that nobody has. */
function silenceTargets(config: Config, monitors: string): string[] {
  if (["all", "*"].includes(monitors.trim())) return ["*"];
  const ids = monitors.split(",").map((id) => id.trim()).filter((id) => id !== "");
  if (ids.length === 0) throw new AppError("bad_request", "no monitor ids given");
  const known = new Set([
    ...config.monitors.map((monitor) => monitor.id),
    ...config.peers.map((peer) => peer.listenId),
  ]);
  if (!ids.every((id) => known.has(id))) throw new AppError("not_found", "unknown monitor id");
  return ids;
}

const unknownId = ({ errorAnswer }: Answers) => ({
  404: errorAnswer("One of the ids is unknown; nothing was changed.", "unknown monitor id"),
});

export function silenceRoutes({ store, clock, operatorChanged }: AppDeps): ApiApp {
  const app = new ApiApp();

  app.operation("post", "/api/silence", (answers) => ({
    operationId: "silence",
    tags: ["operate"],
    summary: "Mute the alerts of some monitors for a while",
    description: "Checks and incidents are recorded all the same. One transaction for the whole list.",
    security: operatorSecurity,
    request: { query: createQuery() },
    responses: answers.operatorAnswers("Muted.", answers.SilenceResponse, DENIED, unknownId(answers)),
  }), async (c) => {
    requireOperator(c, DENIED);
    const { monitors, duration, reason } = readQuery(c, createQuery);
    const secs = parseDuration(duration);
    if (secs === null || secs > MAX_SILENCE_SECS) {
      throw new AppError("bad_request", "invalid duration (use e.g. 10m, 1h30m; max 7d)");
    }
    const targets = silenceTargets(c.get("config"), monitors);
    const now = clock.now();
    const until = Math.floor(now / 1_000) + secs;
    const why = reason === undefined ? null : boundedText(reason, 500);
    const made = await withDeadline(
      c,
      store.silences.insert([...new Set(targets)], until * 1_000, why, now),
    );
    await operatorChanged();
    return operatorAnswer(c, { monitors: targets, until, ids: made.map((silence) => silence.id) }, "private");
  });

  app.operation("get", "/api/silence", ({ operatorAnswers, SilenceList }) => ({
    operationId: "silence_list",
    tags: ["operate"],
    summary: "Active silences",
    security: operatorSecurity,
    request: { query: tokenQuery() },
    responses: operatorAnswers("Those that last.", SilenceList, DENIED),
  }), async (c) => {
    requireOperator(c, DENIED);
    readQuery(c, tokenQuery);
    const active = await withDeadline(c, store.silences.listActive(clock.now()));
    return operatorAnswer(c, {
      silences: active.map((silence) => ({
        id: silence.id,
        monitor: silence.target,
        until: Math.floor(silence.untilAt / 1_000),
        reason: silence.reason,
        created_at: Math.floor(silence.createdAt / 1_000),
      })),
    }, "nothing");
  });

  app.operation("delete", "/api/silence", (answers) => ({
    operationId: "silence_clear",
    tags: ["operate"],
    summary: "End silences: all, one by `id`, or those of some monitors",
    description:
      "`monitors=all` ends those that were made for everything; without a parameter every silence ends.",
    security: operatorSecurity,
    request: { query: deleteQuery() },
    responses: answers.operatorAnswers("Ended.", answers.AnnounceClearResponse, DENIED, unknownId(answers)),
  }), async (c) => {
    requireOperator(c, DENIED);
    const { id, monitors } = readQuery(c, deleteQuery);
    if (id !== undefined && monitors !== undefined) {
      throw new AppError("bad_request", "give either id or monitors");
    }
    const which = {
      ...(id === undefined ? {} : { id }),
      ...(monitors === undefined ? {} : { targets: silenceTargets(c.get("config"), monitors) }),
    };
    const cleared = await withDeadline(c, store.silences.delete(which, clock.now()));
    await operatorChanged();
    return operatorAnswer(c, { cleared }, "private");
  });
  return app;
}
