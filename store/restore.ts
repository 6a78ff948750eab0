import { messageOf, StartupError } from "../domain/errors.ts";
import { inspectDatabase } from "./inspect.ts";
import { takeLock } from "./lock.ts";
import { backupTo } from "./sqlite/backup.ts";
import { Database } from "./sqlite/database.ts";

const suffixes = ["", "-wal", "-shm"];

/**
 * Puts `backup` in the place of the database at `path`: looks it over, copies it beside, and only then moves the old files out of the way
 * (to `PATH.replaced`, given back; null: there was none). Throws `StartupError`; then nothing has changed.
 */
export async function restoreDatabase(
  backup: string,
  path: string,
  onProgress?: (done: number, total: number) => void,
): Promise<string | null> {
  const problems = await inspectDatabase(backup);
  if (problems.length > 0) throw new StartupError(`${backup} cannot be restored: ${problems.join("; ")}`);
  const lock = takeLock(path);
  const copy = `${path}.restoring`;
  try {
    await removeIfThere(copy);
    const source = new Database(backup, { readOnly: true });
    try {
      await backupTo(source, copy, onProgress);
    } finally {
      source.close();
    }
    const replaced = await moveAway(path);
    await Deno.rename(copy, path);
    return replaced;
  } catch (error) {
    await removeIfThere(copy);
    throw new StartupError(`Cannot restore ${path}: ${messageOf(error)}`, { cause: error });
  } finally {
    lock.release();
  }
}

async function moveAway(path: string): Promise<string | null> {
  const replaced = `${path}.replaced`;
  let wasThere = false;
  for (const suffix of suffixes) {
    await removeIfThere(replaced + suffix);
    try {
      await Deno.rename(path + suffix, replaced + suffix);
      wasThere ||= suffix === "";
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return wasThere ? replaced : null;
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
