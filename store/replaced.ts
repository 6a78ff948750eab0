import { basename, dirname, join } from "node:path";
import { messageOf, StartupError } from "../domain/errors.ts";
import { isThere, realPathOf } from "./place.ts";
import { isSqlite } from "./read_only.ts";
import { Database, isDamage } from "./sqlite/database.ts";

/** What SQLite keeps beside a database, and takes for a part of whatever stands there. */
const sideFiles = ["-wal", "-journal", "-shm"];

/** The copy that is to take a database's place. */
export const restoringOf = (place: string): string => `${place}.restoring`;

/**
 * Gives the database at `place` a second name, whole, so that the first one can become that of another; null: there is none. Nothing is left
 * beside it that SQLite would take for a part of the other.
 */
export async function keepOld(place: string): Promise<string | null> {
  const isAny = isThere(place);
  if (isAny && await isSqlite(place)) takeLogIn(place);
  const left = ["", ...sideFiles].filter((suffix) => isThere(place + suffix));
  const kept = linksOf(place)[0] ?? freeName(place);
  for (const suffix of left) if (!isThere(kept + suffix)) linkOrCopy(place + suffix, kept + suffix);
  for (const suffix of sideFiles) removeIfThere(place + suffix);
  return isAny ? kept : null;
}

/** So that the database is one file. Of one that cannot be read the log is kept as it is. */
function takeLogIn(place: string): void {
  let db: Database | null = null;
  try {
    db = new Database(place);
    db.exec("PRAGMA journal_mode = DELETE");
  } catch (error) {
    const message = messageOf(error);
    if (/locked|busy/.test(message)) throw new Error("another process has it open: end that one first");
    if (!isDamage(error) && !/disk I\/O error/.test(message)) throw error;
  } finally {
    db?.close();
  }
}

function freeName(place: string): string {
  for (let number = 1;; number++) {
    const name = `${place}.replaced${number === 1 ? "" : `-${number}`}`;
    if (["", ...sideFiles].every((suffix) => !isThere(name + suffix))) return name;
  }
}

/** Some file systems have no second names. */
function linkOrCopy(from: string, to: string): void {
  try {
    Deno.linkSync(from, to);
  } catch {
    try {
      Deno.copyFileSync(from, to);
    } catch (error) {
      removeIfThere(to);
      throw error;
    }
  }
}

/** Second names of the database at `place`: whoever gave them was ended before another had the first. */
function linksOf(place: string): string[] {
  if (!isThere(place)) return [];
  const { dev, ino, nlink } = Deno.statSync(place);
  if ((nlink ?? 1) === 1) return [];
  const prefix = `${basename(place)}.replaced`;
  return [...Deno.readDirSync(dirname(place))]
    .filter(({ name, isFile }) => isFile && name.startsWith(prefix))
    .map(({ name }) => join(dirname(place), name))
    .filter((path) => {
      const found = Deno.statSync(path);
      return found.dev === dev && found.ino === ino;
    });
}

/**
 * Clears away what a restore left that was ended before its last step: the database is the old one still. True: there was something.
 * For who holds the lock.
 */
export function undoRestore(path: string): boolean {
  const place = realPathOf(path);
  const hadCopies = clearCopies(place);
  const links = linksOf(place);
  for (const link of links) {
    for (const suffix of sideFiles) {
      if (isThere(link + suffix) && !isThere(place + suffix)) Deno.renameSync(link + suffix, place + suffix);
      else removeIfThere(link + suffix);
    }
    Deno.removeSync(link);
  }
  return hadCopies || links.length > 0;
}

/** Removes what was to take the place of a database, and never did. True: there was something. */
export function clearCopies(place: string): boolean {
  const copies = copiesOf(place);
  for (const copy of copies) Deno.removeSync(copy);
  return copies.length > 0;
}

/** Where no database is, but one was being restored, nobody wants to begin with an empty one. */
export function refuseHalfRestored(place: string): void {
  const [copy] = copiesOf(place);
  if (copy === undefined) return;
  throw new StartupError(
    `A restore of ${place} was ended before it was done: run it again, or delete ${copy} to begin with an empty database`,
  );
}

function copiesOf(place: string): string[] {
  const copy = restoringOf(place);
  return [copy, `${copy}.partial`].filter(isThere);
}

function removeIfThere(path: string): void {
  if (isThere(path)) Deno.removeSync(path);
}
