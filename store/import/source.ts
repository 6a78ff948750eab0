import { StartupError } from "../../domain/errors.ts";
import { Database, type Row } from "../sqlite/database.ts";

/** Names under which a column may stand; the first that is there is read. */
export type Names = readonly string[];

/** The other program's file, read-only. Its columns are looked up by name, because they differ between its releases. */
export class ImportSource {
  readonly #columns = new Map<string, ReadonlySet<string>>();
  constructor(readonly db: Database) {}

  static open(path: string): ImportSource {
    const db = new Database(path, { readOnly: true });
    const source = new ImportSource(db);
    for (const name of ["time", "monitor_id", "status"]) {
      if (source.columns("checks").has(name)) continue;
      db.close();
      throw new StartupError(`${path} is no database of the other Hora: it has no column checks.${name}`);
    }
    return source;
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
  select(table: string, wanted: Readonly<Record<string, Names>>): string {
    const there = this.columns(table);
    return Object.entries(wanted).map(([as, names]) => {
      const name = names.find((candidate) => there.has(candidate));
      return `${name === undefined ? "NULL" : `"${name}"`} AS "${as}"`;
    }).join(", ");
  }

  /** All rows of a table; none when the file has no such table. */
  rows(table: string, wanted: Readonly<Record<string, Names>>): Row[] {
    if (this.columns(table).size === 0) return [];
    return this.db.all(`SELECT ${this.select(table, wanted)} FROM "${table}"`);
  }
}

/** An instant of the other program (Unix seconds, or a date as text) in ms; null when it is neither. */
export function instantOf(value: unknown): number | null {
  if (typeof value === "number") return Math.trunc(value) * 1_000;
  if (typeof value !== "string") return null;
  const at = Date.parse(value.length === 10 ? `${value}T00:00:00Z` : value);
  return Number.isNaN(at) ? null : at;
}

export const textOf = (value: unknown): string | null =>
  typeof value === "string" && value !== "" ? value : null;
export const numberOf = (value: unknown): number => typeof value === "number" && value > 0 ? value : 0;
