import type { MonitorGauges, PeerView } from "../domain/summary.ts";
import { daysUntil, permille } from "./summary_json.ts";
import type { Family, Labels, MetricType, Sample } from "./exposition.ts";

/** Counts of one monitor since the program started. */
export interface SeriesTotals {
  readonly up: number;
  readonly degraded: number;
  readonly down: number;
  readonly latencyCount: number;
  readonly latencySumMs: number;
}

const states = ["up", "degraded", "down", "unknown"] as const;
const phases = [
  ["resolve", "resolveMs"],
  ["connect", "connectMs"],
  ["tls", "tlsMs"],
  ["first_byte", "firstByteMs"],
  ["transfer", "transferMs"],
] as const;

const labelsOf = (view: { readonly id: string; readonly name: string }): Labels => [
  ["id", view.id],
  ["name", view.name],
];

/** One sample per monitor that has a value. */
function each(
  monitors: readonly MonitorGauges[],
  name: string,
  help: string,
  value: (view: MonitorGauges) => number | string | null,
  type: MetricType = "gauge",
): Family {
  return every(monitors, name, help, type, (view, labels) => {
    const at = value(view);
    return at === null ? [] : [{ labels, value: at }];
  });
}

/** Any number of samples per monitor, made as they are written: a large fleet has hundreds of thousands. */
function every(
  monitors: readonly MonitorGauges[],
  name: string,
  help: string,
  type: MetricType,
  list: (view: MonitorGauges, labels: Labels) => readonly Sample[],
): Family {
  const samples = {
    *[Symbol.iterator]() {
      for (const view of monitors) yield* list(view, labelsOf(view));
    },
  };
  return { name, type, help, samples };
}

const flag = (value: boolean): number => value ? 1 : 0;
const secs = (ms: number): number => ms / 1_000;

