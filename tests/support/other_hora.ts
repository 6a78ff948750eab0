import { DatabaseSync } from "node:sqlite";
import { MINUTE, SECOND } from "../../domain/clock.ts";

/** A database as the other program keeps it: `count` checks a minute apart from `startAt`, and one of everything else. */
export function makeOtherHora(path: string, startAt: number, count: number): void {
  const db = new DatabaseSync(path);
  db.exec(`
    CREATE TABLE checks (time INTEGER NOT NULL, monitor_id TEXT NOT NULL, status INTEGER NOT NULL, latency_ms INTEGER,
      status_code INTEGER, error TEXT, UNIQUE (monitor_id, time));
    CREATE TABLE checks_hourly (monitor_id TEXT, hour INTEGER, up INTEGER, down INTEGER, degraded INTEGER, avg_latency_ms REAL,
      UNIQUE (monitor_id, hour));
    CREATE TABLE checks_daily (monitor_id TEXT, day INTEGER, up INTEGER, down INTEGER, degraded INTEGER, avg_latency_ms REAL,
      UNIQUE (monitor_id, day));
    CREATE TABLE incidents (id INTEGER PRIMARY KEY, monitor_id TEXT, started_at INTEGER, ended_at INTEGER, duration_secs INTEGER,
      cause TEXT, impacted TEXT, reason TEXT, note TEXT, snapshot TEXT, created_at INTEGER);
    CREATE TABLE silences (id INTEGER PRIMARY KEY, target TEXT, until INTEGER, reason TEXT, created_at INTEGER);
    CREATE TABLE announcements (id INTEGER PRIMARY KEY, title TEXT, body TEXT, severity TEXT, until INTEGER, created_at INTEGER);
    BEGIN;
  `);
  const from = startAt / SECOND;
  const insert = db.prepare("INSERT INTO checks VALUES (?, ?, ?, ?, ?, ?)");
  for (let i = 0; i < count; i++) {
    for (const id of ["web", "api"]) {
      const isDown = i % 100 === 7;
      insert.run(
        from + i * MINUTE / SECOND,
        id,
        isDown ? 0 : 1,
        isDown ? null : 20 + i % 40,
        200,
        isDown ? "refused" : null,
      );
    }
  }
  db.exec(`COMMIT;
    INSERT INTO checks_hourly VALUES ('web', ${
    from - 7_200
  }, 50, 10, 0, 33.0), ('web', ${from}, 9, 9, 9, 1.0);
    INSERT INTO checks_daily VALUES ('web', ${from - 864_000}, 1440, 0, 0, 25.0);
    INSERT INTO incidents VALUES (4, 'web', ${from}, ${
    from + 60
  }, 60, 'Database', '["API"]', 'refused', 'Disk full', NULL, ${from});
    INSERT INTO silences VALUES (1, '*', ${from + 1e8}, 'upgrade', ${from}), (2, 'web', ${from - 5}, NULL, ${
    from - 50
  });
    INSERT INTO announcements VALUES (1, 'Move', 'Tonight', 'warning', NULL, ${from});
  `);
  db.close();
}
