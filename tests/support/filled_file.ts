import type { UpkeepPlan } from "../../domain/store.ts";
import { openStore } from "../../store/open.ts";
import { someCheck } from "./checks.ts";
import { someIncident } from "./incidents.ts";
import type { ManualClock } from "./manual_clock.ts";

/** A folder that is gone afterwards. */
export async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Everything is kept for a year and longer. */
export const planOf = (now: number): UpkeepPlan => ({
  now,
  retentionDays: new Map([["web", 365]]),
  hourlyDays: 730,
  dailyDays: 3_650,
  incidentsDays: 3_650,
  orphansDays: 30,
});

/** Makes a database with something in every table, a sealed block of the monitor `web` included. */
export async function filledFile(path: string, clock: ManualClock): Promise<void> {
  const start = clock.now();
  await using store = await openStore(path, { clock });
  const checks = Array.from({ length: 6_000 }, (_, i) =>
    someCheck({
      monitorId: "web",
      at: start - 20 * 3_600_000 + i * 10_000,
      reason: i % 50 ? null : `failure ${i}`,
    }));
  await store.commit({
    checks,
    openIncident: someIncident({ monitorId: "web", startedAt: start }),
    decisions: [{ at: start, monitorId: "web", kind: "x", text: "y" }],
    states: [{ key: "a", value: 1 }],
    durable: true,
  });
  await store.silences.insert(["*"], start + 9e9, null, start);
  await store.meta.set("a", "b");
  await store.upkeep(planOf(start), new AbortController().signal);
  store.db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
}
