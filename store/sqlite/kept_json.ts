import type { Database } from "./database.ts";

/** What a column keeps as JSON, as `is` knows it. Anything else is damage: it is noted, and null. */
export function readKept<T>(
  db: Database,
  text: unknown,
  is: (value: unknown) => value is T,
  what: string,
): T | null {
  try {
    const value: unknown = JSON.parse(String(text));
    if (is(value)) return value;
  } catch { /* told below */ }
  db.noteDamage(`${what} cannot be read: malformed`);
  return null;
}

/** The same for what must not be missing without somebody knowing. */
export function needKept<T>(
  db: Database,
  text: unknown,
  is: (value: unknown) => value is T,
  what: string,
): T {
  const value = readKept(db, text, is, what);
  if (value === null) throw new Error(`${what} cannot be read: malformed`);
  return value;
}

export const isList = <T>(value: unknown): value is T[] => Array.isArray(value);
export const isObject = <T extends object>(value: unknown): value is T =>
  typeof value === "object" && value !== null && !Array.isArray(value);
