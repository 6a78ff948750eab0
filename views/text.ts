import type { MonitorView, Summary } from "../domain/summary.ts";
import type { Status } from "../domain/status.ts";
import { lazily } from "../domain/lazily.ts";
import { overallLabels } from "../domain/status.ts";
import type { ShownIncident } from "../domain/incident_view.ts";
import { feedDuration, stamp } from "./times.ts";

/**
 * Plain text for `curl` and `wget`. The order of the lines and the symbols are a promise to scripts; names are padded so that columns
 * stand under one another, within 80 columns where the names allow it.
 */

const symbols: Record<Status, string> = { up: "●", degraded: "◐", down: "○", unknown: "?" };
/** The first one of a process takes longer to make than a page. */
const graphemes = lazily(() => new Intl.Segmenter("en", { granularity: "grapheme" }));
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|^\p{Emoji_Presentation}|^[\u{20000}-\u{3fffd}]|\ufe0f/u;

const invisible = /^[\p{Default_Ignorable_Code_Point}\p{Cf}]+$/u;

/**
 * One line as a terminal may see it: without control characters, escape sequences' first bytes among them, and without those that turn what
 * follows round; one that sets a name apart may stay.
 */
export function cleanLine(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  return text.replace(/[\t\n\v\f\r\x85\u2028\u2029]+/g, " ").replace(
    /[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066\u2067]/g,
    "",
  );
}

/** A whole text of lines, each clean, with an end of line. */
export function textOf(lines: readonly string[]): string {
  return lines.map(cleanLine).join("\n") + "\n";
}

/** How many terminal columns a text takes: East Asian and emoji graphemes take two, invisible ones none. */
export function columnsOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let columns = 0;
  for (const { segment } of graphemes().segment(cleanLine(text))) {
    columns += wide.test(segment) ? 2 : invisible.test(segment) ? 0 : 1;
  }
  return columns;
}

export function padTo(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - columnsOf(text)));
}

const underline = (text: string, mark: string) => mark.repeat([...cleanLine(text)].length);

/** One-decimal percent of the last 24 hours, rounded down; `-` without data. */
export function permilleText(ratio: number | null): string {
  if (ratio === null) return "-";
  const permille = Math.min(1_000, Math.max(0, Math.floor(ratio * 1_000 + 1e-9)));
  return `${Math.floor(permille / 10)}.${permille % 10}%`;
}

/** 80 columns less what stands around a name: two spaces, symbol, space, and two figures of 8 with two spaces each. */
const NAME_COLUMNS = 80 - 4 - 20;

/** The status page as text; `title` is the page's, or `page · group`. */
export function statusText(summary: Summary, title: string): string {
  const lines = [title, underline(title, "="), ""];
  lines.push(`Overall: ${summary.overall} (${overallLabels[summary.overall]})`);
  lines.push(`Updated: ${stamp(summary.generatedAt)}`, "");
  if (summary.stale !== null) lines.push(`Stale: ${summary.stale}`, "");
  if (summary.banners.length > 0) {
    lines.push("Incidents:");
    for (const banner of summary.banners) {
      lines.push(`  [${banner.severity.toUpperCase()}] ${banner.title}`);
      if (banner.body !== "") lines.push(...banner.body.split("\n").map((line) => `    ${line}`));
    }
    lines.push("");
  }
  if (summary.maintenances.length > 0) {
    lines.push("Maintenance:");
    for (const work of summary.maintenances) {
      const names = work.monitors?.map(({ name }) => name).join(", ");
      lines.push(`  ${work.reason} (${names ?? "all monitors"})`);
    }
    lines.push("");
  }
  if (summary.monitors.length === 0) lines.push("No monitors configured yet.");
  else lines.push(...groupLines(summary));
  if (summary.peers !== null && summary.peers.length > 0) {
    lines.push("Peers", "-----", ...summary.peers.map((peer) => `  ${symbols[peer.status]} ${peer.name}`));
  }
  return textOf(lines);
}

