import type { Severity } from "../../domain/config.ts";
import type { Mention } from "../../domain/incident.ts";
import type { Row } from "../sqlite/database.ts";
import { openIncident, updateIncident } from "../sqlite/incidents.ts";
import type { SqliteStore } from "../sqlite/store.ts";
import { type Findings, reading } from "./findings.ts";
import type { Places } from "./places.ts";
import { type ImportSource, instantOf, numberOf, textOf, type Wanted } from "./source.ts";

const severities: readonly string[] = ["info", "warning", "critical", "resolved"];
const created = ["created_at", "created", "time"];
const until = ["until", "until_at", "until_time", "expires_at", "ends_at"];

const incidentColumns: Wanted = {
  id: ["id"],
  monitor: ["monitor_id", "monitor"],
  start: ["started_at", "start", "start_time", "start_at", "started"],
  end: ["ended_at", "end", "end_time", "resolved_at", "end_at", "ended"],
  duration: ["duration", "duration_secs", "duration_seconds"],
  cause: ["cause", "cause_name"],
  impacted: ["impacted", "impacted_names"],
  reason: ["reason", "error"],
  note: ["note", "annotation"],
  snapshot: ["snapshot"],
  created,
};
const silenceColumns: Wanted = {
  id: ["id"],
  target: ["target", "monitor_id", "monitor"],
  until,
  reason: ["reason"],
  created,
};
const announcementColumns: Wanted = {
  id: ["id"],
  title: ["title"],
  body: ["body", "text", "message"],
  severity: ["severity"],
  until,
  created,
};

type Take = (store: SqliteStore, row: Row, context: Context) => "taken" | "known" | "over" | "ours" | "odd";

interface Context {
  readonly source: ImportSource;
  readonly places: Places;
  readonly now: number;
}

/** Records beside checks: their columns, which of those a row cannot do without, and how one is taken over. */
const tables: Readonly<Record<string, { wanted: Wanted; needed: readonly string[]; take: Take }>> = {
  incidents: { wanted: incidentColumns, needed: ["monitor", "start"], take: takeIncident },
  silences: { wanted: silenceColumns, needed: ["target", "until"], take: takeSilence },
  announcements: { wanted: announcementColumns, needed: ["title"], take: takeAnnouncement },
};
export const recordTables: readonly string[] = Object.keys(tables);

/** Takes a table of records over in one transaction; one that is here already is not taken twice. Returns how many were. */
export function importRecords(
  store: SqliteStore,
  source: ImportSource,
  places: Places,
  table: string,
  findings: Findings,
): number {
  const { wanted, needed, take } = tables[table];
  if (!source.understands(table, wanted, needed, findings)) return 0;
  const rows = reading(() => [...source.rows(table, wanted)]);
  rows.sort((a, b) => (instantOf(a.start) ?? 0) - (instantOf(b.start) ?? 0));
  let taken = 0;
  store.db.transaction(() => {
    for (const row of rows) {
      const outcome = take(store, row, { source, places, now: store.clock.now() });
      if (outcome === "taken") taken += 1;
      else if (outcome === "odd") {
        findings.leftOut(`rows of ${table} lack what they are about and stay behind`);
      }
    }
  });
  return taken;
}

function takeIncident(store: SqliteStore, row: Row, context: Context): ReturnType<Take> {
  const startedAt = instantOf(row.start);
  if (typeof row.monitor !== "string" || startedAt === null) return "odd";
  const { monitorId, ownAt } = context.places.of(row.monitor);
  if (startedAt >= ownAt) return "ours";
  const endedAt = endOf(row, startedAt) ?? Math.min(ownAt, lastSeenAt(context, row.monitor, startedAt));
  const known = store.db.get(
    "SELECT id, ended_at, updated_at FROM incidents WHERE monitor_id = ? AND started_at = ?",
    monitorId,
    startedAt,
  );
  if (known !== undefined) {
    follow(store, known, row, endedAt, context.now);
    return "known";
  }
  const reason = textOf(row.reason);
  const id = openIncident(store.db, {
    monitorId,
    startedAt,
    confirmedAt: startedAt,
    reason,
    category: reason === null ? null : "other",
    code: null,
    cause: causeOf(row),
    impacted: mentions(row.impacted),
    snapshot: textOf(row.snapshot),
    planned: false,
    // Which of them everybody may see is not known here.
    isHidden: true,
  });
  close(store, id, endedAt, endedAt);
  annotate(store, id, row);
  return "taken";
}

