import type { AlertEvent } from "../../domain/event.ts";
import { burn, expiry, extraLines, latency, plainWords, type Put, topology, vantage } from "../words.ts";
import type { Message } from "./channel.ts";
import { fit } from "./fit.ts";

/** The common text of the push services (ntfy, Gotify, Pushover). */
export function pushText(event: AlertEvent, put: Put): string {
  switch (event.kind) {
    case "down": {
      const reason = event.reason === null ? "" : `\n${put(event.reason)}`;
      return `DOWN: ${put(event.monitor)}${reason}${topology(event, put)}${vantage(event, put)}`;
    }
    case "degraded":
      return `DEGRADED: ${put(event.monitor)}${latency(event.latencyMs)}`;
    case "recovered":
      return `RECOVERED: ${put(event.monitor)}`;
    case "cert_expiring":
      return `CERT: ${put(event.monitor)} ${expiry(event.notAfterAt, event.at)}`;
    case "cert_changed":
      return `CERT CHANGED: ${put(event.monitor)}\nold: ${put(event.oldFingerprint)}\nnew: ${
        put(event.newFingerprint)
      }`;
    case "domain_expiring":
      return `DOMAIN: ${put(event.monitor)} domain ${put(event.domain)} ${expiry(event.expiresAt, event.at)}`;
    case "peer_link_degraded":
      return `PEER: ${put(event.peer)} unreachable, but ${put(event.witness)} sees it up (partition)`;
    case "budget_burn":
      return `BUDGET: ${put(event.monitor)} ${burn(event)}`;
    case "digest":
      return `DIGEST (${event.period}):\n${put(event.summary)}`;
    default: {
      const { title, detail } = plainWords(event);
      return `${put(title)}\n${put(detail)}`;
    }
  }
}

/** The common text and what we add to it, within the service's limit. */
export function fitPushText(message: Message, limit: number, measure?: (text: string) => number): string {
  return fit(
    (put) => pushText(message.event, put),
    (put) => extraLines(message.event, message, put).map((line) => `\n${line}`).join(""),
    (value) => value,
    limit,
    measure,
  );
}

/** How urgent an event is on each push service. */
export interface Urgency {
  readonly tag: string;
  readonly ntfy: number;
  readonly gotify: number;
  readonly pushover: number;
}

const high = { ntfy: 4, gotify: 8, pushover: 1 };
const normal = { ntfy: 3, gotify: 5, pushover: 0 };
const low = { ntfy: 2, gotify: 2, pushover: -1 };

export const urgencies: Readonly<Record<AlertEvent["kind"], Urgency>> = {
  down: { tag: "rotating_light", ...high },
  degraded: { tag: "warning", ...normal },
  recovered: { tag: "white_check_mark", ...low },
  cert_expiring: { tag: "lock", ...normal },
  cert_unreadable: { tag: "lock", ...normal },
  cert_changed: { tag: "lock", ...high },
  domain_expiring: { tag: "globe_with_meridians", ...normal },
  domain_unreadable: { tag: "globe_with_meridians", ...normal },
  peer_link_degraded: { tag: "warning", ...normal },
  budget_burn: { tag: "fire", ...high },
  digest: { tag: "bar_chart", ...low },
  channel_trouble: { tag: "warning", ...normal },
  blind: { tag: "warning", ...normal },
};
