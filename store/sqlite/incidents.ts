import type { Incident, IncidentReason, Mention } from "../../domain/incident.ts";
import type { FailureCategory } from "../../domain/outcome.ts";
import type {
  IncidentEnd,
  IncidentQuery,
  IncidentStore,
  IncidentUpdate,
  NewIncident,
} from "../../domain/store.ts";
import type { Database, Row } from "./database.ts";
import { isList, isObject, readKept } from "./kept_json.ts";
import type { Writer } from "./writer.ts";

/** Numbers of hidden incidents have ten digits. */
const HIDDEN_FROM = 1_000_000_000;
const HIDDEN_COUNT = 9_000_000_000;

/** Writes a new incident in the caller's transaction and tells its number: the next one, or for a hidden one any that is free. */
export function openIncident(db: Database, incident: NewIncident): number {
  const last = lastOpenNumber(db);
  if (incident.isHidden !== true) return insert(db, last + 1, incident);
  const id = insert(db, freeHiddenNumber(db), incident);
  if (last > 0) db.run("UPDATE sqlite_sequence SET seq = ? WHERE name = 'incidents'", last);
  else db.run("DELETE FROM sqlite_sequence WHERE name = 'incidents'");
  return id;
}

/** What SQLite remembers for the table, so that numbers of deleted incidents are not given again. */
function lastOpenNumber(db: Database): number {
  return db.number("SELECT seq FROM sqlite_sequence WHERE name = 'incidents'");
}

function freeHiddenNumber(db: Database): number {
  for (;;) {
    const [high, low] = crypto.getRandomValues(new Uint32Array(2));
    const id = HIDDEN_FROM + ((high & 0xfffff) * 2 ** 32 + low) % HIDDEN_COUNT;
    if (db.get("SELECT 1 FROM incidents WHERE id = ?", id) === undefined) return id;
  }
}

