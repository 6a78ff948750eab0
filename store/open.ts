import { getLogger } from "@logtape/logtape";
import type { Clock } from "../domain/clock.ts";
import { messageOf, StartupError } from "../domain/errors.ts";
import { type HeldLock, takeLock } from "./lock.ts";
import { fileOf, isThere, placeOf, realPathOf, refuseOtherNames } from "./place.ts";
import { openToRead } from "./read_only.ts";
import { refuseHalfRestored, undoRestore } from "./replaced.ts";
import { PAGES_A_CHECKPOINT } from "./sqlite/checkpoints.ts";
import { Database } from "./sqlite/database.ts";
import { migrate, versionOf } from "./sqlite/migrations.ts";
import { SqliteStore } from "./sqlite/store.ts";
import { isDiskFull, isDiskTrouble, troubleOf } from "./sqlite/trouble.ts";

export interface OpenOptions {
  readonly clock: Clock;
  /**
   * The caller runs monitors on this file: a second one is refused, and times at which nobody did so are recorded as gaps. Commands that
   * only read, silence, announce or annotate leave it out.
   */
  readonly exclusive?: boolean;
}

/**
 * Opens (or makes, mode 0600) the database and brings its schema up to date; `:memory:` is allowed. Throws `StartupError` with one sentence
 * that says what to do: no folder, not writable, damaged, another program's, from a newer Hora, in use.
 */
export function openStore(path: string, options: OpenOptions): Promise<SqliteStore> {
  // Errors thrown below reach the caller as a rejection.
  return Promise.resolve().then(() => open(path, options));
}

function open(path: string, { clock, exclusive = false }: OpenOptions): SqliteStore {
  const file = fileOf(path);
  const isLeftToSqlite = file !== null && !createFile(path, file);
  const lock = file !== null && exclusive ? takeLock(file) : null;
  let db: Database | null = null;
  try {
    if (lock !== null && !isLeftToSqlite) clearRestore(path);
    db = new Database(path);
    if (isLeftToSqlite) Deno.chmodSync(file, 0o600);
    if (file !== null) refuseOtherNames(file);
    prepare(db, path);
    return new SqliteStore(db, clock, exclusive, lock);
  } catch (error) {
    closeAfterFailure(db, lock);
    throw refusalOf(error, path);
  }
}

/** Can the database be written to? Nothing is written, and its schema stays as it is. Throws as `openStore` does. */
export function tryWriting(path: string): void {
  let db: Database | null = null;
  try {
    refuseOtherNames(placeOf(fileOf(path) ?? path));
    db = new Database(path);
    const version = versionOf(db, path);
    // Said again within a transaction: enough for SQLite to want its files.
    db.exec(`BEGIN IMMEDIATE; PRAGMA user_version = ${version}`);
  } catch (error) {
    throw refusalOf(error, path);
  } finally {
    db?.rollback();
    db?.close();
  }
}

/** Opens the database for who only looks: it stays as it is. What a file of an older Hora does not have cannot be read of it. */
export function openToLook(path: string, clock: Clock): SqliteStore {
  return new SqliteStore(openToRead(fileOf(path) ?? path), clock, false, null);
}

function refusalOf(error: unknown, path: string): StartupError {
  if (error instanceof StartupError) return error;
  const file = fileOf(path);
  const isRefused = isDiskTrouble(error) && file !== null && isThere(file);
  const message = isRefused
    ? troubleOf(isDiskFull(realPathOf(file)) ? new Error("database or disk is full") : error, path)
    : `Cannot open the database ${path}: ${messageOf(error)}`;
  return new StartupError(message, { cause: error });
}

function clearRestore(path: string): void {
  if (!undoRestore(fileOf(path)!)) return;
  getLogger(["hora", "store"])
    .warn`A restore of ${path} was ended before it was done: the database is as it was before`;
}

function closeAfterFailure(db: Database | null, lock: HeldLock | null): void {
  try {
    db?.close();
  } catch { /* it was never open */ }
  lock?.release();
}

/** How SQLite numbers `auto_vacuum = INCREMENTAL`. */
const INCREMENTAL = 2;

/**
 * SQLite would make the file readable for everybody; its `-wal` and `-shm` take over the mode of the file. False: it is not there, and SQLite
 * is to make it or not, as the URI says.
 */
function createFile(path: string, file: string): boolean {
  const place = placeOf(file);
  if (isThere(place)) return true;
  refuseHalfRestored(place);
  if (file !== path) return false;
  try {
    Deno.openSync(place, { write: true, createNew: true, mode: 0o600 }).close();
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return true;
    throw new StartupError(`Cannot make the database ${path}: ${messageOf(error)}`);
  }
  return true;
}

/**
 * The choices, in `docs/storage.md`: WAL lets readers and the writer work side by side; freed pages are given back in small steps; the WAL
 * is taken in every 2 MB and cut to 16 MB after a burst.
 */
function prepare(db: Database, path: string): void {
  // Said again to a file that has it, this would take the write lock, and commands that only read would fail while it is held.
  if (db.number("PRAGMA auto_vacuum") !== INCREMENTAL) db.exec("PRAGMA auto_vacuum = INCREMENTAL");
  db.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA wal_autocheckpoint = ${PAGES_A_CHECKPOINT};
    PRAGMA journal_size_limit = 16777216;
    PRAGMA cache_size = -8192;
    PRAGMA cache_spill = OFF;
    PRAGMA temp_store = MEMORY;
  `);
  migrate(db, path);
}
