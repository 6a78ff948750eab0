import type { Check, Counts, Coverage } from "./check.ts";
import type { AlertEvent } from "./event.ts";
import type { Gap } from "./coverage.ts";
import type { BucketCounts, Histogram } from "./histogram.ts";
import type { Incident, IncidentReason, Mention } from "./incident.ts";
import type { CertificateFacts } from "./outcome.ts";
import type { Severity } from "./config.ts";
import type { Slices } from "./slices.ts";
import type { CheckStatus } from "./status.ts";
import type { SumsTable } from "./sums_table.ts";

/**
 * What Hora keeps, as small asynchronous repositories. SQLite is the embedded implementation (`store/`); nothing above it may assume
 * SQLite, synchronous answers or a single writer. Every instant is Unix ms. Lists are in the order stated, always deterministic.
 *
 * Promises: whatever `commit` resolved for with `durable: true` survives a power cut as far as the disk does; everything else is on disk
 * within a second. A commit is atomic: all of it or nothing.
 */
export interface Store {
  commit(batch: Commit): Promise<CommitResult>;
  readonly checks: CheckReader;
  readonly aggregates: AggregateReader;
  readonly states: StateStore;
  readonly incidents: IncidentStore;
  readonly outbox: OutboxStore;
  readonly decisions: DecisionStore;
  readonly silences: SilenceStore;
  readonly announcements: AnnouncementStore;
  readonly certificates: CertificateStore;
  readonly domains: DomainStore;
  readonly meta: MetaStore;
  /** Stretches since `fromAt` in which Hora was not running or asleep, oldest first; for `openTail` and for pages. */
  gaps(fromAt: number): Promise<Gap[]>;
  /** Nothing was observed in this stretch although Hora ran (its network was gone, the machine slept): it counts as not monitored. */
  noteGap(gap: Gap): void;
  /** The clock was set back to `at`: whatever comes after that may be observed yet. */
  cutGaps(at: number): void;
  /**
   * Carries the history of earlier ids, and all else that is kept of them, over to a monitor's present id, once and in one transaction; call
   * it before the monitor's first check and before anybody reads what is kept. Returns the earlier ids that were carried over now; an id
   * whose checks overlap in time with the present one's stays where it is, which is logged.
   */
  carryOver(monitorId: string, previousIds: readonly string[]): Promise<string[]>;
  /** These ids are monitors' own now, whatever they were earlier ids of: what comes in under them is not another monitor's any more. */
  claimIds(monitorIds: readonly string[]): Promise<void>;
  /** Has another process (a `hora silence` beside the daemon) written to the file since the last call? Cheap; poll it. */
  changedElsewhere(): Promise<boolean>;
  /** A trivial query with a deadline; false when the store does not answer in `withinMs`. */
  isAlive(withinMs: number): Promise<boolean>;
  health(): StoreHealth;
  /** Why what is accepted now does not reach the disk; null: it does. Asked at each heartbeat, so it reads nothing. */
  refusal(): string | null;
  /**
   * Upkeep in short slices with rests between: seal, roll up, prune, orphans. Idempotent, resumable, ends early when `signal` aborts. While
   * one goes on, another call gets that one's report, and its own plan and signal count for nothing.
   */
  upkeep(plan: UpkeepPlan, signal: AbortSignal): Promise<UpkeepReport>;
  close(): Promise<void>;
}

export interface IncidentEnd {
  readonly id: number;
  readonly endedAt: number;
  /** As in `Incident`; absent: no. */
  readonly unwatched?: boolean;
}

/** One atomic write. Parts that refer to the incident opened in the same commit say `incidentId: "opened"`. */
export interface Commit {
  readonly checks?: readonly Check[];
  readonly openIncident?: NewIncident;
  readonly updateIncident?: IncidentUpdate;
  /** Closes only if it is still open; `closedIncident` in the result says whether this call did it. */
  readonly closeIncident?: IncidentEnd;
  readonly notifications?: readonly NewNotification[];
  readonly decisions?: readonly NewDecision[];
  /** Opaque JSON per key (`null` deletes): alert machines, grouping, flags. */
  readonly states?: readonly KeptState[];
  /** True: resolve only when it is on disk. False: resolve when accepted in memory, on disk within a second. */
  readonly durable: boolean;
}

export interface KeptState {
  readonly key: string;
  readonly value: unknown;
}

export interface CommitResult {
  readonly incidentId: number | null;
  readonly closedIncident: boolean;
  readonly notificationIds: readonly number[];
  /** False: the disk refuses; what was committed is kept in memory and readable, but must not be acknowledged to a client. */
  readonly onDisk: boolean;
}

export interface NewIncident extends
  Pick<
    Incident,
    | "monitorId"
    | "startedAt"
    | "confirmedAt"
    | "reason"
    | "category"
    | "code"
    | "cause"
    | "impacted"
    | "snapshot"
  > {
  readonly planned: boolean;
  /** True: not everybody may know of it, so its number must not tell how many there are. */
  readonly isHidden?: boolean;
}

