import { messageOf, StartupError } from "../domain/errors.ts";
import { inspectDatabase } from "./inspect.ts";
import { takeLock } from "./lock.ts";
import { placeOf } from "./place.ts";
import { openAtRest } from "./read_only.ts";
import { clearCopies, keepOld, restoringOf, undoRestore } from "./replaced.ts";
import { backupTo } from "./sqlite/backup.ts";
import type { Database } from "./sqlite/database.ts";

/**
 * Puts `backup` in the place of the database at `path`. Promises, in order of weight:
 *
 * 1. Whatever ends this process, `path` names a whole database at every moment: the old one, or a copy that was read whole.
 * 2. The old one is kept, under a name that nothing had (given back; null: there was none).
 * 3. When it throws (`StartupError`), nothing has changed.
 */
export async function restoreDatabase(
  backup: string,
  path: string,
  onProgress?: (done: number, total: number) => void,
): Promise<string | null> {
  const place = placeOf(path);
  const lock = takeLock(path);
  try {
    clearCopies(place);
    await copyWhole(backup, restoringOf(place), onProgress);
    const kept = await keepOld(place);
    Deno.renameSync(restoringOf(place), place);
    return kept;
  } catch (error) {
    undoRestore(place);
    if (error instanceof StartupError) throw error;
    throw new StartupError(`Cannot restore ${path}: ${messageOf(error)}`, { cause: error });
  } finally {
    lock.release();
  }
}

/** It is the copy that is looked over, since that is what will be used. */
async function copyWhole(
  backup: string,
  copy: string,
  onProgress?: (done: number, total: number) => void,
): Promise<void> {
  const source = openBackup(backup);
  try {
    await backupTo(source, copy, onProgress);
  } finally {
    source.close();
  }
  const problems = await inspectDatabase(copy);
  if (problems.length > 0) throw new StartupError(`${backup} cannot be restored: ${problems.join("; ")}`);
}

function openBackup(backup: string): Database {
  let db: Database | null = null;
  try {
    if (!Deno.statSync(backup).isFile) throw new Error("it is no file");
    db = openAtRest(backup);
    db.number("PRAGMA schema_version");
    return db;
  } catch (error) {
    db?.close();
    const why = error instanceof Deno.errors.NotFound ? "there is no such file" : messageOf(error);
    throw new StartupError(`${backup} cannot be restored: ${why}`, { cause: error });
  }
}
