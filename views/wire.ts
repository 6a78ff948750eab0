import * as z from "zod";
import { monitorKinds } from "../domain/monitor.ts";

/** The shapes of JSON answers. The OpenAPI document is made from these, and the views that fill them are typed by them. */

const status = z.enum(["up", "degraded", "down", "unknown"]);
const count = z.int().nonnegative();
const moment = (description: string) =>
  z.string().meta({ description, example: "2031-03-04T05:06:07+00:00" });

export const DayCell = z.object({
  date: z.string().meta({ description: "UTC day, `YYYY-MM-DD`.", example: "2031-03-04" }),
  state: z.enum(["up", "degraded", "down", "empty"]),
}).meta({ id: "DayCell" });

export const Kind = z.enum(monitorKinds).meta({ id: "Kind" });

export const MonitorView = z.object({
  id: z.string(),
  name: z.string(),
  status,
  last_latency_ms: z.int().nullable(),
  last_error: z.string().optional().meta({
    description:
      "Why the newest check was not up. The raw words for callers with the token, else a safe category.",
  }),
  last_checked: moment("The newest check.").nullable(),
  uptime_24h_permille: z.int().min(0).max(1000).nullable(),
  latency_p50_ms: z.int().nullable(),
  latency_p95_ms: z.int().nullable(),
  latency_p99_ms: z.int().nullable(),
  slo_latency_ms: z.int().nullable(),
  slo_uptime_pct: z.number().optional(),
  error_budget_minutes_total: count.optional(),
  error_budget_minutes_left: count.optional(),
  maintenance: z.string().nullable().meta({
    description: "Title, maybe empty, of the maintenance that covers it now.",
  }),
  cert_expiry_days: z.int().nullable(),
  history: z.array(DayCell),
  group: z.string().nullable(),
  cause: z.string().optional(),
  impacted: z.array(z.string()).optional(),
  kind: Kind,
  since: moment("When the present status began.").nullable(),
  interval_secs: z.int(),
  target: z.string().optional().meta({ description: "For callers with the token; credentials masked." }),
  last_message: z.string().optional().meta({ description: "What came along with a check that was up." }),
  domain_expiry_days: z.int().optional(),
  incident_id: z.int().optional().meta({ description: "The open incident." }),
  silenced_until: z.int().optional().meta({ description: "Unix seconds; for callers with the token." }),
}).meta({ id: "MonitorView" });

export const IncidentView = z.object({
  title: z.string(),
  body: z.string(),
  severity: z.enum(["info", "warning", "critical", "resolved"]),
  at: z.string().nullable().meta({ example: "2031-03-04 04:50 UTC" }),
}).meta({ id: "IncidentView", description: "A banner: an announcement, or an `[[incidents]]` entry." });

export const MaintenanceView = z.object({
  reason: z.string(),
  monitors: z.string().meta({ description: "`all monitors`, or names joined by a comma and a blank." }),
}).meta({ id: "MaintenanceView" });

export const GroupView = z.object({
  name: z.string().meta({ description: "Empty for monitors without a group." }),
  ids: z.array(z.string()),
}).meta({ id: "GroupView" });

export const PeerView = z.object({
  id: z.string(),
  name: z.string(),
  status,
  last_seen: moment("The newest heartbeat.").nullable(),
  pings: z.boolean().meta({ description: "This node sends it heartbeats." }),
}).meta({ id: "PeerView" });

export const Summary = z.object({
  title: z.string(),
  overall: status,
  overall_label: z.string().meta({ example: "All systems operational" }),
  generated_at: moment("When this was put together."),
  incidents: z.array(IncidentView),
  maintenances: z.array(MaintenanceView),
  monitors: z.array(MonitorView),
  groups: z.array(GroupView),
  peers: z.array(PeerView).meta({
    description: "Watched peers; empty for callers without the token unless `page.show_peers` is set.",
  }),
  counts: z.object({ up: count, degraded: count, down: count, unknown: count }),
  stale: z.string().optional().meta({
    description: "Set when Hora itself is not well and the data may be old; the operator's says why.",
  }),
}).meta({ id: "Summary" });

export const Point = z.object({
  t: z.int().meta({ description: "Unix seconds." }),
  latency_ms: z.int(),
}).meta({ id: "Point" });

export const PeerSeen = z.object({
  state: z.enum(["up", "down", "unknown"]),
  age: z.int().meta({ description: "Seconds since its last good heartbeat; -1: never." }),
}).meta({ id: "PeerSeen" });

export const HealthReport = z.object({
  status: z.enum(["ok", "degraded"]),
  scheduler_ok: z.boolean(),
  db_ok: z.boolean(),
  last_tick_age: z.int().meta({
    description: "Seconds since the newest tick of the check loop; -1: none yet.",
  }),
  id: z.string().optional(),
  peers: z.record(z.string(), PeerSeen),
  trouble: z.string().optional().meta({ description: "What is wrong, in words; for the operator alone." }),
}).meta({ id: "HealthReport" });

export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
}).meta({ id: "Problem", description: "RFC 9457; sent when `Accept` prefers JSON." });

export type SummaryWire = z.infer<typeof Summary>;
export type MonitorWire = z.infer<typeof MonitorView>;

