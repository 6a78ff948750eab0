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
import { escapeHtml, fit } from "./fit.ts";

const MAX_TEXT = 4096;

/** What a service said makes no link as code. */
const code = (put: Put): Put => (value) => `<code>${put(value)}</code>`;

function text(event: AlertEvent, put: Put): string {
  const quoted = code(put);
  const bold = (name: string) => `<b>${put(name)}</b>`;
  switch (event.kind) {
    case "down":
      return `🔴 ${bold(event.monitor)} is DOWN\n${quoted(reasonOf(event))}${topology(event, put)}${
        vantage(event, put)
      }`;
    case "degraded":
      return `🟠 ${bold(event.monitor)} is slow${latency(event.latencyMs)}`;
    case "recovered":
      return `🟢 ${bold(event.monitor)} recovered`;
    case "cert_expiring":
      return `🔐 ${bold(event.monitor)} TLS certificate ${expiry(event.notAfterAt, event.at)}`;
    case "cert_changed":
      return `⚠️ ${bold(event.monitor)} TLS certificate changed unexpectedly\n` +
        `old: ${quoted(event.oldFingerprint)}\nnew: ${quoted(event.newFingerprint)}`;
    case "domain_expiring":
      return `🌐 ${bold(event.monitor)} domain ${put(event.domain)} ${expiry(event.expiresAt, event.at)}`;
    case "peer_link_degraded":
      return `🟡 ${bold(event.peer)} link degraded\nunreachable from here, but seen up by ${
        put(event.witness)
      }`;
    case "budget_burn":
      return `🔥 ${bold(event.monitor)} ${burn(event)}`;
    case "digest":
      return `📊 <b>Hora digest</b> (${put(event.period)})\n${put(event.summary)}`;
    default: {
      const { title, detail } = plainWords(event);
      return `⚠️ ${bold(title)}\n${quoted(detail)}`;
    }
  }
}

export const telegram: HttpKind<"telegram"> = {
  secrets: (config) => [config.token.reveal()],
  request: (config, message) =>
    jsonRequest(`https://api.telegram.org/bot${config.token.reveal()}/sendMessage`, {
      chat_id: config.chatId,
      text: fit(
        (put) => text(message.event, put),
        (put) => extraLines(message.event, message, put, code(put)).map((line) => `\n${line}`).join(""),
        escapeHtml,
        MAX_TEXT,
      ),
      parse_mode: "HTML",
    }),
};
