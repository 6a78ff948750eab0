import { DAY } from "../domain/clock.ts";
import { type Days, letterOf, stateOfLetter } from "../domain/days.ts";
import { overallLabels, type Status } from "../domain/status.ts";
import type { DayView, MaintenanceView, MonitorView, PeerView, Summary } from "../domain/summary.ts";
import { isoDay } from "./times.ts";
import type { MonitorWire, SummaryWire } from "./wire.ts";

/** `YYYY-MM-DDTHH:MM:SS+00:00`. */
export function wireTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}+00:00`;
}

/** `YYYY-MM-DD HH:MM UTC`. */
export function wireMinute(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** A ratio in whole per mille, rounded down, safe against the last bit of a division. */
export function permille(ratio: number): number {
  return Math.min(1_000, Math.max(0, Math.floor(ratio * 1_000 + 1e-9)));
}

/** Whole days until `at`, rounded down: below zero once it has passed. */
export function daysUntil(at: number, now: number): number {
  return Math.floor((at - now) / DAY);
}

/** The state API clients know: planned time is left out, and the rest of the day decides. */
export function wireDayState(day: DayView): "up" | "degraded" | "down" | "empty" {
  if (day.state !== "planned") return day.state;
  if (day.uptime === null) return "empty";
  if (day.downMs === 0 && day.degradedMs === 0) return "up";
  return day.uptime >= 0.9 ? "degraded" : "down";
}

type HistoryCell = MonitorWire["history"][number];

/** Cells of days, which the bars of a fleet share as long as all end on the same day. */
export class HistoryCells {
  #startAt = 0;
  #length = 0;
  /** By the letter of their state. */
  readonly #cells = new Map<string, HistoryCell[]>();

  of(days: Days): HistoryCell[] {
    if (this.#startAt !== days.startAt || this.#length !== days.length) {
      this.#cells.clear();
      this.#startAt = days.startAt;
      this.#length = days.length;
    }
    const history: HistoryCell[] = [];
    for (let index = 0; index < days.length; index++) {
      const letter = days.letters[index];
      if (letter !== letterOf.planned) history.push(this.#all(letter)[index]);
      else {
        const day = days.at(index);
        history.push({ date: day.date, state: wireDayState(day) });
      }
    }
    return history;
  }

  #all(letter: string): readonly HistoryCell[] {
    let cells = this.#cells.get(letter);
    if (cells === undefined) {
      const state = stateOfLetter(letter) as HistoryCell["state"];
      cells = Array.from({ length: this.#length }, (_, index) => ({
        date: isoDay(this.#startAt + index * DAY),
        state,
      }));
      this.#cells.set(letter, cells);
    }
    return cells;
  }
}

export function monitorWire(view: MonitorView, now: number, cells = new HistoryCells()): MonitorWire {
  return {
    id: view.id,
    name: view.name,
    status: view.status,
    last_latency_ms: view.lastLatencyMs,
    ...(view.lastError === null ? {} : { last_error: view.lastError }),
    last_checked: view.lastCheckedAt === null ? null : wireTime(view.lastCheckedAt),
    uptime_24h_permille: view.uptime24h === null ? null : permille(view.uptime24h),
    latency_p50_ms: view.latency.p50,
    latency_p95_ms: view.latency.p95,
    latency_p99_ms: view.latency.p99,
    slo_latency_ms: view.sloLatencyMs,
    ...(view.budget === null ? {} : {
      slo_uptime_pct: view.budget.targetPercent,
      error_budget_minutes_total: view.budget.totalMinutes,
      error_budget_minutes_left: Math.max(0, view.budget.leftMinutes),
    }),
    maintenance: view.maintenance,
    cert_expiry_days: view.certificate === null ? null : daysUntil(view.certificate.notAfterAt, now),
    history: cells.of(view.days),
    group: view.group,
    ...(view.cause === null ? {} : { cause: view.cause }),
    ...(view.impacted.length === 0 ? {} : { impacted: [...view.impacted] }),
    kind: view.kind,
    since: view.sinceAt === null ? null : wireTime(view.sinceAt),
    interval_secs: view.intervalSecs,
    ...(view.target === null || view.target === "" ? {} : { target: view.target }),
    ...(view.lastMessage === null ? {} : { last_message: view.lastMessage }),
    ...(view.domain === null ? {} : { domain_expiry_days: daysUntil(view.domain.expiresAt, now) }),
    ...(view.incidentId === null ? {} : { incident_id: view.incidentId }),
    ...(view.silencedUntilAt === null ? {} : { silenced_until: Math.floor(view.silencedUntilAt / 1_000) }),
  };
}

function maintenanceWire(view: MaintenanceView): SummaryWire["maintenances"][number] {
  const names = view.monitors?.map(({ name }) => name).join(", ");
  return { reason: view.reason, monitors: names ?? "all monitors" };
}

function peerWire(view: PeerView): SummaryWire["peers"][number] {
  return {
    id: view.id,
    name: view.name,
    status: view.status,
    last_seen: view.lastSeenAt === null ? null : wireTime(view.lastSeenAt),
    pings: view.pings,
  };
}

/** A summary as API clients read it, but for its monitors: what stands before them, and after. */
export interface SummaryFrame {
  readonly before: Omit<SummaryWire, "monitors" | "groups" | "peers" | "counts" | "stale">;
  readonly after: Pick<SummaryWire, "groups" | "peers" | "counts" | "stale">;
}

/** Pure; the summary holds only what its viewer may see. */
export function summaryFrame(summary: Summary): SummaryFrame {
  const counts: Record<Status, number> = { up: 0, degraded: 0, down: 0, unknown: 0 };
  for (const monitor of summary.monitors) counts[monitor.status] += 1;
  const before = {
    title: summary.title,
    overall: summary.overall,
    overall_label: overallLabels[summary.overall],
    generated_at: new Date(summary.generatedAt).toISOString().replace("Z", "+00:00"),
    incidents: summary.banners.map((banner) => ({
      title: banner.title,
      body: banner.body,
      severity: banner.severity,
      at: banner.at === null ? null : wireMinute(banner.at),
    })),
    maintenances: summary.maintenances.map(maintenanceWire),
  };
  const after = {
    groups: summary.groups.map((group) => ({ name: group.name, ids: [...group.ids] })),
    peers: (summary.peers ?? []).map(peerWire),
    counts,
    ...(summary.stale === null ? {} : { stale: summary.stale }),
  };
  return { before, after };
}
