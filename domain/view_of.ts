import { type Sums, uptimeOf } from "./bars.ts";
import { DAY } from "./clock.ts";
import type { Config } from "./config.ts";
import type { Days } from "./days.ts";
import { windowOf } from "./maintenance.ts";
import { displayTarget, type Monitor } from "./monitor.ts";
import type { CertificateFacts } from "./outcome.ts";
import type { Picture } from "./picture.ts";
import { publicText } from "./public_text.ts";
import { budgetOf } from "./slo.ts";
import type { Status } from "./status.ts";
import type { BudgetView, DayState, LinePoint, MonitorGauges, MonitorView } from "./summary.ts";

export interface GaugesInput {
  readonly monitor: Monitor;
  readonly picture: Picture;
  readonly standing: { readonly sinceAt: number; readonly incidentId: number | null } | null;
  readonly status: Status;
  readonly now: number;
  readonly config: Config;
  readonly certificate: CertificateFacts | null;
  readonly domainExpiresAt: number | null;
}

interface Input extends GaugesInput {
  /** May the viewer read raw reasons, messages and the target? */
  readonly detail: boolean;
}

/** A monitor's view with what groups and the row of hours are made of. */
export interface Shown {
  readonly view: MonitorView;
  /** All days of the bar together. */
  readonly bar: Sums;
  /** States of the last 24 UTC hours, the present one last. */
  readonly hours: readonly DayState[];
}

/** One monitor as shown, but for what depends on the viewer beyond `detail`: cause, impacted names, silences. */
export function viewOf(input: Input): Shown {
  const { picture, now, config: { page: { historyDays } } } = input;
  const { days, sums } = picture.bar(now, historyDays);
  const view = monitorView(input, days, sums);
  return { view, bar: sums, hours: picture.recent.hours(now) };
}

/** One monitor in figures; what depends on the viewer, its silences, is left out. */
export function gaugesOf(input: GaugesInput): MonitorGauges {
  const { monitor, picture, now, config } = input;
  const newest = picture.newest;
  const [p50, p95, p99] = picture.recent.percentiles([50, 95, 99]);
  return {
    id: monitor.id,
    name: monitor.name,
    kind: monitor.kind,
    intervalSecs: monitor.intervalSecs,
    status: input.status,
    sinceAt: input.status === "unknown" ? null : input.standing?.sinceAt ?? null,
    lastCheckedAt: newest?.at ?? null,
    lastLatencyMs: newest?.latencyMs ?? null,
    lastPhases: newest?.phases ?? null,
    uptime24h: uptimeOf(picture.recent.sums(now)),
    latency: { p50, p95, p99 },
    budget: budgetView(monitor, picture, now),
    maintenance: windowOf(config.maintenance, monitor.id, now)?.title ?? null,
    silencedUntilAt: null,
    certificate: input.certificate,
    domain: monitor.domainExpiry === null || input.domainExpiresAt === null
      ? null
      : { name: monitor.domainExpiry, expiresAt: input.domainExpiresAt },
    incidentId: input.standing?.incidentId ?? null,
  };
}

function monitorView(input: Input, days: Days, bar: Sums): MonitorView {
  const { monitor, picture, detail, now, config } = input;
  const newest = picture.newest;
  let line: readonly LinePoint[] | null = null;
  return {
    ...gaugesOf(input),
    group: monitor.group,
    public: monitor.public,
    target: detail ? displayTarget(monitor) : null,
    lastError: errorOf(input),
    lastErrorCategory: newest?.category ?? null,
    lastMessage: detail ? newest?.message ?? null : null,
    uptimeBar: uptimeOf(bar),
    sloLatencyMs: monitor.sloLatencyMs,
    certificateWarnDays: config.alerts.certExpiryDays,
    days,
    // Drawn for one monitor at a time, so it is made when somebody looks.
    line: () => line ??= picture.recent.line(now),
    cause: null,
    impacted: [],
  };
}

function errorOf({ picture: { newest }, detail }: Input): string | null {
  if (newest === null || newest.status === "up") return null;
  if (detail) return newest.reason;
  if (newest.category !== null) return publicText(newest.category, newest.code);
  return newest.reason === null ? null : publicText("other", null);
}

function budgetView(monitor: Monitor, picture: Picture, now: number): BudgetView | null {
  if (monitor.sloUptimePercent === null) return null;
  const fromAt = Math.floor((now - monitor.sloWindowDays * DAY) / DAY) * DAY;
  const { downMs } = picture.sums(fromAt).coverage;
  return budgetOf(monitor.sloUptimePercent, monitor.sloWindowDays, downMs);
}
