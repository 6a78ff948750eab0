import { secondsBetween } from "../domain/duration.ts";
import type { ShownIncident } from "../domain/incident_view.ts";
import type { Report, ReportRow } from "../domain/report.ts";
import type { MonitorView } from "../domain/summary.ts";
import { monitorWire, permille, wireTime } from "./summary_json.ts";
import type { IncidentWire, MonitorDetailWire, ReportWire } from "./wire.ts";

/** One monitor with everything the summary leaves out for size. */
export function monitorDetailWire(view: MonitorView, now: number): MonitorDetailWire {
  const { lastPhases: phases, certificate } = view;
  return {
    ...monitorWire(view, now),
    uptime_bar_permille: view.uptimeBar === null ? null : permille(view.uptimeBar),
    line: view.line().map(({ at, p50, p95, state }) => ({
      t: Math.floor(at / 1_000),
      p50_ms: p50,
      p95_ms: p95,
      state,
    })),
    phases: phases === null ? null : {
      resolve_ms: phases.resolveMs,
      connect_ms: phases.connectMs,
      tls_ms: phases.tlsMs,
      first_byte_ms: phases.firstByteMs,
      transfer_ms: phases.transferMs,
    },
    certificate: certificate === null ? null : {
      not_before: wireTime(certificate.notBeforeAt),
      not_after: wireTime(certificate.notAfterAt),
      subject: certificate.subject,
      issuer: certificate.issuer,
      spki_sha256: certificate.fingerprint,
    },
  };
}

export function incidentWire(incident: ShownIncident, now: number): IncidentWire {
  return {
    id: incident.id,
    monitor: { id: incident.monitorId, name: incident.monitorName, group: incident.group },
    started_at: wireTime(incident.startedAt),
    confirmed_at: wireTime(incident.confirmedAt),
    ended_at: incident.endedAt === null ? null : wireTime(incident.endedAt),
    ongoing: incident.endedAt === null,
    duration_secs: secondsBetween(incident.startedAt, incident.endedAt ?? now),
    planned: incident.planned,
    unwatched: incident.unwatched,
    error: incident.reason,
    category: incident.category,
    cause: incident.cause,
    impacted: [...incident.impacted],
    note: incident.note,
    reasons: incident.reasons.map(({ at, reason }) => ({ at: wireTime(at), error: reason })),
    ...(incident.vantage === null ? {} : { vantage: incident.vantage }),
    ...(incident.snapshot === null ? {} : { snapshot: incident.snapshot }),
    updated_at: wireTime(incident.updatedAt),
  };
}

/** Per cent with two decimals, half up; the same digits as the printed report. */
export function percent(ratio: number | null): number | null {
  return ratio === null ? null : Math.round(ratio * 10_000 + 1e-9) / 100;
}

function rowWire(row: ReportRow): ReportWire["groups"][number]["monitors"][number] {
  const minutes = (ms: number) => Math.floor(ms / 60_000 + 1e-9);
  return {
    id: row.id,
    name: row.name,
    uptime_pct: percent(row.uptime),
    incidents: row.incidents,
    downtime_secs: Math.floor(row.downtimeMs / 1_000),
    mttr_secs: row.meanRepairMs === null ? null : Math.floor(row.meanRepairMs / 1_000),
    slo_pct: row.slo?.targetPercent ?? null,
    slo_met: row.slo?.met ?? null,
    budget_minutes: row.slo === null ? null : minutes(row.slo.budgetMs),
    budget_used_minutes: row.slo === null ? null : minutes(row.slo.consumedMs),
  };
}

export function reportWire(report: Report, title: string): ReportWire {
  return {
    month: report.month.name,
    title,
    group: report.group,
    generated_at: wireTime(report.generatedAt),
    judged_until: wireTime(report.judgedUntilAt),
    groups: report.sections.map((section) => ({
      name: section.name,
      uptime_pct: percent(section.uptime),
      monitors: section.rows.map(rowWire),
    })),
  };
}
