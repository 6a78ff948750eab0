import type { Config } from "../domain/config.ts";
import { buildMonitor } from "./build_monitor.ts";
import { buildChannel, type ChannelDraft, checkChannel, readChannel } from "./channels.ts";
import type { Env } from "./reading.ts";
import { checkChannelNames, checkMonitor, checkNotify, type MonitorSection } from "./monitors.ts";
import { buildPage, buildServer, checkPage, checkServer } from "./page.ts";
import {
  buildHealth,
  buildPeer,
  checkConfirmation,
  checkHealth,
  checkPeer,
  type HealthSection,
  type PeerSection,
} from "./peers.ts";
import { nearest, type Path } from "./problem.ts";
import { type Complete, type Report, Section, type Shape } from "./section.ts";
import * as shapes from "./shapes.ts";
import { checkDependencies } from "./topology.ts";
import { isTable, type Table, type Value } from "./toml.ts";
import { checkCron } from "./values.ts";

const tables = ["page", "server", "alerts", "health", "digest", "retention", "updates"] as const;
const lists = ["channels", "maintenance", "incidents", "monitors", "peers"] as const;

/** All of a file's sections, read and checked. */
export interface Sections {
  readonly page: Section<typeof shapes.pageShape>;
  readonly server: Section<typeof shapes.serverShape>;
  readonly alerts: Section<typeof shapes.alertsShape>;
  readonly retention: Section<typeof shapes.retentionShape>;
  readonly health: HealthSection | null;
  readonly digest: Section<typeof shapes.digestShape> | null;
  readonly channels: readonly ChannelDraft[];
  readonly maintenance: readonly Section<typeof shapes.maintenanceShape>[];
  readonly banners: readonly Section<typeof shapes.bannerShape>[];
  readonly monitors: readonly MonitorSection[];
  readonly peers: readonly PeerSection[];
}

/** Reads every section and applies every rule; what is wrong is in `report`. */
export function readSections(report: Report, env: Env): Sections {
  const root = report.document.root;
  checkTop(root, report);
  const sections = readAll(root, report, env);
  checkAll(sections, root, report, env);
  if (report.unbuilt.length > 0) {
    const keys = [...new Set(report.unbuilt)].join(", ");
    report.warn([], `known from other releases, without effect here: ${keys}`);
  }
  return sections;
}

function checkTop(root: Table, report: Report): void {
  const known: string[] = [...tables, ...lists];
  for (const key of Object.keys(root)) {
    if (known.includes(key)) continue;
    const near = nearest(key, known);
    report.error([key], "unknown section" + (near === null ? "" : `, did you mean \`${near}\`?`), "key");
  }
  for (const key of ["page", "server"]) {
    if (root[key] === undefined) report.error([key], `is required, write [${key}]; it may be empty`, "key");
  }
}

function readAll(root: Table, report: Report, env: Env): Sections {
  const table = <S extends Shape>(key: string, shape: S, raw = tableAt(root[key], [key], report)) =>
    new Section(raw ?? {}, [key], report, shape, `[${key}]`);
  const optional = <S extends Shape>(key: string, shape: S) =>
    root[key] === undefined ? null : table(key, shape);
  const list = <S extends Shape>(key: string, shape: S) =>
    entries(root, key, report).map(([raw, index]) =>
      new Section(raw, [key, index], report, shape, `[[${key}]]`)
    );
  table("updates", shapes.updatesShape);
  const channels = entries(root, "channels", report)
    .map(([raw, index]) => readChannel(raw, index, report))
    .filter((draft) => draft !== null);
  const server = tableAt(root.server, ["server"], report) ?? {};
  return {
    page: table("page", shapes.pageShape),
    server: table("server", shapes.serverShape, overridden(server, env)),
    alerts: table("alerts", shapes.alertsShape),
    retention: table("retention", shapes.retentionShape),
    health: optional("health", shapes.healthShape),
    digest: optional("digest", shapes.digestShape),
    channels,
    maintenance: list("maintenance", shapes.maintenanceShape),
    banners: list("incidents", shapes.bannerShape),
    monitors: list("monitors", shapes.monitorShape),
    peers: list("peers", shapes.peerShape),
  };
}

