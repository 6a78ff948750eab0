import type { Decision, DecisionStore, NewDecision } from "../../domain/store.ts";
import type { Database } from "./database.ts";
import type { Writer } from "./writer.ts";

export function insertDecision(db: Database, decision: NewDecision, incidentId: number | null): void {
  db.run(
    "INSERT INTO decisions (at, monitor_id, kind, text, incident_id) VALUES (?, ?, ?, ?, ?)",
    decision.at,
    decision.monitorId,
    decision.kind,
    decision.text,
    incidentId,
  );
}

export class SqliteDecisions implements DecisionStore {
  constructor(readonly db: Database, readonly writer: Writer) {}

  list(query: Parameters<DecisionStore["list"]>[0]): Promise<Decision[]> {
    this.writer.settle();
    const isOne = query.monitorId !== undefined;
    const rows = this.db.all(
      `SELECT * FROM decisions WHERE ${
        isOne ? "monitor_id = ? AND" : ""
      } at >= ? AND at < ? ORDER BY at DESC, id DESC LIMIT ?`,
      ...(isOne ? [query.monitorId!] : []),
      query.fromAt ?? 0,
      query.untilAt ?? Number.MAX_SAFE_INTEGER,
      query.limit,
    );
    return Promise.resolve(
      rows.reverse().map((row) => ({
        id: Number(row.id),
        at: Number(row.at),
        monitorId: String(row.monitor_id),
        kind: String(row.kind),
        text: String(row.text),
        incidentId: row.incident_id as number | null,
      })),
    );
  }
}