function groupLines(summary: Summary): string[] {
  const byId = new Map(summary.monitors.map((monitor) => [monitor.id, monitor]));
  const lines: string[] = [];
  const fitting = summary.monitors.map((one) => columnsOf(one.name)).filter((columns) =>
    columns <= NAME_COLUMNS
  );
  const width = Math.max(0, ...fitting);
  for (const group of summary.groups) {
    const monitors = group.ids.map((id) => byId.get(id)).filter((monitor) => monitor !== undefined);
    if (group.name !== "") lines.push(group.name, underline(group.name, "-"));
    for (const monitor of monitors) lines.push(...monitorLines(monitor, width));
    lines.push("");
  }
  return lines;
}

function monitorLines(monitor: MonitorView, width: number): string[] {
  const uptime = permilleText(monitor.uptime24h).padStart(8);
  const latency = (monitor.lastLatencyMs === null ? "-" : `${Math.trunc(monitor.lastLatencyMs)}ms`).padStart(
    8,
  );
  const lines = [`  ${symbols[monitor.status]} ${padTo(monitor.name, width)}  ${uptime}  ${latency}`];
  if (monitor.cause !== null) lines.push(`      caused by ${monitor.cause}`);
  if (monitor.impacted.length > 0) lines.push(`      impacts: ${monitor.impacted.join(", ")}`);
  return lines;
}

/** One monitor as text: what the status page says of it, and its last incidents. */
export function monitorText(
  monitor: MonitorView,
  title: string,
  incidents: readonly ShownIncident[],
): string {
  const heading = `${title} · ${monitor.name}`;
  const { p50, p95, p99 } = monitor.latency;
  const ms = (value: number | null) => value === null ? "-" : `${Math.trunc(value)}ms`;
  const lines = [
    heading,
    underline(heading, "="),
    "",
    `Status:  ${symbols[monitor.status]} ${monitor.status}`,
  ];
  if (monitor.sinceAt !== null) lines.push(`Since:   ${stamp(monitor.sinceAt)}`);
  if (monitor.maintenance !== null) lines.push(`Planned: maintenance ${monitor.maintenance}`.trimEnd());
  if (monitor.lastError !== null) lines.push(`Reason:  ${monitor.lastError}`);
  if (monitor.cause !== null) lines.push(`Cause:   ${monitor.cause}`);
  lines.push(`Uptime:  ${permilleText(monitor.uptime24h)} over 24 hours`);
  lines.push(`         ${permilleText(monitor.uptimeBar)} over ${monitor.days.length} days`);
  lines.push(`Latency: ${ms(monitor.lastLatencyMs)} last, p50 ${ms(p50)}, p95 ${ms(p95)}, p99 ${ms(p99)}`);
  if (incidents.length > 0) {
    lines.push(
      "",
      "Incidents",
      "---------",
      ...incidents.map((one) => incidentLine(one, 0)),
    );
  }
  return textOf(lines);
}

/** Incidents as text, newest first, one a line. */
export function historyText(
  title: string,
  incidents: readonly ShownIncident[],
  olderUrl: string | null,
): string {
  const lines = [title, underline(title, "="), ""];
  if (incidents.length === 0) lines.push("No incidents recorded yet.");
  const width = Math.max(
    0,
    ...incidents.map((one) => columnsOf(one.monitorName)).filter((columns) => columns <= 30),
  );
  for (const incident of incidents) lines.push(incidentLine(incident, width));
  if (olderUrl !== null) lines.push("", `Older: ${olderUrl}`);
  return textOf(lines);
}

function incidentLine(incident: ShownIncident, width: number): string {
  const length = incident.endedAt === null ? "ongoing" : feedDuration(incident.endedAt - incident.startedAt);
  const end = incident.unwatched ? "no longer watched" : null;
  const about = [incident.reason, end, incident.note].filter((part) => part !== null).join("; ");
  return `  ${stamp(incident.startedAt)}  ${padTo(incident.monitorName, width)}  ${length.padEnd(9)} ${about}`
    .trimEnd();
}
