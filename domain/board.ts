import { type Entry, keptView, newEntry, shownStatus, type Standing, standingOf } from "./board_entry.ts";
import type { Check } from "./check.ts";
import { BoardPace } from "./board_pace.ts";
import { BoardTurns } from "./board_turns.ts";
import { type Clock, DAY, SECOND } from "./clock.ts";
import type { Config } from "./config.ts";
import { cutGap, type Gap } from "./coverage.ts";
import type { CertificateFacts } from "./outcome.ts";
import type { Kept } from "./picture.ts";
import type { Status } from "./status.ts";
import type { Announcement, CertificateRecord, DomainRecord, HourRows, Silence } from "./store.ts";
import { completed, makeSummary, namesOf, silencedUntil, type SummaryInput, visibleTo } from "./summarize.ts";
import type { MonitorGauges, MonitorView, PeerView, Summary } from "./summary.ts";
import type { SumsTable } from "./sums_table.ts";
import { Topology } from "./topology.ts";
import { maySee, maySeeDetail, type Viewer } from "./viewer.ts";
import { type GaugesInput, gaugesOf, type Shown, viewOf } from "./view_of.ts";

export type { Standing } from "./board_entry.ts";

/** What the board is rebuilt from at start: aggregates and newest checks, never raw checks. */
export interface BoardStart {
  readonly days: ReadonlyMap<string, SumsTable>;
  readonly hours: ReadonlyMap<string, HourRows>;
  readonly newest: ReadonlyMap<string, Check>;
  readonly gaps: readonly Gap[];
  readonly standings: ReadonlyMap<string, Standing>;
  readonly certificates: readonly CertificateRecord[];
  readonly domains: readonly DomainRecord[];
  readonly silences: readonly Silence[];
  readonly announcements: readonly Announcement[];
}

/**
 * The whole current picture in memory. Promises: taking in a check costs the same whatever the history; a summary is made at most once a
 * second and viewer unless a status or something said by an operator changed; nothing in a summary is what its viewer may not see.
 */
export class Board {
  #config: Config;
  readonly #clock: Clock;
  #entries = new Map<string, Entry>();
  #topology: Topology;
  #daysNeeded = 1;
  #silences: readonly Silence[] = [];
  #announcements: readonly Announcement[] = [];
  #gaps: readonly Gap[] = [];
  readonly #certificates = new Map<string, CertificateFacts>();
  readonly #domains = new Map<string, number>();
  #peers: () => readonly PeerView[] = () => [];
  #trouble: string | null = null;
  readonly #pace: BoardPace;
  #settledAt = -Infinity;
  readonly #turns = new BoardTurns();
  readonly #made = new Map<string, { readonly summary: Summary; readonly madeAt: number }>();
  /** Views with what a viewer's rights add, by the view that was added to. */
  readonly #completed = new WeakMap<MonitorView, MonitorView>();

  constructor(config: Config, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
    this.#pace = new BoardPace(clock);
    this.#topology = new Topology(config.monitors);
    this.reconfigure(config);
  }

