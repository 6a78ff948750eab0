import { StartupError } from "../domain/errors.ts";
import { openToRead } from "./read_only.ts";
import type { Database, Row } from "./sqlite/database.ts";

/**
 * The monitors of an Uptime Kuma database in the form of its JSON backup. The file is only read, and Kuma may go on running.
 * Throws a `StartupError` when it is the database of another program.
 */
export function readKumaFile(path: string): { readonly monitorList: readonly Record<string, unknown>[] } {
  const db = openToRead(path);
  try {
    const columns = new Set(db.all("SELECT name FROM pragma_table_info('monitor')").map(({ name }) => name));
    if (!["id", "type", "name"].every((name) => columns.has(name))) {
      throw new StartupError(`${path} is no database of Uptime Kuma: it has no monitors`);
    }
    const notified = notifiedMonitors(db);
    const rows = db.all("SELECT * FROM monitor ORDER BY id");
    return { monitorList: rows.map((row) => backupEntry(row, notified.has(Number(row.id)))) };
  } finally {
    db.close();
  }
}

/** Ids of the monitors that have notifications of their own. */
function notifiedMonitors(db: Database): ReadonlySet<number> {
  const isThere = db.number(
    "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'monitor_notification'",
  );
  if (isThere === 0) return new Set();
  return new Set(
    db.all("SELECT DISTINCT monitor_id FROM monitor_notification").map((row) => Number(row.monitor_id)),
  );
}

/** Backups spell most columns in camelCase and the others as the database does, so both spellings are given. */
function backupEntry(row: Row, isNotified: boolean): Record<string, unknown> {
  const entry: Record<string, unknown> = {};
  for (const [column, value] of Object.entries(row)) {
    entry[column] = value;
    entry[column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())] = value;
  }
  entry.accepted_statuscodes = parsedOrNull(row.accepted_statuscodes_json);
  entry.notificationIDList = isNotified ? { "1": true } : {};
  return entry;
}

function parsedOrNull(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return null;
  }
}
