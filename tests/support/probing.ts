import { parseConfig } from "../../config/parse.ts";
import { systemClock } from "../../domain/clock.ts";
import type { Monitor } from "../../domain/monitor.ts";
import type { Outcome } from "../../domain/outcome.ts";
import { attempt } from "../../probes/kinds.ts";
import type { ProbeContext } from "../../probes/probe.ts";

/** A monitor as the configuration file would give it, from its TOML lines; no retries and 5 s unless the lines say otherwise. */
export function monitorFrom<K extends Monitor["kind"]>(
  kind: K,
  lines: string,
  env: Record<string, string> = {},
): Extract<Monitor, { kind: K }> {
  const standard = [["id", '"m"'], ["name", '"M"'], ["interval_secs", "60"], ["timeout_secs", "5"], [
    "probe_retries",
    "0",
  ]].filter(([key]) => !new RegExp(`^\\s*${key}\\s*=`, "m").test(lines))
    .filter(([key]) => key !== "probe_retries" || kind !== "push")
    .map(([key, value]) => `${key} = ${value}`).join("\n");
  const text = `[page]\n[server]\n[[monitors]]\nkind = "${kind}"\n${standard}\n${lines}`;
  const parsed = parseConfig(text, { file: "test", env });
  if (!parsed.ok) throw new Error(parsed.problems.map((problem) => problem.message).join("; "));
  return parsed.config.monitors[0] as Extract<Monitor, { kind: K }>;
}

export function probeContext(more: Partial<ProbeContext> = {}): ProbeContext {
  return {
    signal: new AbortController().signal,
    clock: systemClock,
    execDir: null,
    userAgent: "hora/test",
    ...more,
  };
}

/** Checks a monitor once, as the scheduler would. */
export function check(monitor: Monitor, more: Partial<ProbeContext> = {}): Promise<Outcome> {
  return attempt(monitor, probeContext(more));
}