/** `HORA_BIND` and `HORA_DATABASE_PATH` replace what the file says, whenever they are set; what is no text there stays a mistake. */
function overridden(server: Table, env: Env): Table {
  const changes: Record<string, Value> = {};
  const replace = (key: string, value: string | undefined) => {
    if (value !== undefined && typeof (server[key] ?? "") === "string") changes[key] = value;
  };
  replace("bind", env.HORA_BIND);
  replace("database_path", env.HORA_DATABASE_PATH);
  return { ...server, ...changes };
}

function tableAt(value: Value | undefined, path: Path, report: Report): Table | null {
  if (value === undefined) return null;
  if (isTable(value)) return value;
  report.error(path, Array.isArray(value) ? `must be one table, write [${path[0]}]` : "must be a table");
  return null;
}

function entries(root: Table, key: string, report: Report): [Table, number][] {
  const value = root[key];
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    report.error([key], `must be a list of tables, write [[${key}]]`);
    return [];
  }
  const found: [Table, number][] = [];
  value.forEach((entry, index) => {
    const raw = tableAt(entry, [key, index], report);
    if (raw !== null) found.push([raw, index]);
  });
  return found;
}

function checkAll(sections: Sections, root: Table, report: Report, env: Env): void {
  const { page, server, alerts, monitors, peers, health, digest } = sections;
  const names = new Set<string>();
  for (const channel of sections.channels) checkChannel(channel, names);
  // A channel with another mistake still has its name.
  for (const [raw] of entriesQuietly(root, "channels")) if (typeof raw.name === "string") names.add(raw.name);
  checkPage(page);
  checkServer(server, new Set(monitors.map((monitor) => monitor.values.group)), env);
  for (const key of ["fail_threshold", "default_retention_days"] as const) {
    if (alerts.values[key] === 0) alerts.warn(key, "0 counts as 1");
  }
  checkChannelNames(alerts, "notify_unconfirmed", alerts.values.notify_unconfirmed, names);
  const ids = new Set<string>();
  const hasAuthToken = server.has("auth_token");
  for (const monitor of monitors) checkMonitor(monitor, { ids, channels: names, hasAuthToken });
  checkDependencies(monitors);
  checkPrevious(monitors, ids);
  checkExec(monitors, env);
  if (health !== null) checkHealth(health);
  else if (peers.length > 0) report.error(["peers", 0], "needs a [health] section", "key");
  const around = { ids: new Set<string>(), listenIds: new Set<string>(), monitorIds: ids, channels: names };
  for (const peer of peers) checkPeer(peer, around);
  checkConfirmation(health, peers, monitors);
  if (digest !== null) {
    checkCron(digest as unknown as Section<Shape>, "schedule");
    checkNotify(digest as unknown as Parameters<typeof checkNotify>[0], names);
  }
  checkMaintenance(sections.maintenance, new Set([...ids, ...around.listenIds]));
  checkRoutes(sections, report);
}

function entriesQuietly(root: Table, key: string): [Table, number][] {
  const value = root[key];
  if (!Array.isArray(value)) return [];
  return value.map((raw, index) => [raw, index] as [Table, number]).filter(([raw]) => isTable(raw));
}

function checkPrevious(monitors: readonly MonitorSection[], ids: ReadonlySet<string>): void {
  const claimed = new Set<string>();
  for (const monitor of monitors) {
    monitor.values.previous_ids?.forEach((id, index) => {
      const path = [...monitor.path, "previous_ids", index];
      if (id !== monitor.values.id && ids.has(id)) {
        monitor.report.error(path, `a monitor still has the id ${JSON.stringify(id)}`);
      } else if (claimed.has(id)) {
        monitor.report.error(path, `another monitor claims ${JSON.stringify(id)} too`);
      }
      claimed.add(id);
    });
  }
}

function checkExec(monitors: readonly MonitorSection[], env: Env): void {
  const first = monitors.find((monitor) => monitor.values.kind === "exec");
  if (first === undefined) return;
  const folder = env.HORA_EXEC_DIR;
  if (folder === undefined || folder === "") {
    first.error("kind", "exec monitors need HORA_EXEC_DIR, the folder of the programs they may run");
    return;
  }
  try {
    if (Deno.statSync(folder).isDirectory) return;
  } catch { /* the same sentence */ }
  first.error("kind", `exec monitors need HORA_EXEC_DIR to be a folder, ${JSON.stringify(folder)} is none`);
}

