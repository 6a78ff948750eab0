import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

export type Row = Record<string, number | string | Uint8Array | null>;

/** One SQLite connection with its prepared statements. Everything is synchronous; callers keep it short. */
export class Database {
  readonly #handle: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(readonly path: string, options?: { readOnly?: boolean }) {
    this.#handle = new DatabaseSync(path, { readOnly: options?.readOnly ?? false, timeout: 5_000 });
  }

  get handle(): DatabaseSync {
    return this.#handle;
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
    this.#handle.exec(sql);
  }

  run(sql: string, ...values: SQLInputValue[]): { changes: number; id: number } {
    const result = this.#prepare(sql).run(...values);
    return { changes: Number(result.changes), id: Number(result.lastInsertRowid) };
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#prepare(sql).get(...values) as Row | undefined;
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#prepare(sql).all(...values) as Row[];
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
