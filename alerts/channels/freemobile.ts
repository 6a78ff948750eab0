import { SECOND } from "../../domain/clock.ts";
import type { AlertEvent } from "../../domain/event.ts";
import {
  burn,
  duration,
  expiry,
  lastedSecs,
  latency,
  plainWords,
  type Put,
  reasonOf,
  topology,
  vantage,
} from "../words.ts";
import type { HttpKind } from "./channel.ts";
import { fit } from "./fit.ts";

/** About three messages' worth; the service refuses longer ones sooner or later. */
const MAX_TEXT = 480;

function text(event: AlertEvent, put: Put): string {
  switch (event.kind) {
    case "down":
      return `DOWN: ${put(event.monitor)} - ${put(reasonOf(event))}${topology(event, put)}${
        vantage(event, put)
      }`;
    case "degraded":
      return `SLOW: ${put(event.monitor)}${latency(event.latencyMs)}`;
    case "recovered":
      return `UP: ${put(event.monitor)} recovered`;
    case "cert_expiring":
      return `CERT: ${put(event.monitor)} ${expiry(event.notAfterAt, event.at)}`;
    case "cert_changed":
      return `CERT: ${put(event.monitor)} certificate changed unexpectedly`;
    case "domain_expiring":
      return `DOMAIN: ${put(event.monitor)} domain ${put(event.domain)} ${expiry(event.expiresAt, event.at)}`;
    case "peer_link_degraded":
      return `LINK: ${put(event.peer)} unreachable here, seen up by ${put(event.witness)}`;
    case "budget_burn":
      return `BUDGET: ${put(event.monitor)} ${burn(event)}`;
    case "digest":
      return `DIGEST ${put(event.period)}: ${put(event.summary)}`;
    default: {
      const { title, detail } = plainWords(event);
      return `${put(title)}: ${put(detail)}`;
    }
  }
}

/** A text message costs by the letter: of what other channels add, only how long it lasted. */
function extras(event: AlertEvent): string {
  const secs = event.kind === "recovered" ? lastedSecs(event) : null;
  return secs === null ? "" : `\nlasted ${duration(secs * SECOND)}`;
}

export const freemobile: HttpKind<"freemobile"> = {
  secrets: (config) => [config.pass.reveal(), config.user],
  // "Too many messages in too short a time."
  retried: [402],
  request: (config, { event }) => {
    const message = fit((put) => text(event, put), () => extras(event), (value) => value, MAX_TEXT);
    const parameters = { user: config.user, pass: config.pass.reveal(), msg: message };
    const query = Object.entries(parameters).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
      .join("&");
    return {
      url: `https://smsapi.free-mobile.fr/sendmsg?${query}`,
      method: "GET",
      headers: {},
      body: null,
    };
  },
};
