import { setTimeout as wait } from "node:timers/promises";
import { DAY, HOUR } from "../../domain/clock.ts";
import { monitorStates } from "../../domain/monitor_states.ts";
import type { UpkeepPlan, UpkeepReport } from "../../domain/store.ts";
import { type Database, isLocked } from "./database.ts";
import { packPast } from "./packed_rows.ts";
import { sealOne } from "./seal.ts";
import type { Series } from "./series.ts";
import { sparedOf } from "./spared.ts";
import type { SqliteStore } from "./store.ts";

/** Work goes on within a slice until this has passed; then the event loop has its turn. */
const SLICE_MS = 3;
/** A rest is so many times as long as the slice before it, so that what is asked meanwhile hardly ever waits for a slice. */
const REST = 4;

interface Tally {
  sealed: number;
  pruned: number;
}

/**
 * Seals, prunes and gives space back, step by step: every step is its own transaction and is right by itself, so that upkeep may end at any
 * of them and the next one goes on from there.
 */
export async function runUpkeep(
  store: SqliteStore,
  plan: UpkeepPlan,
  signal: AbortSignal,
): Promise<UpkeepReport> {
  const tally: Tally = { sealed: 0, pruned: 0 };
  const steps = allSteps(store, plan, tally);
  let longestSliceMs = 0;
  let isOver = false;
  store.writer.settle();
  while (!isOver && !signal.aborted && !store.writer.isStuck) {
    const startedAt = store.clock.monotonic();
    try {
      do isOver = steps.next().done === true; while (
        !isOver && store.clock.monotonic() - startedAt < SLICE_MS
      );
    } catch (error) {
      // Another process has the lock: what is left has time until the next upkeep.
      if (!isLocked(error)) throw error;
      break;
    }
    const endedAt = store.clock.monotonic();
    const sliceMs = endedAt - startedAt;
    store.checkpoints?.relieve(endedAt);
    longestSliceMs = Math.max(longestSliceMs, sliceMs);
    if (!isOver) await rest(sliceMs * REST, signal);
  }
  return { sealedChecks: tally.sealed, prunedChecks: tally.pruned, longestSliceMs, finished: isOver };
}

/** In real time, since the loop is to be free however `Clock` runs; ends early with the signal. */
async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => {});
}

function* allSteps(store: SqliteStore, plan: UpkeepPlan, tally: Tally): Generator<void> {
  const { db } = store;
  const { now } = plan;
  yield* markOrphans(store, plan);
  for (const page of store.series.pages()) {
    yield;
    for (const { id, monitorId } of page) {
      for (let sealed = -1; sealed !== 0; tally.sealed += sealed) {
        sealed = yield* sealOne(db, id, now);
        yield;
      }
      const days = plan.retentionDays.get(monitorId);
      if (days === undefined) continue;
      const beforeAt = now - days * DAY;
      yield* pruneChecks(db, id, beforeAt, yield* sparedOf(db, id, beforeAt, now), tally);
    }
  }
  yield* pruneKeyed(db, "hours", Math.floor((now - plan.hourlyDays * DAY) / HOUR));
  yield* pruneKeyed(db, "days", Math.floor(now / DAY) - plan.dailyDays);
  yield* pruneRows(
    db,
    "incidents",
    "ended_at IS NOT NULL AND started_at < ?",
    now - plan.incidentsDays * DAY,
  );
  yield* pruneRows(
    db,
    "notifications",
    "status NOT IN ('held', 'pending') AND created_at < ?",
    now - plan.incidentsDays * DAY,
  );
  yield* pruneRows(db, "decisions", "at < ?", now - plan.incidentsDays * DAY);
  yield* pruneRows(db, "silences", "until_at <= ?", now);
  yield* pruneRows(db, "announcements", "until_at <= ?", now);
  yield* removeOrphans(store, plan, tally);
  yield* packPast(db, now);
  yield* giveSpaceBack(db);
}

/** Notes since when a series belongs to nobody, and forgets it when its monitor is back. */
function* markOrphans(store: SqliteStore, plan: UpkeepPlan): Generator<void> {
  for (const page of store.series.pages()) {
    yield;
    for (const { id, monitorId, missingSince } of page) {
      const isMissing = !plan.retentionDays.has(monitorId);
      if (isMissing === (missingSince !== null)) continue;
      store.db.run("UPDATE series SET missing_since = ? WHERE id = ?", isMissing ? plan.now : null, id);
      yield;
    }
  }
}

