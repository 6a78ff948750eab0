import { messageOf, StartupError } from "../domain/errors.ts";
import { realPathOf } from "./place.ts";

/** Held by the one process that runs monitors on a file; the kernel lets go of it when the process ends, however it ends. */
export interface HeldLock {
  release(): void;
}

/**
 * Takes the lock of the file that `path` leads to, which stands on an empty file beside that one (`FILE.lock`): locks on the database file
 * itself would mix with SQLite's own. Throws `StartupError` when another process has it.
 */
export function takeLock(path: string): HeldLock {
  const file = openLockFile(path);
  if (!file.tryLockSync(true)) {
    file.close();
    throw new StartupError(
      `Another Hora is running on ${path}: end it first, or give this one its own server.database_path`,
    );
  }
  return { release: () => file.close() };
}

function openLockFile(path: string): Deno.FsFile {
  try {
    return Deno.openSync(`${realPathOf(path)}.lock`, { read: true, write: true, create: true, mode: 0o600 });
  } catch (error) {
    throw new StartupError(`Cannot write beside the database: ${path}: ${messageOf(error)}`);
  }
}
