import type { AlertEvent } from "../../domain/event.ts";
import {
  burn,
  expiry,
  extraLines,
  latency,
  plainWords,
  type Put,
  reasonOf,
  topology,
  vantage,
} from "../words.ts";
import { type HttpKind, jsonRequest } from "./channel.ts";
import { calmBackticks, escapeHtml, fit } from "./fit.ts";

/** The service cuts at 40,000; people stop reading long before. */
const MAX_TEXT = 8000;

/** What a service said makes no link as code. */
const code = (put: Put): Put => (value) => "`" + put(calmBackticks(value)) + "`";

function text(event: AlertEvent, put: Put): string {
  const quoted = code(put);
  const bold = (name: string) => `*${put(name)}*`;
  switch (event.kind) {
    case "down":
      return `:red_circle: ${bold(event.monitor)} is DOWN\n` + "```" + put(calmBackticks(reasonOf(event))) +
        "```" +
        topology(event, put) + vantage(event, put);
    case "degraded":
      return `:large_orange_circle: ${bold(event.monitor)} is slow${latency(event.latencyMs)}`;
    case "recovered":
      return `:large_green_circle: ${bold(event.monitor)} recovered`;
    case "cert_expiring":
      return `:lock: ${bold(event.monitor)} TLS certificate ${expiry(event.notAfterAt, event.at)}`;
    case "cert_changed":
      return `:warning: ${bold(event.monitor)} TLS certificate changed unexpectedly\n` +
        `old: ${quoted(event.oldFingerprint)}\nnew: ${quoted(event.newFingerprint)}`;
    case "domain_expiring":
      return `:globe_with_meridians: ${bold(event.monitor)} domain ${put(event.domain)} ` +
        expiry(event.expiresAt, event.at);
    case "peer_link_degraded":
      return `:large_yellow_circle: ${bold(event.peer)} link degraded\n` +
        `unreachable from here, but seen up by ${put(event.witness)}`;
    case "budget_burn":
      return `:fire: ${bold(event.monitor)} ${burn(event)}`;
    case "digest":
      return `:bar_chart: *Hora digest* (${put(event.period)})\n${put(event.summary)}`;
    default: {
      const { title, detail } = plainWords(event);
      return `:warning: ${bold(title)}\n${quoted(detail)}`;
    }
  }
}

export const slack: HttpKind<"slack"> = {
  secrets: (config) => [config.webhookUrl.reveal()],
  request: (config, message) =>
    jsonRequest(config.webhookUrl.reveal(), {
      text: fit(
        (put) => text(message.event, put),
        (put) => extraLines(message.event, message, put, code(put)).map((line) => `\n${line}`).join(""),
        escapeHtml,
        MAX_TEXT,
      ),
    }),
};