  /** Takes over what the store kept; once, before the first check. */
  load(start: BoardStart): void {
    const now = this.#clock.now();
    this.#gaps = start.gaps;
    for (const [id, entry] of this.#entries) {
      const newest = start.newest.get(id) ?? null;
      this.#fill(
        entry,
        { days: start.days.get(id) ?? null, hours: start.hours.get(id) ?? null, newest },
        now,
      );
      entry.standing = start.standings.get(id) ?? standingOf(newest);
    }
    for (const record of start.certificates) this.#keepCertificate(record);
    for (const record of start.domains) this.#keepDomain(record);
    this.#silences = start.silences;
    this.#announcements = start.announcements;
    this.#move();
  }

  /** After `reconfigure`: what the store kept of a monitor that is new here, before its first check. */
  loadOne(id: string, kept: Omit<Kept, "gaps">, standing: Standing | null): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#fill(entry, kept, this.#clock.now());
    entry.standing = standing ?? standingOf(kept.newest);
    this.#move(entry.monitor.public);
  }

  /** After `reconfigure`: days that nobody needed before. */
  loadOlder(days: ReadonlyMap<string, SumsTable>): void {
    for (const [id, table] of days) {
      const entry = this.#entries.get(id);
      if (entry === undefined) continue;
      entry.picture.loadOlder(table);
      entry.changes += 1;
    }
    this.#move();
  }

  has(id: string): boolean {
    return this.#entries.has(id);
  }

  #fill(entry: Entry, kept: Omit<Kept, "gaps">, now: number): void {
    entry.picture.load({ ...kept, gaps: this.#gaps }, now);
    entry.changes += 1;
  }

  /** How far back day sums are needed: the bar, or the longest objective's window. */
  firstDayAt(now: number): number {
    return Math.floor(now / DAY) * DAY - (this.#daysNeeded - 1) * DAY;
  }

  /** Takes a check in. Checks of series that no monitor has are ignored. */
  apply(check: Check, standing: Standing): void {
    const entry = this.#entries.get(check.monitorId);
    if (entry === undefined) return;
    const turned = entry.standing?.status !== standing.status ||
      entry.standing?.incidentId !== standing.incidentId;
    entry.picture.add(check);
    entry.standing = standing;
    entry.changes += 1;
    entry.turnsAt = 0;
    if (turned) this.#move(entry.monitor.public);
    else this.#pace.soil(entry.monitor.public);
  }

  /** Nothing is observed in this stretch; one that goes on has no end yet and is noted again, with the same start, when it ended. */
  noteGap(gap: Gap): void {
    this.#setGaps([...this.#gaps.filter(({ fromAt }) => fromAt !== gap.fromAt), gap]);
  }

  /** The clock was set back to `at`: whatever comes after that may be observed yet. */
  cutGaps(at: number): void {
    this.#setGaps(this.#gaps.flatMap((gap) => cutGap(gap, at) ?? []));
  }

  #setGaps(gaps: readonly Gap[]): void {
    this.#gaps = gaps;
    for (const entry of this.#entries.values()) entry.picture.gaps = gaps;
    this.#pace.soil(true);
  }

  /** Shows at once what was taken in last, for callers that were just told that it is accepted. */
  settle(): void {
    const news = this.#pace.news;
    if (news !== null) this.#move(news === "open");
  }

  /** The config was replaced; what is known of monitors that stay is kept. */
  reconfigure(config: Config): void {
    const before = this.#entries;
    this.#config = config;
    this.#topology = new Topology(config.monitors);
    this.#daysNeeded = daysNeeded(config);
    this.#entries = new Map(config.monitors.map((monitor, index) => {
      const entry = before.get(monitor.id) ?? newEntry(monitor, index);
      entry.monitor = monitor;
      entry.picture.gaps = this.#gaps;
      entry.views.clear();
      entry.turnsAt = 0;
      return [monitor.id, entry];
    }));
    this.#move();
  }

  setSilences(silences: readonly Silence[]): void {
    this.#silences = silences;
    this.#move(false);
  }
  setAnnouncements(announcements: readonly Announcement[]): void {
    // Read together with silences, whose changes are nobody else's business.
    const isNew = JSON.stringify(announcements) !== JSON.stringify(this.#announcements);
    this.#announcements = announcements;
    this.#move(isNew);
  }
  setCertificate(record: CertificateRecord): void {
    if (this.#keepCertificate(record)) this.#move(this.#isOpen(record.monitorId));
  }
  setDomain(record: DomainRecord): void {
    if (!this.#keepDomain(record)) return;
    this.#move(this.#config.monitors.some((one) => one.domainExpiry === record.domain && one.public));
  }
  /** Where the state of other nodes is read from. */
  setPeers(read: () => readonly PeerView[]): void {
    this.#peers = read;
    this.#move();
  }
  /** A peer was heard or missed. */
  peersChanged(): void {
    this.#pace.soil(this.#config.page.showPeers);
  }
  /** An incident was written to although no check came: its cause, what peers see. */
  incidentChanged(monitorId: string): void {
    this.#move(this.#isOpen(monitorId));
  }
  /** Another process wrote to what is kept; does anybody see what it wrote? */
  changedElsewhere(isOpen: boolean): void {
    this.#move(isOpen);
  }
  /** Says that the data may be old, and why, which only the operator reads; null: all is well again. */
  setTrouble(trouble: string | null): void {
    if (trouble === this.#trouble) return;
    const isOpen = (trouble === null) !== (this.#trouble === null);
    this.#trouble = trouble;
    this.#move(isOpen);
  }

  /** The newest check of a monitor; null: none yet, or no such monitor. */
  newestOf(id: string): Check | null {
    return this.#entries.get(id)?.picture.newest ?? null;
  }

  /** What is shown as the status of a monitor now. */
  statusOf(id: string): Status {
    const entry = this.#entries.get(id);
    return entry === undefined ? "unknown" : shownStatus(entry, this.#clock.now());
  }

  /** Moves whenever anything that a summary shows may have changed; for mere new checks at most once a second. */
  get version(): number {
    const now = this.#clock.monotonic();
    const due = this.#pace.due(now);
    if (due !== null) this.#advance(due === "open");
    if (now - this.#settledAt >= SECOND) {
      this.#settledAt = now;
      this.#turn(this.#clock.now());
    }
    return this.#pace.version;
  }

  /** Moves with the version when what changed may not wait: a status, a word of an operator. Mere new checks leave it. */
  get turns(): number {
    return this.version && this.#pace.turns;
  }

  /** The same for what anybody may see. */
  get openTurns(): number {
    return this.version && this.#pace.openTurns;
  }

  /** The same for what anybody may see: stands still while only private things change. */
  get openVersion(): number {
    return this.version && this.#pace.openVersion;
  }

  /** The picture for one viewer: the same object until the version moves or a second passes, since the newest checks speak on. */
  summary(viewer: Viewer): Summary {
    const version = viewer.kind === "anonymous" ? this.openVersion : this.version;
    const key = viewer.kind === "group" ? `group ${viewer.group}` : viewer.kind;
    const known = this.#made.get(key);
    const madeAt = this.#clock.monotonic();
    if (known?.summary.version === version && madeAt - known.madeAt < SECOND) return known.summary;
    const now = this.#clock.now();
    const summary = makeSummary(this.#summaryInput(viewer, version, now));
    this.#turns.shown(now, {
      config: this.#config,
      announcements: this.#announcements,
      silences: this.#silences,
    });
    this.#made.set(key, { summary, madeAt });
    return summary;
  }

  /**
   * The monitors of a summary, each brought up to now as it is taken: after them a large fleet's summary has hardly anything left to make,
   * and whoever takes them may pause between.
   */
  *views(viewer: Viewer): Generator<MonitorView> {
    const input = this.#summaryInput(viewer, this.version, this.#clock.now());
    const names = namesOf(input);
    for (const monitor of visibleTo(input)) {
      // It may be gone since the last pause.
      if (!this.#entries.has(monitor.id)) continue;
      const now = this.#clock.now();
      const { view } = this.#show(monitor.id, maySeeDetail(viewer, monitor), now);
      yield completed({ ...input, now }, view, names);
    }
  }

  #summaryInput(viewer: Viewer, version: number, now: number): SummaryInput {
    return {
      viewer,
      now,
      version,
      config: this.#config,
      topology: this.#topology,
      trouble: this.#trouble,
      announcements: this.#announcements,
      silences: this.#silences,
      peers: this.#peers(),
      completed: this.#completed,
      statusOf: (id) => this.statusOf(id),
      show: (monitor, detail) => this.#show(monitor.id, detail, now),
    };
  }

  /** What the viewer may see, in figures, made one by one as they are taken, so that a large fleet need not be pictured in one go. */
  *gauges(viewer: Viewer): Generator<MonitorGauges> {
    const entries = [...this.#entries.values()].filter(({ monitor }) => maySee(viewer, monitor));
    const isOperator = viewer.kind === "operator";
    for (const entry of entries) {
      const now = this.#clock.now();
      const silencedUntilAt = isOperator
        ? silencedUntil({ silences: this.#silences, now }, entry.monitor.id)
        : null;
      yield { ...gaugesOf(this.#input(entry, now)), silencedUntilAt };
    }
  }

  /** The other nodes, for those who may see them. */
  peersFor(viewer: Viewer): readonly PeerView[] {
    return viewer.kind === "operator" || this.#config.page.showPeers ? this.#peers() : [];
  }

  /** Brings a monitor's figures up to now. */
  #input(entry: Entry, now: number): GaugesInput {
    entry.picture.coverUntil(now);
    entry.picture.roll(now, this.firstDayAt(now));
    return {
      monitor: entry.monitor,
      picture: entry.picture,
      standing: entry.standing,
      status: shownStatus(entry, now),
      now,
      config: this.#config,
      certificate: this.#certificates.get(entry.monitor.id) ?? null,
      domainExpiresAt: this.#domains.get(entry.monitor.domainExpiry ?? "") ?? null,
    };
  }

  #show(id: string, detail: boolean, now: number): Shown {
    const entry = this.#entries.get(id)!;
    return keptView(entry, detail, now, () => viewOf({ ...this.#input(entry, now), detail }));
  }

  #keepCertificate(record: CertificateRecord): boolean {
    if (record.facts === null) return false;
    this.#certificates.set(record.monitorId, record.facts);
    this.#touch(record.monitorId);
    return true;
  }

  #keepDomain(record: DomainRecord): boolean {
    if (record.expiresAt === null) return false;
    this.#domains.set(record.domain, record.expiresAt);
    for (const entry of this.#entries.values()) {
      if (entry.monitor.domainExpiry === record.domain) entry.changes += 1;
    }
    return true;
  }

  #touch(id: string): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined) entry.changes += 1;
  }

  /** What changed may not wait. */
  #move(isOpen = true): void {
    this.#pace.turn(isOpen);
    this.#advance(isOpen);
  }

  #advance(isOpen: boolean): void {
    this.#pace.move(isOpen);
    for (const key of this.#made.keys()) if (isOpen || key !== "anonymous") this.#made.delete(key);
  }

  #isOpen(monitorId: string): boolean {
    return this.#entries.get(monitorId)?.monitor.public ?? false;
  }

  /** Time alone may have changed what is shown. */
  #turn(now: number): void {
    const { isGeneral, isSilence } = this.#turns.take(now);
    let isOpen = isGeneral;
    let turned = isGeneral || isSilence;
    if (turned) { for (const entry of this.#entries.values()) entry.changes += 1; }
    for (const entry of this.#entries.values()) {
      if (entry.turnsAt === 0 || now < entry.turnsAt) continue;
      entry.changes += 1;
      entry.turnsAt = Infinity;
      turned = true;
      isOpen ||= entry.monitor.public;
    }
    if (turned) this.#move(isOpen);
  }
}

/** Asked for each monitor that is shown, so it is worked out once per config. */
function daysNeeded({ monitors, page }: Config): number {
  return monitors.reduce(
    (most, { sloUptimePercent, sloWindowDays }) =>
      sloUptimePercent === null ? most : Math.max(most, sloWindowDays + 1),
    page.historyDays,
  );
}
