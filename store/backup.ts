import { messageOf, StartupError } from "../domain/errors.ts";
import { openToRead } from "./read_only.ts";
import { backupTo } from "./sqlite/backup.ts";
import type { Database } from "./sqlite/database.ts";
import { APPLICATION_ID } from "./sqlite/migrations.ts";

/**
 * Copies the database in `file` as it is, also while Hora runs on it. It is only read, and keeps the schema that it has: the copy is the way
 * back to the Hora that wrote it. Throws `StartupError` or `AppError`; then nothing is left at `destination`.
 */
export async function backupDatabase(
  file: string,
  destination: string,
  onProgress?: (done: number, total: number) => void,
): Promise<void> {
  const source = open(file);
  try {
    await backupTo(source, destination, onProgress);
  } finally {
    source.close();
  }
}

function open(file: string): Database {
  try {
    const db = openToRead(file);
    if (db.number("PRAGMA application_id") === APPLICATION_ID) return db;
    db.close();
  } catch (error) {
    throw new StartupError(`Cannot read the database ${file}: ${messageOf(error)}`, { cause: error });
  }
  throw new StartupError(`${file} is not a database of Hora`);
}
