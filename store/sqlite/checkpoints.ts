import { getLogger } from "@logtape/logtape";
import { MINUTE, SECOND, systemClock } from "../../domain/clock.ts";
import { messageOf } from "../../domain/errors.ts";
import type { Database } from "./database.ts";

/** Pages of the write-ahead log, 4 KB each, after which a commit takes them into the file by itself. */
export const PAGES_A_CHECKPOINT = 500;
/** The same while a thread does it: only when that one does not keep up. */
const PAGES_AT_MOST = 4_000;
/** A commit that waits for no disk takes a few ms at most; what takes longer than this has most likely taken in the log. */
const HOLDS_MS = 8;
/** So many of them within a minute, and it is worth a thread, which takes some 15 MB. */
const HOLDS_A_MINUTE = 5;
const EVERY_MS = SECOND;
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

/** A second connection on a thread of its own, which does one thing after another. */
class Taker {
  readonly #worker = new Worker(`data:application/javascript,${encodeURIComponent(program)}`, {
    type: "module",
  });

  /** Resolves once it is done; rejects with what SQLite said. */
  ask(order: Order): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#worker.onmessage = ({ data }) => data === null ? resolve() : reject(new Error(data));
      this.#worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
      this.#worker.postMessage(order);
    });
  }

  end(): void {
    this.#worker.terminate();
  }
}

/**
 * Takes the write-ahead log into the file. A small instance leaves that to its commits, a few of which wait for the disk. One that writes so
 * much that these commits hold the event loop again and again has a thread do it, once a second. A thread that fails is given up, and
 * commits do it again.
 */
export class Checkpoints {
  #holds: number[] = [];
  #taker: Taker | null = null;
  #busy: Promise<void> | null = null;
  #takenAt = -Infinity;
  #isClosed = false;

  /**
   * `isInPlace`: does the database's path still lead to its file? A second connection to another file, or to an empty one that it makes,
   * would take our log for that one's: overwrite it, or throw the log away with all that is only there.
   */
  constructor(readonly db: Database, readonly isInPlace: () => boolean) {}

  /** Does a thread do it? */
  get isApart(): boolean {
    return this.#taker !== null;
  }

  /** A transaction that did not wait for the disk was committed, `tookMs` ago begun; `now` is on the monotonic clock. */
  committed(tookMs: number, now: number): void {
    if (this.#isClosed || this.#busy !== null) return;
    if (this.#taker !== null) {
      if (now - this.#takenAt >= EVERY_MS) this.#take(this.#taker, {}, now);
      return;
    }
    if (tookMs < HOLDS_MS) return;
    this.#holds = [...this.#holds.filter((at) => now - at < MINUTE), now];
    if (this.#holds.length >= HOLDS_A_MINUTE) this.#start(now);
  }

  #start(now: number): void {
    this.#holds = [];
    if (!this.isInPlace()) return;
    this.#taker = new Taker();
    this.db.exec(`PRAGMA wal_autocheckpoint = ${PAGES_AT_MOST}`);
    this.#take(this.#taker, { open: this.db.path }, now);
  }

  #take(taker: Taker, order: Order, now: number): void {
    this.#takenAt = now;
    this.#busy = taker.ask(order).catch((error) => this.#giveUp(error)).finally(() => this.#busy = null);
  }

  #giveUp(error: unknown): void {
    getLogger(["hora", "store"]).warn`Commits take in the write-ahead log again: ${messageOf(error)}`;
    this.#taker?.end();
    this.#taker = null;
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
