import assert from "node:assert/strict";
import type { HttpKind, HttpRequest, Message } from "../../alerts/channels/channel.ts";
import { kindOf } from "../../alerts/channels/table.ts";
import type { ChannelConfig } from "../../domain/config.ts";
import type { AlertEvent, DownEvent } from "../../domain/event.ts";
import { configOf } from "./alerting.ts";

export const at = Date.parse("2026-06-10T03:12:04Z");

/** One channel of each type that is an HTTP request, named after its type. */
const channels = configOf(`
[[channels]]
name = "telegram"
type = "telegram"
token = "123456:telegram-secret"
chat_id = "-100"
[[channels]]
name = "discord"
type = "discord"
webhook_url = "https://discord.com/api/webhooks/1/discord-secret"
[[channels]]
name = "slack"
type = "slack"
webhook_url = "https://hooks.slack.com/services/slack-secret"
[[channels]]
name = "webhook"
type = "webhook"
url = "https://hook.example.com/webhook-secret"
[[channels]]
name = "matrix"
type = "matrix"
homeserver = "https://matrix.example.com/base/"
token = "matrix-secret"
room_id = "!room:example.com"
[[channels]]
name = "freemobile"
type = "freemobile"
user = "12345678"
pass = "free secret"
[[channels]]
name = "ntfy"
type = "ntfy"
url = "https://ntfy.sh/topic"
[[channels]]
name = "gotify"
type = "gotify"
url = "https://gotify.example.com//"
token = "gotify-secret"
[[channels]]
name = "pushover"
type = "pushover"
token = "pushover-token"
user = "pushover-user"
`).channels;

function channel(name: string): ChannelConfig {
  const found = channels.find((candidate) => candidate.name === name);
  assert.ok(found, name);
  return found;
}

export const subject = { at, monitorId: "shop", monitor: "Shop" };
export const down: DownEvent & { readonly at: number } = {
  kind: "down",
  ...subject,
  reason: "HTTP 503: busy",
  cause: null,
  impacted: [{ id: "cart", name: "Cart" }, { id: "search", name: "Search" }],
  vantage: "confirmed down from 2/2 vantage points",
  incidentId: null,
  sinceAt: at,
  failures: 0,
};
export const events: Record<string, AlertEvent> = {
  down,
  caused: { ...down, cause: { id: "db", name: "Database" }, reason: null, vantage: null },
  degraded: { kind: "degraded", ...subject, latencyMs: 812, reason: null, sinceAt: at },
  recovered: { kind: "recovered", ...subject, incidentId: null, sinceAt: null, durationMs: null },
  cert: { kind: "cert_expiring", ...subject, notAfterAt: at + 6.5 * 86_400_000 },
  certLast: { kind: "cert_expiring", ...subject, notAfterAt: at + 5.5 * 3_600_000 },
  certGone: { kind: "cert_expiring", ...subject, notAfterAt: at - 1 },
  pin: { kind: "cert_changed", ...subject, oldFingerprint: "aa", newFingerprint: "bb" },
  domain: { kind: "domain_expiring", ...subject, domain: "example.com", expiresAt: at + 86_400_000 },
  certUnread: { kind: "cert_unreadable", ...subject, reason: "handshake failed" },
  domainUnread: { kind: "domain_unreadable", ...subject, domain: "example.com", reason: "no answer" },
  trouble: { kind: "channel_trouble", at, channel: "mail", failures: 3, reason: "rejected (HTTP 500)" },
  blind: { kind: "blind", at, reason: "our own network is gone", fromAt: at, untilAt: null },
  link: { kind: "peer_link_degraded", at, peer: "Paris", witness: "Oslo" },
  burn: { kind: "budget_burn", ...subject, rateX10: 166, window: "1h", exhaustedInSecs: 26 * 3600 + 5 },
  burnWhole: { kind: "budget_burn", ...subject, rateX10: 60, window: "6h", exhaustedInSecs: 50 * 3600 },
  digest: { kind: "digest", at, period: "Jun 03 → Jun 10", summary: "99.67% overall, 3 incidents" },
};

/** A message as the outbox hands it to a channel. */
export function message(event: AlertEvent, more: Partial<Message> = {}): Message {
  return { event, id: 7, incidentId: null, publicUrl: null, now: at, ...more };
}

/** What the channel of that type would send. */
export async function request(
  name: string,
  event: AlertEvent,
  more: Partial<Message> = {},
): Promise<HttpRequest> {
  const config = channel(name);
  const kind = kindOf(config) as HttpKind<"telegram">;
  return await kind.request(config as never, message(event, more));
}

export async function body(
  name: string,
  event: string,
  more: Partial<Message> = {},
): Promise<Record<string, unknown>> {
  return JSON.parse((await request(name, events[event], more)).body ?? "");
}
