import { messageOf } from "../../domain/errors.ts";
import { isThere, wantedBy } from "../place.ts";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

/** Longest that a statement waits for a lock that somebody else holds, until `waitForLocks` says otherwise. */
const PATIENCE_MS = 5_000;

/** Another connection holds a lock, as opposed to a disk that refuses. */
export function isLocked(error: unknown): boolean {
  return /locked|busy/.test(messageOf(error));
}

/** Pages that do not hold what they should, as opposed to a disk that refuses. */
export function isDamage(error: unknown): boolean {
  return /malformed|not a database/.test(messageOf(error));
}

export type Row = Record<string, number | string | Uint8Array | null>;

/** One SQLite connection with its prepared statements. Everything is synchronous; callers keep it short. */
export class Database {
  readonly #handle: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #damage: string | null = null;
  /** Where the file itself lies, links followed; null: in memory. */
  readonly file: string | null;

  constructor(
    readonly path: string,
    readonly options: { readonly readOnly?: boolean; readonly onClose?: () => void } = {},
  ) {
    const { file, mode } = wantedBy(path);
    if (mode === "rw" && file !== null && !isThere(file)) throw new Error("unable to open database file");
    const readOnly = options.readOnly ?? mode === "ro";
    this.#handle = new DatabaseSync(file ?? ":memory:", { readOnly, timeout: PATIENCE_MS });
    this.file = this.#handle.location() || null;
  }

  /** Bounds how long a statement waits for a lock; all else in this process waits along. */
  waitForLocks(mostMs = PATIENCE_MS): void {
    this.exec(`PRAGMA busy_timeout = ${mostMs}`);
  }

  /** What SQLite said when it came upon a damaged page, through whichever statement; null: it has not. */
  get damage(): string | null {
    return this.#damage;
  }

  /** Somebody who unpacked what a page holds found that it cannot be so. */
  noteDamage(what: string): void {
    this.#damage ??= what;
  }

  /** Gives the error back, so that it can be thrown on. Written out at each caller: a closure for every row would cost more than most rows. */
  #noted(error: unknown): unknown {
    if (isDamage(error)) this.#damage ??= messageOf(error);
    return error;
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#handle.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  exec(sql: string): void {
    try {
      this.#handle.exec(sql);
    } catch (error) {
      throw this.#noted(error);
    }
  }

  run(sql: string, ...values: SQLInputValue[]): { changes: number; id: number } {
    try {
      const { changes, lastInsertRowid } = this.#prepare(sql).run(...values);
      return { changes: Number(changes), id: Number(lastInsertRowid) };
    } catch (error) {
      throw this.#noted(error);
    }
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    try {
      return this.#prepare(sql).get(...values) as Row | undefined;
    } catch (error) {
      throw this.#noted(error);
    }
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    try {
      return this.#prepare(sql).all(...values) as Row[];
    } catch (error) {
      throw this.#noted(error);
    }
  }

  /**
   * Some columns of all rows that `from` names, as arrays, for those that a start reads by the hundreds: SQLite writes them down as one text,
   * since each object that it makes costs more than all that is in it.
   */
  arrays<T extends unknown[]>(columns: string, from: string, ...values: SQLInputValue[]): T[] {
    const row = this.get(`SELECT json_group_array(json_array(${columns})) AS rows FROM ${from}`, ...values);
    return JSON.parse(String(row!.rows));
  }

  /** Rows one after another, for tables of any size. */
  *each(sql: string, ...values: SQLInputValue[]): Generator<Row> {
    yield* this.#handle.prepare(sql).iterate(...values) as IterableIterator<Row>;
  }

  /** The single number that a query answers with; 0 when it answers with nothing. */
  number(sql: string, ...values: SQLInputValue[]): number {
    const row = this.get(sql, ...values);
    return row === undefined ? 0 : Number(Object.values(row)[0] ?? 0);
  }

  /** Runs `work` in one immediate transaction; whatever it throws rolls everything back. */
  transaction<T>(work: () => T): T {
    this.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.exec("COMMIT");
      return result;
    } catch (error) {
      this.rollback();
      throw error;
    }
  }

  /** Ends an open transaction without a trace; SQLite may have done it already. */
  rollback(): void {
    try {
      this.exec("ROLLBACK");
    } catch { /* it was rolled back by the failure itself */ }
  }

  close(): void {
    this.#statements.clear();
    this.#handle.close();
    this.options.onClose?.();
  }
}
