import { setImmediate } from "node:timers";
import { getLogger } from "@logtape/logtape";
import { type Clock, SECOND } from "../../domain/clock.ts";
import { AppError, messageOf } from "../../domain/errors.ts";
import { type Database, isDamage, isLocked } from "./database.ts";
import { isDiskTrouble, troubleOf, tryRoom } from "./trouble.ts";

/** Something to write, in the order of arrival. `run` may be called again when the disk refused the first time. */
interface Entry {
  readonly run: () => unknown;
  readonly durable: boolean;
  /** How many checks it holds, for the bound and for `unsaved`. */
  readonly checks: number;
  /** It holds checks and kept states alone. */
  readonly isMere: boolean;
  /** Somebody waits who may ask again: it is not kept in memory for a disk that refuses. */
  readonly isRequest: boolean;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** What the writer needs of the rest of the store. */
export interface WriterHooks {
  /** Called inside the transaction, before COMMIT. */
  beforeCommit(): void;
  /** A transaction that did not wait for the disk was committed; its COMMIT took so long, and ended at `now` on the monotonic clock. */
  committed(tookMs: number, now: number): void;
  /** A transaction was rolled back, or another process may have written: forget what was remembered. */
  forget(): void;
}

const nobodyWaits = () => {};

const FLUSH_AFTER_MS = SECOND / 2;
const RETRY_AFTER_MS = 5 * SECOND;
/** The same after a lock, which costs nothing to ask for. */
const RETRY_LOCK_AFTER_MS = SECOND / 2;
/** Somebody else's lock is asked for so often, each time for a moment, since nothing else goes on meanwhile. */
const LOOK_AT_LOCK_MS = 100;
const WAIT_FOR_LOCK_MS = 10;
/** A lock that is held longer than that is trouble. */
const LOCK_PATIENCE_MS = 2 * SECOND;
/** The same when the process ends and there is no later. */
const LAST_WAIT_FOR_LOCK_MS = 500;
const CHECKS_A_TRANSACTION = 500;
/** Accepted checks that may wait for a disk that refuses; beyond that new checks are counted as lost. */
const MOST_UNSAVED = 250_000;

/**
 * The only one who writes. Promises, in order of weight:
 *
 * 1. What it resolved for with `durable` is on disk, unless `isStuck` said otherwise at that moment.
 * 2. Entries reach the disk in the order in which they came, each whole or not at all.
 * 3. Everything else is on disk within a second; waiting entries share one transaction.
 * 4. When the disk refuses, entries are kept in memory and readable through an open transaction that is committed when there is room again.
 * 5. While another process holds the lock, entries wait for it, and nothing else does; if it goes on, that is trouble as in 4, but unreadable.
 */
export class Writer {
  #queue: Entry[] = [];
  #waitingChecks = 0;
  #lostChecks = 0;
  #lastDrop = "";
  #flushPlanned = false;
  #trouble: string | null = null;
  /** The trouble is another process's lock. */
  #isLockedOut = false;
  #isHolding = false;
  #isClosing = false;
  readonly #stop = new AbortController();
  #sleep: Promise<void> | null = null;
  #retryBeat: Promise<void> | null = null;
  /** Since when another process holds the lock, on the monotonic clock; null: nobody does. */
  #lockedSince: number | null = null;
  #lockBeat: Promise<void> | null = null;
  readonly #log = getLogger(["hora", "store"]);

  constructor(
    readonly db: Database,
    readonly clock: Clock,
    readonly hooks: WriterHooks,
    readonly isAlone: boolean,
    readonly mostUnsaved = MOST_UNSAVED,
  ) {
    // A command may wait for its lock; a process in which everything else goes on may not.
    if (isAlone) db.waitForLocks(WAIT_FOR_LOCK_MS);
  }