/** Absent keys stay as they are. */
export interface IncidentUpdate {
  readonly id: number;
  readonly at: number;
  readonly addReason?: IncidentReason;
  readonly vantage?: string;
  readonly cause?: Mention | null;
  readonly impacted?: readonly Mention[];
  readonly snapshot?: string;
}

/** Readers see one stream of checks whichever tier holds them. One that is more than a day ahead of the clock is nobody's newest, unless all are. */
export interface CheckReader {
  /** Newest check of every series that has any. */
  lastOfEach(): Promise<Map<string, Check>>;
  /** The newest `limit` checks, newest first. */
  newest(monitorId: string, limit: number): Promise<Check[]>;
  /** Newest check that was up or degraded. */
  lastPositive(monitorId: string): Promise<Check | null>;
  /** The run of checks of one status with which a series ends in `fromAt ≤ at < untilAt`, read backwards as far as that run goes. */
  lastRun(monitorId: string, status: CheckStatus, fromAt: number, untilAt: number): Promise<LastRun>;
  /** Oldest first, `fromAt ≤ at < untilAt`. Streams, so that a year does not stand in memory. */
  stream(monitorId: string, fromAt: number, untilAt: number): AsyncIterable<Check>;
  /**
   * Mean latency per bucket of `bucketMs` (anchored at the epoch), oldest first, empty buckets left out; `at` is the time of the first
   * check in the bucket. Only checks that were up or degraded count. Falls back to hour aggregates where raw checks are gone.
   */
  latencySeries(
    monitorId: string,
    fromAt: number,
    untilAt: number,
    bucketMs: number,
  ): Promise<LatencyPoint[]>;
}

/** Instants in Unix ms. */
export interface LastRun {
  /** The last check of another status; null: none there. */
  readonly otherAt: number | null;
  /** The first check after that, or of all; null: none there. */
  readonly runAt: number | null;
}

export interface LatencyPoint {
  readonly at: number;
  readonly meanMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly count: number;
}

/** One hour's or one UTC day's sums of one series. */
export interface Aggregate {
  readonly monitorId: string;
  readonly startAt: number;
  readonly counts: Counts;
  readonly coverage: Coverage;
  /** Latencies of checks that were up or degraded. */
  readonly latency: Histogram;
  readonly latencySumMs: number;
}

/** The hours of one series, oldest first. */
export interface HourRows {
  readonly count: number;
  /** A row of `domain/stretch_row.ts` for each, and room for more; whoever gets them may write to them. */
  readonly rows: Float64Array;
  /** Latencies of checks that were up or degraded, for each. */
  readonly latencies: KeptLatencies;
  /** All of these latencies together; whoever gets them may add to them. */
  readonly total: BucketCounts;
}

/** Histograms that are read when somebody looks at one. */
export interface KeptLatencies {
  at(index: number): Histogram;
}

export interface AggregateReader {
  /** Ordered by series, then time; `fromAt ≤ startAt < untilAt`. Without `monitorId`: all series. */
  list(
    query: { grain: "hour" | "day"; fromAt: number; untilAt: number; monitorId?: string },
  ): Promise<Aggregate[]>;
  /**
   * The UTC days of every series that begin in `[fromAt, untilAt)`, without their latencies; units are days since 1970. Pauses as `slices`
   * say.
   */
  days(fromAt: number, untilAt: number, slices?: Slices): Promise<Map<string, SumsTable>>;
  /** The UTC hours of every series that begin in `[fromAt, untilAt)`. */
  hours(fromAt: number, untilAt: number, slices?: Slices): Promise<Map<string, HourRows>>;
}

export interface StateStore {
  /** All kept values whose key begins with `prefix`. */
  load(prefix: string): Promise<Map<string, unknown>>;
}

export interface IncidentStore {
  find(id: number): Promise<Incident | null>;
  /** All that have not ended, oldest first. */
  listOpen(): Promise<Incident[]>;
  /** Newest start first, then highest id. Filters are applied in the query, before `limit` and `before`. */
  list(query: IncidentQuery): Promise<Incident[]>;
  count(query: Omit<IncidentQuery, "limit" | "before">): Promise<number>;
  /** Sets or (empty text) clears the note; false when there is no such incident. */
  annotate(id: number, note: string, now: number): Promise<boolean>;
  /** All notes about incidents of these series as one text, which differs when one of them does. */
  notesOf(monitorIds: readonly string[]): Promise<string>;
}

export interface IncidentQuery {
  /** Only these series; absent: all. */
  readonly monitorIds?: readonly string[];
  /** Overlapping `[fromAt, untilAt)`; open ones last for ever. */
  readonly fromAt?: number;
  readonly untilAt?: number;
  readonly open?: boolean;
  /** Page cursor: only incidents after this one in list order. */
  readonly before?: { readonly startedAt: number; readonly id: number };
  readonly limit: number;
}