/** Families of these monitors (`heartbeats`: the newest good one per push monitor, Unix ms); the first six families are those that every Hora has had. */
export function monitorFamilies(
  monitors: readonly MonitorGauges[],
  generatedAt: number,
  totals: ReadonlyMap<string, SeriesTotals>,
  heartbeats: ReadonlyMap<string, number>,
): Family[] {
  const known = (view: MonitorGauges) => view.status !== "unknown";
  return [
    each(
      monitors,
      "hora_monitor_up",
      "1 when the monitor is up or degraded, 0 when it is down; no sample without data.",
      (m) => known(m) ? flag(m.status !== "down") : null,
    ),
    each(
      monitors,
      "hora_monitor_degraded",
      "1 when the monitor is degraded.",
      (m) => flag(m.status === "degraded"),
    ),
    each(
      monitors,
      "hora_monitor_uptime_ratio",
      "Uptime over the last 24 hours, from 0 to 1.",
      (m) => m.uptime24h === null ? null : (permille(m.uptime24h) / 1_000).toFixed(3),
    ),
    each(monitors, "hora_monitor_last_latency_ms", "Latency of the newest check.", (m) => m.lastLatencyMs),
    every(
      monitors,
      "hora_monitor_latency_ms",
      "Latency over the last 24 hours; sum and count are since start.",
      "summary",
      (m, labels) => [
        ...([["0.5", m.latency.p50], ["0.95", m.latency.p95], ["0.99", m.latency.p99]] as const)
          .filter(([, value]) => value !== null)
          .map(([quantile, value]) => ({
            labels: [...labels, ["quantile", quantile] as const],
            value: value!,
          })),
        ...latencyTotals(totals.get(m.id), labels),
      ],
    ),
    each(
      monitors,
      "hora_cert_expiry_days",
      "Whole days until the certificate expires; negative once it has.",
      (m) => m.certificate === null ? null : daysUntil(m.certificate.notAfterAt, generatedAt),
    ),
    every(
      monitors,
      "hora_monitor_status",
      "The status as a state set: exactly one state is 1.",
      "stateset",
      (m, labels) =>
        states.map((state) => ({
          labels: [...labels, ["hora_monitor_status", state] as const],
          value: flag(m.status === state),
        })),
    ),
    every(
      monitors,
      "hora_monitor_checks_total",
      "Checks recorded since start, by what they found.",
      "counter",
      (m, labels) =>
        (["up", "degraded", "down"] as const).map((status) => ({
          labels: [...labels, ["status", status] as const],
          value: totals.get(m.id)?.[status] ?? 0,
        })),
    ),
    each(
      monitors,
      "hora_monitor_last_check_timestamp_seconds",
      "When the newest check was taken.",
      (m) => m.lastCheckedAt === null ? null : secs(m.lastCheckedAt),
    ),
    each(
      monitors,
      "hora_monitor_status_since_timestamp_seconds",
      "When the present status began.",
      (m) => m.sinceAt === null ? null : secs(m.sinceAt),
    ),
    each(monitors, "hora_monitor_interval_seconds", "Configured time between checks.", (m) => m.intervalSecs),
    every(
      monitors,
      "hora_monitor_phase_duration_seconds",
      "Time spent in each phase of the newest check.",
      "gauge",
      (m, labels) =>
        phases.flatMap(([phase, key]) => {
          const ms = m.lastPhases?.[key];
          return ms === undefined
            ? []
            : [{ labels: [...labels, ["phase", phase] as const], value: secs(ms) }];
        }),
    ),
    each(
      monitors,
      "hora_monitor_incident_open",
      "1 while an incident is open.",
      (m) => flag(m.incidentId !== null),
    ),
    each(
      monitors,
      "hora_monitor_maintenance",
      "1 during planned maintenance.",
      (m) => flag(m.maintenance !== null),
    ),
    each(
      monitors,
      "hora_slo_target_ratio",
      "The availability objective, from 0 to 1.",
      (m) => m.budget === null ? null : Number((m.budget.targetPercent / 100).toFixed(8)),
    ),
    each(
      monitors,
      "hora_error_budget_seconds",
      "Downtime that the objective allows in its window.",
      (m) => m.budget === null ? null : m.budget.totalMinutes * 60,
    ),
    each(
      monitors,
      "hora_error_budget_left_seconds",
      "What is left of it; negative when overspent.",
      (m) => m.budget === null ? null : secs(m.budget.leftMs),
    ),
    each(
      monitors,
      "hora_cert_expiry_timestamp_seconds",
      "When the certificate expires.",
      (m) => m.certificate === null ? null : secs(m.certificate.notAfterAt),
    ),
    each(
      monitors,
      "hora_domain_expiry_timestamp_seconds",
      "When the domain's registration expires.",
      (m) => m.domain === null ? null : secs(m.domain.expiresAt),
    ),
    each(monitors, "hora_heartbeat_age_seconds", "Since a push monitor's newest good heartbeat.", (m) => {
      const at = heartbeats.get(m.id);
      return at === undefined ? null : Math.max(0, secs(generatedAt - at));
    }),
    every(
      monitors,
      "hora_monitor_info",
      "What kind of monitor it is; always 1.",
      "gauge",
      ({ kind }, labels) => [{ labels: [...labels, ["kind", kind] as const], value: 1 }],
    ),
    // For everybody, so that there is one series that no scrape of Hora lacks.
    one(
      "hora_monitors",
      "gauge",
      "Configured monitors, as far as this caller may see them.",
      monitors.length,
    ),
  ];
}

function latencyTotals(totals: SeriesTotals | undefined, labels: Labels): Sample[] {
  if (totals === undefined) return [];
  return [
    { suffix: "_sum", labels, value: totals.latencySumMs },
    { suffix: "_count", labels, value: totals.latencyCount },
  ];
}

export interface SelfFigures {
  readonly version: string;
  readonly runtime: string;
  readonly startedAt: number;
  readonly latenessMs: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly probesInFlight: number;
  readonly probesSkipped: number;
  readonly notifications: readonly {
    readonly channel: string;
    readonly outcome: "sent" | "failed";
    readonly count: number;
  }[];
  readonly failingChannels: readonly { readonly channel: string; readonly failures: number }[];
  readonly store: { readonly ok: boolean; readonly unsaved: number; readonly fileBytes: number };
  readonly health: {
    readonly schedulerOk: boolean;
    readonly databaseOk: boolean;
    readonly lastTickAgeSecs: number;
  };
  readonly rendered: { readonly entries: number; readonly bytes: number };
  readonly process: { readonly cpuSecs: number; readonly residentBytes: number; readonly heapBytes: number };
}

