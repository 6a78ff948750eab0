import { messageOf, StartupError } from "../domain/errors.ts";
import { bucketTables, importBuckets } from "./import/buckets.ts";
import { checkColumns, importChecks, monitorIds } from "./import/checks.ts";
import { Findings, reading } from "./import/findings.ts";
import { Places } from "./import/places.ts";
import { importRecords, recordTables } from "./import/records.ts";
import { ImportSource } from "./import/source.ts";
import type { SqliteStore } from "./sqlite/store.ts";

export interface ImportReport {
  readonly monitors: number;
  readonly checks: number;
  /** Hours and days of which the other file had no single checks any more. */
  readonly buckets: number;
  readonly incidents: number;
  readonly silences: number;
  readonly announcements: number;
  /** What was not understood or could not be read, in words; empty: nothing. */
  readonly findings: readonly string[];
}

/** Tables with nothing to take over: Hora looks at certificates and domains itself, and the rest is the other program's own. */
const leftBehind = /^(?:cert|tls|pin|domain|rdap|meta|_|schema|migrations|seaql|refinery|sqlx)/;

/**
 * Takes the other Hora's database over: checks, hours, days, incidents, notes, silences and announcements. Ending it at any moment is
 * safe: the next import goes on where this one ended, and one that is complete takes over nothing twice. What cannot be read or is not
 * understood is left out and told. Throws `StartupError` when the file is not what it should be.
 */
export async function importHora(
  store: SqliteStore,
  path: string,
  onProgress?: (done: number, total: number) => void,
): Promise<ImportReport> {
  const findings = new Findings();
  const source = openSource(path);
  // Nothing else goes on in this process, so it may wait for who writes beside it, even where the store is open as a running Hora's is.
  store.db.waitForLocks();
  const places = new Places(store);
  const done = { monitors: 0, checks: 0, buckets: 0, incidents: 0, silences: 0, announcements: 0 };
  try {
    noteTables(source, findings);
    let total = 0;
    let ids: string[] = [];
    await findings.part("the list of checks", () => {
      total = reading(() => source.db.number("SELECT count(*) FROM checks"));
    });
    await findings.part("the list of monitors", () => {
      ids = monitorIds(source, findings);
    });
    done.monitors = ids.length;
    for (const id of ids) {
      await findings.part(
        `the checks of ${id}`,
        () =>
          importChecks(store, source, places, id, findings, (count) => {
            done.checks += count;
            onProgress?.(done.checks, total);
          }),
      );
    }
    for (const table of Object.keys(bucketTables)) {
      await findings.part(`the table ${table}`, async () => {
        done.buckets += await importBuckets(store, source, places, table, findings);
      });
    }
    for (const table of recordTables as ("incidents" | "silences" | "announcements")[]) {
      await findings.part(`the table ${table}`, () => {
        done[table] = importRecords(store, source, places, table, findings);
      });
    }
    return { ...done, findings: findings.list() };
  } finally {
    source.db.close();
  }
}

function noteTables(source: ImportSource, findings: Findings): void {
  source.understands("checks", { ...checkColumns, id: ["id"] }, [], findings);
  const known = new Set(["checks", ...Object.keys(bucketTables), ...recordTables]);
  for (const table of source.tables()) {
    if (!known.has(table) && !leftBehind.test(table)) {
      findings.note(`the table ${table} is unknown and stays behind`);
    }
  }
}

function openSource(path: string): ImportSource {
  try {
    return ImportSource.open(path);
  } catch (error) {
    if (error instanceof StartupError) throw error;
    const hint = /unable to open|readonly/.test(messageOf(error))
      ? "; with a -wal file beside it, its folder must be writable: copy all three files elsewhere, or end the other program first"
      : "";
    throw new StartupError(`Cannot read ${path}: ${messageOf(error)}${hint}`, { cause: error });
  }
}
