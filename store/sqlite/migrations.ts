import { StartupError } from "../../domain/errors.ts";
import type { Database } from "./database.ts";

/**
 * Numbered, forward only; number N brings a file of version N-1 to N, inside the same transaction as the others. A released one is never
 * edited. `tests/testdata/schemas/` keeps a file of every version.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE states (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

  -- A monitor's (or watched peer's) text id and the small number that stands for it everywhere below.
  CREATE TABLE series (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    monitor_id TEXT NOT NULL UNIQUE,
    missing_since INTEGER
  ) STRICT;

  -- Hot tier. status: 0 up, 1 degraded, 2 down; +4 planned. details: JSON, only where a check has more to say.
  CREATE TABLE checks (
    series INTEGER NOT NULL,
    at INTEGER NOT NULL,
    status INTEGER NOT NULL,
    latency_ms INTEGER,
    code INTEGER,
    stands_ms INTEGER NOT NULL,
    details TEXT,
    PRIMARY KEY (series, at)
  ) STRICT, WITHOUT ROWID;

  -- Sealed tier: store/blocks.ts packs and unpacks. Appended in order of sealing, so that its pages fill up.
  CREATE TABLE blocks (
    id INTEGER PRIMARY KEY,
    series INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    count INTEGER NOT NULL,
    data BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX blocks_by_time ON blocks (series, first_at, last_at);
  -- What the rarer checks had to say (failures' texts, phases, metrics), beside the block of the same id.
  CREATE TABLE block_details (id INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;

  -- Aggregates; time first, so that the hour being written is a handful of pages. start is in whole hours or days since 1970.
  CREATE TABLE hours (
    start INTEGER NOT NULL, series INTEGER NOT NULL,
    up INTEGER NOT NULL, degraded INTEGER NOT NULL, down INTEGER NOT NULL, planned INTEGER NOT NULL,
    up_ms INTEGER NOT NULL, degraded_ms INTEGER NOT NULL, down_ms INTEGER NOT NULL, planned_ms INTEGER NOT NULL,
    latency_sum INTEGER NOT NULL, first_offset_ms INTEGER, latency BLOB,
    PRIMARY KEY (start, series)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE days (
    start INTEGER NOT NULL, series INTEGER NOT NULL,
    up INTEGER NOT NULL, degraded INTEGER NOT NULL, down INTEGER NOT NULL, planned INTEGER NOT NULL,
    up_ms INTEGER NOT NULL, degraded_ms INTEGER NOT NULL, down_ms INTEGER NOT NULL, planned_ms INTEGER NOT NULL,
    latency_sum INTEGER NOT NULL, first_offset_ms INTEGER, latency BLOB,
    PRIMARY KEY (start, series)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE gaps (from_at INTEGER PRIMARY KEY, until_at INTEGER NOT NULL) STRICT;

  CREATE TABLE incidents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    monitor_id TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    confirmed_at INTEGER NOT NULL,
    ended_at INTEGER,
    reason TEXT, category TEXT, code INTEGER,
    cause TEXT, impacted TEXT NOT NULL, snapshot TEXT, note TEXT, vantage TEXT, reasons TEXT NOT NULL,
    planned INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX incidents_by_start ON incidents (started_at, id);
  CREATE INDEX incidents_by_monitor ON incidents (monitor_id, started_at, id);
  CREATE INDEX incidents_open ON incidents (started_at, id) WHERE ended_at IS NULL;

  CREATE TABLE notifications (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL, event TEXT NOT NULL, monitor_id TEXT, incident_id INTEGER,
    status TEXT NOT NULL, created_at INTEGER NOT NULL, due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL, last_error TEXT, ended_at INTEGER
  ) STRICT;
  CREATE INDEX notifications_unfinished ON notifications (id) WHERE status IN ('held', 'pending');
  CREATE INDEX notifications_by_time ON notifications (created_at, id);
  CREATE INDEX notifications_by_incident ON notifications (incident_id, id);

  CREATE TABLE decisions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL, monitor_id TEXT NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL, incident_id INTEGER
  ) STRICT;
  CREATE INDEX decisions_by_monitor ON decisions (monitor_id, at, id);
  CREATE INDEX decisions_by_time ON decisions (at, id);

  CREATE TABLE silences (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    target TEXT NOT NULL, until_at INTEGER NOT NULL, reason TEXT, created_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE announcements (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    title TEXT NOT NULL, body TEXT NOT NULL, severity TEXT NOT NULL, until_at INTEGER, created_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE certificates (
    monitor_id TEXT PRIMARY KEY, facts TEXT, checked_at INTEGER NOT NULL, error TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE domains (
    domain TEXT PRIMARY KEY, expires_at INTEGER, checked_at INTEGER NOT NULL, error TEXT
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Sums of days that are over, packed for a start: store/sqlite/packed_rows.ts. part: series / 1024. Thrown away when a row is written.
  CREATE TABLE day_tables (start INTEGER NOT NULL, part INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (start, part)) STRICT;
  CREATE TRIGGER day_inserted AFTER INSERT ON days BEGIN
    DELETE FROM day_tables WHERE start = new.start AND part = new.series >> 10;
  END;
  CREATE TRIGGER day_updated AFTER UPDATE ON days BEGIN
    DELETE FROM day_tables WHERE start = new.start AND part = new.series >> 10;
    DELETE FROM day_tables WHERE start = old.start AND part = old.series >> 10;
  END;
  CREATE TRIGGER day_deleted AFTER DELETE ON days BEGIN
    DELETE FROM day_tables WHERE start = old.start AND part = old.series >> 10;
  END;
  `,
  `
  -- Numbers of four bytes now: half of what a start reads. Upkeep packs them anew.
  DELETE FROM day_tables;
  -- The same of the last day's hours, with their latencies one behind the other: store/sqlite/packed_rows.ts.
  CREATE TABLE hour_tables (
    start INTEGER NOT NULL, part INTEGER NOT NULL, data BLOB NOT NULL, latencies BLOB NOT NULL,
    PRIMARY KEY (start, part)
  ) STRICT;
  CREATE TRIGGER hour_inserted AFTER INSERT ON hours BEGIN
    DELETE FROM hour_tables WHERE start = new.start AND part = new.series >> 10;
  END;
  CREATE TRIGGER hour_updated AFTER UPDATE ON hours BEGIN
    DELETE FROM hour_tables WHERE start = new.start AND part = new.series >> 10;
    DELETE FROM hour_tables WHERE start = old.start AND part = old.series >> 10;
  END;
  CREATE TRIGGER hour_deleted AFTER DELETE ON hours BEGIN
    DELETE FROM hour_tables WHERE start = old.start AND part = old.series >> 10;
  END;
  `,
  `
  -- 1: it ended because its monitor left the config, and nobody knows whether it was good again.
  ALTER TABLE incidents ADD COLUMN unwatched INTEGER NOT NULL DEFAULT 0;
  `,
];

/** Marks a file as Hora's in its header ("Hora" in ASCII). */
export const APPLICATION_ID = 0x486f7261;

/** Brings the file to the newest version, all of it or nothing. Throws `StartupError` for another program's file or a newer version. */
export function migrate(db: Database, path: string): void {
  if (versionOf(db, path) === migrations.length) return;
  db.transaction(() => {
    // Read again under the write lock: another process may have migrated meanwhile.
    const version = versionOf(db, path);
    for (const sql of migrations.slice(version)) db.exec(sql);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${migrations.length}`);
  });
}

/** The file's schema. Throws `StartupError` as `migrate` does. */
export function versionOf(db: Database, path: string): number {
  const version = db.number("PRAGMA user_version");
  const application = db.number("PRAGMA application_id");
  const tables = db.number("SELECT count(*) FROM sqlite_master");
  if (tables > 0 && application !== APPLICATION_ID) {
    throw new StartupError(
      `${path} is an SQLite file of another program; name another server.database_path (the history of the other Hora comes in ` +
        `with "hora import hora ${path}")`,
    );
  }
  if (version > migrations.length) {
    throw new StartupError(
      `${path} was written by a newer Hora (schema ${version}, this one knows ${migrations.length}); start that version again or ` +
        `restore a backup made before the upgrade`,
    );
  }
  return version;
}
