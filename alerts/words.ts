import { DAY, HOUR, SECOND } from "../domain/clock.ts";
import { secondsBetween } from "../domain/duration.ts";
import type { AlertEvent, DownEvent } from "../domain/event.ts";

/** Words and fragments that all channels share. Nothing here is escaped; values go through the channel's `put` first. */

/** `2026-06-10 03:12:04 UTC`. */
export function instant(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace("T", " ") + " UTC";
}

/** `42s`, `3m 6s`, `5h 12m`; fractions are cut. */
export function duration(ms: number): string {
  const secs = Math.max(0, Math.floor(ms / 1000));
  if (secs < 60) return `${secs}s`;
  if (secs < 3600) return `${Math.floor(secs / 60)}m ${secs % 60}s`;
  return `${Math.floor(secs / 3600)}h ${Math.floor((secs % 3600) / 60)}m`;
}

/** How long trouble lasted: whole seconds between its first and its last as both are shown. Null: not known. */
export function lastedSecs(event: Extract<AlertEvent, { kind: "recovered" }>): number | null {
  const { sinceAt, durationMs } = event;
  if (durationMs === null) return null;
  return sinceAt === null ? Math.floor(durationMs / SECOND) : secondsBetween(sinceAt, sinceAt + durationMs);
}

/** Makes a value fit for a channel: cut to what fits, then escaped. */
export type Put = (value: string) => string;

export function reasonOf(event: DownEvent): string {
  return event.reason ?? "no response";
}

/** Cause or blast radius, on a line of its own; the cause wins. */
export function topology(event: DownEvent, put: Put): string {
  if (event.cause !== null) return `\ncaused by ${put(event.cause.name)}`;
  if (event.impacted.length === 0) return "";
  return `\nimpacts ${event.impacted.length}: ${
    put(event.impacted.map((mention) => mention.name).join(", "))
  }`;
}

export function vantage(event: DownEvent, put: Put): string {
  return event.vantage === null ? "" : `\n${put(event.vantage)}`;
}

export function latency(latencyMs: number | null): string {
  return latencyMs === null ? "" : ` (${Math.trunc(latencyMs)}ms)`;
}

/** Whole days left, cut towards zero. */
export function daysLeft(untilAt: number, now: number): number {
  return Math.trunc((untilAt - now) / DAY);
}

/** `has expired` is said only of what has; the last day counts in hours. */
export function expiry(untilAt: number, now: number): string {
  if (untilAt <= now) return "has expired";
  const days = daysLeft(untilAt, now);
  if (days > 1) return `expires in ${days} days`;
  if (days === 1) return "expires in 1 day";
  const hours = Math.floor((untilAt - now) / HOUR);
  if (hours < 1) return "expires in less than an hour";
  return hours === 1 ? "expires in 1 hour" : `expires in ${hours} hours`;
}

/** `burning error budget at 14.4x (1h) - exhausted in ~26h at this rate`. */
export function burn(event: Extract<AlertEvent, { kind: "budget_burn" }>): string {
  const whole = event.rateX10 % 10 === 0;
  const rate = `${whole ? event.rateX10 / 10 : (event.rateX10 / 10).toFixed(1)}x`;
  return `burning error budget at ${rate} (${event.window})${exhaustion(event.exhaustedInSecs)}`;
}

function exhaustion(secs: number | null): string {
  if (secs === null) return "";
  if (secs <= 0) return " - budget already exhausted";
  return ` - exhausted in ~${about(secs)} at this rate`;
}

function about(secs: number): string {
  const hours = Math.floor(secs / 3600);
  if (hours >= 48) return `${Math.floor(hours / 24)}d ${hours % 24}h`;
  if (hours >= 1) return `${hours}h`;
  return secs >= 60 ? `${Math.floor(secs / 60)}m` : `${Math.floor(secs)}s`;
}

/** Kinds that every channel words alike: a title and, below it, one sentence. */
export type PlainEvent = Extract<
  AlertEvent,
  { kind: "cert_unreadable" | "domain_unreadable" | "channel_trouble" | "blind" }
>;

export function plainWords(event: PlainEvent): { title: string; detail: string } {
  switch (event.kind) {
    case "cert_unreadable":
      return { title: `${event.monitor} TLS certificate cannot be read`, detail: event.reason };
    case "domain_unreadable":
      return { title: `${event.monitor} domain ${event.domain} cannot be looked up`, detail: event.reason };
    case "channel_trouble":
      return {
        title: `Channel ${event.channel} is failing`,
        detail: `${event.failures} deliveries in a row failed: ${event.reason}`,
      };
    case "blind":
      return event.untilAt === null
        ? { title: "Hora cannot see", detail: `${event.reason}, since ${instant(event.fromAt)}` }
        : {
          title: "Hora can see again",
          detail: `${event.reason}, from ${instant(event.fromAt)} to ${instant(event.untilAt)}`,
        };
  }
}

/** Has the event something to do with one monitor of ours? Its id and name then. */
export function subjectOf(event: AlertEvent): { id: string; name: string } | null {
  return "monitorId" in event ? { id: event.monitorId, name: event.monitor } : null;
}

export interface Outlook {
  /** `server.public_url`; null: no links. */
  readonly publicUrl: string | null;
  /** When the message is sent. */
  readonly now: number;
  readonly incidentId: number | null;
}

/** Later than this, a message says that it is late. */
const LATE_MS = 120_000;

/** Where to look, when we know our own address. */
export function linkOf(event: AlertEvent, outlook: Outlook): string | null {
  const { publicUrl, incidentId } = outlook;
  if (publicUrl === null) return null;
  if (incidentId !== null) return `${publicUrl}/incident/${incidentId}`;
  const subject = subjectOf(event);
  return subject === null ? publicUrl : `${publicUrl}/monitor/${encodeURIComponent(subject.id)}`;
}

const asItIs: Put = (value) => value;

/**
 * What follows the documented text, each on a line of its own: since when, how long, how sure, where to look. What a service said goes
 * through `quote`.
 */
export function extraLines(
  event: AlertEvent,
  outlook: Outlook,
  put: Put = asItIs,
  quote: Put = put,
): string[] {
  const said = event.kind === "degraded" && event.reason !== null ? [quote(event.reason)] : [];
  const lines = extraFacts(event);
  if (outlook.now - event.at > LATE_MS) lines.push(`sent late, this is of ${instant(event.at)}`);
  const link = linkOf(event, outlook);
  if (link !== null) lines.push(link);
  return [...said, ...lines.map(put)];
}

function lastedText(event: Extract<AlertEvent, { kind: "recovered" }>): string[] {
  const secs = lastedSecs(event);
  if (secs === null || event.sinceAt === null) return [];
  return [`lasted ${duration(secs * SECOND)}, since ${instant(event.sinceAt)}`];
}

function extraFacts(event: AlertEvent): string[] {
  switch (event.kind) {
    case "down":
      return [
        ...event.failures > 0
          ? [
            `since ${instant(event.sinceAt)}, ${event.failures} failed check${
              event.failures === 1 ? "" : "s"
            }`,
          ]
          : [],
        ...event.context === undefined ? [] : [event.context],
      ];
    case "degraded":
      return [`since ${instant(event.sinceAt)}`];
    case "recovered":
      return lastedText(event);
    case "cert_expiring":
      return [`not after ${instant(event.notAfterAt)}`];
    case "domain_expiring":
      return [`paid until ${instant(event.expiresAt)}`];
    default:
      return [];
  }
}
