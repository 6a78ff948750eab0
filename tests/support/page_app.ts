import { Slices } from "../../domain/slices.ts";
import type { Hono } from "hono";
import { parseConfig } from "../../config/parse.ts";
import type { Check } from "../../domain/check.ts";
import type { Config } from "../../domain/config.ts";
import type { Store } from "../../domain/store.ts";
import type { Summary } from "../../domain/summary.ts";
import type { Viewer } from "../../domain/viewer.ts";
import { createApp } from "../../routes/app.ts";
import type { AppDeps } from "../../routes/deps.ts";
import type { AppEnv } from "../../routes/env.ts";
import { openStore } from "../../store/open.ts";
import { ManualClock } from "./manual_clock.ts";
import { monitor, numbers, summary } from "./summaries.ts";

export const OPERATOR_TOKEN = "an operator's token, long enough";
export const SHOP_TOKEN = "the token of the shop's own people";

/** The whole app over a real store and a parsed config; only the summary is given, so that every state can be shown. */
export interface PageApp extends AsyncDisposable {
  readonly app: Hono<AppEnv>;
  readonly store: Store;
  readonly clock: ManualClock;
  readonly config: Config;
  readonly deps: AppDeps;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  html(path: string, headers?: Record<string, string>): Promise<string>;
  /** Serves it on a free port of the loopback. */
  listen(): { readonly url: string; stop(): Promise<void> };
}

/** A config that has the summary's monitors; `more` is added before them. */
export function configOf(summary: Summary, more = "", publicUrl: string | null = null): Config {
  const text = (value: string) => JSON.stringify(value);
  const monitors = summary.monitors.map((one) =>
    `[[monitors]]\nid = ${text(one.id)}\nname = ${
      text(one.name)
    }\nkind = "http"\ntarget = "http://127.0.0.1:9/"\n` +
    `interval_secs = 30\npublic = ${one.public}\n${one.group === null ? "" : `group = ${text(one.group)}\n`}`
  );
  const hasShop = summary.monitors.some((one) => one.group === "Shop");
  const tokens = hasShop ? `\n[server.group_tokens]\nShop = ${text(SHOP_TOKEN)}\n` : "";
  const origin = publicUrl === null ? "" : `public_url = ${text(publicUrl)}\n`;
  const server = `[server]\n${origin}auth_token = ${text(OPERATOR_TOKEN)}\n${tokens}`;
  const page = more.includes("[page]") ? "" : `[page]\ntitle = ${text(summary.title)}\n`;
  const loaded = parseConfig(`${page}${more}\n${server}\n${monitors.join("\n")}`, {
    file: "hora.toml",
    env: {},
  });
  if (!loaded.ok) {
    throw new Error(loaded.problems.map((problem) => `${problem.path}: ${problem.message}`).join("\n"));
  }
  return loaded.config;
}

export async function pageApp(
  make: Summary | ((viewer: Parameters<AppDeps["board"]["summary"]>[0]) => Summary),
  options: { readonly more?: string; readonly publicUrl?: string } = {},
): Promise<PageApp> {
  const summaryFor = typeof make === "function" ? make : () => make;
  const everything = summaryFor({ kind: "operator" });
  const clock = new ManualClock(everything.generatedAt);
  const store = await openStore(":memory:", { clock });
  const config = configOf(everything, options.more, options.publicUrl);
  const deps: AppDeps = {
    config: () => config,
    store,
    clock,
    slices: () => new Slices(),
    version: "0.1.0",
    board: {
      version: 1,
      openVersion: 1,
      get turns() {
        return this.version;
      },
      get openTurns() {
        return this.openVersion;
      },
      views: (viewer) => summaryFor(viewer).monitors,
      summary: summaryFor,
      gauges: (viewer) => summaryFor(viewer).monitors,
      peersFor: () => [],
    },
    push: () => Promise.resolve(),
    probeForPeer: () => Promise.resolve(null),
    health: () =>
      Promise.resolve({ status: "ok", scheduler_ok: true, db_ok: true, last_tick_age: 0, peers: {} }),
    operatorChanged: () => Promise.resolve(),
    figures: () => ({
      startedAt: clock.now(),
      latenessMs: { p50: 0, p99: 0, max: 0 },
      probesInFlight: 0,
      probesSkipped: 0,
      totals: new Map(),
      notifications: [],
      channelTrouble: [{
        channel: "mail",
        failures: 4,
        lastError: "connection refused",
        sinceAt: clock.now(),
      }],
    }),
  };
  const app = createApp(deps);
  const get = (path: string, headers: Record<string, string> = {}) =>
    Promise.resolve(app.request(path, { headers: { accept: "text/html", ...headers } }));
  return {
    app,
    store,
    clock,
    config,
    deps,
    get,
    html: async (path, headers) => await (await get(path, headers)).text(),
    listen() {
      const server = Deno.serve(
        { port: 0, hostname: "127.0.0.1", onListen() {} },
        (request, info) => app.fetch(request, info),
      );
      const { port } = server.addr;
      return { url: `http://127.0.0.1:${port}`, stop: () => server.shutdown() };
    },
    [Symbol.asyncDispose]: () => store.close(),
  };
}

