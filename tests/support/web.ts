import { Slices } from "../../domain/slices.ts";
import type { Hono } from "hono";
import { Board } from "../../domain/board.ts";
import type { Check } from "../../domain/check.ts";
import type { Config, ServerConfig } from "../../domain/config.ts";
import type { Incident } from "../../domain/incident.ts";
import type { HttpMonitor, Monitor, MonitorBase, PushMonitor } from "../../domain/monitor.ts";
import { Secret } from "../../domain/secret.ts";
import type { Store } from "../../domain/store.ts";
import { version } from "../../domain/version.ts";
import { createApp } from "../../routes/app.ts";
import type { AppDeps, VantageAnswer } from "../../routes/deps.ts";
import type { AppEnv } from "../../routes/env.ts";
import { openStore } from "../../store/open.ts";
import { someCheck } from "./checks.ts";
import { ManualClock } from "./manual_clock.ts";

export const TOKEN = "operator-token-0123456789";
export const GROUP_TOKEN = "tenant-token-0123456789ab";
export const PUSH_TOKEN = "push-token-0123456789abcd";
export const PEER_TOKEN = "peer-token-0123456789abcd";

const base = (id: string, given: Partial<MonitorBase>): MonitorBase => ({
  id,
  name: id,
  target: `https://${id}.example.net/`,
  intervalSecs: 60,
  timeoutSecs: 10,
  failThreshold: 3,
  degradedOverMs: null,
  sloLatencyMs: null,
  sloUptimePercent: null,
  sloWindowDays: 30,
  probeRetries: 0,
  notify: null,
  retentionDays: 90,
  group: null,
  dependsOn: [],
  public: true,
  publicErrorDetail: false,
  domainExpiry: null,
  confirmWithPeers: false,
  previousIds: [],
  ...given,
});

export function httpMonitor(id: string, given: Partial<HttpMonitor> = {}): HttpMonitor {
  return {
    ...base(id, given),
    kind: "http",
    tls: {
      checkCert: true,
      certPin: null,
      insecureSkipVerify: false,
      caFile: null,
      clientCertFile: null,
      clientKeyFile: null,
    },
    method: "GET",
    body: null,
    expectedStatus: null,
    followRedirects: true,
    allowPrivateRedirects: false,
    headers: {},
    keyword: null,
    keywordInvert: false,
    jsonQuery: null,
    jsonExpected: null,
    maxBodyKb: null,
    dualStack: false,
    proxy: null,
    ...given,
  };
}

export function pushMonitor(id: string, given: Partial<PushMonitor> = {}): PushMonitor {
  return {
    ...base(id, { target: "", ...given }),
    kind: "push",
    pushToken: new Secret(PUSH_TOKEN),
    schedule: null,
    graceSecs: 0,
    timezone: "UTC",
    ...given,
  };
}

export interface Wish extends Partial<Omit<Config, "server" | "page">> {
  readonly server?: Partial<ServerConfig>;
  readonly page?: Partial<Config["page"]>;
}

export function someConfig(wish: Wish = {}): Config {
  const { server, page, ...rest } = wish;
  return {
    page: {
      title: "Harbour Status",
      historyDays: 3,
      showPeers: false,
      description: null,
      logo: null,
      logoDark: null,
      links: [],
      accent: null,
      customCss: null,
      timezone: null,
      ...page,
    },
    server: {
      bind: "127.0.0.1:0",
      databasePath: ":memory:",
      allowedOrigins: null,
      clientIpHeader: null,
      trustedProxies: [],
      rateLimitRefillSecs: 1,
      rateLimitBurst: 1_000_000,
      authToken: new Secret(TOKEN),
      groupTokens: {},
      publicUrl: null,
      ...server,
    },
    channels: [],
    alerts: {
      failThreshold: 3,
      alertOnDegraded: false,
      certExpiryDays: 14,
      domainExpiryDays: 30,
      defaultRetentionDays: 365,
      groupWindowSecs: 0,
      pushAlertWindowSecs: 300,
      notifyUnconfirmed: [],
      channelFailThreshold: 3,
    },
    maintenance: [],
    banners: [],
    monitors: [],
    health: null,
    peers: [],
    digest: null,
    retention: { hourlyDays: 730, dailyDays: 3_650, incidentsDays: 3_650, orphansDays: 30 },
    execDir: null,
    ...rest,
  };
}

