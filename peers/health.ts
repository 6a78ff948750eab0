/** What this node says about itself in `/healthz`, and what it reads there of others. */

/** A node's own state, as far as it decides whether to send heartbeats. */
export interface LocalHealth {
  readonly schedulerOk: boolean;
  readonly dbOk: boolean;
  /** Whole seconds since the scheduler last made its round; −1: not yet. */
  readonly lastTickAgeSecs: number;
}

/**
 * Whether the scheduler is alive: judged by its own rounds, never by how long targets take to answer. Tolerates twice the shortest
 * interval, at least 30 s. A node without monitors has nothing to be late for.
 */
export function isSchedulerOk(
  lastTickAgeSecs: number,
  intervalsSecs: readonly number[],
): boolean {
  if (intervalsSecs.length === 0) return true;
  const shortest = intervalsSecs.reduce((a, b) => Math.min(a, b));
  return lastTickAgeSecs >= 0 && lastTickAgeSecs <= Math.max(30, 2 * shortest);
}

/** Healthy enough to tell others so. A slow or dead target plays no part. */
export function isHealthy(health: LocalHealth): boolean {
  return health.schedulerOk && health.dbOk;
}

export interface PeerSeen {
  readonly state: "up" | "down" | "unknown";
  /** Seconds since its last positive heartbeat; −1: never. */
  readonly age: number;
}

/** Another node's `/healthz`, checked. */
export interface HealthDocument {
  readonly status: "ok" | "degraded";
  /** Absent when that node has no `[health]`. */
  readonly id: string | null;
  readonly peers: ReadonlyMap<string, PeerSeen>;
}

/** Reads a `/healthz` body. Every field but `id` is mandatory, unknown ones are ignored; null for anything else. */
export function parseHealth(text: string): HealthDocument | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(value) || !isRecord(value.peers)) return null;
  const { status, scheduler_ok, db_ok, last_tick_age, id } = value;
  if (status !== "ok" && status !== "degraded") return null;
  if (typeof scheduler_ok !== "boolean" || typeof db_ok !== "boolean") return null;
  if (!Number.isInteger(last_tick_age) || (id !== undefined && id !== null && typeof id !== "string")) {
    return null;
  }
  const peers = new Map<string, PeerSeen>();
  for (const [peerId, seen] of Object.entries(value.peers)) {
    const parsed = parseSeen(seen);
    if (parsed === null) return null;
    peers.set(peerId, parsed);
  }
  return { status, id: id ?? null, peers };
}

function parseSeen(value: unknown): PeerSeen | null {
  if (!isRecord(value) || !Number.isInteger(value.age)) return null;
  const { state, age } = value;
  if (state !== "up" && state !== "down" && state !== "unknown") return null;
  return { state, age: age as number };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