/** One public and two private monitors, seen as the board would show them. */
export function seenBy(viewer: Viewer): Summary {
  const all = [
    monitor({ id: "front", name: "Front", group: "Shop" }),
    monitor({ id: "vault", name: "Vault", group: "Shop", public: false }),
    monitor({ id: "engine-room", name: "Engine room", group: "Works", public: false }),
  ];
  const visible = all.filter((one) =>
    one.public || viewer.kind === "operator" || (viewer.kind === "group" && one.group === viewer.group)
  );
  return summary(visible, { viewer });
}

/** The pages that a page links to. */
export const linksOf = (html: string) =>
  [...html.matchAll(/href="(\/(?:monitor|status|history|incident|report)(?!\.atom)[^"]*)"/g)]
    .map((match) => match[1].replaceAll("&amp;", "&"));

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Four weeks of checks of one monitor, one every quarter of an hour, slow on some afternoons. */
export async function seedChecks(store: Store, monitorId: string, now: number, days = 28): Promise<void> {
  const random = numbers(11);
  const checks: Check[] = [];
  for (let at = now - days * DAY; at < now; at += 15 * MINUTE) {
    const hour = new Date(at).getUTCHours();
    const isSlow = hour >= 13 && hour <= 16 && random() < 0.4;
    const latencyMs = Math.round(
      (60 + 30 * Math.sin((hour / 24) * 6.3) + random() * 12) * (isSlow ? 2 + random() * 5 : 1),
    );
    checks.push({
      monitorId,
      at,
      status: "up",
      latencyMs,
      code: 200,
      reason: null,
      category: null,
      message: null,
      planned: false,
      standsMs: 45 * MINUTE,
      phases: null,
      metrics: [],
    });
  }
  for (let from = 0; from < checks.length; from += 500) {
    await store.commit({ checks: checks.slice(from, from + 500), durable: true });
  }
}

/** Incidents of the last months: one open, one with a note and a snapshot, one in maintenance, some plain. Returns their ids, oldest first. */
export async function seedIncidents(store: Store, ids: readonly string[], now: number): Promise<number[]> {
  const made: number[] = [];
  const wishes = [
    { ago: 71 * DAY, lasted: 41 * MINUTE, which: 0, reason: "connection refused" },
    { ago: 49 * DAY, lasted: 3 * HOUR, which: 1, reason: "HTTP 502: <b>bad gateway</b> & more" },
    { ago: 48 * DAY, lasted: 12 * MINUTE, which: 0, reason: "request timed out" },
    { ago: 19 * DAY, lasted: 26 * HOUR, which: 3, reason: "HTTP 500", planned: true },
    {
      ago: 4 * DAY,
      lasted: 90 * MINUTE,
      which: 2,
      reason: "HTTP 503",
      snapshot: "HTTP/1.1 503\nretry-after: 30\n\nupstream sad",
    },
    { ago: 12 * MINUTE, lasted: null, which: 1, reason: "HTTP 503" },
  ];
  for (const { ago, lasted, which, reason, planned, snapshot } of wishes) {
    const startedAt = now - ago;
    const { incidentId } = await store.commit({
      openIncident: {
        monitorId: ids[which % ids.length],
        startedAt,
        confirmedAt: startedAt + 2 * MINUTE,
        reason,
        category: reason.startsWith("HTTP") ? "http_status" : "connection_refused",
        code: reason.startsWith("HTTP") ? Number(reason.slice(5, 8)) : null,
        cause: null,
        impacted: [],
        snapshot: snapshot ?? null,
        planned: planned ?? false,
      },
      durable: true,
    });
    if (incidentId === null) throw new Error("no incident was opened");
    made.push(incidentId);
    if (snapshot !== undefined) {
      await store.commit({
        updateIncident: {
          id: incidentId,
          at: startedAt + 9 * MINUTE,
          addReason: { at: startedAt + 9 * MINUTE, reason: "request timed out", category: "timeout" },
          vantage: "confirmed down from 3/3 vantage points",
        },
        durable: true,
      });
      await store.incidents.annotate(
        incidentId,
        "A disk was full; it has been enlarged.",
        startedAt + 2 * HOUR,
      );
    }
    if (lasted !== null) {
      await store.commit({ closeIncident: { id: incidentId, endedAt: startedAt + lasted }, durable: true });
    }
  }
  return made;
}
