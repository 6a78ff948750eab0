import type { Severity } from "./config.ts";
import type { Days } from "./days.ts";
import type { Mention } from "./incident.ts";
import type { MonitorKind } from "./monitor.ts";
import type { CertificateFacts, FailureCategory, Phases } from "./outcome.ts";
import type { Status } from "./status.ts";
import type { Viewer } from "./viewer.ts";

/**
 * The whole current picture for one audience, made from the board. Page, JSON, plain text, badges and metrics are renderings of it;
 * whatever the viewer may not see is not in it. Instants are Unix ms.
 */
export interface Summary {
  readonly viewer: Viewer;
  readonly title: string;
  readonly generatedAt: number;
  /** The board's version this was made from. */
  readonly version: number;
  readonly overall: Status;
  /** Set when the scheduler or the store is not well: the data may be old. What is wrong, or safe words by viewer. */
  readonly stale: string | null;
  readonly banners: readonly BannerView[];
  readonly maintenances: readonly MaintenanceView[];
  readonly monitors: readonly MonitorView[];
  readonly groups: readonly GroupView[];
  /** Null: this viewer may not see peers. */
  readonly peers: readonly PeerView[] | null;
  /** Status of everything shown together, hour by hour, 24 items, newest last. */
  readonly hours: readonly HourView[];
}

export interface BannerView {
  /** Null for banners declared in the file. */
  readonly id: number | null;
  readonly title: string;
  readonly body: string;
  readonly severity: Severity;
  readonly at: number | null;
  readonly untilAt: number | null;
}

export interface MaintenanceView {
  readonly reason: string;
  readonly startAt: number;
  readonly endAt: number;
  /** Null: all of them. */
  readonly monitors: readonly Mention[] | null;
}

export interface GroupView {
  /** Empty for the ungrouped section. */
  readonly name: string;
  readonly ids: readonly string[];
  readonly status: Status;
  /** Over the bar's days, weighted by time; null: nothing covered. */
  readonly uptime: number | null;
}

export interface HourView {
  readonly startAt: number;
  readonly state: DayState;
}

export type DayState = "up" | "degraded" | "down" | "empty" | "planned";

export interface DayView {
  /** `YYYY-MM-DD`, UTC. */
  readonly date: string;
  /** On the wire `planned` reads `empty` or the state of the rest of the day; here it is its own. */
  readonly state: DayState;
  /** Exact fraction; null: nothing covered. */
  readonly uptime: number | null;
  /** Covered time in which it was down or degraded; what maintenance covers does not count. */
  readonly downMs: number;
  readonly degradedMs: number;
}

/** A monitor in figures, as metrics tell it: cheap to make, since it holds no days and no line. */
export interface MonitorGauges {
  readonly id: string;
  readonly name: string;
  readonly kind: MonitorKind;
  readonly intervalSecs: number;
  readonly status: Status;
  /** When the present status began; null: unknown. */
  readonly sinceAt: number | null;
  readonly lastCheckedAt: number | null;
  readonly lastLatencyMs: number | null;
  readonly lastPhases: Phases | null;
  /** Exact fraction over the last 24 h of covered time; null: nothing covered. */
  readonly uptime24h: number | null;
  readonly latency: { readonly p50: number | null; readonly p95: number | null; readonly p99: number | null };
  readonly budget: BudgetView | null;
  /** Title (maybe empty) of the first window covering it now; null: none. */
  readonly maintenance: string | null;
  /** Active silence; only operators see it. */
  readonly silencedUntilAt: number | null;
  readonly certificate: CertificateFacts | null;
  readonly domain: { readonly name: string; readonly expiresAt: number } | null;
  /** The open incident's id, if any. */
  readonly incidentId: number | null;
}

export interface MonitorView extends MonitorGauges {
  readonly group: string | null;
  readonly public: boolean;
  /** Safe to show; null when the viewer may not see details. */
  readonly target: string | null;
  /** Why the newest check was not up: raw or safe words by viewer; null when it was up. */
  readonly lastError: string | null;
  readonly lastErrorCategory: FailureCategory | null;
  /** What came along with a check that was up; only for those who may see details. */
  readonly lastMessage: string | null;
  /** Exact fraction over the bar's days. */
  readonly uptimeBar: number | null;
  readonly sloLatencyMs: number | null;
  readonly certificateWarnDays: number;
  readonly days: Days;
  /** Mean, p50 and p95 per stretch of the last 24 h, oldest first, gaps left out; stretches are 15 minutes. */
  readonly line: () => readonly LinePoint[];
  readonly cause: string | null;
  readonly impacted: readonly string[];
}

export interface LinePoint {
  readonly at: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly state: DayState;
}

export interface BudgetView {
  readonly targetPercent: number;
  readonly windowDays: number;
  readonly totalMinutes: number;
  readonly leftMinutes: number;
  /** Exact, may be negative. */
  readonly leftMs: number;
  readonly state: "met" | "low" | "breached";
}

export interface PeerView {
  readonly id: string;
  readonly name: string;
  readonly status: Status;
  readonly lastSeenAt: number | null;
  readonly pings: boolean;
}
