import { duration, instant } from "../alerts/words.ts";
import { DAY } from "../domain/clock.ts";
import type { Monitor } from "../domain/monitor.ts";
import {
  alertsWith,
  type History,
  type LatencyFacts,
  readHistory,
  recommendDegradedOver,
  recommendThreshold,
} from "../domain/tune.ts";
import { type Command, err, out } from "./command.ts";
import { type Desk, unknownMonitor, withStore } from "./with_store.ts";

const USAGE = "usage: hora tune [MONITOR] [--days N]";
const MAX_ROWS = 8;

/** Replays the history and recommends thresholds. */
export const tune: Command = {
  name: "tune",
  args: "[MONITOR] [--days N]",
  about: "replay the history, recommend thresholds",
  run: (args) => {
    const parsed = parse(args);
    if (parsed === null) {
      err(USAGE);
      return Promise.resolve(1);
    }
    return withStore((desk) => replay(desk, parsed.id, parsed.days));
  },
};

function parse(args: readonly string[]): { id: string | null; days: number | null } | null {
  let [id, days]: [string | null, number | null] = [null, null];
  for (let index = 0; index < args.length; index++) {
    const [, joined] = /^--days(?:=(.*))?$/.exec(args[index]) ?? [];
    if (args[index] === "--days" || joined !== undefined) {
      const value = joined ?? args[++index] ?? "";
      if (!/^[1-9][0-9]{0,5}$/.test(value)) return null;
      days = Number(value);
    } else if (args[index].startsWith("-") || id !== null) return null;
    else id = args[index];
  }
  return { id, days };
}

async function replay(desk: Desk, id: string | null, days: number | null): Promise<number> {
  const { config, configPath, store, clock } = desk;
  const selected = config.monitors.filter((monitor) => id === null || monitor.id === id);
  if (id !== null && selected.length === 0) return unknownMonitor(config, id);
  const longest = days ?? Math.max(1, ...selected.map((monitor) => monitor.retentionDays));
  out(`hora tune - ${configPath} (replaying up to ${longest} day(s))`);
  const now = clock.now();
  let shown = 0;
  for (const monitor of selected) {
    const window = Math.min(days ?? monitor.retentionDays, monitor.retentionDays);
    const checks = store.checks.stream(monitor.id, now - window * DAY, now + 1);
    const history = await readHistory(checks, monitor.degradedOverMs);
    if (history === null && id !== null) out(`\n${monitor.name} has no checks in the last ${window} day(s).`);
    if (history === null && id === null) continue;
    shown += 1;
    if (history !== null) out(`\n${block(monitor, history).join("\n")}`);
  }
  if (shown === 0) out("\nNo history yet: let Hora run for a while first.");
  return 0;
}

function block(monitor: Monitor, history: History): string[] {
  const current = monitor.failThreshold;
  const head = [
    `${monitor.name}  (${monitor.kind}, every ${monitor.intervalSecs}s)`,
    `  ${history.checks} ${history.checks === 1 ? "check" : "checks"}, ${instant(history.firstAt)} -> ${
      instant(history.lastAt)
    }, ` +
    `${history.down} down  [fail_threshold=${current}]`,
  ];
  if (monitor.kind === "push") {
    return [...head, "  heartbeats are judged by their deadline, not by a number of checks: nothing to tune"];
  }
  const advice = history.runs.length === 0
    ? ["  no failures: nothing to tune"]
    : [...table(monitor, history.runs), `  -> ${thresholdAdvice(monitor, history.runs)}`];
  return [
    ...head,
    ...advice,
    ...latencyAdvice(monitor, history.latency),
    ...retryAdvice(monitor, history.runs),
  ];
}

function table(monitor: Monitor, runs: readonly number[]): string[] {
  const sorted = [...runs].sort((a, b) => b - a);
  const current = monitor.failThreshold;
  const rows = Math.max(Math.min(sorted[0], MAX_ROWS), current + 2, recommendThreshold(runs)?.threshold ?? 1);
  const lines = [
    `  failure runs: ${runs.length}  (${sorted.join(", ")})`,
    "  fail_threshold   alerts   detect after",
  ];
  for (let threshold = 1; threshold <= rows; threshold++) {
    const alerts = String(alertsWith(threshold, runs)).padStart(4);
    const delay = duration(threshold * monitor.intervalSecs * 1000).padStart(8);
    const mark = threshold === current ? "*" : " ";
    const note = threshold === current ? "  (current)" : "";
    lines.push(`    ${mark} ${String(threshold).padEnd(2)}            ${alerts}    ${delay}${note}`);
  }
  return lines;
}

function thresholdAdvice(monitor: Monitor, runs: readonly number[]): string {
  const current = monitor.failThreshold;
  const longest = Math.max(...runs);
  const now = alertsWith(current, runs);
  const best = recommendThreshold(runs);
  if (longest === 1 && current <= 1) return "all failures were single blips; raise fail_threshold to 2";
  if (longest === 1) {
    return `only single blips (${runs.length}), and fail_threshold ${current} filtered all of them: anti-flap works`;
  }
  if (now === 0) {
    return `! fail_threshold ${current} never fires: the longest outage was ${longest} checks; lower it to ${longest} or less`;
  }
  if (best === null) {
    return `no clear split between flaps and outages; fail_threshold ${current} looks reasonable`;
  }
  if (best.threshold === current) {
    return `fail_threshold ${current} looks right: flaps (runs <= ${best.flapMax}) filtered, ` +
      `longest outage (${longest} checks) still caught`;
  }
  const span = duration(Math.abs(best.threshold - current) * monitor.intervalSecs * 1000);
  if (best.threshold > current) {
    const fewer = alertsWith(best.threshold, runs);
    const alerts = fewer === 1 ? "1 alert" : `${fewer} alerts`;
    return `raise fail_threshold to ${best.threshold}: ${alerts} instead of ${now}, same outages, +${span} to detect`;
  }
  return `fail_threshold ${best.threshold} would catch the same outages ${span} sooner`;
}

function latencyAdvice(monitor: Monitor, latency: LatencyFacts | null): string[] {
  if (latency === null) return [];
  const { p50, p95, p99, max, count, flagged } = latency;
  const current = monitor.degradedOverMs;
  const setting = current === null ? "" : `  [degraded_over_ms=${current}]`;
  const line = `  latency, up checks: p50 ${p50}ms  p95 ${p95}ms  p99 ${p99}ms  max ${max}ms${setting}`;
  const best = recommendDegradedOver(p99);
  if (current === null || flagged === null) {
    return [line, `    recommend degraded_over_ms ${best} (~p99, ~1%)`];
  }
  const share = (Math.floor((flagged / count) * 1000 + 0.5) / 10).toFixed(1);
  const flags = `    ${current}ms flags ${flagged} of ${count} up checks (${share}%)`;
  return current < p95
    ? [line, `${flags} - that is normal traffic; recommend degraded_over_ms ${best} (~p99, ~1%)`]
    : [line, `${flags}; ~p99 is ${best}ms`];
}

function retryAdvice(monitor: Monitor, runs: readonly number[]): string[] {
  const single = runs.filter((length) => length === 1).length;
  if (runs.length === 0 || monitor.kind === "exec") return [];
  return [
    `  probe_retries: ${monitor.probeRetries}; ${single} single-check failures seen - ` +
    "each outlasted its retries, which the history does not keep",
  ];
}