export const MonitorDetail = z.object({
  ...MonitorView.shape,
  uptime_bar_permille: z.int().nullable().meta({ description: "Over the days of `history`." }),
  line: z.array(z.object({
    t: z.int(),
    p50_ms: z.int().nullable(),
    p95_ms: z.int().nullable(),
    state: z.enum(["up", "degraded", "down", "empty", "planned"]),
  })).meta({ description: "The last 24 hours in stretches of 15 minutes, gaps left out." }),
  phases: z.object({
    resolve_ms: z.number().optional(),
    connect_ms: z.number().optional(),
    tls_ms: z.number().optional(),
    first_byte_ms: z.number().optional(),
    transfer_ms: z.number().optional(),
  }).nullable().meta({ description: "Where the newest check spent its time." }),
  certificate: z.object({
    not_before: z.string(),
    not_after: z.string(),
    subject: z.string(),
    issuer: z.string(),
    spki_sha256: z.string(),
  }).nullable(),
}).meta({ id: "MonitorDetail" });

export const Incident = z.object({
  id: z.int(),
  monitor: z.object({ id: z.string(), name: z.string(), group: z.string().nullable() }),
  started_at: moment("The first failed check."),
  confirmed_at: moment("When the threshold confirmed it."),
  ended_at: moment("The first good check, or the end of the watch.").nullable(),
  ongoing: z.boolean(),
  duration_secs: count.meta({ description: "Up to now while it lasts." }),
  planned: z.boolean().meta({
    description: "Confirmed during planned maintenance: not counted as downtime.",
  }),
  unwatched: z.boolean().meta({
    description: "It ended because the monitor left the config, not because it was good again.",
  }),
  error: z.string().nullable().meta({
    description: "The raw words for callers with the token, else a safe category.",
  }),
  category: z.string().nullable(),
  cause: z.string().nullable(),
  impacted: z.array(z.string()),
  note: z.string().nullable(),
  reasons: z.array(z.object({ at: moment("Since when."), error: z.string() })),
  vantage: z.string().optional().meta({ description: "What other nodes saw; where details may be seen." }),
  snapshot: z.string().optional().meta({
    description: "What the service answered; where details may be seen.",
  }),
  updated_at: moment("Moves on resolve and on a note."),
}).meta({ id: "Incident" });

export const IncidentPage = z.object({
  incidents: z.array(Incident),
  total: count.meta({ description: "All that match, on every page together." }),
  next: z.string().nullable().meta({ description: "The `cursor` of the next page; null on the last." }),
}).meta({ id: "IncidentPage" });

export const ReportRow = z.object({
  id: z.string(),
  name: z.string(),
  uptime_pct: z.number().nullable().meta({
    description: "Of covered time, two decimals.",
    example: 99.97,
  }),
  incidents: count,
  downtime_secs: count,
  mttr_secs: count.nullable(),
  slo_pct: z.number().nullable(),
  slo_met: z.boolean().nullable().meta({ description: "Judged by the unrounded ratio." }),
  budget_minutes: count.nullable(),
  budget_used_minutes: count.nullable(),
}).meta({ id: "ReportRow" });

export const Report = z.object({
  month: z.string().meta({ example: "2031-05" }),
  title: z.string(),
  group: z.string().nullable(),
  generated_at: moment("When this was put together."),
  judged_until: moment("The end of the month, or now while it runs."),
  groups: z.array(z.object({
    name: z.string().meta({ description: "Empty for monitors without a group." }),
    uptime_pct: z.number().nullable().meta({ description: "Weighted by time." }),
    monitors: z.array(ReportRow),
  })),
}).meta({ id: "Report" });

export const SilenceResponse = z.object({
  monitors: z.array(z.string()).meta({ example: ["gw", "shop"] }),
  until: z.int().meta({ description: "Unix seconds.", example: 1930368161 }),
  ids: z.array(z.int()),
}).meta({ id: "SilenceResponse" });

export const SilenceList = z.object({
  silences: z.array(z.object({
    id: z.int(),
    monitor: z.string().meta({ description: "`*` for everything." }),
    until: z.int(),
    reason: z.string().nullable(),
    created_at: z.int(),
  })),
}).meta({ id: "SilenceList" });

export const AnnounceResponse = z.object({
  id: z.int(),
  until: z.int().optional().meta({ description: "Unix seconds; absent when it stays until cleared." }),
}).meta({ id: "AnnounceResponse" });

export const AnnounceClearResponse = z.object({
  cleared: count.meta({ description: "How many were still active." }),
}).meta({ id: "AnnounceClearResponse" });

export const AnnouncementList = z.object({
  announcements: z.array(z.object({
    id: z.int(),
    title: z.string(),
    body: z.string(),
    severity: z.enum(["info", "warning", "critical", "resolved"]),
    until: z.int().nullable(),
    created_at: z.int(),
  })),
}).meta({ id: "AnnouncementList" });

export const ProbeRequest = z.object({
  from: z.string().meta({ description: "The asking node's id." }),
  kind: Kind,
  target: z.string().meta({ description: "Exactly as configured on both nodes." }),
  fingerprint: z.string().optional().meta({
    description: "Digest of the check's settings; picks among monitors of equal kind and target.",
  }),
}).meta({ id: "ProbeRequest" });

export const ProbeResponse = z.object({
  up: z.boolean(),
  error: z.string().optional(),
}).meta({ id: "ProbeResponse" });

export type MonitorDetailWire = z.infer<typeof MonitorDetail>;
export type IncidentWire = z.infer<typeof Incident>;
export type ReportWire = z.infer<typeof Report>;
