import { messageOf, StartupError } from "../domain/errors.ts";
import { importBuckets } from "./import/buckets.ts";
import { importChecks } from "./import/checks.ts";
import { type ImportedRecords, importRecords } from "./import/records.ts";
import { ImportSource } from "./import/source.ts";
import type { SqliteStore } from "./sqlite/store.ts";

export interface ImportReport extends ImportedRecords {
  readonly monitors: number;
  readonly checks: number;
  /** Hours and days of which the other file had no single checks any more. */
  readonly buckets: number;
}

/**
 * Takes the other Hora's database over: checks, hours, days, incidents, notes, silences and announcements. Ending it at any moment is
 * safe: the next import goes on where this one ended, and one that is complete takes over nothing twice. Throws `StartupError` when the
 * file is not what it should be.
 */
export async function importHora(
  store: SqliteStore,
  path: string,
  onProgress?: (done: number, total: number) => void,
): Promise<ImportReport> {
  const source = openSource(path);
  try {
    const total = source.db.number("SELECT count(*) FROM checks");
    const monitors = source.db.all("SELECT DISTINCT monitor_id FROM checks ORDER BY monitor_id");
    let checks = 0;
    for (const { monitor_id } of monitors) {
      await importChecks(store, source, String(monitor_id), (count) => {
        checks += count;
        onProgress?.(checks, total);
      });
    }
    const buckets = await importBuckets(store, source);
    return { monitors: monitors.length, checks, buckets, ...importRecords(store, source, store.clock.now()) };
  } finally {
    source.db.close();
  }
}

function openSource(path: string): ImportSource {
  try {
    return ImportSource.open(path);
  } catch (error) {
    if (error instanceof StartupError) throw error;
    throw new StartupError(`Cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
}