/** Takes what is older than `beforeAt`, but not the checks at the `spared` instants, nor blocks that hold one of them. */
function* pruneChecks(
  db: Database,
  series: number,
  beforeAt: number,
  spared: readonly number[],
  tally: Tally,
): Generator<void> {
  const kept = JSON.stringify(spared);
  for (;;) {
    const block = db.get(
      `SELECT id, count FROM blocks WHERE series = ? AND last_at < ?
         AND NOT EXISTS (SELECT 1 FROM json_each(?) WHERE value BETWEEN first_at AND last_at)
       ORDER BY first_at LIMIT 1`,
      series,
      beforeAt,
      kept,
    );
    if (block === undefined) break;
    db.transaction(() => {
      db.run("DELETE FROM block_details WHERE id = ?", block.id);
      db.run("DELETE FROM blocks WHERE id = ?", block.id);
    });
    tally.pruned += Number(block.count);
    yield;
  }
  for (let changes = -1; changes !== 0; tally.pruned += changes) {
    changes = db.run(
      `DELETE FROM checks WHERE series = ?1 AND at IN (
         SELECT at FROM checks WHERE series = ?1 AND at < ?2 AND at NOT IN (SELECT value FROM json_each(?3))
         ORDER BY at LIMIT 500)`,
      series,
      beforeAt,
      kept,
    ).changes;
    yield;
  }
}

function* pruneKeyed(db: Database, table: "hours" | "days", before: number): Generator<void> {
  for (let changes = -1; changes !== 0;) {
    changes = db.run(
      `DELETE FROM ${table} WHERE (start, series) IN (SELECT start, series FROM ${table} WHERE start < ? LIMIT 200)`,
      before,
    ).changes;
    yield;
  }
}

function* pruneRows(
  db: Database,
  table: string,
  where: string,
  ...values: (number | string)[]
): Generator<void> {
  for (let changes = -1; changes !== 0;) {
    changes = db.run(
      `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} WHERE ${where} LIMIT 100)`,
      ...values,
    ).changes;
    yield;
  }
}

/** Deletes all that is kept of monitors that have been gone for longer than the grace period. */
function* removeOrphans(store: SqliteStore, plan: UpkeepPlan, tally: Tally): Generator<void> {
  for (const page of store.series.pages()) {
    yield;
    for (const series of page) {
      const { missingSince } = series;
      if (missingSince === null || missingSince > plan.now - plan.orphansDays * DAY) continue;
      yield* removeOrphan(store, series, tally);
    }
  }
}

function* removeOrphan(store: SqliteStore, { id, monitorId }: Series, tally: Tally): Generator<void> {
  const { db } = store;
  yield* pruneChecks(db, id, Number.MAX_SAFE_INTEGER, [], tally);
  yield* removeAccounts(db, "hours", id);
  yield* removeAccounts(db, "days", id);
  for (const table of ["incidents", "notifications", "decisions"]) {
    yield* pruneRows(db, table, "monitor_id = ?", monitorId);
  }
  db.run("DELETE FROM certificates WHERE monitor_id = ?", monitorId);
  for (const prefix of Object.values(monitorStates)) {
    db.run("DELETE FROM states WHERE key = ?", prefix + monitorId);
  }
  db.run("DELETE FROM series WHERE id = ?", id);
  store.forget();
  yield;
}

function* removeAccounts(db: Database, table: "hours" | "days", series: number): Generator<void> {
  const oldest = db.number(`SELECT min(start) FROM ${table}`);
  const newest = db.number(`SELECT max(start) FROM ${table}`);
  for (let start = oldest; start <= newest; start += 500) {
    db.run(
      `WITH RECURSIVE wanted (start) AS (SELECT ?1 UNION ALL SELECT start + 1 FROM wanted WHERE start + 1 < ?1 + 500)
       DELETE FROM ${table} WHERE (start, series) IN (SELECT start, ?2 FROM wanted)`,
      start,
      series,
    );
    yield;
  }
}

/** Freed pages go back to the file system once they are worth it: over a sixteenth of the file and over 4 MB. */
function* giveSpaceBack(db: Database): Generator<void> {
  const free = db.number("PRAGMA freelist_count");
  if (free < 1_024 || free < db.number("PRAGMA page_count") / 16) return;
  for (let left = free; left > 0;) {
    db.exec("PRAGMA incremental_vacuum(64)");
    const now = db.number("PRAGMA freelist_count");
    if (now >= left) return;
    left = now;
    yield;
  }
}
