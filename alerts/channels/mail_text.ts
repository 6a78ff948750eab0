import type { AlertEvent } from "../../domain/event.ts";
import {
  burn,
  expiry,
  extraLines,
  latency,
  type Outlook,
  plainWords,
  reasonOf,
  topology,
  vantage,
} from "../words.ts";
import { cut } from "./fit.ts";

const keep = (value: string) => value;

/** Longer subjects are folded badly by some and hidden by all. */
const MAX_SUBJECT = 200;

export function mailSubject(event: AlertEvent): string {
  return cut(subject(event).toWellFormed(), MAX_SUBJECT);
}

function subject(event: AlertEvent): string {
  switch (event.kind) {
    case "down":
      return `[DOWN] ${event.monitor}`;
    case "degraded":
      return `[SLOW] ${event.monitor}`;
    case "recovered":
      return `[OK] ${event.monitor} recovered`;
    case "cert_expiring":
      return `[TLS] ${event.monitor} certificate ${expiry(event.notAfterAt, event.at)}`;
    case "cert_changed":
      return `[TLS] ${event.monitor} certificate changed unexpectedly`;
    case "cert_unreadable":
      return `[TLS] ${event.monitor} certificate cannot be read`;
    case "domain_expiring":
      return `[DOMAIN] ${event.monitor} domain ${event.domain} ${expiry(event.expiresAt, event.at)}`;
    case "domain_unreadable":
      return `[DOMAIN] ${event.monitor} domain ${event.domain} cannot be looked up`;
    case "peer_link_degraded":
      return `[LINK] ${event.peer} link degraded`;
    case "budget_burn":
      return `[BUDGET] ${event.monitor} error budget burn`;
    case "digest":
      return `[DIGEST] Hora digest (${event.period})`;
    default:
      return `[HORA] ${plainWords(event).title}`;
  }
}

function body(event: AlertEvent): string {
  switch (event.kind) {
    case "down":
      return `${event.monitor} is DOWN\n\n${reasonOf(event)}${topology(event, keep)}${vantage(event, keep)}`;
    case "degraded":
      return `${event.monitor} is up but responding slowly${latency(event.latencyMs)}.`;
    case "recovered":
      return `${event.monitor} recovered.`;
    case "cert_expiring":
      return `The TLS certificate for ${event.monitor} ${expiry(event.notAfterAt, event.at)}.`;
    case "cert_changed":
      return `The TLS certificate for ${event.monitor} changed unexpectedly.\n` +
        `Old fingerprint: ${event.oldFingerprint}\nNew fingerprint: ${event.newFingerprint}\n\n` +
        "Somebody may be in the middle of the connection, or the key was renewed without telling Hora.";
    case "domain_expiring":
      return `The registered domain ${event.domain} ${expiry(event.expiresAt, event.at)} ` +
        `(monitor ${event.monitor}, via RDAP).`;
    case "peer_link_degraded":
      return `${event.peer} is unreachable from here but still seen up by ${event.witness}. ` +
        "This is likely a network partition rather than an outage.";
    case "budget_burn":
      return `${event.monitor} is ${burn(event)}.`;
    case "digest":
      return event.summary;
    default: {
      const { title, detail } = plainWords(event);
      return `${title}.\n\n${detail}`;
    }
  }
}

export function mailBody(event: AlertEvent, outlook: Outlook): string {
  const extras = extraLines(event, outlook);
  const text = extras.length === 0 ? body(event) : `${body(event)}\n\n${extras.join("\n")}`;
  return text.toWellFormed();
}
