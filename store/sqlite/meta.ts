import type { MetaStore, StateStore } from "../../domain/store.ts";
import type { Database } from "./database.ts";
import type { Writer } from "./writer.ts";

export function readMeta(db: Database, key: string): string | null {
  const row = db.get("SELECT value FROM meta WHERE key = ?", key);
  return row === undefined ? null : String(row.value);
}

export function writeMeta(db: Database, key: string, value: string): void {
  db.run("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", key, value);
}

export class SqliteMeta implements MetaStore {
  constructor(readonly db: Database, readonly writer: Writer) {}

  get(key: string): Promise<string | null> {
    this.writer.settle();
    return Promise.resolve(readMeta(this.db, key));
  }

  set(key: string, value: string): Promise<void> {
    return this.writer.submit(() => writeMeta(this.db, key, value), { durable: true });
  }
}

export function writeState(db: Database, key: string, value: unknown): void {
  if (value === null || value === undefined) db.run("DELETE FROM states WHERE key = ?", key);
  else db.run("INSERT OR REPLACE INTO states (key, value) VALUES (?, ?)", key, JSON.stringify(value));
}

export class SqliteStates implements StateStore {
  constructor(readonly db: Database, readonly writer: Writer) {}

  load(prefix: string): Promise<Map<string, unknown>> {
    this.writer.settle();
    // One text, read as a whole: what is kept is JSON already.
    const { list } = this.db.get(
      `SELECT group_concat('[' || json_quote(key) || ',' || value || ']', ',' ORDER BY key) AS list FROM states
       WHERE substr(key, 1, ?) = ?`,
      prefix.length,
      prefix,
    )!;
    try {
      const rows = JSON.parse(`[${list ?? ""}]`) as [string, unknown][];
      return Promise.resolve(new Map(rows));
    } catch (error) {
      return Promise.reject(this.#damageIn(prefix) ?? error);
    }
  }

  /** What is owed to people may be among it, so nothing goes on without the damaged one. */
  #damageIn(prefix: string): Error | null {
    const row = this.db.get(
      "SELECT key FROM states WHERE substr(key, 1, ?) = ? AND NOT json_valid(value) ORDER BY key",
      prefix.length,
      prefix,
    );
    if (row === undefined) return null;
    const what = `state ${row.key} cannot be read: malformed`;
    this.db.noteDamage(what);
    return new Error(what);
  }
}
