import type { AlertEvent } from "../../domain/event.ts";
import { daysLeft, duration, extraLines, lastedSecs, linkOf, plainWords, subjectOf } from "../words.ts";
import type { ConfigOf, HttpKind, Message } from "./channel.ts";
import { pushText } from "./push_text.ts";

/** The documented fields of an event, in their order; what has no value is left out. */
function documented(event: AlertEvent): Record<string, unknown> {
  switch (event.kind) {
    case "down":
      return {
        message: event.reason ?? undefined,
        cause: event.cause?.name,
        impacted: event.impacted.length === 0 ? undefined : event.impacted.map((mention) => mention.name),
        vantage: event.vantage ?? undefined,
      };
    case "degraded":
      return { latency_ms: event.latencyMs ?? undefined };
    case "recovered":
      return {};
    case "cert_expiring":
      return { days_left: daysLeft(event.notAfterAt, event.at) };
    case "cert_changed":
      return { old_fingerprint: event.oldFingerprint, new_fingerprint: event.newFingerprint };
    case "domain_expiring":
      return { domain: event.domain, days_left: daysLeft(event.expiresAt, event.at) };
    case "peer_link_degraded":
      return { witness: event.witness };
    case "budget_burn":
      return {
        burn_rate_x10: event.rateX10,
        burn_window: event.window,
        exhausted_in_secs: event.exhaustedInSecs ?? undefined,
      };
    case "digest":
      return { message: event.summary, period: event.period };
    case "domain_unreadable":
      return { domain: event.domain, message: event.reason };
    case "cert_unreadable":
      return { message: event.reason };
    case "channel_trouble":
      return { channel: event.channel, message: event.reason, failures: event.failures };
    case "blind":
      return { message: plainWords(event).detail };
  }
}

const severities: Readonly<Record<AlertEvent["kind"], string>> = {
  down: "critical",
  degraded: "warning",
  recovered: "resolved",
  cert_expiring: "warning",
  cert_unreadable: "warning",
  cert_changed: "critical",
  domain_expiring: "warning",
  domain_unreadable: "warning",
  peer_link_degraded: "warning",
  budget_burn: "warning",
  digest: "info",
  channel_trouble: "warning",
  blind: "warning",
};

/** The whole JSON object: the documented fields first, then what we add (times are Unix seconds). */
function webhookFields(message: Message): Record<string, unknown> {
  const { event } = message;
  const secs = (at: number | null | undefined) =>
    at === null || at === undefined ? undefined : Math.floor(at / 1000);
  const since = "sinceAt" in event ? event.sinceAt : undefined;
  return {
    event: event.kind,
    monitor: subjectOf(event)?.name ?? (event.kind === "peer_link_degraded" ? event.peer : "*"),
    ...documented(event),
    id: subjectOf(event)?.id,
    at: secs(event.at),
    since: secs(since),
    duration_s: event.kind === "recovered" ? lastedSecs(event) ?? undefined : undefined,
    reason: event.kind === "degraded" ? event.reason ?? undefined : undefined,
    failures: event.kind === "down" && event.failures > 0 ? event.failures : undefined,
    context: event.kind === "down" ? event.context : undefined,
    expires_at: secs(
      event.kind === "cert_expiring"
        ? event.notAfterAt
        : event.kind === "domain_expiring"
        ? event.expiresAt
        : null,
    ),
    incident_id: message.incidentId ?? undefined,
    severity: severities[event.kind],
    url: linkOf(event, message) ?? undefined,
    delivery_id: message.id > 0 ? message.id : undefined,
  };
}

/** Halves of characters are replaced: a form cannot spell them, and many readers of JSON refuse the whole message. */
function webhookJson(message: Message): string {
  return JSON.stringify(
    webhookFields(message),
    (_name, value) => typeof value === "string" ? value.toWellFormed() : value,
  );
}

/** Values a template may name, as text; absent ones are empty. */
function templateValues(message: Message): Map<string, string> {
  const json = webhookJson(message);
  const text = [pushText(message.event, (value) => value), ...extraLines(message.event, message)].join("\n");
  const values = new Map([["text", text.toWellFormed()], ["json", json]]);
  const fields: Record<string, unknown> = JSON.parse(json);
  for (const [name, value] of Object.entries(fields)) {
    values.set(name, Array.isArray(value) ? value.join(", ") : String(value));
  }
  if (typeof fields.duration_s === "number") values.set("duration", duration(fields.duration_s * 1000));
  return values;
}

/** How `{{name}}` is spelled in a body of this type. `{{{name}}}` puts the value in as it is. */
function escaperFor(contentType: string): (value: string) => string {
  if (contentType.includes("json")) return (value) => JSON.stringify(value).slice(1, -1);
  if (contentType.includes("x-www-form-urlencoded")) return encodeURIComponent;
  return (value) => value;
}

export function renderTemplate(template: string, message: Message, contentType: string): string {
  const values = templateValues(message);
  const escape = escaperFor(contentType.toLowerCase());
  return template.replace(
    /\{\{\{\s*([a-z0-9_]+)\s*\}\}\}|\{\{\s*([a-z0-9_]+)\s*\}\}/g,
    (_all, raw?: string, escaped?: string) =>
      raw !== undefined ? values.get(raw) ?? "" : escape(values.get(escaped ?? "") ?? ""),
  );
}

/** HMAC-SHA256 of the body's bytes, lower-case hex. */
export async function signature(key: string, body: string): Promise<string> {
  const encoder = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", encoder.encode(key), algorithm, false, ["sign"]);
  const bytes = new Uint8Array(await crypto.subtle.sign("HMAC", imported, encoder.encode(body)));
  return bytes.toHex();
}

async function request(config: ConfigOf<"webhook">, message: Message) {
  const headers: Record<string, string> = { "content-type": "application/json" };
  for (const [name, value] of Object.entries(config.headers)) headers[name.toLowerCase()] = value.reveal();
  const method = config.method.toUpperCase();
  const bodiless = method === "GET" || method === "HEAD";
  const body = bodiless
    ? null
    : config.body === null
    ? webhookJson(message)
    : renderTemplate(config.body, message, headers["content-type"]);
  if (bodiless) delete headers["content-type"];
  if (config.hmacSecret !== null && !config.hmacSecret.isEmpty) {
    headers["x-hora-signature"] = `sha256=${await signature(config.hmacSecret.reveal(), body ?? "")}`;
  }
  return { url: config.url.reveal(), method, headers, body };
}

/** Shorter header values (`ops`, `1`) are labels; hiding them would tear innocent words in errors apart. */
const MIN_SECRET = 8;

/** Any HTTP endpoint: the documented JSON, or a template of the operator's, signed when a key is set. */
export const webhook: HttpKind<"webhook"> = {
  secrets: (config) => [
    config.url.reveal(),
    config.hmacSecret?.reveal() ?? "",
    ...Object.values(config.headers).map((value) => value.reveal()).filter((value) =>
      value.length >= MIN_SECRET
    ),
  ],
  request,
};
