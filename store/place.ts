import { basename, dirname, join } from "node:path";
import { messageOf, StartupError } from "../domain/errors.ts";

/** What a database's path asks for. */
export interface Wanted {
  /** Null: the database is in memory. */
  readonly file: string | null;
  /** As in a URI: it is only read, or has to be there; null: it is made where it is not. */
  readonly mode: "ro" | "rw" | null;
}

/**
 * What `server.database_path` says: a path, or a URI `file:…` as SQLite reads it, of whose parameters `mode` counts. The runtime takes every
 * path for one in the file system, so that SQLite would never see the URI.
 */
export function wantedBy(databasePath: string): Wanted {
  if (!databasePath.startsWith("file:")) {
    return { file: databasePath === ":memory:" ? null : databasePath, mode: null };
  }
  const [, name, query] = /^file:(?:\/\/[^/?#]*)?([^?#]*)\??([^#]*)/.exec(databasePath)!;
  const file = unescaped(name);
  const mode = new URLSearchParams(query).get("mode");
  const isInMemory = file === "" || file === ":memory:" || mode === "memory";
  return { file: isInMemory ? null : file, mode: mode === "ro" || mode === "rw" ? mode : null };
}

/** A percent sign that begins no escape stands for itself, as it does for SQLite. */
const unescaped = (name: string): string =>
  name.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });

/** The file that `server.database_path` names; null: the database is in memory. */
export const fileOf = (databasePath: string): string | null => wantedBy(databasePath).file;

/** Where a file itself lies, links followed, whether it is there yet or not: SQLite keeps its log beside that place, whatever led there. */
export function realPathOf(file: string): string {
  try {
    return Deno.realPathSync(file);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const folder = Deno.realPathSync(dirname(file));
  const path = join(folder, basename(file));
  return isThere(path) ? realPathOf(join(folder, Deno.readLinkSync(path))) : path;
}

/** Anything of this name, a link that leads nowhere too. */
export function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The same for a database that is there or can be made. Throws `StartupError` where it cannot: no folder, or no file but something else. */
export function placeOf(file: string): string {
  const place = realOrNull(file);
  if (place === null) {
    throw new StartupError(
      `The folder of the database does not exist: make ${dirname(file)}, or change server.database_path`,
    );
  }
  if (!isThere(place) || Deno.statSync(place).isFile) return place;
  const kind = Deno.statSync(place).isDirectory ? "a folder" : "no ordinary file";
  throw new StartupError(`${file} is ${kind}: server.database_path must name a file`);
}

function realOrNull(file: string): string | null {
  try {
    return realPathOf(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw new StartupError(`Cannot look at the database ${file}: ${messageOf(error)}`, { cause: error });
  }
}

/** Under a hard link SQLite would keep a second log, which no lock beside the first name keeps anybody from. */
export function refuseOtherNames(file: string): void {
  if ((Deno.statSync(file).nlink ?? 1) <= 1) return;
  throw new StartupError(
    `${file} has another name too (a hard link), under which SQLite would write to it apart from this one: remove one of them`,
  );
}
