import type { Config } from "../domain/config.ts";
import type { Monitor } from "../domain/monitor.ts";
import { Secret } from "../domain/secret.ts";

/** Equal values all the way down; secrets by what they hold. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (a instanceof Secret) return b instanceof Secret && a.equals(b);
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length &&
    keys.every((key) => isSame((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]));
}

/** What can change without the checks themselves changing, so that a monitor goes on undisturbed. */
const about = [
  "name",
  "group",
  "public",
  "publicErrorDetail",
  "notify",
  "failThreshold",
  "dependsOn",
  "sloLatencyMs",
  "sloUptimePercent",
  "sloWindowDays",
  "retentionDays",
  "domainExpiry",
  "confirmWithPeers",
  "previousIds",
] as const;

function checkOf(monitor: Monitor): Partial<Monitor> {
  const rest: Record<string, unknown> = { ...monitor };
  for (const key of about) delete rest[key];
  return rest as Partial<Monitor>;
}

export interface ConfigChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Those whose checks changed: they start anew. */
  readonly changed: readonly string[];
  /** Keys of `[server]` that differ and are read at start only, as written in the file. */
  readonly needRestart: readonly string[];
}

const atStartOnly: readonly (readonly [keyof Config["server"], string])[] = [
  ["bind", "server.bind"],
  ["databasePath", "server.database_path"],
  ["rateLimitRefillSecs", "server.rate_limit_refill_secs"],
  ["rateLimitBurst", "server.rate_limit_burst"],
];

export function changesBetween(before: Config, after: Config): ConfigChanges {
  const old = new Map(before.monitors.map((monitor) => [monitor.id, monitor]));
  const ids = new Set(after.monitors.map(({ id }) => id));
  return {
    added: after.monitors.filter(({ id }) => !old.has(id)).map(({ id }) => id),
    removed: before.monitors.filter(({ id }) => !ids.has(id)).map(({ id }) => id),
    changed: after.monitors.filter((monitor) => {
      const was = old.get(monitor.id);
      return was !== undefined && !isSame(checkOf(was), checkOf(monitor));
    }).map(({ id }) => id),
    needRestart: atStartOnly.filter(([key]) => !isSame(before.server[key], after.server[key])).map((
      [, name],
    ) => name),
  };
}
