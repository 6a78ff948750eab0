import { isIP } from "node:net";
import { parseConfig } from "../config/parse.ts";
import type { Config } from "../domain/config.ts";
import type { Monitor } from "../domain/monitor.ts";

export const probeKinds = ["http", "tcp", "tls", "icmp", "ping", "dns"] as const;
export type ProbeKindWord = typeof probeKinds[number];

/** What kind of check a bare target asks for. */
export function inferKind(target: string): Exclude<ProbeKindWord, "ping" | "dns"> {
  if (/^https?:\/\//i.test(target)) return "http";
  if (isIP(target.replace(/^\[|\]$/g, "")) !== 0) return "icmp";
  const port = /^(?:\[[0-9a-f:.%]+\]|[^:/\s]+):([0-9]+)$/i.exec(target);
  return port !== null && Number(port[1]) <= 65_535 ? "tcp" : "http";
}

/** What is wrong with a bare target at first sight, in words that say what to write instead; null: nothing. */
function complaintAbout(target: string, word: ProbeKindWord | null): string | null {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(target)?.[1];
  if (scheme !== undefined && !/^https?$/i.test(scheme)) {
    return `${scheme}:// is not checked: write host:port for TCP, or a host with --kind tls, icmp or dns`;
  }
  if (word !== null && word !== "http") return null;
  const port = /^[^/\s]*[^/:\s]:([0-9]+)$/.exec(target)?.[1];
  if (port !== undefined && Number(port) > 65_535) return `there is no port ${port}: ports end at 65535`;
  if (/^[0-9]+(?:\.[0-9]+){3}$/.test(target) && isIP(target) === 0) return "it is no IP address";
  return /^(?:https?:\/\/)?[^/?#]*\s/i.test(target) ? "a host name holds no blanks" : null;
}

/** A monitor with defaults for a target that is in no file: 10 s, no retry. Returns the complaint when the target does not fit. */
export function adHocMonitor(argument: string, word: ProbeKindWord | null): Monitor | string {
  const trimmed = argument.trim();
  const complaint = complaintAbout(trimmed, word);
  if (complaint !== null) return complaint;
  const kind = word === "ping" ? "icmp" : word ?? inferKind(trimmed);
  const bare = kind === "icmp" ? trimmed.replace(/^\[|\]$/g, "") : trimmed;
  const target = kind === "http" && !/^https?:\/\//i.test(bare) ? `https://${bare}` : bare;
  const text = [
    "[page]",
    "[server]",
    "[[monitors]]",
    'id = "target"',
    `name = ${JSON.stringify(target)}`,
    `kind = "${kind}"`,
    `target = ${JSON.stringify(target).replaceAll("$", "$$$$")}`,
    "interval_secs = 60",
    "timeout_secs = 10",
    "probe_retries = 0",
  ].join("\n");
  const parsed = parseConfig(text, { file: "command line", env: {} });
  if (parsed.ok) return parsed.config.monitors[0];
  return parsed.problems.map((problem) => problem.message).join("; ");
}

/** Could this be meant as a monitor's id rather than as a host? */
export function looksLikeId(target: string): boolean {
  return /^[A-Za-z0-9_-]+$/.test(target) && target.toLowerCase() !== "localhost";
}

/** The configured monitor of this id, if there is one. */
export function configuredMonitor(config: Config | null, id: string): Monitor | null {
  return config?.monitors.find((monitor) => monitor.id === id) ?? null;
}
