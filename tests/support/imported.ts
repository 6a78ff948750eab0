import { DatabaseSync } from "node:sqlite";
import type { Check } from "../../domain/check.ts";
import { DAY } from "../../domain/clock.ts";
import { importHora, type ImportReport } from "../../store/import_hora.ts";
import { openStore } from "../../store/open.ts";
import type { SqliteStore } from "../../store/sqlite/store.ts";
import { ManualClock } from "./manual_clock.ts";

/** When the other program began; the imports come nine days later. */
export const start = Date.parse("2026-06-01T00:00:00Z");

/** A table of checks with nothing that could be missing. */
export const bare =
  "CREATE TABLE checks (time INTEGER, monitor_id TEXT, status INTEGER, UNIQUE (monitor_id, time));";

export const allOf = (store: SqliteStore, id: string): Promise<Check[]> =>
  Array.fromAsync(store.checks.stream(id, 0, Infinity));

/** Takes over what `sql` makes, into a new store. */
export async function imported(
  sql: string,
  work: (store: SqliteStore, report: ImportReport, path: string, db: DatabaseSync) => void | Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/old.db`;
  const db = new DatabaseSync(path);
  try {
    db.exec(sql);
    await using store = await openStore(`${folder}/hora.db`, { clock: new ManualClock(start + 9 * DAY) });
    await work(store, await importHora(store, path), path, db);
  } finally {
    db.close();
    await Deno.remove(folder, { recursive: true });
  }
}
