import type { AlertEvent } from "../../domain/event.ts";
import type { NewNotification, Notification, NotificationStatus, OutboxStore } from "../../domain/store.ts";
import type { Database, Row } from "./database.ts";
import { isObject, needKept } from "./kept_json.ts";
import type { Writer } from "./writer.ts";

export function insertNotification(
  db: Database,
  notification: NewNotification,
  incidentId: number | null,
): number {
  return db.run(
    `INSERT INTO notifications (channel, event, monitor_id, incident_id, status, created_at, due_at, attempts)
     VALUES (?, ?, ?, ?, ?, ?, ?, 0)`,
    notification.channel,
    JSON.stringify(notification.event),
    notification.monitorId,
    incidentId,
    notification.status,
    notification.createdAt,
    notification.dueAt,
  ).id;
}

function toNotification(db: Database, row: Row): Notification {
  return {
    id: Number(row.id),
    channel: String(row.channel),
    event: needKept<AlertEvent>(db, row.event, isObject, `notification ${row.id}`),
    monitorId: row.monitor_id as string | null,
    incidentId: row.incident_id as number | null,
    status: row.status as NotificationStatus,
    createdAt: Number(row.created_at),
    dueAt: Number(row.due_at),
    attempts: Number(row.attempts),
    lastError: row.last_error as string | null,
    endedAt: row.ended_at as number | null,
  };
}

export class SqliteOutbox implements OutboxStore {
  constructor(readonly db: Database, readonly writer: Writer) {}

  listUnfinished(): Promise<Notification[]> {
    this.writer.settleOthers();
    const rows = this.db.all("SELECT * FROM notifications WHERE status IN ('held', 'pending') ORDER BY id");
    return Promise.resolve(rows.map((row) => toNotification(this.db, row)));
  }

  update(id: number, change: Parameters<OutboxStore["update"]>[1]): Promise<void> {
    const isOver = change.status !== "held" && change.status !== "pending";
    return this.writer.submit(() => {
      this.db.run(
        `UPDATE notifications SET status = ?, due_at = coalesce(?, due_at), attempts = coalesce(?, attempts),
           last_error = CASE WHEN ? THEN ? ELSE last_error END, event = coalesce(?, event), ended_at = ? WHERE id = ?`,
        change.status,
        change.dueAt ?? null,
        change.attempts ?? null,
        change.error === undefined ? 0 : 1,
        change.error ?? null,
        change.event === undefined ? null : JSON.stringify(change.event),
        isOver ? change.at : null,
        id,
      );
    }, { durable: true });
  }

  list(query: Parameters<OutboxStore["list"]>[0]): Promise<Notification[]> {
    this.writer.settleOthers();
    const rows = this.db.all(
      `SELECT * FROM notifications WHERE (?1 IS NULL OR monitor_id = ?1) AND (?2 IS NULL OR incident_id = ?2)
         AND created_at >= ?3 AND created_at < ?4 ORDER BY created_at DESC, id DESC LIMIT ?5`,
      query.monitorId ?? null,
      query.incidentId ?? null,
      query.fromAt ?? 0,
      query.untilAt ?? Number.MAX_SAFE_INTEGER,
      query.limit,
    );
    return Promise.resolve(rows.map((row) => toNotification(this.db, row)));
  }
}
