import { getLogger } from "@logtape/logtape";
import { standsUntil } from "../../domain/coverage.ts";
import { monitorStates } from "../../domain/monitor_states.ts";
import type { Database } from "./database.ts";
import { insertDecision } from "./decisions.ts";
import { Gaps } from "./gaps.ts";
import { Account, type Grain, grainMs, grainTable, writeAccount } from "./ledger.ts";
import { readMeta, writeMeta } from "./meta.ts";
import { countedSpan, firstCheckAt, lastCheckAt } from "./span.ts";
import type { SqliteStore } from "./store.ts";

const grains = ["hour", "day"] as const;

/** Where else than in series a monitor's id stands: alone, or behind a state's prefix. */
const keyed: readonly { readonly table: string; readonly column: string; readonly prefix: string }[] = [
  ...["incidents", "notifications", "decisions", "certificates"].map((table) => (
    { table, column: "monitor_id", prefix: "" }
  )),
  { table: "silences", column: "target", prefix: "" },
  ...Object.values(monitorStates).map((prefix) => ({ table: "states", column: "key", prefix })),
];

/** Gives the history of earlier ids to `monitorId`; see the port. Runs inside a transaction. */
export function carryOver(store: SqliteStore, monitorId: string, previousIds: readonly string[]): string[] {
  store.forget();
  const carried = previousIds.filter((previousId) =>
    previousId !== monitorId && carryOne(store, monitorId, previousId)
  );
  for (const previousId of carried) {
    const text = `It was called ${previousId} before`;
    insertDecision(store.db, { at: store.clock.now(), monitorId, kind: "renamed", text }, null);
  }
  return carried;
}

/** Those of the ids whose history goes on under another one. */
export function renamedOf(db: Database, ids: readonly string[]): string[] {
  const wanted = new Set(ids);
  return db.all("SELECT key FROM meta WHERE key GLOB ?", renameKey("*"))
    .map(({ key }) => String(key).slice(renameKey("").length))
    .filter((id) => wanted.has(id));
}

/** From now on these stand for themselves. */
export function forgetRenames(db: Database, ids: readonly string[]): void {
  for (const id of ids) db.run("DELETE FROM meta WHERE key = ?", renameKey(id));
}

/** The id under which the history of `id` goes on: its own, or the one that it was carried over to, perhaps more than once. */
export function presentId(db: Database, id: string): string {
  for (let present = id;;) {
    const next = readMeta(db, renameKey(present));
    if (next === null) return present;
    present = next;
  }
}

function carryOne(store: SqliteStore, monitorId: string, previousId: string): boolean {
  const { db, series } = store;
  const from = series.find(previousId);
  const to = series.find(monitorId);
  if (from !== null && to !== null && !endsBefore(db, from, to)) {
    getLogger(["hora", "store"])
      .warn`The history of ${previousId} stays apart from ${monitorId}'s: it goes on after that has begun`;
    return false;
  }
  noteRename(db, monitorId, previousId);
  if (from === null) return hasStates(db, previousId) && carryRest(db, monitorId, previousId);
  if (to === null) {
    db.run("UPDATE series SET monitor_id = ?, missing_since = NULL WHERE id = ?", monitorId, from);
  } else join(store, monitorId, from, to);
  carryRest(db, monitorId, previousId);
  store.forget();
  return true;
}

/** A monitor that was never heard has states and no series. Cheap, since it is asked at every start. */
function hasStates(db: Database, monitorId: string): boolean {
  const keys = JSON.stringify(Object.values(monitorStates).map((prefix) => prefix + monitorId));
  return db.get("SELECT 1 FROM states WHERE key IN (SELECT value FROM json_each(?))", keys) !== undefined;
}

/** Moves the rest of what is kept under an id; what the present one has already stays. False: there was nothing. */
function carryRest(db: Database, monitorId: string, previousId: string): boolean {
  let moved = 0;
  for (const { table, column, prefix } of keyed) {
    moved += db.run(
      `UPDATE OR IGNORE ${table} SET ${column} = ? WHERE ${column} = ?`,
      prefix + monitorId,
      prefix + previousId,
    ).changes;
  }
  return moved > 0;
}

const renameKey = (previousId: string): string => `renamed:${previousId}`;

/** An id that has a history is not on its way to another one any more, so that there are no circles. */
function noteRename(db: Database, monitorId: string, previousId: string): void {
  forgetRenames(db, [monitorId]);
  // Asked at each start: an unchanged one costs no write.
  if (readMeta(db, renameKey(previousId)) === monitorId) return;
  writeMeta(db, renameKey(previousId), monitorId);
}

/** Both may have been checked in the hour (and day) in which the id changed; then their single checks must say that one ended before. */
function endsBefore(db: Database, from: number, to: number): boolean {
  const lastAt = lastCheckAt(db, from);
  const firstAt = firstCheckAt(db, to);
  return lastAt < firstAt && grains.every((grain) => {
    const { last } = countedSpan(db, grain, from);
    const { first } = countedSpan(db, grain, to);
    const isIn = (at: number) => Math.floor(at / grainMs[grain]) === first;
    return last < first || (last === first && isIn(lastAt) && isIn(firstAt));
  });
}

/** The earlier one's last check speaks until the first of the later one, as it would have under one id. */
function join(store: SqliteStore, monitorId: string, from: number, to: number): void {
  const { db, ledger } = store;
  const last = store.checks.newestBefore(from, monitorId, Infinity);
  const nextAt = firstCheckAt(db, to);
  db.run("UPDATE blocks SET series = ? WHERE series = ?", to, from);
  db.run("UPDATE checks SET series = ? WHERE series = ?", to, from);
  for (const grain of grains) mergeAccounts(db, grain, from, to);
  db.run("DELETE FROM series WHERE id = ?", from);
  if (last === null || nextAt === Infinity) return;
  ledger.stand(to, last, standsUntil(last, nextAt), new Gaps(db).list());
  ledger.write();
}

/** Both may have an hour (or day) in common: the one in which the id changed. */
function mergeAccounts(db: Database, grain: Grain, from: number, to: number): void {
  const table = grainTable[grain];
  const both = db.all(
    `SELECT old.start AS start FROM ${table} AS old JOIN ${table} AS new ON new.start = old.start
     WHERE old.series = ? AND new.series = ?`,
    from,
    to,
  );
  for (const { start } of both) {
    const sum = new Account(grain, to, Number(start));
    for (
      const row of db.all(`SELECT * FROM ${table} WHERE start = ? AND series IN (?, ?)`, start, from, to)
    ) sum.add(row);
    db.run(`DELETE FROM ${table} WHERE start = ? AND series = ?`, start, from);
    writeAccount(db, sum);
  }
  db.run(`UPDATE ${table} SET series = ? WHERE series = ?`, to, from);
}
