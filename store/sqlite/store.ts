import { AHEAD_MS, type Check, instantAfter } from "../../domain/check.ts";
import { type Clock, MINUTE, SECOND } from "../../domain/clock.ts";
import type { Gap } from "../../domain/coverage.ts";
import type {
  Commit,
  CommitResult,
  Store,
  StoreHealth,
  UpkeepPlan,
  UpkeepReport,
} from "../../domain/store.ts";
import type { HeldLock } from "../lock.ts";
import { fileOf } from "../place.ts";
import { SqliteAggregates } from "./aggregates.ts";
import { SqliteAnnouncements } from "./announcements.ts";
import { carryOver, forgetRenames, renamedOf } from "./carry_over.ts";
import { insertCheck, SqliteChecks } from "./checks.ts";
import { Checkpoints } from "./checkpoints.ts";
import type { Database } from "./database.ts";
import { insertDecision, SqliteDecisions } from "./decisions.ts";
import { Gaps } from "./gaps.ts";
import { closeIncident, openIncident, SqliteIncidents, updateIncident } from "./incidents.ts";
import { Ledger } from "./ledger.ts";
import { readMeta, SqliteMeta, SqliteStates, writeMeta, writeState } from "./meta.ts";
import { insertNotification, SqliteOutbox } from "./outbox.ts";
import { SeriesTable } from "./series.ts";
import { SqliteSilences } from "./silences.ts";
import { runUpkeep } from "./upkeep.ts";
import { SqliteCertificates, SqliteDomains } from "./watched.ts";
import { troubleOf } from "./trouble.ts";
import { Writer } from "./writer.ts";

/** How often the file is told that monitors run. */
export const ALIVE_EVERY_MS = 10 * SECOND;
/** A beat later than this means that the machine slept. */
const ASLEEP_AFTER_MS = MINUTE;
const nothingDone: CommitResult = {
  incidentId: null,
  closedIncident: false,
  notificationIds: [],
  onDisk: false,
};

/** Which file stands at the path now; null: none, or none that can be told. */
function inodeOf(databasePath: string): number | null {
  try {
    return Deno.statSync(fileOf(databasePath) ?? "").ino;
  } catch {
    return null;
  }
}

/** The embedded store: one SQLite file, one writer. Made by `openStore`. */
export class SqliteStore implements Store {
  readonly series: SeriesTable;
  readonly ledger: Ledger;
  readonly writer: Writer;
  readonly checks: SqliteChecks;
  readonly aggregates: SqliteAggregates;
  readonly states: SqliteStates;
  readonly incidents: SqliteIncidents;
  readonly outbox: SqliteOutbox;
  readonly decisions: SqliteDecisions;
  readonly silences: SqliteSilences;
  readonly announcements: SqliteAnnouncements;
  readonly certificates: SqliteCertificates;
  readonly domains: SqliteDomains;
  readonly meta: SqliteMeta;
  /** Null: on a file that another process may have open as its own, or on none. */
  readonly checkpoints: Checkpoints | null;
  readonly #gaps: Gaps;
  readonly #last = new Map<number, Check>();
  readonly #stop = new AbortController();
  #beat: Promise<void> = Promise.resolve();
  #dataVersion: number;
  #newestAt = 0;
  #keeping: Promise<UpkeepReport> | null = null;
  readonly #inode: number | null;
  #isGone = false;
  #closed: Promise<void> | null = null;