function insert(db: Database, id: number, incident: NewIncident): number {
  const { reason, category, code, startedAt } = incident;
  const reasons: IncidentReason[] = reason === null
    ? []
    : [{ at: startedAt, reason, category: category ?? "other", code }];
  return db.run(
    `INSERT INTO incidents (id, monitor_id, started_at, confirmed_at, reason, category, code, cause, impacted, snapshot,
       reasons, planned, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    id,
    incident.monitorId,
    startedAt,
    incident.confirmedAt,
    reason,
    category,
    code,
    incident.cause === null ? null : JSON.stringify(incident.cause),
    JSON.stringify(incident.impacted),
    incident.snapshot,
    JSON.stringify(reasons),
    incident.planned ? 1 : 0,
    incident.confirmedAt,
  ).id;
}

export function updateIncident(db: Database, update: IncidentUpdate): void {
  const row = db.get("SELECT id, reasons FROM incidents WHERE id = ?", update.id);
  if (row === undefined) return;
  db.run("UPDATE incidents SET updated_at = ? WHERE id = ?", update.at, update.id);
  if (update.addReason !== undefined) {
    const reasons = [...listIn<IncidentReason>(db, row, "reasons"), update.addReason];
    db.run("UPDATE incidents SET reasons = ? WHERE id = ?", JSON.stringify(reasons), update.id);
  }
  if (update.vantage !== undefined) {
    db.run("UPDATE incidents SET vantage = ? WHERE id = ?", update.vantage, update.id);
  }
  if (update.cause !== undefined) {
    const cause = update.cause === null ? null : JSON.stringify(update.cause);
    db.run("UPDATE incidents SET cause = ? WHERE id = ?", cause, update.id);
  }
  if (update.impacted !== undefined) {
    db.run("UPDATE incidents SET impacted = ? WHERE id = ?", JSON.stringify(update.impacted), update.id);
  }
  if (update.snapshot !== undefined) {
    db.run("UPDATE incidents SET snapshot = ? WHERE id = ?", update.snapshot, update.id);
  }
}

/** True when this call ended it. */
export function closeIncident(db: Database, { id, endedAt, unwatched = false }: IncidentEnd): boolean {
  return db.run(
    `UPDATE incidents SET started_at = min(started_at, ?1), confirmed_at = min(confirmed_at, ?1), ended_at = ?1, updated_at = ?1,
       unwatched = ?2 WHERE id = ?3 AND ended_at IS NULL`,
    endedAt,
    unwatched ? 1 : 0,
    id,
  ).changes === 1;
}

/** Of a damaged list nothing is read, so that the rest of the incident can be told. */
function listIn<T>(db: Database, row: Row, column: "impacted" | "reasons"): T[] {
  return readKept<T[]>(db, row[column], isList, `${column} of incident ${row.id}`) ?? [];
}

function causeIn(db: Database, row: Row): Mention | null {
  return row.cause === null
    ? null
    : readKept<Mention>(db, row.cause, isObject, `cause of incident ${row.id}`);
}

function toIncident(db: Database, row: Row): Incident {
  return {
    id: Number(row.id),
    monitorId: String(row.monitor_id),
    startedAt: Number(row.started_at),
    confirmedAt: Number(row.confirmed_at),
    endedAt: row.ended_at as number | null,
    reason: row.reason as string | null,
    category: row.category as FailureCategory | null,
    code: row.code as number | null,
    cause: causeIn(db, row),
    impacted: listIn(db, row, "impacted"),
    snapshot: row.snapshot as string | null,
    note: row.note as string | null,
    vantage: row.vantage as string | null,
    reasons: listIn(db, row, "reasons"),
    planned: row.planned === 1,
    unwatched: row.unwatched === 1,
    updatedAt: Number(row.updated_at),
  };
}

function conditions(query: Omit<IncidentQuery, "limit">): { where: string; values: (number | string)[] } {
  const parts = ["1"];
  const values: (number | string)[] = [];
  const add = (part: string, ...more: (number | string)[]) => {
    parts.push(part);
    values.push(...more);
  };
  if (query.monitorIds !== undefined) {
    add("monitor_id IN (SELECT value FROM json_each(?))", JSON.stringify(query.monitorIds));
  }
  if (query.untilAt !== undefined) add("started_at < ?", query.untilAt);
  if (query.fromAt !== undefined) {
    add("(ended_at IS NULL OR ended_at > ? OR started_at >= ?)", query.fromAt, query.fromAt);
  }
  if (query.open !== undefined) add(query.open ? "ended_at IS NULL" : "ended_at IS NOT NULL");
  if (query.before !== undefined) add("(started_at, id) < (?, ?)", query.before.startedAt, query.before.id);
  return { where: parts.join(" AND "), values };
}

export class SqliteIncidents implements IncidentStore {
  constructor(readonly db: Database, readonly writer: Writer) {}

  #rows(sql: string, ...values: (number | string)[]): Incident[] {
    this.writer.settleOthers();
    return this.db.all(sql, ...values).map((row) => toIncident(this.db, row));
  }

  find(id: number): Promise<Incident | null> {
    return Promise.resolve(this.#rows("SELECT * FROM incidents WHERE id = ?", id)[0] ?? null);
  }

  listOpen(): Promise<Incident[]> {
    return Promise.resolve(
      this.#rows("SELECT * FROM incidents WHERE ended_at IS NULL ORDER BY started_at, id"),
    );
  }

  list(query: IncidentQuery): Promise<Incident[]> {
    const { where, values } = conditions(query);
    const sql = `SELECT * FROM incidents WHERE ${where} ORDER BY started_at DESC, id DESC LIMIT ?`;
    return Promise.resolve(this.#rows(sql, ...values, query.limit));
  }

  count(query: Omit<IncidentQuery, "limit" | "before">): Promise<number> {
    this.writer.settleOthers();
    const { where, values } = conditions(query);
    return Promise.resolve(this.db.number(`SELECT count(*) FROM incidents WHERE ${where}`, ...values));
  }

  notesOf(monitorIds: readonly string[]): Promise<string> {
    this.writer.settleOthers();
    const row = this.db.get(
      `SELECT json_group_array(json_array(id, note)) AS notes FROM
         (SELECT id, note FROM incidents WHERE note IS NOT NULL AND monitor_id IN (SELECT value FROM json_each(?)) ORDER BY id)`,
      JSON.stringify(monitorIds),
    )!;
    return Promise.resolve(String(row.notes));
  }

  annotate(id: number, note: string, now: number): Promise<boolean> {
    return this.writer.request(() =>
      this.db.run(
        "UPDATE incidents SET note = ?, updated_at = ? WHERE id = ?",
        note === "" ? null : note,
        now,
        id,
      ).changes === 1
    );
  }
}
