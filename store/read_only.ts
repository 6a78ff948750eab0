import { messageOf } from "../domain/errors.ts";
import { isThere, realPathOf } from "./place.ts";
import { Database } from "./sqlite/database.ts";

/** The first bytes of every SQLite file. */
const MAGIC = "SQLite format 3\0";

/** Whether a file begins as SQLite databases do; they may be too large to be read whole. */
export async function isSqlite(path: string): Promise<boolean> {
  using file = await Deno.open(path);
  const head = new Uint8Array(MAGIC.length);
  const length = await file.read(head) ?? 0;
  return new TextDecoder().decode(head.subarray(0, length)) === MAGIC;
}

/** What SQLite makes beside a file in WAL mode even where it is only read, and then does not clear away. */
const sideFiles = ["-wal", "-shm"];

/**
 * Opens a file that is only read, also while others write to it. In WAL mode SQLite wants files of its own beside it; where these cannot be
 * made and none holds anything, a copy is read.
 */
export function openToRead(file: string, onClose?: () => void): Database {
  const db = new Database(file, { readOnly: true, onClose });
  try {
    db.number("PRAGMA schema_version");
    return db;
  } catch (error) {
    db.close();
    if (!/readonly database|unable to open/.test(messageOf(error)) || !isAtRest(file)) throw error;
    return openCopy(file);
  }
}

/** The same for a file that nobody writes to: nothing is left beside it, unless somebody did write meanwhile. */
export function openAtRest(file: string): Database {
  const made = sideFiles.map((suffix) => realPathOf(file) + suffix).filter((path) => !isThere(path));
  const clear = () => {
    if (isAtRest(file)) made.filter(isThere).forEach((path) => Deno.removeSync(path));
  };
  return openToRead(file, isAtRest(file) ? clear : undefined);
}

function openCopy(file: string): Database {
  const copy = Deno.makeTempFileSync({ prefix: "hora-" });
  const onClose = () => Deno.removeSync(copy);
  try {
    Deno.copyFileSync(file, copy);
    Deno.chmodSync(copy, 0o600);
    leaveWalMode(copy);
    return new Database(copy, { readOnly: true, onClose });
  } catch (error) {
    onClose();
    throw error;
  }
}

/** By the two bytes of the header that say so, as the file format has it: https://www.sqlite.org/fileformat2.html#file_format_version_numbers. */
function leaveWalMode(path: string): void {
  using file = Deno.openSync(path, { write: true });
  file.seekSync(18, Deno.SeekMode.Start);
  file.writeSync(new Uint8Array([1, 1]));
}

/** Does no log or journal beside it hold any part of what it says? */
function isAtRest(file: string): boolean {
  return ["-wal", "-journal"].every((suffix) => {
    try {
      return Deno.statSync(realPathOf(file) + suffix).size === 0;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return true;
      throw error;
    }
  });
}
