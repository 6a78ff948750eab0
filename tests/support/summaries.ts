import type { Severity } from "../../domain/config.ts";
import type { DayState, DayView, HourView, LinePoint, MonitorView, Summary } from "../../domain/summary.ts";
import { daysOf } from "../../domain/days.ts";
import { type Status, worstStatus } from "../../domain/status.ts";

/** Summaries of every state a page can be in, for tests and for looking at the pages. All data is made up; the time stands still. */
export const NOW = Date.parse("2026-11-23T14:17:08Z");
const DAY = 86_400_000;
const HOUR = 3_600_000;

interface Wish extends Partial<MonitorView> {
  readonly id: string;
  readonly name: string;
  /** Days ago → state of that day; all others are up. */
  readonly bad?: Readonly<Record<number, DayState>>;
  /** Days with data; older ones are empty. */
  readonly age?: number;
  /** Usual latency in ms. */
  readonly usual?: number;
  readonly dayCount?: number;
}

/** A repeatable sequence of numbers in 0 … 1. */
export function numbers(seed: number): () => number {
  let state = seed * 2_654_435_761 % 4_294_967_296;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 374_761_393) >>> 0;
    return state / 4_294_967_296;
  };
}

function dayOf(daysAgo: number, state: DayState): DayView {
  const downMs = state === "down" ? DAY / 8 : state === "degraded" ? 240_000 : 0;
  return {
    date: new Date(NOW - daysAgo * DAY).toISOString().slice(0, 10),
    state,
    uptime: state === "empty" ? null : (DAY - downMs) / DAY,
    downMs,
    degradedMs: 0,
  };
}

function lineOf(seed: number, usual: number, status: Status, sinceAt: number | null): LinePoint[] {
  if (status === "unknown") return [];
  const random = numbers(seed);
  const points: LinePoint[] = [];
  let drift = 1;
  for (let at = Math.ceil((NOW - DAY) / 900_000) * 900_000; at < NOW; at += 900_000) {
    drift += (random() - 0.5) * 0.14 + (1 - drift) * 0.1;
    const isBad = sinceAt !== null && at + 900_000 > sinceAt && status !== "up";
    const p50 = Math.round(usual * drift * (isBad && status === "degraded" ? 3.6 : 1));
    points.push(
      isBad && status === "down"
        ? { at, p50: null, p95: null, state: "down" }
        : { at, p50, p95: Math.round(p50 * (1.6 + random() * 0.5)), state: isBad ? "degraded" : "up" },
    );
  }
  return points;
}

export function monitor(wish: Wish): MonitorView {
  const { bad = {}, age = 90, usual = 80, dayCount = 90, ...given } = wish;
  const status = given.status ?? "up";
  const sinceAt = given.sinceAt === undefined
    ? (status === "unknown" ? null : NOW - 12 * DAY)
    : given.sinceAt;
  const days = [...Array(dayCount).keys()].map((index) => {
    const daysAgo = dayCount - 1 - index;
    return dayOf(daysAgo, daysAgo >= age ? "empty" : bad[daysAgo] ?? "up");
  });
  const known = days.filter((day) => day.uptime !== null);
  const uptimeBar = known.length === 0
    ? null
    : known.reduce((sum, day) => sum + day.uptime!, 0) / known.length;
  const line = lineOf(
    [...wish.id].reduce((sum, char) => sum * 31 + char.charCodeAt(0), 7) % 9_999,
    usual,
    status,
    sinceAt,
  );
  return {
    kind: "http",
    group: null,
    public: true,
    intervalSecs: 30,
    target: null,
    lastCheckedAt: status === "unknown" ? null : NOW - 4_000,
    lastLatencyMs: status === "up" ? usual : status === "degraded" ? Math.round(usual * 3.6) : null,
    lastPhases: null,
    lastError: null,
    lastErrorCategory: null,
    lastMessage: null,
    uptime24h: status === "unknown" ? null : status === "down" ? 0.972 : 1,
    uptimeBar,
    latency: status === "unknown" || given.kind === "push"
      ? { p50: null, p95: null, p99: null }
      : { p50: usual, p95: Math.round(usual * 1.9), p99: Math.round(usual * 2.6) },
    sloLatencyMs: null,
    budget: null,
    maintenance: null,
    silencedUntilAt: null,
    certificate: null,
    certificateWarnDays: 14,
    domain: null,
    cause: null,
    impacted: [],
    incidentId: null,
    ...given,
    status,
    sinceAt,
    days: daysOf(days),
    line: given.line ?? (() => line),
  };
}

