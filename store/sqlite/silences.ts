import type { Silence, SilenceStore } from "../../domain/store.ts";
import type { Database } from "./database.ts";
import type { Writer } from "./writer.ts";

export class SqliteSilences implements SilenceStore {
  constructor(readonly db: Database, readonly writer: Writer) {}

  listActive(now: number): Promise<Silence[]> {
    this.writer.settleOthers();
    const rows = this.db.all("SELECT * FROM silences WHERE until_at > ? ORDER BY id", now);
    return Promise.resolve(rows.map((row) => ({
      id: Number(row.id),
      target: String(row.target),
      untilAt: Number(row.until_at),
      reason: row.reason as string | null,
      createdAt: Number(row.created_at),
    })));
  }

  insert(
    targets: readonly string[],
    untilAt: number,
    reason: string | null,
    now: number,
  ): Promise<Silence[]> {
    return this.writer.request(() =>
      targets.map((target) => ({
        id: this.db.run(
          "INSERT INTO silences (target, until_at, reason, created_at) VALUES (?, ?, ?, ?)",
          target,
          untilAt,
          reason,
          now,
        ).id,
        target,
        untilAt,
        reason,
        createdAt: now,
      }))
    );
  }

  delete(which: { id?: number; targets?: readonly string[] }, now: number): Promise<number> {
    const where = "(?1 IS NULL OR id = ?1) AND (?2 IS NULL OR target IN (SELECT value FROM json_each(?2)))";
    const targets = which.targets === undefined ? null : JSON.stringify(which.targets);
    return this.writer.request(() => {
      const active = this.db.number(
        `SELECT count(*) FROM silences WHERE ${where} AND until_at > ?3`,
        which.id ?? null,
        targets,
        now,
      );
      this.db.run(`DELETE FROM silences WHERE ${where}`, which.id ?? null, targets);
      return active;
    });
  }
}
