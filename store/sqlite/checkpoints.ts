import { getLogger } from "@logtape/logtape";
import { HOUR, MINUTE, SECOND, systemClock } from "../../domain/clock.ts";
import { messageOf } from "../../domain/errors.ts";
import type { Database } from "./database.ts";

/** Pages of the write-ahead log, 4 KB each, after which a commit takes them into the file by itself. */
export const PAGES_A_CHECKPOINT = 500;
/** The same while a thread does it: only when that one does not keep up. */
const PAGES_AT_MOST = 4_000;
/** A COMMIT that waits for no disk takes a few ms at most; one that takes longer than this has most likely taken in the log. */
const HOLDS_MS = 8;
/** So many of them within a minute, and it is worth a thread, which takes some 15 MB. */
const HOLDS_A_MINUTE = 3;
/** The thread is asked so often, and sooner when there is as much to take in as a commit would. */
const EVERY_MS = SECOND;
/** A thread that has not answered by then never will. */
const PATIENCE_MS = MINUTE;
/** After a thread that failed, none is tried for so long. */
const REST_MS = HOUR;
/** A thread that does not end by then is left to the end of the process. */
const END_MS = 2 * SECOND;

/** What the thread runs, given as text so that one bundle or executable holds all of Hora. */
const program = `
import { DatabaseSync } from "node:sqlite";
let db = null;
onmessage = ({ data: { open, close } }) => {
  try {
    if (open !== undefined) db = new DatabaseSync(open);
    else if (close) db.close();
    else db.exec("PRAGMA wal_checkpoint(PASSIVE)");
    postMessage(null);
  } catch (error) {
    postMessage(String(error.message));
  }
};`;

type Order = { readonly open: string } | { readonly close: true } | Record<never, never>;

interface Waiting {
  resolve(): void;
  reject(error: unknown): void;
}

/** A second connection on a thread of its own, which does one thing after another. */
class Taker {
  readonly #worker: Worker;
  #waiting: Waiting | null = null;

  /** `onDeath` is told when the thread fails, also while it has nothing to do. */
  constructor(code: string, readonly onDeath: (error: Error) => void) {
    this.#worker = new Worker(`data:application/javascript,${encodeURIComponent(code)}`, { type: "module" });
    this.#worker.onmessage = ({ data }) => {
      const waiting = this.#waiting;
      this.#waiting = null;
      if (data === null) waiting?.resolve();
      else waiting?.reject(new Error(data));
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#lost(new Error(event.message));
    };
    this.#worker.onmessageerror = () => this.#lost(new Error("the thread's answer cannot be read"));
  }

  #lost(error: Error): void {
    this.#waiting?.reject(error);
    this.onDeath(error);
  }

  get isBusy(): boolean {
    return this.#waiting !== null;
  }

  /** Resolves once it is done; rejects with what SQLite said, or when the thread is lost; a thread that just ends never answers. */
  ask(order: Order): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#worker.postMessage(order);
    });
  }

  end(): void {
    this.#worker.terminate();
  }
}

/**
 * Takes the write-ahead log into the file. A small instance leaves that to its commits, a few of which wait for the disk. One that writes so
 * much that these commits hold the event loop again and again has a thread do it, beside them. A thread that fails or dies is given up, and
 * commits do it again.
 */
export class Checkpoints {
  #holds: number[] = [];
  #taker: Taker | null = null;
  #busy: Promise<void> | null = null;
  #takenAt = -Infinity;
  #notBefore = -Infinity;
  #isClosed = false;

  /**
   * `isInPlace`: does the database's path still lead to its file? A second connection to another file, or to an empty one that it makes,
   * would take our log for that one's: overwrite it, or throw the log away with all that is only there. `code` is what the thread runs.
   */
  constructor(readonly db: Database, readonly isInPlace: () => boolean, readonly code = program) {}

  /** Does a thread do it? */
  get isApart(): boolean {
    return this.#taker !== null;
  }

  /** A transaction was committed that did not wait for the disk; its COMMIT took `tookMs` and ended at `now` on the monotonic clock. */
  committed(tookMs: number, now: number): void {
    if (this.#isClosed) return;
    if (tookMs >= HOLDS_MS) this.#held(now);
    this.relieve(now);
  }

  /** Something was written, by whomever: a thread that does it has its turn when there is enough. */
  relieve(now: number): void {
    if (this.#isClosed || this.#taker === null) return;
    if (!this.#taker.isBusy) {
      if (now - this.#takenAt >= EVERY_MS || this.#waitingPages() >= PAGES_A_CHECKPOINT) {
        this.#take(this.#taker, {}, now);
      }
    } else if (now - this.#takenAt >= PATIENCE_MS) {
      this.#giveUp(this.#taker, new Error("the thread does not answer"));
    }
  }

  /** Counts a commit that held the loop, and starts a thread when there were enough. */
  #held(now: number): void {
    if (this.#taker !== null || now < this.#notBefore) return;
    this.#holds = [...this.#holds.filter((at) => now - at < MINUTE), now];
    if (this.#holds.length >= HOLDS_A_MINUTE) this.#start(now);
  }

  #start(now: number): void {
    this.#holds = [];
    if (!this.isInPlace()) return;
    const taker = new Taker(this.code, (error) => this.#giveUp(taker, error));
    this.#taker = taker;
    this.db.exec(`PRAGMA wal_autocheckpoint = ${PAGES_AT_MOST}`);
    this.#take(taker, { open: this.db.path }, now);
  }

  /** Pages of the log that are not in the file yet; 0 while somebody reads on this connection, which SQLite then refuses to look at. */
  #waitingPages(): number {
    try {
      const { log, checkpointed } = this.db.get("PRAGMA wal_checkpoint(NOOP)")!;
      return Number(log) - Number(checkpointed);
    } catch {
      return 0;
    }
  }

  #take(taker: Taker, order: Order, now: number): void {
    this.#takenAt = now;
    this.#busy = taker.ask(order).catch((error) => this.#giveUp(taker, error));
  }

  #giveUp(taker: Taker, error: unknown): void {
    if (taker !== this.#taker) return;
    getLogger(["hora", "store"]).warn`Commits take in the write-ahead log again: ${messageOf(error)}`;
    taker.end();
    this.#taker = null;
    this.#holds = [];
    this.#notBefore = this.#takenAt + REST_MS;
    if (!this.#isClosed) this.db.exec(`PRAGMA wal_autocheckpoint = ${PAGES_A_CHECKPOINT}`);
  }

  /** Ends the thread before its database is closed, so that the last connection is the caller's. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const taker = this.#taker;
    if (taker === null) return;
    const late = new AbortController();
    await Promise.race([this.#end(taker), systemClock.sleep(END_MS, late.signal)]);
    late.abort();
    taker.end();
    this.#taker = null;
  }

  async #end(taker: Taker): Promise<void> {
    await this.#busy;
    if (this.#taker !== null) await taker.ask({ close: true }).catch(() => {});
  }
}
