import { cpuUsage } from "node:process";
import * as z from "zod";
import type { MonitorGauges } from "../domain/summary.ts";
import { Slices } from "../domain/slices.ts";
import { operator, type Viewer } from "../domain/viewer.ts";
import { type Dialect, exposition, expositionTypes, type Family } from "../views/exposition.ts";
import { monitorFamilies, selfFamilies, type SelfFigures } from "../views/metrics.ts";
import type { AppDeps } from "./deps.ts";
import type { AppContext } from "./env.ts";
import { healthOf } from "./health.ts";
import { codingOf, qualities } from "./middleware/accept.ts";
import { readQuery, tokenQuery } from "./middleware/query.ts";
import { respond } from "./middleware/respond.ts";
import { send } from "./middleware/send.ts";
import { audienceOf, viewerOf } from "./middleware/viewer.ts";
import { SharedText } from "./shared_text.ts";
import { ApiApp, readSecurity } from "./operation.ts";

function dialectOf(accept: string | null): Dialect {
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

/** Above this many monitors the text is made in slices and sent as it grows. */
const LARGE_FLEET = 1_000;
/** How long a large fleet's text is shown again, in ms. */
const SHOWN_MS = 2_000;

/** When each push monitor was last heard with good news, Unix ms. */
async function heartbeatsOf(
  { store }: AppDeps,
  monitors: readonly MonitorGauges[],
): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  await Promise.all(monitors.map(async ({ id, kind }) => {
    const newest = kind === "push" ? await store.checks.lastPositive(id) : null;
    if (newest !== null) found.set(id, newest.at);
  }));
  return found;
}

/** All that this caller is shown. Figures about Hora itself are the operator's; where no token is set, nobody is told apart. */
async function familiesFor(deps: AppDeps, c: AppContext, viewer: Viewer): Promise<Family[]> {
  const slices = new Slices();
  const monitors: MonitorGauges[] = [];
  for (const gauges of deps.board.gauges(viewer)) {
    monitors.push(gauges);
    await slices.pause();
  }
  const now = deps.clock.now();
  const heartbeats = await heartbeatsOf(deps, monitors);
  const families = monitorFamilies(monitors, now, deps.figures().totals, heartbeats);
  const isOpen = c.get("config").server.authToken === null;
  if (viewer.kind === "operator" || isOpen) {
    const peers = deps.board.peersFor(operator);
    families.push(...selfFamilies(await selfFigures(deps, c), peers, monitors, now));
  }
  return families;
}

async function* slowly(pieces: Iterable<string>): AsyncGenerator<string> {
  const slices = new Slices();
  for (const piece of pieces) {
    yield piece;
    await slices.pause();
  }
}

/** Texts of a large fleet by audience, dialect and coding: whoever asks within two seconds shares one. */
class LargeTexts {
  readonly #known = new Map<string, { text: SharedText; madeAt: number }>();

  get(key: string, now: number, make: () => SharedText): SharedText {
    for (const [old, { madeAt }] of this.#known) if (now - madeAt >= SHOWN_MS) this.#known.delete(old);
    const known = this.#known.get(key)?.text ?? make();
    if (!this.#known.has(key)) this.#known.set(key, { text: known, madeAt: now });
    return known;
  }
}

export function metricsRoutes(deps: AppDeps): ApiApp {
  const app = new ApiApp();
  const large = new LargeTexts();
  const render = async (c: AppContext, viewer: Viewer, dialect: Dialect) => {
    const pieces = await Array.fromAsync(slowly(exposition(await familiesFor(deps, c, viewer), dialect)));
    return { text: pieces.join("") };
  };
  const stream = (c: AppContext, viewer: Viewer, dialect: Dialect) => {
    const coding = codingOf(c.req.raw.headers.get("accept-encoding"));
    const pieces = async function* () {
      yield* slowly(exposition(await familiesFor(deps, c, viewer), dialect));
    };
    const key = `${audienceOf(viewer)} ${dialect} ${coding}`;
    const text = large.get(key, deps.clock.monotonic(), () => new SharedText(pieces(), coding));
    return send(c, text.stream(), 200, {
      "content-type": expositionTypes[dialect],
      "vary": "Accept-Encoding, Authorization, Accept",
      "cache-control": viewer.kind === "anonymous" ? "public, max-age=2" : "private, no-store",
      ...(coding === "identity" ? {} : { "content-encoding": coding }),
    });
  };
  app.operation("get", "/metrics", ({ faults, badQuery }) => ({
    operationId: "metrics",
    tags: ["status"],
    summary: "Prometheus metrics",
    description:
      "OpenMetrics when `Accept` prefers it. Figures about Hora itself need the token when one is configured.",
    security: readSecurity,
    request: { query: tokenQuery() },
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
  }), async (c) => {
    readQuery(c, tokenQuery);
    const viewer = viewerOf(c);
    const dialect = dialectOf(c.req.raw.headers.get("accept"));
    if (c.get("config").monitors.length > LARGE_FLEET) return stream(c, viewer, dialect);
    return await respond(c, {
      key: `metrics ${dialect}`,
      viewer,
      type: expositionTypes[dialect],
      maxAgeSecs: 2,
      vary: ["Accept"],
      movesAlone: true,
      render: () => render(c, viewer, dialect),
    });
  });
  return app;
}
