import { messageOf } from "../../domain/errors.ts";

/** Writes that many bytes beside the database and removes them again; the error when that fails, or null. */
export function tryRoom(path: string, bytes: number): unknown {
  const probe = `${path}.room`;
  try {
    Deno.writeFileSync(probe, new Uint8Array(bytes), { mode: 0o600 });
    return null;
  } catch (error) {
    return error;
  } finally {
    try {
      Deno.removeSync(probe);
    } catch { /* it could not even be made */ }
  }
}

/** Is there no room left beside the database? SQLite calls that an I/O error when it cannot make its files. */
export function isDiskFull(path: string): boolean {
  return /no space left|quota exceeded/i.test(messageOf(tryRoom(path, 100_000)));
}

const troubles: readonly [RegExp, string][] = [
  [/database or disk is full/, "The disk is full: free some space"],
  [/readonly database/, "The database is read-only: make the file and its folder writable for Hora"],
  [
    /disk I\/O error|unable to open database file/,
    'The disk reports errors: look at the system\'s log, then run "hora db check"',
  ],
  [
    /malformed|not a database/,
    'The database is damaged: stop Hora, run "hora db check", and restore the last backup',
  ],
  [/locked|busy/, "Another process holds the database's lock: end it"],
];

/** Trouble with the disk or the file, as opposed to a mistake in one entry. */
export function isDiskTrouble(error: unknown): boolean {
  const message = messageOf(error);
  return troubles.some(([pattern]) => pattern.test(message));
}

/** What ails the database and what to do about it, in words, and what SQLite says. */
export function troubleOf(error: unknown, path: string): string {
  const message = messageOf(error);
  const words = troubles.find(([pattern]) => pattern.test(message))?.[1] ?? "The database refuses writes";
  return `${words} (${path}: ${message})`;
}