const one = (name: string, type: MetricType, help: string, value: number): Family => ({
  name,
  type,
  help,
  samples: [{ value }],
});

/** What the operator learns of Hora itself. */
export function selfFamilies(
  figures: SelfFigures,
  peers: readonly PeerView[],
  monitors: readonly MonitorGauges[],
  generatedAt: number,
): Family[] {
  const { latenessMs, store, health, process } = figures;
  return [
    {
      name: "hora_build_info",
      type: "gauge",
      help: "Version of Hora and of its runtime; always 1.",
      samples: [{ labels: [["version", figures.version], ["runtime", figures.runtime]], value: 1 }],
    },
    {
      name: "hora_monitor_silenced",
      type: "gauge",
      help: "1 while the monitor's alerts are muted.",
      samples: each(monitors, "", "", (m) => flag(m.silencedUntilAt !== null)).samples,
    },
    {
      name: "hora_peer_status",
      type: "stateset",
      help: "What a watched peer is: exactly one state is 1.",
      samples: peers.flatMap((peer) =>
        states.map((state) => ({
          labels: [...labelsOf(peer), ["hora_peer_status", state] as const],
          value: flag(peer.status === state),
        }))
      ),
    },
    {
      name: "hora_peer_heartbeat_age_seconds",
      type: "gauge",
      help: "Time since a watched peer's newest heartbeat.",
      samples: peers.filter((peer) => peer.lastSeenAt !== null).map((peer) => ({
        labels: labelsOf(peer),
        value: Math.max(0, secs(generatedAt - peer.lastSeenAt!)),
      })),
    },
    {
      name: "hora_notifications_total",
      type: "counter",
      help: "Notifications that ended since start, by channel and outcome.",
      samples: figures.notifications.map(({ channel, outcome, count }) => ({
        labels: [["channel", channel], ["outcome", outcome]],
        value: count,
      })),
    },
    {
      name: "hora_channel_consecutive_failures",
      type: "gauge",
      help: "Failures in a row of a channel that keeps failing.",
      samples: figures.failingChannels.map(({ channel, failures }) => ({
        labels: [["channel", channel]],
        value: failures,
      })),
    },
    {
      name: "hora_scheduler_lateness_seconds",
      type: "gauge",
      help: "How late probes started, over the last minute.",
      samples: [
        { labels: [["stat", "p50"]], value: secs(latenessMs.p50) },
        { labels: [["stat", "p99"]], value: secs(latenessMs.p99) },
        { labels: [["stat", "max"]], value: secs(latenessMs.max) },
      ],
    },
    one("hora_scheduler_ok", "gauge", "1 while the check loop ticks.", flag(health.schedulerOk)),
    one(
      "hora_scheduler_last_tick_age_seconds",
      "gauge",
      "Since the newest tick; -1: none yet.",
      health.lastTickAgeSecs,
    ),
    one("hora_probes_in_flight", "gauge", "Probes running now.", figures.probesInFlight),
    one(
      "hora_probes_skipped_total",
      "counter",
      "Probes left out because the one before still ran.",
      figures.probesSkipped,
    ),
    one(
      "hora_store_ok",
      "gauge",
      "1 while the store answers and saves.",
      flag(store.ok && health.databaseOk),
    ),
    one("hora_store_unsaved_checks", "gauge", "Checks accepted and not yet on disk.", store.unsaved),
    one("hora_store_size_bytes", "gauge", "Size of the database file.", store.fileBytes),
    one("hora_rendered_bytes", "gauge", "Memory held by finished answers.", figures.rendered.bytes),
    one("process_start_time_seconds", "gauge", "When the process started.", secs(figures.startedAt)),
    one("process_cpu_seconds_total", "counter", "Processor time spent.", process.cpuSecs),
    one("process_resident_memory_bytes", "gauge", "Resident memory.", process.residentBytes),
    one("process_heap_bytes", "gauge", "Memory used by the script heap.", process.heapBytes),
  ];
}
