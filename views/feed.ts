import type { ShownIncident } from "../domain/incident_view.ts";
import { escapeXml } from "./escape.ts";
import { feedDuration, isoDay } from "./times.ts";

export interface FeedProps {
  /** Origin and prefix under which the pages are reached, without trailing slash. */
  readonly base: string;
  /** Path and query of this feed, such as `/history.atom?group=Shop`. */
  readonly path: string;
  /** What it is restricted to; both null: nothing. */
  readonly group: string | null;
  readonly monitor: { readonly id: string; readonly name: string } | null;
  /** Newest first. */
  readonly incidents: readonly ShownIncident[];
}

const rfc3339 = (at: number) => `${new Date(at).toISOString().slice(0, 19)}+00:00`;

/**
 * The incidents as an Atom feed (RFC 4287). Its id and those of its entries are `tag:`s that stay whatever host or path they are read through
 * and whatever monitors are called; an entry's `updated` moves when the incident ends or a note is written.
 */
export function atomFeed(props: FeedProps): string {
  const { base, path, incidents } = props;
  const about = props.monitor?.name ?? props.group;
  const authority = authorityOf(base);
  const updated = incidents.reduce((latest, one) => Math.max(latest, updatedAt(one)), 0);
  const historyPath = path.replace(/^\/history\.atom/, "/history");
  const lines = [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<feed xmlns="http://www.w3.org/2005/Atom">',
    `  <title>${escapeXml(about === null ? "Incident History" : `Incident History · ${about}`)}</title>`,
    `  <link rel="self" type="application/atom+xml" href="${escapeXml(base + path)}"/>`,
    `  <link href="${escapeXml(base + historyPath)}"/>`,
    `  <id>${escapeXml(`tag:${authority},2026:history${scopeTag(props)}`)}</id>`,
    "  <author><name>Hora</name></author>",
    `  <updated>${rfc3339(updated)}</updated>`,
    ...incidents.map((incident) => entry(incident, base, authority)),
    "</feed>",
  ];
  return lines.join("\n") + "\n";
}

/** Kind by kind, so that a group and a monitor of one name are two feeds. */
function scopeTag({ group, monitor }: Pick<FeedProps, "group" | "monitor">): string {
  const ofGroup = group === null ? "" : `/group/${encodeURIComponent(group)}`;
  return monitor === null ? ofGroup : `${ofGroup}/monitor/${encodeURIComponent(monitor.id)}`;
}

const updatedAt = (incident: ShownIncident) =>
  Math.max(incident.updatedAt, incident.endedAt ?? incident.startedAt, incident.startedAt);

function entry(incident: ShownIncident, base: string, authority: string): string {
  // Readers and programs know these two words; how one ended without recovery is in the content.
  const title = `${incident.monitorName} - ${incident.endedAt === null ? "Ongoing" : "Resolved"}`;
  const id = `tag:${authority},${isoDay(incident.startedAt)}:incident/${incident.id}`;
  return [
    "  <entry>",
    `    <title>${escapeXml(title)}</title>`,
    `    <link href="${escapeXml(`${base}/incident/${incident.id}`)}"/>`,
    `    <id>${escapeXml(id)}</id>`,
    `    <published>${rfc3339(incident.startedAt)}</published>`,
    `    <updated>${rfc3339(updatedAt(incident))}</updated>`,
    `    <content type="html">${escapeXml(content(incident))}</content>`,
    "  </entry>",
  ].join("\n");
}

function content(incident: ShownIncident): string {
  const paragraphs: [string, string][] = [];
  if (incident.reason !== null) paragraphs.push(["Error", incident.reason]);
  if (incident.cause !== null) paragraphs.push(["Caused by", incident.cause]);
  if (incident.endedAt !== null) {
    paragraphs.push(["Duration", feedDuration(incident.endedAt - incident.startedAt)]);
  }
  if (incident.note !== null) paragraphs.push(["Note", incident.note]);
  if (incident.unwatched) paragraphs.push(["Ended", "no longer watched"]);
  if (paragraphs.length === 0) return "<p>Down.</p>";
  return paragraphs.map(([label, text]) => `<p><strong>${label}:</strong> ${escapeXml(text)}</p>`).join("");
}

/** The host of the base as a tag authority: lower case, without port. */
function authorityOf(base: string): string {
  return URL.canParse(base) ? new URL(base).hostname.replace(/^\[|\]$/g, "").replace(/:/g, "-") : "localhost";
}
