import { messageOf } from "../../domain/errors.ts";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

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

  constructor(readonly path: string, options?: { readOnly?: boolean }) {
    this.#handle = new DatabaseSync(path, { readOnly: options?.readOnly ?? false, timeout: 5_000 });
  }

  /** What SQLite said when it came upon a damaged page, through whichever statement; null: it has not. */
  get damage(): string | null {
    return this.#damage;
  }

  /** Somebody who unpacked what a page holds found that it cannot be so. */
  noteDamage(what: string): void {
    this.#damage ??= what;
  }

  #watched<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (isDamage(error)) this.#damage ??= messageOf(error);
      throw error;
    }
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
    this.#watched(() => this.#handle.exec(sql));
  }

  run(sql: string, ...values: SQLInputValue[]): { changes: number; id: number } {
    const result = this.#watched(() => this.#prepare(sql).run(...values));
    return { changes: Number(result.changes), id: Number(result.lastInsertRowid) };
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#watched(() => this.#prepare(sql).get(...values)) as Row | undefined;
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#watched(() => this.#prepare(sql).all(...values)) as Row[];
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
  }
}