/** The other program has learnt more of it since. One that was changed here later than it ended has a note of ours, which stays. */
function follow(store: SqliteStore, known: Row, row: Row, endedAt: number, now: number): void {
  const id = Number(known.id);
  const isOurs = known.updated_at !== known.ended_at;
  const isLonger = known.ended_at !== endedAt;
  const at = !isOurs ? endedAt : isLonger ? now : Number(known.updated_at);
  const snapshot = textOf(row.snapshot) ?? undefined;
  updateIncident(store.db, { id, at, cause: causeOf(row), impacted: mentions(row.impacted), snapshot });
  close(store, id, endedAt, at);
  if (!isOurs) annotate(store, id, row);
}

function annotate(store: SqliteStore, id: number, row: Row): void {
  store.db.run("UPDATE incidents SET note = ? WHERE id = ?", textOf(row.note), id);
}

function endOf(row: Row, startedAt: number): number | null {
  const endedAt = instantOf(row.end);
  if (endedAt !== null) return Math.max(startedAt, endedAt);
  return numberOf(row.duration) > 0 ? startedAt + numberOf(row.duration) * 1_000 : null;
}

/** One that was still open ended, as far as we know, with the other program's last look: it is ours to find out anew. */
function lastSeenAt({ source, now }: Context, monitorId: string, startedAt: number): number {
  const row = reading(() =>
    source.db.get("SELECT max(time) AS time FROM checks WHERE monitor_id = ?", monitorId)
  );
  return Math.max(startedAt, Math.min(now, instantOf(row?.time) ?? now));
}

function close(store: SqliteStore, id: number, endedAt: number, updatedAt: number): void {
  store.db.run("UPDATE incidents SET ended_at = ?, updated_at = ? WHERE id = ?", endedAt, updatedAt, id);
}

function causeOf(row: Row): Mention | null {
  const name = textOf(row.cause);
  return name === null ? null : { id: "", name };
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

function takeSilence(store: SqliteStore, row: Row, { now, places }: Context): ReturnType<Take> {
  const untilAt = instantOf(row.until);
  if (typeof row.target !== "string" || untilAt === null) return "odd";
  if (untilAt <= now) return "over";
  const createdAt = instantOf(row.created) ?? now;
  const target = places.idOf(row.target);
  const same = "SELECT 1 FROM silences WHERE target = ? AND until_at = ?";
  if (store.db.get(same, target, untilAt) !== undefined) return "known";
  store.db.run(
    "INSERT INTO silences (target, until_at, reason, created_at) VALUES (?, ?, ?, ?)",
    target,
    untilAt,
    textOf(row.reason),
    createdAt,
  );
  return "taken";
}

function takeAnnouncement(store: SqliteStore, row: Row, { now }: Context): ReturnType<Take> {
  const title = textOf(row.title);
  if (title === null) return "odd";
  const untilAt = instantOf(row.until);
  if (untilAt !== null && untilAt <= now) return "over";
  const createdAt = instantOf(row.created);
  const body = textOf(row.body) ?? "";
  const same =
    "SELECT 1 FROM announcements WHERE title = ?1 AND body = ?2 AND (?3 IS NULL OR created_at = ?3)";
  if (store.db.get(same, title, body, createdAt) !== undefined) return "known";
  store.db.run(
    "INSERT INTO announcements (title, body, severity, until_at, created_at) VALUES (?, ?, ?, ?, ?)",
    title,
    body,
    severities.includes(String(row.severity)) ? row.severity as Severity : "info",
    untilAt,
    createdAt ?? now,
  );
  return "taken";
}
