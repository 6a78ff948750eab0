import { StartupError } from "../../domain/errors.ts";
import { openToRead } from "../read_only.ts";
import type { Database, Row } from "../sqlite/database.ts";
import type { Findings } from "./findings.ts";

/** Names under which a column may stand; the first that is there is read. */
export type Names = readonly string[];
export type Wanted = Readonly<Record<string, Names>>;

/** The other program's file, read-only. Its columns are looked up by name, because they differ between its releases. */
export class ImportSource {
  readonly #columns = new Map<string, ReadonlySet<string>>();
  constructor(readonly db: Database) {}

  static open(path: string): ImportSource {
    const db = openToRead(path);
    try {
      const source = new ImportSource(db);
      for (const name of ["time", "monitor_id", "status"]) {
        if (source.columns("checks").has(name)) continue;
        throw new StartupError(`${path} is no database of the other Hora: it has no column checks.${name}`);
      }
      return source;
    } catch (error) {
      db.close();
      throw error;
    }
  }

  /** Names of all tables, SQLite's own left out. */
  tables(): string[] {
    return this.db.all(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite^_%' ESCAPE '^' ORDER BY name",
    ).map((row) => String(row.name));
  }

  columns(table: string): ReadonlySet<string> {
    let known = this.#columns.get(table);
    if (known === undefined) {
      const rows = this.db.all("SELECT name FROM pragma_table_info(?)", table);
      this.#columns.set(table, known = new Set(rows.map((row) => String(row.name))));
    }
    return known;
  }

  /** `SELECT` items that give each wanted column, or NULL where the file has none of its names. */
  select(table: string, wanted: Wanted): string {
    const there = this.columns(table);
    return Object.entries(wanted).map(([as, names]) => {
      const name = names.find((candidate) => there.has(candidate));
      return `${name === undefined ? "NULL" : `"${name}"`} AS "${as}"`;
    }).join(", ");
  }

  /** Notes columns nothing is known of, and whether those are there without which a row says nothing. */
  understands(table: string, wanted: Wanted, needed: readonly string[], findings: Findings): boolean {
    const there = this.columns(table);
    if (there.size === 0) {
      findings.note(`it has no table ${table}`);
      return false;
    }
    const names = new Set(Object.values(wanted).flat());
    for (const column of there) {
      if (!names.has(column)) findings.note(`${table}.${column} is unknown and stays behind`);
    }
    const missing = needed.filter((as) => !wanted[as].some((name) => there.has(name)));
    for (const as of missing) {
      findings.note(`${table} has no column for ${as} (${wanted[as].join(", ")}), so it stays behind`);
    }
    return missing.length === 0;
  }

  /** The rows of a table, one after another. */
  *rows(table: string, wanted: Wanted): Generator<Row> {
    yield* this.db.each(`SELECT ${this.select(table, wanted)} FROM "${table}"`);
  }
}

/** Seconds up to the year 5138; larger numbers are milliseconds. */
const MOST_SECS = 1e11;

/** An instant of the other program (Unix seconds, milliseconds, or a UTC date as text) in ms; null when it is none of these. */
export function instantOf(value: unknown): number | null {
  if (typeof value === "number") {
    if (!(value > 0)) return null;
    return value < MOST_SECS ? Math.trunc(value) * 1_000 : Math.trunc(value);
  }
  if (typeof value !== "string") return null;
  if (/^\d{9,13}$/.test(value)) return instantOf(Number(value));
  // SQLite's own texts have a blank for the T and no zone; they are UTC all the same.
  const text = value.trim().replace(/^(\d{4}-\d\d-\d\d)[ T]/, "$1T").replace(/ UTC$/, "Z");
  const hasZone = /(?:Z|[+-]\d\d:?\d\d)$/.test(text);
  const at = Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) || hasZone ? text : `${text}Z`);
  return Number.isNaN(at) ? null : at;
}

/** A text without what controls a terminal or turns the direction of writing; line ends stay. Null: there is none. */
export function textOf(value: unknown): string | null {
  if (typeof value !== "string") return null;
  const text = value.replace(/(?![\n\t])[\p{Cc}\p{Bidi_Control}]/gu, " ");
  return text.trim() === "" ? null : text;
}
export const numberOf = (value: unknown): number =>
  typeof value === "number" && value > 0 ? Math.trunc(value) : 0;
