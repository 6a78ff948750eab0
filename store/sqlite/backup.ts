import { AppError, messageOf } from "../../domain/errors.ts";
import { isThere } from "../place.ts";
import type { Database } from "./database.ts";

/**
 * SQLite's backup does not give the event loop its turn before it is done, so it runs in a thread of its own. Its program is a text, because
 * a file of its own would have to be named to everything that bundles or compiles Hora.
 */
const program = `
import { backup, DatabaseSync } from "node:sqlite";
self.onmessage = async ({ data: { source, destination, rate } }) => {
  try {
    const db = new DatabaseSync(source, { readOnly: true, timeout: 5000 });
    // One view from the first page to the last: without it SQLite begins anew each time somebody writes, and never ends beside a busy Hora.
    db.exec("BEGIN; SELECT count(*) FROM sqlite_schema;");
    const progress = ({ totalPages, remainingPages }) =>
      self.postMessage({ done: totalPages - remainingPages, total: totalPages });
    await backup(db, destination, { rate, progress });
    db.close();
    // Not in WAL mode as the original: a copy is read where nothing may be written beside it.
    const copy = new DatabaseSync(destination);
    copy.exec("PRAGMA journal_mode = DELETE");
    copy.close();
    self.postMessage({ isOver: true });
  } catch (error) {
    self.postMessage({ error: String(error?.message ?? error) });
  }
};`;

const PAGES_A_STEP = 256;

type Message = { done: number; total: number } | { isOver: true } | { error: string };

/**
 * Copies a database's file while others write to it. The copy stands beside its place, as `….partial`, until it is whole: what bears the
 * wanted name is a backup, whatever ends this process. Nothing is left behind when it fails.
 */
export async function backupTo(
  source: Database,
  destination: string,
  onProgress?: (done: number, total: number) => void,
): Promise<void> {
  const partial = `${destination}.partial`;
  try {
    if (isThere(destination)) throw new Error("it exists already");
    removePartial(partial);
    Deno.openSync(partial, { write: true, createNew: true, mode: 0o600 }).close();
  } catch (error) {
    throw new AppError("conflict", `Cannot write the backup ${destination}: ${messageOf(error)}`);
  }
  try {
    await copyInThread(source.file ?? source.path, partial, onProgress);
    Deno.renameSync(partial, destination);
  } catch (error) {
    removePartial(partial);
    throw new AppError("unavailable", `Cannot write the backup ${destination}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** What an earlier backup left that was killed, or this one that failed. */
function removePartial(partial: string): void {
  for (const suffix of ["", "-journal", "-wal", "-shm"]) {
    if (isThere(partial + suffix)) Deno.removeSync(partial + suffix);
  }
}

async function copyInThread(
  source: string,
  destination: string,
  onProgress?: (done: number, total: number) => void,
): Promise<void> {
  const url = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module" });
  try {
    await new Promise<void>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<Message>) => {
        if ("done" in data) onProgress?.(data.done, data.total);
        else if ("error" in data) reject(new Error(data.error));
        else resolve();
      };
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
      worker.postMessage({ source, destination, rate: PAGES_A_STEP });
    });
  } finally {
    worker.terminate();
    URL.revokeObjectURL(url);
  }
}
