import { pathToFileURL } from "node:url";
import { messageOf } from "../domain/errors.ts";
import { realPathOf } from "./place.ts";
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

/**
 * Opens a file that is only read, also while others write to it. In WAL mode SQLite wants files of its own beside it; where these cannot be
 * made and none holds anything, the file is all there is.
 */
export function openToRead(file: string): Database {
  const db = new Database(file, { readOnly: true });
  try {
    db.number("PRAGMA schema_version");
    return db;
  } catch (error) {
    db.close();
    if (!/readonly database|unable to open/.test(messageOf(error)) || !isAtRest(file)) throw error;
    return openAsItIs(file);
  }
}

/** The same for a file that nobody writes to: nothing is made beside it. */
export function openAtRest(file: string): Database {
  return isAtRest(file) ? openAsItIs(file) : openToRead(file);
}

function openAsItIs(file: string): Database {
  return new Database(`${pathToFileURL(realPathOf(file)).href}?immutable=1`, { readOnly: true });
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
