import { monitorStates } from "../../domain/monitor_states.ts";
import type { Database } from "./database.ts";
import { insertDecision } from "./decisions.ts";
import { Account, type Grain, grainTable, writeAccount } from "./ledger.ts";
import type { SqliteStore } from "./store.ts";

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

function carryOne(store: SqliteStore, monitorId: string, previousId: string): boolean {
  const { db, series } = store;
  const from = series.find(previousId);
  if (from === null) return hasStates(db, previousId) && carryRest(db, monitorId, previousId);
  const to = series.find(monitorId);
  if (to === null) {
    db.run("UPDATE series SET monitor_id = ?, missing_since = NULL WHERE id = ?", monitorId, from);
  } else {
    if (lastAt(db, from) >= firstAt(db, to)) return false;
    db.run("UPDATE blocks SET series = ? WHERE series = ?", to, from);
    db.run("UPDATE checks SET series = ? WHERE series = ?", to, from);
    for (const grain of ["hour", "day"] as const) mergeAccounts(db, grain, from, to);
    db.run("DELETE FROM series WHERE id = ?", from);
  }
  carryRest(db, monitorId, previousId);
  store.forget();
  return true;
}

/** A monitor that was never heard has states and no series. Cheap, since it is asked at every start. */
function hasStates(db: Database, monitorId: string): boolean {
  const keys = Object.values(monitorStates).map((prefix) => prefix + monitorId);
  return db.get(
    "SELECT 1 FROM states WHERE key IN (SELECT value FROM json_each(?))",
    JSON.stringify(keys),
  ) !==
    undefined;
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

function lastAt(db: Database, series: number): number {
  return Math.max(
    db.number("SELECT max(last_at) FROM blocks WHERE series = ?", series),
    db.number("SELECT max(at) FROM checks WHERE series = ?", series),
  );
}

function firstAt(db: Database, series: number): number {
  const sealed = db.get("SELECT min(first_at) AS at FROM blocks WHERE series = ?", series)?.at ?? null;
  const hot = db.get("SELECT min(at) AS at FROM checks WHERE series = ?", series)?.at ?? null;
  return Math.min(Number(sealed ?? Infinity), Number(hot ?? Infinity));
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
