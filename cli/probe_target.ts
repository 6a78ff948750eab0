import { isIP } from "node:net";
import { parseConfig } from "../config/load.ts";
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

/** A monitor with defaults for a target that is in no file: 10 s, no retry. Returns the complaint when the target does not fit. */
export function adHocMonitor(argument: string, word: ProbeKindWord | null): Monitor | string {
  const trimmed = argument.trim();
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

/** The configured monitor of this id, if there is one. */
export function configuredMonitor(config: Config | null, id: string): Monitor | null {
  return config?.monitors.find((monitor) => monitor.id === id) ?? null;
}
