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
import { bytesOf, fit } from "./fit.ts";

/** An event may have 65,536 bytes with everything around it. */
const MAX_BYTES = 32_000;

function text(event: AlertEvent, put: Put): string {
  switch (event.kind) {
    case "down":
      return `🔴 ${put(event.monitor)} is DOWN\n${put(reasonOf(event))}${topology(event, put)}${
        vantage(event, put)
      }`;
    case "degraded":
      return `🟠 ${put(event.monitor)} is slow${latency(event.latencyMs)}`;
    case "recovered":
      return `🟢 ${put(event.monitor)} recovered`;
    case "cert_expiring":
      return `🔐 ${put(event.monitor)} TLS certificate ${expiry(event.notAfterAt, event.at)}`;
    case "cert_changed":
      return `⚠️ ${put(event.monitor)} TLS certificate changed unexpectedly\n` +
        `old: ${put(event.oldFingerprint)}\nnew: ${put(event.newFingerprint)}`;
    case "domain_expiring":
      return `🌐 ${put(event.monitor)} domain ${put(event.domain)} ${expiry(event.expiresAt, event.at)}`;
    case "peer_link_degraded":
      return `🟡 ${put(event.peer)} link degraded: unreachable from here, but seen up by ${
        put(event.witness)
      }`;
    case "budget_burn":
      return `🔥 ${put(event.monitor)} ${burn(event)}`;
    case "digest":
      return `📊 Hora digest (${put(event.period)})\n${put(event.summary)}`;
    default: {
      const { title, detail } = plainWords(event);
      return `⚠️ ${put(title)}\n${put(detail)}`;
    }
  }
}

/** The plain word calls everybody in the room; with an invisible joiner it only reads like it. */
function calmRoom(value: string): string {
  return value.replaceAll("@room", "@\u2060room");
}

export const matrix: HttpKind<"matrix"> = {
  secrets: (config) => [config.token.reveal()],
  request: (config, message) => {
    const room = encodeURIComponent(config.roomId);
    const base = new URL(config.homeserver);
    base.pathname = `${
      base.pathname.replace(/\/+$/, "")
    }/_matrix/client/v3/rooms/${room}/send/m.room.message`;
    const body = fit(
      (put) => text(message.event, put),
      (put) => extraLines(message.event, message, put).map((line) => `\n${line}`).join(""),
      calmRoom,
      MAX_BYTES,
      bytesOf,
    );
    const headers = { authorization: `Bearer ${config.token.reveal()}` };
    return jsonRequest(base.href, { msgtype: "m.text", body }, headers);
  },
};