export interface Web extends AsyncDisposable {
  readonly app: Hono<AppEnv>;
  readonly deps: AppDeps;
  readonly store: Store;
  readonly board: Board;
  readonly clock: ManualClock;
  config: Config;
  /** Stores a check and shows it. */
  check(given: Partial<Check> & Pick<Check, "monitorId">): Promise<void>;
  /** Opens an incident, and closes it when `endedAt` is given. */
  incident(given: Partial<Incident> & Pick<Incident, "monitorId" | "startedAt">): Promise<number>;
  /** A request from a given address; the path may hold a query. */
  request(path: string, init?: RequestInit & { readonly from?: string }): Promise<Response>;
  /** The same with the operator's token. */
  asOperator(path: string, init?: RequestInit): Promise<Response>;
}

/** The HTTP surface over a real store and a real board; only probing and alerting are left out. */
export async function openWeb(
  wish: Wish = {},
  extra: { readonly probe?: () => Promise<VantageAnswer | null>; readonly path?: string } = {},
): Promise<Web> {
  const clock = new ManualClock("2026-11-23T14:17:08Z");
  const store = await openStore(extra.path ?? ":memory:", { clock });
  const first = someConfig(wish);
  const board = new Board(first, clock);
  const record = async (check: Check) => {
    await store.commit({ checks: [check], durable: true });
    board.apply(check, { status: check.status, sinceAt: check.at, incidentId: null });
    board.settle();
  };
  const deps: AppDeps = {
    config: () => web.config,
    store,
    clock,
    slices: () => new Slices(),
    version,
    board,
    async push(monitorId, { status, message, latencyMs }) {
      const previous = board.newestOf(monitorId)?.at ?? 0;
      const reason = status === "up" ? null : message ?? "reported by the service";
      await record(someCheck({
        monitorId,
        at: Math.max(clock.now(), previous + 1),
        status,
        latencyMs,
        reason,
        message: status === "up" ? message : null,
        category: status === "up" ? null : "reported_by_service",
      }));
    },
    probeForPeer: extra.probe ?? (() => Promise.resolve({ up: true })),
    async health() {
      const isAlive = await store.isAlive(2_000);
      return {
        status: isAlive ? "ok" : "degraded",
        scheduler_ok: true,
        db_ok: isAlive,
        last_tick_age: 1,
        ...(web.config.health === null ? {} : { id: web.config.health.id }),
        peers: {},
      };
    },
    async operatorChanged() {
      board.setSilences(await store.silences.listActive(clock.now()));
      board.setAnnouncements(await store.announcements.listActive(clock.now()));
    },
    figures: () => ({
      startedAt: clock.now(),
      latenessMs: { p50: 1, p99: 5, max: 9 },
      probesInFlight: 2,
      probesSkipped: 0,
      totals: new Map(
        web.config.monitors.map((
          m,
        ) => [m.id, { up: 3, degraded: 1, down: 2, latencyCount: 4, latencySumMs: 170 }]),
      ),
      notifications: [{ channel: "ops", outcome: "sent", count: 4 }],
      channelTrouble: [],
    }),
  };
  const web: Web = {
    app: undefined as unknown as Hono<AppEnv>,
    deps,
    store,
    board,
    clock,
    config: first,
    async check(given) {
      await record(someCheck({ at: clock.now(), ...given }));
    },
    async incident({ monitorId, startedAt, endedAt = null, note = null, ...given }) {
      const { incidentId } = await store.commit({
        openIncident: {
          monitorId,
          startedAt,
          confirmedAt: startedAt + 60_000,
          reason: null,
          category: null,
          code: null,
          cause: null,
          impacted: [],
          snapshot: null,
          planned: false,
          isHidden: !web.config.monitors.some((monitor) => monitor.id === monitorId && monitor.public),
          ...given,
        },
        durable: true,
      });
      if (endedAt !== null) {
        await store.commit({ closeIncident: { id: incidentId!, endedAt }, durable: true });
      }
      if (note !== null) await store.incidents.annotate(incidentId!, note, clock.now());
      return incidentId!;
    },
    async request(path, { from = "127.0.0.1", ...init } = {}) {
      const url = new Request("http://status.example.com/").url.slice(0, -1) + path;
      const env = { remoteAddr: { transport: "tcp" as const, hostname: from, port: 4_711 } };
      return await web.app.request(url, init, env);
    },
    asOperator(path, init = {}) {
      const headers = new Headers(init.headers);
      headers.set("authorization", `Bearer ${TOKEN}`);
      return web.request(path, { ...init, headers });
    },
    async [Symbol.asyncDispose]() {
      await store.close();
    },
  };
  (web as { app: Hono<AppEnv> }).app = createApp(deps);
  return web;
}

export type { Monitor };