  get trouble(): string | null {
    if (this.#trouble === null || this.#lostChecks === 0) return this.#trouble;
    return `${this.#trouble}; ${this.#lostChecks} checks could no longer be kept in memory`;
  }
  get isStuck(): boolean {
    return this.#trouble !== null;
  }
  get unsaved(): number {
    return this.#waitingChecks;
  }

  /** Queues `run` and answers with what it returned once its transaction is done. */
  submit<T>(run: () => T, options: { durable: boolean; checks?: number; isRequest?: boolean }): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const entry: Entry = {
        run,
        durable: options.durable,
        checks: options.checks ?? 0,
        isMere: false,
        isRequest: options.isRequest ?? false,
        resolve: resolve as (value: unknown) => void,
        reject,
      };
      if (this.#stop.signal.aborted) reject(new Error("the store is closed"));
      else if (this.#isFull(entry)) reject(new AppError("unavailable", this.trouble!));
      else this.#accept(entry, true);
    });
  }

  /** Queues what nobody waits for; `isMere`: checks and kept states alone. */
  accept(
    run: () => unknown,
    { checks = 0, isMere = false }: { checks?: number; isMere?: boolean } = {},
  ): void {
    const entry: Entry = {
      run,
      durable: false,
      checks,
      isMere,
      isRequest: false,
      resolve: nobodyWaits,
      reject: this.#dropped,
    };
    if (this.#isFull(entry)) this.#lostChecks += checks;
    else this.#accept(entry, this.#waitingChecks >= CHECKS_A_TRANSACTION);
  }

  /** An operator's request: refused when the disk refuses, so that nothing is acknowledged that may be lost. */
  request<T>(run: () => T): Promise<T> {
    return this.submit(run, { durable: true, isRequest: true });
  }

  #isFull(entry: Entry): boolean {
    return entry.checks > 0 && this.#trouble !== null && this.#waitingChecks >= this.mostUnsaved;
  }

  /** Told once for as long as it goes on for the same reason; those that are left at the end are told together. */
  readonly #dropped = (error: unknown): void => {
    const message = messageOf(error);
    if (this.#stop.signal.aborted || message === this.#lastDrop) return;
    this.#lastDrop = message;
    this.#log.error("A check could not be stored: {error}", { error: message });
  };

  #accept(entry: Entry, soon: boolean): void {
    this.#queue.push(entry);
    this.#waitingChecks += entry.checks;
    if (this.#trouble !== null) this.#runHeld(entry);
    else if (soon) this.#flushSoon();
    else this.#sleep ??= this.#flushLater();
  }