export function summary(monitors: readonly MonitorView[], given: Partial<Summary> = {}): Summary {
  const names = [...new Set(monitors.map((one) => one.group ?? ""))].sort((a, b) =>
    Number(a === "") - Number(b === "")
  );
  return {
    viewer: { kind: "anonymous" },
    title: "Harbour",
    generatedAt: NOW,
    version: 1,
    overall: worstStatus(monitors.map((one) => one.status)),
    stale: null,
    banners: [],
    maintenances: [],
    monitors,
    groups: names.map((name) => {
      const members = monitors.filter((one) => (one.group ?? "") === name);
      const ratios = members.map((one) => one.uptimeBar).filter((ratio) => ratio !== null);
      return {
        name,
        ids: members.map((one) => one.id),
        status: worstStatus(members.map((one) => one.status)),
        uptime: ratios.length === 0 ? null : ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length,
      };
    }),
    peers: null,
    hours: hours(monitors),
    ...given,
  };
}

function hours(monitors: readonly MonitorView[]): HourView[] {
  const order: DayState[] = ["empty", "up", "planned", "degraded", "down"];
  const first = Math.floor(NOW / HOUR) * HOUR - 23 * HOUR;
  return [...Array(24).keys()].map((index) => {
    const startAt = first + index * HOUR;
    const states = monitors.flatMap((one) =>
      one.line().filter((p) => p.at >= startAt && p.at < startAt + HOUR)
    );
    return { startAt, state: order[Math.max(0, ...states.map((point) => order.indexOf(point.state)))] };
  });
}

const wellMonitors = (): MonitorView[] => [
  monitor({ id: "website", name: "Website", group: "Shop", bad: { 48: "down", 47: "degraded" }, usual: 78 }),
  monitor({ id: "checkout", name: "Checkout", group: "Shop", usual: 120 }),
  monitor({ id: "customer-api", name: "Customer API", group: "Shop", bad: { 78: "degraded" }, usual: 32 }),
  monitor({
    id: "search",
    name: "Search",
    group: "Shop",
    bad: { 19: "degraded", 18: "degraded" },
    usual: 410,
  }),
  monitor({ id: "mail", name: "Mail delivery", group: "Shop", kind: "tcp", age: 60, usual: 121 }),
  monitor({ id: "database", name: "Database", group: "Infrastructure", kind: "tcp", usual: 3 }),
  monitor({ id: "ns", name: "Nameservers", group: "Infrastructure", kind: "dns", usual: 11 }),
  monitor({ id: "backup", name: "Nightly backup", group: "Infrastructure", kind: "push" }),
  monitor({ id: "gateway", name: "Gateway Lyon", group: "Infrastructure", kind: "icmp", age: 2, usual: 9 }),
  monitor({ id: "docs", name: "Documentation", usual: 44 }),
];

const change = (
  monitors: readonly MonitorView[],
  wishes: Readonly<Record<string, Partial<Wish>>>,
): MonitorView[] =>
  monitors.map((one) => {
    const wish = wishes[one.id];
    if (wish === undefined) return one;
    const {
      line: _line,
      days: _days,
      uptimeBar: _uptime,
      uptime24h: _day,
      latency,
      lastLatencyMs: _last,
      ...rest
    } = one;
    const usual = latency.p50 ?? 50;
    return monitor({ ...rest, usual, ...wish });
  });

const many = (count: number, badShare: number): MonitorView[] => {
  const random = numbers(count);
  return [...Array(count).keys()].map((index) => {
    const bad: Record<number, DayState> = {};
    if (random() < 0.1) bad[Math.floor(random() * 90)] = random() < 0.5 ? "down" : "degraded";
    const isDown = random() < badShare;
    return monitor({
      id: `service-${String(index + 1).padStart(3, "0")}`,
      name: `${["Edge", "Store", "Portal", "Queue", "Worker", "Index", "Relay"][index % 7]} ${
        ["Ghent", "Lyon", "Oslo", "Porto", "Turin"][Math.floor(index / 7) % 5]
      } ${index + 1}`,
      group: `Region ${String(Math.floor(index / 20) + 1).padStart(2, "0")}`,
      bad,
      usual: 20 + Math.floor(random() * 400),
      ...(isDown
        ? {
          status: "down" as const,
          sinceAt: NOW - 1_500_000 - Math.floor(random() * 9e6),
          lastError: "HTTP 503",
        }
        : {}),
    });
  });
};

const banner = (title: string, body: string, severity: Severity) => ({
  id: 1,
  title,
  body,
  severity,
  at: NOW - 480_000,
  untilAt: null,
});

const longName =
  "The regional procurement, settlement and reconciliation gateway of the northern administrative district (legacy)";