function checkMaintenance(
  windows: readonly Section<typeof shapes.maintenanceShape>[],
  known: ReadonlySet<string>,
): void {
  for (const window of windows) {
    const { start, end, monitors } = window.values;
    if (start !== undefined && end !== undefined && start >= end) {
      window.error("end", "must be later than `start`");
    }
    monitors?.forEach((id, index) => {
      if (known.has(id)) return;
      const hint = window.report.hint(id, known);
      window.report.warn(
        [...window.path, "monitors", index],
        `no monitor and no watched peer has the id ${JSON.stringify(id)}${hint}`,
      );
    });
  }
}

/** Warns where an alert would reach nobody. */
function checkRoutes({ channels, monitors, peers, digest }: Sections, report: Report): void {
  if (channels.length === 0) return;
  const enabled = new Set(
    channels.filter((one) => one.emptyKey === null).map((one) => one.section.values.name),
  );
  const known = new Set(channels.map((one) => one.section.values.name));
  const routed: readonly Section<Shape>[] = [
    ...monitors,
    ...peers.filter((peer) => peer.has("expect_every_secs")),
    ...(digest === null ? [] : [digest]),
  ] as unknown as readonly Section<Shape>[];
  for (const section of routed) {
    const notify = section.values.notify as readonly string[] | undefined;
    if (notify === undefined && enabled.size > 0) continue;
    if (notify?.some((name) => enabled.has(name) || !known.has(name))) continue;
    const message = notify === undefined
      ? "all channels are disabled: nobody is told"
      : notify.length === 0
      ? "is empty: nobody is told"
      : "names only channels that are disabled: nobody is told";
    report.warn(notify === undefined ? section.path : [...section.path, "notify"], message);
  }
}

/** The config of sections without problems. */
export function buildConfig(sections: Sections, env: Env): Config {
  const alerts = sections.alerts.values as Complete<typeof shapes.alertsShape>;
  const retention = sections.retention.values as Complete<typeof shapes.retentionShape>;
  const health = sections.health === null
    ? null
    : buildHealth(sections.health.values as Complete<typeof shapes.healthShape>);
  const alertsConfig = {
    failThreshold: Math.max(1, alerts.fail_threshold),
    alertOnDegraded: alerts.alert_on_degraded,
    certExpiryDays: alerts.cert_expiry_days,
    domainExpiryDays: alerts.domain_expiry_days,
    defaultRetentionDays: Math.max(1, alerts.default_retention_days),
    groupWindowSecs: alerts.group_window_secs,
    pushAlertWindowSecs: alerts.push_alert_window_secs,
    channelFailThreshold: alerts.channel_fail_threshold,
    notifyUnconfirmed: alerts.notify_unconfirmed,
  };
  const digest = sections.digest?.values as Complete<typeof shapes.digestShape> | undefined;
  return {
    page: buildPage(sections.page.values as Complete<typeof shapes.pageShape>),
    server: buildServer(sections.server.values as Complete<typeof shapes.serverShape>),
    channels: sections.channels.map(buildChannel),
    alerts: alertsConfig,
    maintenance: sections.maintenance.map(({ values }) => {
      const window = values as Complete<typeof shapes.maintenanceShape>;
      return { title: window.title, startAt: window.start, endAt: window.end, monitors: window.monitors };
    }),
    banners: sections.banners.map(({ values }) => {
      const banner = values as Complete<typeof shapes.bannerShape>;
      return { title: banner.title, body: banner.body, severity: banner.severity, at: banner.at ?? null };
    }),
    monitors: sections.monitors.map(({ values }) =>
      buildMonitor(values as Complete<typeof shapes.monitorShape>, alertsConfig, health)
    ),
    health,
    peers: sections.peers.map(({ values }) => buildPeer(values as Complete<typeof shapes.peerShape>)),
    digest: digest === undefined ? null : { schedule: digest.schedule, notify: digest.notify ?? null },
    retention: {
      hourlyDays: retention.hourly_days,
      dailyDays: retention.daily_days,
      incidentsDays: retention.incidents_days,
      orphansDays: retention.orphans_days,
    },
    execDir: env.HORA_EXEC_DIR === undefined || env.HORA_EXEC_DIR === "" ? null : env.HORA_EXEC_DIR,
  };
}
