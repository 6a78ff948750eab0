import { parseArgs } from "node:util";
import { findConfigPath, formatProblem, loadConfig } from "../config/load.ts";
import { systemClock } from "../domain/clock.ts";
import type { Config } from "../domain/config.ts";
import { messageOf, StartupError } from "../domain/errors.ts";
import { displayTarget, type HttpMonitor, type Monitor } from "../domain/monitor.ts";
import type { Outcome } from "../domain/outcome.ts";
import { version } from "../domain/version.ts";
import { createNodeClient } from "../peers/client.ts";
import { askPeers } from "../peers/confirm.ts";
import { attempt } from "../probes/kinds.ts";
import type { TraceStep } from "../probes/probe.ts";
import { nearest } from "../config/problem.ts";
import {
  adHocMonitor,
  configuredMonitor,
  looksLikeId,
  probeKinds,
  type ProbeKindWord,
} from "./probe_target.ts";
import { type Command, err, out } from "./command.ts";
import { jsonReport, textReport } from "./probe_report.ts";

const USAGE = `usage: hora probe <id|url|host:port|host|ip> [--kind ${
  probeKinds.join("|")
}] [--confirm] [--verbose] [--json]`;

interface Wanted {
  readonly target: string;
  readonly kind: ProbeKindWord | null;
  readonly confirm: boolean;
  readonly verbose: boolean;
  readonly json: boolean;
}

function readArgs(args: readonly string[]): Wanted | string {
  let given;
  try {
    given = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        kind: { type: "string" },
        confirm: { type: "boolean" },
        verbose: { type: "boolean", short: "v" },
        json: { type: "boolean" },
      },
    });
  } catch (error) {
    return messageOf(error);
  }
  const { values, positionals } = given;
  if (positionals.length === 0 || positionals[0].trim() === "") return "nothing to probe was named";
  if (positionals.length > 1) return `one target at a time: ${positionals[1]} is too many`;
  const word = values.kind?.toLowerCase();
  const kind = probeKinds.find((known) => known === word) ?? null;
  if (word !== undefined && kind === null) {
    return `--kind must be one of ${probeKinds.join(", ")}, got ${values.kind}`;
  }
  return {
    target: positionals[0],
    kind,
    confirm: values.confirm ?? false,
    verbose: values.verbose ?? false,
    json: values.json ?? false,
  };
}

/** The configuration if there is a usable one, null if there is none; a bare target needs none, so mistakes in it are only told. */
async function readConfig(): Promise<Config | "broken" | null> {
  const env = Deno.env.toObject();
  try {
    const result = await loadConfig(await findConfigPath(env), env);
    if (result.ok) return result.config;
    for (const problem of result.problems) err(`Configuration error: ${formatProblem(problem)}`);
    return "broken";
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
  }
  return null;
}

async function vantage(config: Config | null, monitor: Monitor, outcome: Outcome): Promise<string> {
  const local = outcome.status === "down" ? "down" : "up";
  const signal = new AbortController().signal;
  const answer = config === null ? null : await askPeers(config, monitor, local, createNodeClient(), signal);
  return answer?.text ?? "no peers to ask: the configuration names none that could be asked about this";
}

/** Tells what a word that is no monitor's id is taken for. False: it can only have been meant as an id. */
function mayBeHost(target: string, config: Config | "broken" | null): boolean {
  if (!looksLikeId(target)) {
    if (config === "broken") err("Going on without the configuration.");
    return true;
  }
  if (config === "broken") {
    err(
      `Cannot tell whether ${target} is a monitor: correct the configuration, or name a URL, host:port or address`,
    );
    return false;
  }
  if (config === null) return true;
  const near = nearest(target, config.monitors.map(({ id }) => id));
  err(`No monitor is called ${target}${near === null ? "" : ` (did you mean ${near}?)`}: taken for a host`);
  return true;
}

/** Checks one target now, with everything that was seen on the way. Exit code 0: up or degraded, 1: down or refused, 2: wrong usage. */
export const probe: Command = {
  name: "probe",
  args: "<id|url|host:port|host|ip>",
  about: "check one target now; --verbose, --json, --kind, --confirm",
  async run(args) {
    const wanted = readArgs(args);
    if (typeof wanted === "string") {
      err(wanted);
      err(USAGE);
      return 2;
    }
    const read = await readConfig();
    const config = read === "broken" ? null : read;
    const configured = wanted.kind === null ? configuredMonitor(config, wanted.target) : null;
    if (configured === null && wanted.kind === null && !mayBeHost(wanted.target, read)) return 2;
    const monitor = configured ?? adHocMonitor(wanted.target, wanted.kind);
    if (typeof monitor === "string") {
      err(`Cannot probe ${wanted.target}: ${monitor}`);
      return 2;
    }
    if (monitor.kind === "push" || monitor.kind === "exec") {
      err(`Monitor ${monitor.id} is of kind ${monitor.kind}, which is not probed by hand`);
      return 1;
    }
    const trace: TraceStep[] = [];
    const outcome = await attempt(withCertificate(monitor), {
      signal: new AbortController().signal,
      clock: systemClock,
      execDir: null,
      userAgent: `hora/${version}`,
      trace: (step) => trace.push(step),
    });
    const verdict = wanted.confirm ? await vantage(config, monitor, outcome) : null;
    const title = configured === null
      ? `${monitor.kind} ${displayTarget(monitor)}`
      : `${monitor.name} (${monitor.kind}, ${displayTarget(monitor)})`;
    const facts = {
      monitor,
      isConfigured: configured !== null,
      outcome,
      trace,
      verdict,
      title,
      now: systemClock.now(),
    };
    out(wanted.json ? jsonReport(facts) : textReport(facts, wanted.verbose));
    return outcome.status === "down" ? 1 : 0;
  },
};

/** People who look want to see the certificate even where it is not watched. */
function withCertificate(monitor: Monitor): Monitor {
  if (monitor.kind !== "http" && monitor.kind !== "tls") return monitor;
  return { ...monitor, tls: { ...(monitor as HttpMonitor).tls, checkCert: true } };
}