/** Every state that the pages are looked at in. */
export const states: Readonly<Record<string, () => Summary>> = {
  well: () => summary(wellMonitors()),
  one_down: () =>
    summary(
      change(wellMonitors(), {
        checkout: {
          status: "down",
          sinceAt: NOW - 12 * 60_000,
          lastError: "HTTP 503",
          bad: { 0: "down" },
          impacted: ["Gift cards", "Returns"],
          incidentId: 12,
        },
        search: {
          status: "degraded",
          sinceAt: NOW - 57 * 60_000,
          sloLatencyMs: 800,
          bad: { 19: "degraded", 0: "degraded" },
        },
        backup: { maintenance: "Switch swap" },
      }),
      {
        banners: [banner("We are on it", "Payments fail for some cards. Next word by 14:40 UTC.", "warning")],
        maintenances: [{
          reason: "Switch swap",
          startAt: NOW - HOUR,
          endAt: NOW + HOUR,
          monitors: [{ id: "backup", name: "Nightly backup" }],
        }],
      },
    ),
  many_down: () => summary(many(60, 0.35)),
  maintenance: () =>
    summary(
      change(wellMonitors(), {
        database: { maintenance: "Database upgrade", status: "down", sinceAt: NOW - 600_000 },
        ns: { maintenance: "Database upgrade", bad: { 0: "planned", 1: "planned" } },
      }),
      {
        maintenances: [
          {
            reason: "Database upgrade",
            startAt: NOW - HOUR,
            endAt: NOW + 2 * HOUR,
            monitors: [{ id: "database", name: "Database" }, { id: "ns", name: "Nameservers" }],
          },
        ],
        banners: [
          banner("Read only until 16:17 UTC", "", "info"),
          banner("Mail flows again", "All queues are empty.", "resolved"),
        ],
      },
    ),
  nothing: () => summary([]),
  waiting: () => summary([monitor({ id: "a", name: "First", status: "unknown", age: 0 })]),
  stale: () => summary(wellMonitors(), { stale: "The scheduler has not run for 4 minutes." }),
  seven_hundred: () => summary(many(700, 0)),
  long_names: () =>
    summary([
      monitor({
        id: "long",
        name: longName,
        group: `Group of ${longName}`,
        status: "down",
        sinceAt: NOW - 3 * DAY,
        lastError: "connection refused",
        impacted: [longName, "x".repeat(120)],
      }),
      monitor({ id: "solid", name: "x".repeat(120), group: `Group of ${longName}` }),
      monitor({ id: "other", name: "Other", group: "Small" }),
    ]),
  right_to_left: () =>
    summary([
      monitor({
        id: "rtl",
        name: "بوابة الدفع",
        group: "الخدمات",
        status: "down",
        sinceAt: NOW - 720_000,
        lastError: "HTTP 503",
      }),
      monitor({ id: "he", name: "שרת הדואר (ראשי)", group: "الخدمات" }),
      monitor({ id: "ltr", name: "API v2", group: "الخدمات" }),
    ]),
  emoji: () =>
    summary([
      monitor({
        id: "e1",
        name: "🚢 Harbour 🇳🇴",
        group: "🌊 Sea",
        status: "degraded",
        sinceAt: NOW - 720_000,
      }),
      monitor({ id: "e2", name: "👩‍🔧 Workshop", group: "🌊 Sea" }),
      monitor({ id: "e3", name: "東京ゲートウェイ", group: "🌊 Sea" }),
    ]),
  operator: () =>
    summary(
      change(wellMonitors(), {
        website: {
          budget: {
            targetPercent: 99.9,
            windowDays: 30,
            totalMinutes: 43,
            leftMinutes: 9,
            leftMs: 540_000,
            state: "low",
          },
          certificate: {
            notBeforeAt: 0,
            notAfterAt: NOW + 6 * DAY,
            fingerprint: "ab".repeat(32),
            subject: "CN=shop.example.com",
            issuer: "CN=Example CA",
          },
          silencedUntilAt: NOW + HOUR,
          target: "https://shop.example.com/",
        },
        checkout: {
          budget: {
            targetPercent: 99.95,
            windowDays: 30,
            totalMinutes: 21,
            leftMinutes: 0,
            leftMs: -60_000,
            state: "breached",
          },
          domain: { name: "example.com", expiresAt: NOW + 20 * DAY },
          public: false,
        },
      }),
      {
        viewer: { kind: "operator" },
        peers: [
          { id: "lyon", name: "Lyon node", status: "up", lastSeenAt: NOW - 20_000, pings: true },
          { id: "oslo", name: "Oslo node", status: "unknown", lastSeenAt: null, pings: false },
        ],
      },
    ),
};
