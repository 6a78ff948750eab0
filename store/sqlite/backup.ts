import { backup } from "node:sqlite";
import { AppError, messageOf } from "../../domain/errors.ts";
import { Database } from "./database.ts";

const PAGES_A_STEP = 256;

/** Copies a database while others write to it. Nothing is left behind when it fails. */
export async function backupTo(
  source: Database,
  destination: string,
  onProgress?: (done: number, total: number) => void,
): Promise<void> {
  try {
    Deno.openSync(destination, { write: true, createNew: true, mode: 0o600 }).close();
  } catch (error) {
    const words = error instanceof Deno.errors.AlreadyExists ? "it exists already" : messageOf(error);
    throw new AppError("conflict", `Cannot write the backup ${destination}: ${words}`);
  }
  const isMemory = source.path === ":memory:";
  // Its own connection, so that a copy never waits for a transaction of ours.
  const db = isMemory ? source : new Database(source.path, { readOnly: true });
  try {
    await backup(db.handle, destination, {
      rate: PAGES_A_STEP,
      progress: ({ totalPages, remainingPages }) => onProgress?.(totalPages - remainingPages, totalPages),
    });
  } catch (error) {
    Deno.removeSync(destination);
    throw new AppError("unavailable", `Cannot write the backup ${destination}: ${messageOf(error)}`, {
      cause: error,
    });
  } finally {
    if (!isMemory) db.close();
  }
}
