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