  #flushSoon(): void {
    if (this.#flushPlanned) return;
    this.#flushPlanned = true;
    setImmediate(() => {
      this.#flushPlanned = false;
      if (!this.#stop.signal.aborted) this.settle(CHECKS_A_TRANSACTION);
      if (this.#queue.length > 0 && this.#mayWrite()) this.#flushSoon();
    });
  }

  async #flushLater(): Promise<void> {
    await this.clock.sleep(FLUSH_AFTER_MS, this.#stop.signal);
    this.#sleep = null;
    if (!this.#stop.signal.aborted) this.#flushSoon();
  }

  /** Writes what is waiting, at most about `mostChecks` checks of it, now. Never throws: trouble shows in `trouble`. */
  settle(mostChecks = Infinity): void {
    let checks = 0;
    while (this.#queue.length > 0 && checks < mostChecks && this.#mayWrite()) {
      const chunk = this.#nextChunk();
      checks += chunk.reduce((sum, entry) => sum + entry.checks, 0);
      this.#writeChunk(chunk);
    }
  }

  /** The same for readers of other things than checks and kept states: only when there is anything else among it. */
  settleOthers(): void {
    if (this.#queue.some(({ isMere }) => !isMere)) this.settle();
  }

  #mayWrite(): boolean {
    return this.#trouble === null && this.#lockedSince === null;
  }

  #nextChunk(): Entry[] {
    let checks = 0;
    let length = 0;
    while (length < this.#queue.length && checks < CHECKS_A_TRANSACTION) {
      checks += this.#queue[length++].checks;
    }
    return this.#queue.slice(0, length);
  }

  #writeChunk(chunk: readonly Entry[]): void {
    try {
      const results = this.#transact(chunk);
      this.#lockedSince = null;
      this.#done(chunk.length);
      chunk.forEach((entry, index) => entry.resolve(results[index]));
    } catch (error) {
      if (isLocked(error) && this.isAlone && !this.#isClosing) {
        this.#waitForLock(error);
        return;
      }
      this.#lockedSince = null;
      // A damaged page hurts those entries that need it; a disk that refuses hurts all.
      if (isDiskTrouble(error) && !isDamage(error)) this.#getStuck(error);
      else if (chunk.length > 1) {
        for (const entry of chunk) if (this.#mayWrite()) this.#writeChunk([entry]);
      } else {
        this.#done(1);
        chunk[0].reject(
          isDamage(error) ? new AppError("unavailable", troubleOf(error, this.db.path)) : error,
        );
      }
    }
  }

  #transact(chunk: readonly Entry[]): unknown[] {
    const isDurable = chunk.some((entry) => entry.durable);
    this.db.exec(`PRAGMA synchronous = ${isDurable ? "FULL" : "NORMAL"}`);
    if (!this.isAlone) this.hooks.forget();
    let committingAt = 0;
    try {
      const results = this.db.transaction(() => {
        const results = chunk.map((entry) => entry.run());
        this.hooks.beforeCommit();
        committingAt = this.clock.monotonic();
        return results;
      });
      const now = this.clock.monotonic();
      if (!isDurable) this.#tellCommitted(now - committingAt, now);
      return results;
    } catch (error) {
      this.hooks.forget();
      throw error;
    }
  }

  /** What is committed stays so, whatever fails here: taken for refused, its checks would be written a second time. */
  #tellCommitted(tookMs: number, now: number): void {
    try {
      this.hooks.committed(tookMs, now);
    } catch (error) {
      this.#log.error("After a commit: {error}", { error: messageOf(error) });
    }
  }

  #done(count: number): void {
    for (const entry of this.#queue.splice(0, count)) this.#waitingChecks -= entry.checks;
  }

  /** Entries stay in the queue until the lock is free, or it is clear that it will not be soon. */
  #waitForLock(error: unknown): void {
    const now = this.clock.monotonic();
    this.#lockedSince ??= now;
    if (now - this.#lockedSince >= LOCK_PATIENCE_MS) this.#getStuck(error);
    else this.#lockBeat ??= this.#lookAtLock();
  }

  async #lookAtLock(): Promise<void> {
    while (this.#lockedSince !== null && !this.#stop.signal.aborted) {
      await this.clock.sleep(LOOK_AT_LOCK_MS, this.#stop.signal);
      if (this.#lockedSince !== null && !this.#stop.signal.aborted) this.#writeChunk(this.#nextChunk());
    }
    this.#lockBeat = null;
    if (this.#queue.length > 0 && this.#mayWrite()) this.#flushSoon();
  }

  #getStuck(error: unknown): void {
    if (this.#trouble === null) {
      this.#log.error("The database refuses writes: {error}", { error: messageOf(error) });
    }
    this.#note(error);
    this.#hold();
    this.#retryBeat ??= this.#retryUntilWell();
  }

  #note(error: unknown): void {
    this.#trouble = troubleOf(error, this.db.path);
    this.#isLockedOut = isLocked(error);
    this.#lockedSince = null;
  }

