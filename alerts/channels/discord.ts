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
import { calmBackticks, cut, fit } from "./fit.ts";

const MAX_TITLE = 256;
const MAX_DESCRIPTION = 4096;

const red = 14703940;
const amber = 14660375;
const green = 4508689;
const orange = 16678199;

interface Embed {
  readonly title: string;
  /** Empty: none. */
  description(put: Put): string;
  readonly color: number;
}

const none = () => "";

/** What a service said makes no link as code. */
const code = (put: Put): Put => (value) => "`" + put(value) + "`";

function embed(event: AlertEvent): Embed {
  switch (event.kind) {
    case "down":
      return {
        title: `🔴 ${event.monitor} is DOWN`,
        description: (put) =>
          "```" + put(reasonOf(event)) + "```" + topology(event, put) + vantage(event, put),
        color: red,
      };
    case "degraded":
      return {
        title: `🟠 ${event.monitor} is slow${latency(event.latencyMs)}`,
        description: none,
        color: amber,
      };
    case "recovered":
      return { title: `🟢 ${event.monitor} recovered`, description: none, color: green };
    case "cert_expiring": {
      const title = `🔐 ${event.monitor} TLS certificate ${expiry(event.notAfterAt, event.at)}`;
      return { title, description: none, color: orange };
    }
    case "cert_changed":
      return {
        title: `⚠️ ${event.monitor} TLS certificate changed`,
        description: (put) =>
          `old: ${code(put)(event.oldFingerprint)}\nnew: ${code(put)(event.newFingerprint)}`,
        color: orange,
      };
    case "domain_expiring": {
      const title = `🌐 ${event.monitor} domain ${event.domain} ${expiry(event.expiresAt, event.at)}`;
      return { title, description: none, color: orange };
    }
    case "peer_link_degraded":
      return {
        title: `🟡 ${event.peer} link degraded`,
        description: (put) =>
          `Unreachable from here, but still seen up by ${put(event.witness)} (likely a network partition).`,
        color: amber,
      };
    case "budget_burn":
      return { title: `🔥 ${event.monitor} error budget burn`, description: () => burn(event), color: amber };
    case "digest":
      return {
        title: `📊 Hora digest (${event.period})`,
        description: (put) => put(event.summary),
        color: green,
      };
    default: {
      const { title, detail } = plainWords(event);
      return { title: `⚠️ ${title}`, description: (put) => code(put)(detail), color: amber };
    }
  }
}

/** Values must neither end a fence nor make a masked link. */
function calm(value: string): string {
  return calmBackticks(value).replaceAll("](", "] (");
}

export const discord: HttpKind<"discord"> = {
  secrets: (config) => [config.webhookUrl.reveal()],
  request: (config, message) => {
    const { title, description, color } = embed(message.event);
    const extras = (put: Put) =>
      extraLines(message.event, message, put, code(put)).map((line) => `\n${line}`).join("");
    const text = fit(description, extras, calm, MAX_DESCRIPTION).replace(/^\n/, "");
    const body = {
      title: cut(calm(title.toWellFormed()), MAX_TITLE),
      ...text === "" ? {} : { description: text },
      color,
    };
    return jsonRequest(config.webhookUrl.reveal(), { embeds: [body] });
  },
};