  constructor(
    readonly db: Database,
    readonly clock: Clock,
    readonly isExclusive: boolean,
    readonly lock: HeldLock | null,
  ) {
    this.series = new SeriesTable(db);
    this.ledger = new Ledger(db);
    this.#gaps = new Gaps(db);
    this.checkpoints = isExclusive && db.file !== null ? new Checkpoints(db, () => this.#isInPlace()) : null;
    this.writer = new Writer(
      db,
      clock,
      {
        beforeCommit: () => this.ledger.write(),
        committed: (tookMs, now) => this.checkpoints?.committed(tookMs, now),
        forget: () => this.forget(),
      },
      isExclusive || db.file === null,
    );
    const settle = () => this.writer.settle();
    this.checks = new SqliteChecks(db, this.series, settle, () => clock.now() + AHEAD_MS);
    this.aggregates = new SqliteAggregates(db, this.series, settle);
    this.states = new SqliteStates(db, this.writer);
    this.incidents = new SqliteIncidents(db, this.writer);
    this.outbox = new SqliteOutbox(db, this.writer);
    this.decisions = new SqliteDecisions(db, this.writer);
    this.silences = new SqliteSilences(db, this.writer);
    this.announcements = new SqliteAnnouncements(db, this.writer);
    this.certificates = new SqliteCertificates(db, this.writer);
    this.domains = new SqliteDomains(db, this.writer);
    this.meta = new SqliteMeta(db, this.writer);
    this.#dataVersion = db.number("PRAGMA data_version");
    this.#inode = inodeOf(db.path);
    if (isExclusive) this.#beat = this.#stayAlive(this.#noteStart());
  }

  /** Drops what is remembered of the file's content. */
  forget(): void {
    this.series.forget();
    this.ledger.forget();
    this.#gaps.forget();
    this.#last.clear();
  }

  async commit(batch: Commit): Promise<CommitResult> {
    const checks = batch.checks?.length ?? 0;
    const isAwaited = batch.durable || batch.openIncident !== undefined ||
      batch.closeIncident !== undefined ||
      (batch.notifications?.length ?? 0) > 0;
    if (!isAwaited) {
      const isMere = batch.updateIncident === undefined && (batch.decisions?.length ?? 0) === 0;
      this.writer.accept(() => this.#apply(batch), { checks, isMere });
      return nothingDone;
    }
    const result = await this.writer.submit(() => this.#apply(batch), { durable: batch.durable, checks });
    return { ...result, onDisk: !this.writer.isStuck };
  }

  #apply(batch: Commit): CommitResult {
    for (const check of batch.checks ?? []) this.#record(check);
    const opened = batch.openIncident === undefined ? null : openIncident(this.db, batch.openIncident);
    if (batch.updateIncident !== undefined) updateIncident(this.db, batch.updateIncident);
    const close = batch.closeIncident;
    const closedIncident = close !== undefined && closeIncident(this.db, close);
    const incidentOf = (id: number | null | "opened" | undefined) => id === "opened" ? opened : id ?? null;
    const notificationIds = (batch.notifications ?? []).map((notification) =>
      insertNotification(this.db, notification, incidentOf(notification.incidentId))
    );
    for (const decision of batch.decisions ?? []) {
      insertDecision(this.db, decision, incidentOf(decision.incidentId));
    }
    for (const { key, value } of batch.states ?? []) writeState(this.db, key, value);
    return { incidentId: opened, closedIncident, notificationIds, onDisk: true };
  }

  #record(given: Check): void {
    const series = this.series.findOrInsert(given.monitorId);
    const before = this.#lastOf(series, given);
    const wanted = before === null ? given.at : instantAfter(before.at, given.at);
    const at = insertCheck(this.db, series, { ...given, at: wanted });
    const check = at === given.at ? given : { ...given, at };
    this.ledger.add(series, check, before, this.#gaps.list());
    this.#last.set(series, check);
    this.#newestAt = Math.max(this.#newestAt, Math.min(at, this.clock.now()));
  }

  /** The newest check, unless it is more than a day ahead of the given one: then it was the clock that was wrong at that time. */
  #lastOf(series: number, given: Check): Check | null {
    const known = this.#last.get(series);
    if (known !== undefined && known.at <= given.at + AHEAD_MS) return known;
    return this.checks.newestBefore(series, given.monitorId, given.at + AHEAD_MS);
  }

  noteGap(gap: Gap): void {
    this.writer.accept(() => this.#gaps.insert(gap));
  }

  cutGaps(at: number): void {
    this.writer.accept(() => this.#gaps.cut(at));
  }

  gaps(fromAt: number): Promise<Gap[]> {
    this.writer.settle();
    return Promise.resolve(this.#gaps.list().filter((gap) => gap.untilAt > fromAt));
  }

  async carryOver(monitorId: string, previousIds: readonly string[]): Promise<string[]> {
    this.writer.settle();
    const carried = await this.writer.submit(() => carryOver(this, monitorId, previousIds), {
      durable: true,
    });
    if (carried.length > 0) this.forget();
    return carried;
  }

  async claimIds(monitorIds: readonly string[]): Promise<void> {
    // Asked at each start, which a disk that refuses does not end for nothing.
    const renamed = renamedOf(this.db, monitorIds);
    if (renamed.length === 0) return;
    await this.writer.submit(() => forgetRenames(this.db, renamed), { durable: true });
  }

  changedElsewhere(): Promise<boolean> {
    const version = this.db.number("PRAGMA data_version");
    const changed = version !== this.#dataVersion;
    this.#dataVersion = version;
    return Promise.resolve(changed);
  }

  isAlive(withinMs: number): Promise<boolean> {
    const startedAt = this.clock.monotonic();
    try {
      this.db.get("SELECT value FROM meta LIMIT 1");
      return Promise.resolve(this.clock.monotonic() - startedAt <= withinMs);
    } catch {
      return Promise.resolve(false);
    }
  }

  health(): StoreHealth {
    const { unsaved } = this.writer;
    const trouble = this.writer.trouble ?? this.#damage() ?? this.refusal();
    const fileBytes = this.db.number("PRAGMA page_count") * this.db.number("PRAGMA page_size");
    return { ok: trouble === null, trouble, unsaved, fileBytes };
  }

  refusal(): string | null {
    const { trouble } = this.writer;
    if (trouble !== null || !this.#isGone) return trouble;
    return `The database's file is gone: what is written now is lost when Hora ends. Put ${this.db.path} back and start Hora anew`;
  }

  /** A damaged page somewhere is trouble, but no reason to refuse what is written elsewhere. */
  #damage(): string | null {
    const { damage, path } = this.db;
    return damage === null ? null : troubleOf(new Error(damage), path);
  }

  /** One at a time: whoever asks while it goes on waits for that one. */
  upkeep(plan: UpkeepPlan, signal: AbortSignal): Promise<UpkeepReport> {
    return this.#keeping ??= runUpkeep(this, plan, AbortSignal.any([signal, this.#stop.signal]))
      .finally(() => this.#keeping = null);
  }

  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  async #close(): Promise<void> {
    this.#stop.abort();
    await this.#beat;
    if (this.isExclusive && !this.writer.isStuck) {
      void this.writer.submit(() => this.#noteAlive(), { durable: true });
    }
    await this.writer.close();
    await this.checkpoints?.close();
    this.db.close();
    this.lock?.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #isInPlace(): boolean {
    return this.#inode === null || inodeOf(this.db.path) === this.#inode;
  }

  #noteAlive(): void {
    writeMeta(this.db, "alive_at", String(this.clock.now()));
  }

  /** Says in the file that monitors run, and records since when they did not. A check recorded meanwhile shows that they did. */
  #beatOnce(aliveAt: number, mostMs: number): number {
    const now = this.clock.now();
    // A clock that was ahead meanwhile says nothing of the time since.
    this.#newestAt = Math.min(this.#newestAt, now);
    const fromAt = Math.max(aliveAt, this.#newestAt);
    const gap = now - fromAt > mostMs ? { fromAt, untilAt: now } : null;
    this.writer.accept(() => {
      if (gap !== null) this.#gaps.insert(gap);
      this.#noteAlive();
    });
    return now;
  }

  #noteStart(): number {
    const now = this.clock.now();
    this.#newestAt = this.checks.newestAt(now);
    this.cutGaps(now);
    return this.#beatOnce(Number(readMeta(this.db, "alive_at") ?? now), 0);
  }

  /** Keeps in the file when monitors last ran, so that the time in which they did not counts as not monitored. */
  async #stayAlive(startedAt: number): Promise<void> {
    let aliveAt = startedAt;
    while (!this.#stop.signal.aborted) {
      await this.clock.sleep(ALIVE_EVERY_MS, this.#stop.signal);
      this.#isGone = !this.#isInPlace();
      if (!this.#stop.signal.aborted) aliveAt = this.#beatOnce(aliveAt, ASLEEP_AFTER_MS);
    }
  }
}