  /**
   * Opens a transaction that stays open, so that everybody on this connection reads what is waiting. Not beside another process's lock:
   * were that let go at this moment, all that waits would run at once.
   */
  #hold(): void {
    try {
      if (!this.#isLockedOut) this.db.exec("BEGIN IMMEDIATE");
      this.#isHolding = !this.#isLockedOut;
    } catch {
      this.#isHolding = false;
    }
    for (const entry of [...this.#queue]) this.#runHeld(entry);
  }

  #runHeld(entry: Entry): void {
    if (!this.#isHolding || entry.isRequest) {
      if (entry.durable) this.#refuse(entry, new AppError("unavailable", this.trouble!));
      return;
    }
    try {
      this.db.exec("SAVEPOINT entry");
      const result = entry.run();
      this.hooks.beforeCommit();
      this.db.exec("RELEASE entry");
      entry.resolve(result);
    } catch (error) {
      this.hooks.forget();
      if (isDiskTrouble(error) && !isDamage(error)) {
        // Nothing can be kept in the open transaction either: checks wait in the queue, and whoever waits for the disk is told.
        this.db.rollback();
        this.#isHolding = false;
        if (entry.durable) this.#refuse(entry, new AppError("unavailable", this.trouble!));
        return;
      }
      try {
        this.db.exec("ROLLBACK TO entry; RELEASE entry");
      } catch { /* the whole transaction is gone; the next attempt starts it anew */ }
      this.#refuse(entry, error);
    }
  }

  #refuse(entry: Entry, error: unknown): void {
    this.#queue = this.#queue.filter((other) => other !== entry);
    this.#waitingChecks -= entry.checks;
    entry.reject(error);
  }

  async #retryUntilWell(): Promise<void> {
    while (this.#trouble !== null && !this.#stop.signal.aborted) {
      await this.clock.sleep(this.#isLockedOut ? RETRY_LOCK_AFTER_MS : RETRY_AFTER_MS, this.#stop.signal);
      if (!this.#stop.signal.aborted) this.retry();
    }
    this.#retryBeat = null;
  }

  /** Tries to bring what is waiting to disk, or to begin with that. True when all is well (again). */
  retry(): boolean {
    if (this.#trouble === null) return true;
    if (!this.#isLockedOut && !this.#hasRoom()) return false;
    try {
      if (this.#isHolding) {
        this.db.exec("COMMIT");
        this.#done(this.#queue.length);
      } else this.#writeFirst();
    } catch (error) {
      this.db.rollback();
      this.hooks.forget();
      this.#isHolding = false;
      this.#note(error);
      this.#hold();
      return false;
    }
    this.#isHolding = false;
    if (this.#lostChecks === 0) this.#log.info("The database takes writes again");
    else {
      this.#log.warn("The database takes writes again; {lost} checks are lost, for which there was no room", {
        lost: this.#lostChecks,
      });
    }
    this.#trouble = null;
    this.#lostChecks = 0;
    if (this.#queue.length > 0) this.#flushSoon();
    return true;
  }

  /** The rest follows in chunks: hours of checks at once would hold up everything else. */
  #writeFirst(): void {
    const chunk = this.#nextChunk();
    const results = this.#transact(chunk);
    this.#done(chunk.length);
    chunk.forEach((entry, index) => entry.resolve(results[index]));
  }

  /** Is there room for what is waiting? Asked with a file that is written and removed, because quotas do not show otherwise. */
  #hasRoom(): boolean {
    if (this.db.file === null) return true;
    return tryRoom(this.db.file, 1_000_000 + this.#waitingChecks * 400) === null;
  }

  /** Writes what is waiting and ends. Returns how many checks could not be brought to disk. */
  async close(): Promise<number> {
    this.#isClosing = true;
    this.#lockedSince = null;
    if (this.isAlone) this.db.waitForLocks(LAST_WAIT_FOR_LOCK_MS);
    this.settle();
    if (this.#trouble !== null && !this.retry() && this.#isHolding) this.db.rollback();
    this.settle();
    this.#stop.abort();
    await Promise.all([this.#sleep, this.#retryBeat, this.#lockBeat]);
    const lost = this.#waitingChecks + this.#lostChecks;
    if (lost > 0) {
      this.#log.error("{lost} checks are lost, because they could not be brought to disk: {trouble}", {
        lost,
        trouble: this.#trouble,
      });
    }
    for (const entry of this.#queue) {
      entry.reject(new AppError("unavailable", this.#trouble ?? "the store is closed"));
    }
    return lost;
  }
}
