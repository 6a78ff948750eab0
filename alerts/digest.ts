import { DAY, HOUR, MINUTE } from "../domain/clock.ts";
import type { Config } from "../domain/config.ts";
import { readCovered } from "../domain/covered.ts";
import type { Monitor } from "../domain/monitor.ts";
import type { Aggregate, Store } from "../domain/store.ts";

const WINDOW_MS = 7 * DAY;
/** The text's limit in bytes, so that every channel can carry most of it. */
const MAX_BYTES = 3500;

export interface Digest {
  /** Available part of the covered time of all monitors; null: nothing covered. */
  readonly uptime: number | null;
  readonly incidents: number;
  readonly ongoing: number;
  readonly monitors: readonly DigestLine[];
}

export interface DigestLine {
  readonly name: string;
  readonly uptime: number | null;
  readonly incidents: number;
  readonly budget:
    | { readonly leftMinutes: number; readonly totalMinutes: number; readonly days: number }
    | null;
}

interface Sums {
  availableMs: number;
  coveredMs: number;
  downMs: number;
}

function sum(aggregates: readonly Aggregate[]): Sums {
  const sums = { availableMs: 0, coveredMs: 0, downMs: 0 };
  for (const { coverage } of aggregates) {
    sums.availableMs += coverage.upMs + coverage.degradedMs;
    sums.coveredMs += coverage.upMs + coverage.degradedMs + coverage.downMs;
    sums.downMs += coverage.downMs;
  }
  return sums;
}

/** The seven days that end now, over covered time. */
export async function buildDigest(store: Store, config: Config, now: number): Promise<Digest> {
  const fromAt = Math.floor((now - WINDOW_MS) / HOUR) * HOUR;
  const all = { availableMs: 0, coveredMs: 0, downMs: 0 };
  const lines: DigestLine[] = [];
  for (const monitor of config.monitors) {
    const sums = await sumsOf(store, monitor, fromAt, now);
    all.availableMs += sums.availableMs;
    all.coveredMs += sums.coveredMs;
    lines.push({
      name: monitor.name,
      uptime: ratio(sums),
      incidents: await store.incidents.count({
        monitorIds: [monitor.id],
        fromAt: now - WINDOW_MS,
        untilAt: now,
      }),
      budget: await budgetOf(store, monitor, now),
    });
  }
  return {
    uptime: ratio(all),
    incidents: await store.incidents.count({ fromAt: now - WINDOW_MS, untilAt: now }),
    ongoing: await store.incidents.count({ fromAt: now - WINDOW_MS, untilAt: now, open: true }),
    monitors: lines,
  };
}

async function sumsOf(store: Store, monitor: Monitor, fromAt: number, now: number): Promise<Sums> {
  const query = { grain: "hour", fromAt, untilAt: now + 1, monitorId: monitor.id } as const;
  return sum(await readCovered(store, query, now));
}

async function budgetOf(store: Store, monitor: Monitor, now: number): Promise<DigestLine["budget"]> {
  if (monitor.sloUptimePercent === null) return null;
  const fromAt = Math.floor((now - monitor.sloWindowDays * DAY) / HOUR) * HOUR;
  const { downMs } = await sumsOf(store, monitor, fromAt, now);
  const totalMs = (monitor.sloWindowDays * DAY * (100 - monitor.sloUptimePercent)) / 100;
  return {
    leftMinutes: Math.trunc((totalMs - downMs) / MINUTE + 1e-6),
    totalMinutes: Math.trunc(totalMs / MINUTE + 1e-6),
    days: monitor.sloWindowDays,
  };
}

function ratio({ availableMs, coveredMs }: Sums): number | null {
  return coveredMs > 0 ? availableMs / coveredMs : null;
}

function percent(uptime: number | null): string {
  // Two decimals, cut: what was not quite whole must not read 100.00%.
  return uptime === null ? "no checks" : `${(Math.floor(uptime * 10_000 + 1e-9) / 100).toFixed(2)}%`;
}

function incidents(count: number): string {
  return count === 1 ? "1 incident" : `${count} incidents`;
}

function line(monitor: DigestLine): string {
  const parts = [percent(monitor.uptime)];
  if (monitor.incidents > 0) parts.push(incidents(monitor.incidents));
  if (monitor.budget !== null && monitor.uptime !== null) {
    const { leftMinutes, totalMinutes, days } = monitor.budget;
    parts.push(
      leftMinutes > 0
        ? `budget ${leftMinutes}m of ${totalMinutes}m left (${days}d)`
        : `budget exhausted (${-leftMinutes}m over, ${days}d)`,
    );
  }
  return `- ${monitor.name}: ${parts.join(", ")}`;
}

/** The text that channels carry. */
export function digestText(digest: Digest): string {
  const ongoing = digest.ongoing > 0 ? ` (${digest.ongoing} ongoing)` : "";
  const overall = digest.uptime === null ? "no checks" : `${percent(digest.uptime)} overall`;
  const head = `${overall}, ${incidents(digest.incidents)}${ongoing}`;
  const encoder = new TextEncoder();
  const kept = [head];
  const more = "(more monitors omitted)";
  let bytes = encoder.encode(head).length;
  for (const monitor of digest.monitors) {
    const text = line(monitor);
    bytes += encoder.encode(text).length + 1;
    if (bytes > MAX_BYTES - more.length - 1) {
      kept.push(more);
      break;
    }
    kept.push(text);
  }
  return kept.join("\n");
}

/** `Jun 03 → Jun 10`. */
export function digestPeriod(now: number): string {
  const day = (at: number) =>
    new Date(at).toLocaleDateString("en-US", { month: "short", day: "2-digit", timeZone: "UTC" });
  return `${day(now - WINDOW_MS)} → ${day(now)}`;
}
