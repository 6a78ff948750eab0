import type { Severity } from "../../domain/config.ts";
import type { Mention } from "../../domain/incident.ts";
import type { Row } from "../sqlite/database.ts";
import { openIncident } from "../sqlite/incidents.ts";
import { readMeta, writeMeta } from "../sqlite/meta.ts";
import type { SqliteStore } from "../sqlite/store.ts";
import { type ImportSource, instantOf, numberOf, textOf } from "./source.ts";

export interface ImportedRecords {
  readonly incidents: number;
  readonly silences: number;
  readonly announcements: number;
}

const DONE = "import_hora_records";
const severities: readonly string[] = ["info", "warning", "critical", "resolved"];

/** Takes incidents, silences and announcements over, in one transaction and once. */
export function importRecords(store: SqliteStore, source: ImportSource, now: number): ImportedRecords {
  if (readMeta(store.db, DONE) !== null) return { incidents: 0, silences: 0, announcements: 0 };
  return store.db.transaction(() => {
    writeMeta(store.db, DONE, String(now));
    return {
      incidents: importIncidents(store, source, now),
      silences: importSilences(store, source, now),
      announcements: importAnnouncements(store, source, now),
    };
  });
}

function importIncidents(store: SqliteStore, source: ImportSource, now: number): number {
  const rows = source.rows("incidents", {
    monitor: ["monitor_id"],
    start: ["started_at", "start", "start_time", "start_at"],
    end: ["ended_at", "end", "end_time", "resolved_at", "end_at"],
    cause: ["cause", "cause_name"],
    impacted: ["impacted", "impacted_names"],
    reason: ["reason", "error"],
    note: ["note", "annotation"],
    snapshot: ["snapshot"],
  }).filter((row) => typeof row.monitor === "string" && instantOf(row.start) !== null);
  for (const row of rows.sort((a, b) => instantOf(a.start)! - instantOf(b.start)!)) {
    importIncident(store, row, now);
  }
  return rows.length;
}

function importIncident(store: SqliteStore, row: Row, now: number): void {
  const startedAt = instantOf(row.start)!;
  const reason = textOf(row.reason);
  const cause = textOf(row.cause);
  const id = openIncident(store.db, {
    monitorId: String(row.monitor),
    startedAt,
    confirmedAt: startedAt,
    reason,
    category: reason === null ? null : "other",
    code: null,
    cause: cause === null ? null : { id: "", name: cause },
    impacted: mentions(row.impacted),
    snapshot: textOf(row.snapshot),
    planned: false,
  });
  // One that was still open ended, as far as we know, when the other program was left: it is ours to find out anew.
  const endedAt = instantOf(row.end) ?? Math.max(startedAt, now);
  store.db.run(
    "UPDATE incidents SET ended_at = ?, updated_at = ?, note = ? WHERE id = ?",
    endedAt,
    endedAt,
    textOf(row.note),
    id,
  );
}

/** Names only: the other file keeps no ids, so that nobody but the operator may see them. */
function mentions(value: unknown): Mention[] {
  try {
    const names: unknown = JSON.parse(String(value ?? "[]"));
    return Array.isArray(names)
      ? names.filter((name) => typeof name === "string").map((name) => ({ id: "", name }))
      : [];
  } catch {
    return [];
  }
}

function importSilences(store: SqliteStore, source: ImportSource, now: number): number {
  const rows = source.rows("silences", {
    target: ["target", "monitor_id"],
    until: ["until", "until_at", "expires_at", "until_time"],
    reason: ["reason"],
    created: ["created_at", "created"],
  }).filter((row) => typeof row.target === "string" && (instantOf(row.until) ?? 0) > now);
  for (const row of rows) {
    store.db.run(
      "INSERT INTO silences (target, until_at, reason, created_at) VALUES (?, ?, ?, ?)",
      row.target,
      instantOf(row.until),
      textOf(row.reason),
      instantOf(row.created) ?? now,
    );
  }
  return rows.length;
}

function importAnnouncements(store: SqliteStore, source: ImportSource, now: number): number {
  const rows = source.rows("announcements", {
    title: ["title"],
    body: ["body", "text"],
    severity: ["severity"],
    until: ["until", "until_at", "expires_at"],
    created: ["created_at", "created", "time"],
  }).filter((row) =>
    typeof row.title === "string" && (numberOf(row.until) === 0 || instantOf(row.until)! > now)
  );
  for (const row of rows) {
    const severity = severities.includes(String(row.severity)) ? row.severity as Severity : "info";
    store.db.run(
      "INSERT INTO announcements (title, body, severity, until_at, created_at) VALUES (?, ?, ?, ?, ?)",
      row.title,
      textOf(row.body) ?? "",
      severity,
      numberOf(row.until) === 0 ? null : instantOf(row.until),
      instantOf(row.created) ?? now,
    );
  }
  return rows.length;
}