export type NotificationStatus = "held" | "pending" | "sent" | "failed" | "dropped";

/** One message for one channel. */
export interface Notification {
  readonly id: number;
  readonly channel: string;
  readonly event: AlertEvent;
  readonly monitorId: string | null;
  readonly incidentId: number | null;
  readonly status: NotificationStatus;
  readonly createdAt: number;
  /** Not before this instant: a grouping window, or the next try. */
  readonly dueAt: number;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly endedAt: number | null;
}

export interface NewNotification {
  readonly channel: string;
  readonly event: AlertEvent;
  readonly monitorId: string | null;
  readonly incidentId: number | null | "opened";
  readonly status: "held" | "pending";
  readonly createdAt: number;
  readonly dueAt: number;
}

export interface OutboxStore {
  /** Unfinished ones (held, pending), oldest first. */
  listUnfinished(): Promise<Notification[]>;
  update(
    id: number,
    change: {
      readonly status: NotificationStatus;
      readonly at: number;
      readonly dueAt?: number;
      readonly attempts?: number;
      readonly error?: string | null;
      readonly event?: AlertEvent;
    },
  ): Promise<void>;
  /** Newest first. */
  list(
    query: { monitorId?: string; incidentId?: number; fromAt?: number; untilAt?: number; limit: number },
  ): Promise<Notification[]>;
}

/** Why somebody was told, or not: one link of the chain. */
export interface NewDecision {
  readonly at: number;
  readonly monitorId: string;
  /** A closed set kept in `alerts/`; free here. */
  readonly kind: string;
  /** A plain sentence. */
  readonly text: string;
  readonly incidentId?: number | null | "opened";
}

export interface Decision extends NewDecision {
  readonly id: number;
  readonly incidentId: number | null;
}

export interface DecisionStore {
  /** The newest `limit` of them, oldest first. */
  list(query: { monitorId?: string; fromAt?: number; untilAt?: number; limit: number }): Promise<Decision[]>;
}

export interface Silence {
  readonly id: number;
  /** A monitor's id, a peer's listen id, or `*` for everything. */
  readonly target: string;
  readonly untilAt: number;
  readonly reason: string | null;
  readonly createdAt: number;
}

export interface SilenceStore {
  listActive(now: number): Promise<Silence[]>;
  /** All targets in one transaction; durable. */
  insert(targets: readonly string[], untilAt: number, reason: string | null, now: number): Promise<Silence[]>;
  /** Deletes those named (absent: all) and returns how many of them were still active. */
  delete(which: { id?: number; targets?: readonly string[] }, now: number): Promise<number>;
}

export interface Announcement {
  readonly id: number;
  readonly title: string;
  readonly body: string;
  readonly severity: Severity;
  readonly untilAt: number | null;
  readonly createdAt: number;
}

export interface AnnouncementStore {
  /** Newest first, then highest id. */
  listActive(now: number): Promise<Announcement[]>;
  insert(announcement: Omit<Announcement, "id">): Promise<Announcement>;
  /** Deletes one (absent: all) and returns how many of them were still pinned. */
  delete(which: { id?: number }, now: number): Promise<number>;
}

export interface CertificateRecord {
  readonly monitorId: string;
  /** Null: never read yet. */
  readonly facts: CertificateFacts | null;
  readonly checkedAt: number;
  /** Why the newest look failed; null when it did not. */
  readonly error: string | null;
}

export interface CertificateStore {
  list(): Promise<CertificateRecord[]>;
  upsert(record: CertificateRecord): Promise<void>;
}

export interface DomainRecord {
  readonly domain: string;
  /** Last known expiry, kept when a later look-up fails; null: never known. */
  readonly expiresAt: number | null;
  readonly checkedAt: number;
  readonly error: string | null;
}

export interface DomainStore {
  list(): Promise<DomainRecord[]>;
  upsert(record: DomainRecord): Promise<void>;
}

export interface MetaStore {
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<void>;
}

export interface StoreHealth {
  readonly ok: boolean;
  /** What is wrong and what to do; null when nothing is. */
  readonly trouble: string | null;
  /** Checks accepted but not yet on disk. */
  readonly unsaved: number;
  readonly fileBytes: number;
}

export interface UpkeepPlan {
  readonly now: number;
  /** Raw retention per series, in days. Series not named here are orphans. */
  readonly retentionDays: ReadonlyMap<string, number>;
  readonly hourlyDays: number;
  readonly dailyDays: number;
  readonly incidentsDays: number;
  readonly orphansDays: number;
}

export interface UpkeepReport {
  readonly sealedChecks: number;
  readonly prunedChecks: number;
  readonly longestSliceMs: number;
  readonly finished: boolean;
}
