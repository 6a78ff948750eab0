import { z } from "@hono/zod-openapi";
import { monitorKinds } from "../domain/monitor.ts";

/** The shapes of JSON answers. The OpenAPI document is made from these, and the views that fill them are typed by them. */

const status = z.enum(["up", "degraded", "down", "unknown"]);
const count = z.int().nonnegative();
const moment = (description: string) =>
  z.string().openapi({ description, example: "2031-03-04T05:06:07+00:00" });

export const DayCell = z.object({
  date: z.string().openapi({ description: "UTC day, `YYYY-MM-DD`.", example: "2031-03-04" }),
  state: z.enum(["up", "degraded", "down", "empty"]),
}).openapi("DayCell");

export const Kind = z.enum(monitorKinds).openapi("Kind");

export const MonitorView = z.object({
  id: z.string(),
  name: z.string(),
  status,
  last_latency_ms: z.int().nullable(),
  last_error: z.string().optional().openapi({
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
  maintenance: z.string().nullable().openapi({
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
  target: z.string().optional().openapi({ description: "For callers with the token; credentials masked." }),
  last_message: z.string().optional().openapi({ description: "What came along with a check that was up." }),
  domain_expiry_days: z.int().optional(),
  incident_id: z.int().optional().openapi({ description: "The open incident." }),
  silenced_until: z.int().optional().openapi({ description: "Unix seconds; for callers with the token." }),
}).openapi("MonitorView");

export const IncidentView = z.object({
  title: z.string(),
  body: z.string(),
  severity: z.enum(["info", "warning", "critical", "resolved"]),
  at: z.string().nullable().openapi({ example: "2031-03-04 04:50 UTC" }),
}).openapi("IncidentView", { description: "A banner: an announcement, or an `[[incidents]]` entry." });

export const MaintenanceView = z.object({
  reason: z.string(),
  monitors: z.string().openapi({ description: "`all monitors`, or names joined by a comma and a blank." }),
}).openapi("MaintenanceView");

export const GroupView = z.object({
  name: z.string().openapi({ description: "Empty for monitors without a group." }),
  ids: z.array(z.string()),
}).openapi("GroupView");

export const PeerView = z.object({
  id: z.string(),
  name: z.string(),
  status,
  last_seen: moment("The newest heartbeat.").nullable(),
  pings: z.boolean().openapi({ description: "This node sends it heartbeats." }),
}).openapi("PeerView");

export const Summary = z.object({
  title: z.string(),
  overall: status,
  overall_label: z.string().openapi({ example: "All systems operational" }),
  generated_at: moment("When this was put together."),
  incidents: z.array(IncidentView),
  maintenances: z.array(MaintenanceView),
  monitors: z.array(MonitorView),
  groups: z.array(GroupView),
  peers: z.array(PeerView).openapi({
    description: "Watched peers; empty for callers without the token unless `page.show_peers` is set.",
  }),
  counts: z.object({ up: count, degraded: count, down: count, unknown: count }),
  stale: z.string().optional().openapi({
    description: "Set when Hora itself is not well and the data may be old.",
  }),
}).openapi("Summary");

export const Point = z.object({
  t: z.int().openapi({ description: "Unix seconds." }),
  latency_ms: z.int(),
}).openapi("Point");

export const PeerSeen = z.object({
  state: z.enum(["up", "down", "unknown"]),
  age: z.int().openapi({ description: "Seconds since its last good heartbeat; -1: never." }),
}).openapi("PeerSeen");

export const HealthReport = z.object({
  status: z.enum(["ok", "degraded"]),
  scheduler_ok: z.boolean(),
  db_ok: z.boolean(),
  last_tick_age: z.int().openapi({
    description: "Seconds since the newest tick of the check loop; -1: none yet.",
  }),
  id: z.string().optional(),
  peers: z.record(z.string(), PeerSeen),
  trouble: z.string().optional().openapi({ description: "What is wrong, in words." }),
}).openapi("HealthReport");

export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
}).openapi("Problem", { description: "RFC 9457; sent when `Accept` prefers JSON." });

export type SummaryWire = z.infer<typeof Summary>;
export type MonitorWire = z.infer<typeof MonitorView>;

export const MonitorDetail = z.object({
  ...MonitorView.shape,
  uptime_bar_permille: z.int().nullable().openapi({ description: "Over the days of `history`." }),
  line: z.array(z.object({
    t: z.int(),
    p50_ms: z.int().nullable(),
    p95_ms: z.int().nullable(),
    state: z.enum(["up", "degraded", "down", "empty", "planned"]),
  })).openapi({ description: "The last 24 hours in stretches of 15 minutes, gaps left out." }),
  phases: z.object({
    resolve_ms: z.number().optional(),
    connect_ms: z.number().optional(),
    tls_ms: z.number().optional(),
    first_byte_ms: z.number().optional(),
    transfer_ms: z.number().optional(),
  }).nullable().openapi({ description: "Where the newest check spent its time." }),
  certificate: z.object({
    not_before: z.string(),
    not_after: z.string(),
    subject: z.string(),
    issuer: z.string(),
    spki_sha256: z.string(),
  }).nullable(),
}).openapi("MonitorDetail");

export const Incident = z.object({
  id: z.int(),
  monitor: z.object({ id: z.string(), name: z.string(), group: z.string().nullable() }),
  started_at: moment("The first failed check."),
  confirmed_at: moment("When the threshold confirmed it."),
  ended_at: moment("The first good check.").nullable(),
  ongoing: z.boolean(),
  duration_secs: count.openapi({ description: "Up to now while it lasts." }),
  planned: z.boolean().openapi({
    description: "Confirmed during planned maintenance: not counted as downtime.",
  }),
  error: z.string().nullable().openapi({
    description: "The raw words for callers with the token, else a safe category.",
  }),
  category: z.string().nullable(),
  cause: z.string().nullable(),
  impacted: z.array(z.string()),
  note: z.string().nullable(),
  reasons: z.array(z.object({ at: moment("Since when."), error: z.string() })),
  vantage: z.string().optional().openapi({ description: "What other nodes saw; where details may be seen." }),
  snapshot: z.string().optional().openapi({
    description: "What the service answered; where details may be seen.",
  }),
  updated_at: moment("Moves on resolve and on a note."),
}).openapi("Incident");

export const IncidentPage = z.object({
  incidents: z.array(Incident),
  total: count.openapi({ description: "All that match, on every page together." }),
  next: z.string().nullable().openapi({ description: "The `cursor` of the next page; null on the last." }),
}).openapi("IncidentPage");

export const ReportRow = z.object({
  id: z.string(),
  name: z.string(),
  uptime_pct: z.number().nullable().openapi({
    description: "Of covered time, two decimals.",
    example: 99.97,
  }),
  incidents: count,
  downtime_secs: count,
  mttr_secs: count.nullable(),
  slo_pct: z.number().nullable(),
  slo_met: z.boolean().nullable().openapi({ description: "Judged by the unrounded ratio." }),
  budget_minutes: count.nullable(),
  budget_used_minutes: count.nullable(),
}).openapi("ReportRow");

export const Report = z.object({
  month: z.string().openapi({ example: "2031-05" }),
  title: z.string(),
  group: z.string().nullable(),
  generated_at: moment("When this was put together."),
  judged_until: moment("The end of the month, or now while it runs."),
  groups: z.array(z.object({
    name: z.string().openapi({ description: "Empty for monitors without a group." }),
    uptime_pct: z.number().nullable().openapi({ description: "Weighted by time." }),
    monitors: z.array(ReportRow),
  })),
}).openapi("Report");

export const SilenceResponse = z.object({
  monitors: z.array(z.string()).openapi({ example: ["gw", "shop"] }),
  until: z.int().openapi({ description: "Unix seconds.", example: 1930368161 }),
  ids: z.array(z.int()),
}).openapi("SilenceResponse");

export const SilenceList = z.object({
  silences: z.array(z.object({
    id: z.int(),
    monitor: z.string().openapi({ description: "`*` for everything." }),
    until: z.int(),
    reason: z.string().nullable(),
    created_at: z.int(),
  })),
}).openapi("SilenceList");

export const AnnounceResponse = z.object({
  id: z.int(),
  until: z.int().optional().openapi({ description: "Unix seconds; absent when it stays until cleared." }),
}).openapi("AnnounceResponse");

export const AnnounceClearResponse = z.object({
  cleared: count.openapi({ description: "How many were still active." }),
}).openapi("AnnounceClearResponse");

export const AnnouncementList = z.object({
  announcements: z.array(z.object({
    id: z.int(),
    title: z.string(),
    body: z.string(),
    severity: z.enum(["info", "warning", "critical", "resolved"]),
    until: z.int().nullable(),
    created_at: z.int(),
  })),
}).openapi("AnnouncementList");

export const ProbeRequest = z.object({
  from: z.string().openapi({ description: "The asking node's id." }),
  kind: Kind,
  target: z.string().openapi({ description: "Exactly as configured on both nodes." }),
  fingerprint: z.string().optional().openapi({
    description: "Digest of the check's settings; picks among monitors of equal kind and target.",
  }),
}).openapi("ProbeRequest");

export const ProbeResponse = z.object({
  up: z.boolean(),
  error: z.string().optional(),
}).openapi("ProbeResponse");

export type MonitorDetailWire = z.infer<typeof MonitorDetail>;
export type IncidentWire = z.infer<typeof Incident>;
export type ReportWire = z.infer<typeof Report>;
