import type { Severity } from "../../domain/config.ts";
import type { Announcement, AnnouncementStore } from "../../domain/store.ts";
import type { Database } from "./database.ts";
import type { Writer } from "./writer.ts";

export class SqliteAnnouncements implements AnnouncementStore {
  constructor(readonly db: Database, readonly writer: Writer) {}

  listActive(now: number): Promise<Announcement[]> {
    this.writer.settleOthers();
    const rows = this.db.all(
      "SELECT * FROM announcements WHERE until_at IS NULL OR until_at > ? ORDER BY created_at DESC, id DESC",
      now,
    );
    return Promise.resolve(rows.map((row) => ({
      id: Number(row.id),
      title: String(row.title),
      body: String(row.body),
      severity: row.severity as Severity,
      untilAt: row.until_at as number | null,
      createdAt: Number(row.created_at),
    })));
  }

  insert(announcement: Omit<Announcement, "id">): Promise<Announcement> {
    const { title, body, severity, untilAt, createdAt } = announcement;
    return this.writer.request(() => ({
      id: this.db.run(
        "INSERT INTO announcements (title, body, severity, until_at, created_at) VALUES (?, ?, ?, ?, ?)",
        title,
        body,
        severity,
        untilAt,
        createdAt,
      ).id,
      title,
      body,
      severity,
      untilAt,
      createdAt,
    }));
  }

  delete(which: { id?: number }, now: number): Promise<number> {
    const id = which.id ?? null;
    return this.writer.request(() => {
      const pinned = this.db.number(
        "SELECT count(*) FROM announcements WHERE (?1 IS NULL OR id = ?1) AND (until_at IS NULL OR until_at > ?2)",
        id,
        now,
      );
      this.db.run("DELETE FROM announcements WHERE ?1 IS NULL OR id = ?1", id);
      return pinned;
    });
  }
}
