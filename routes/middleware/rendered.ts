import { createHash } from "node:crypto";
import { Buffer } from "node:buffer";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Clock } from "../../domain/clock.ts";
import type { Config } from "../../domain/config.ts";
import type { BoardReader } from "../deps.ts";
import type { Coding } from "./accept.ts";

/** One finished answer: its text, its validator, and its compressed forms, each made when first asked for. */
export interface Rendering {
  readonly text: string;
  readonly etag: string;
  bytes(coding: Exclude<Coding, "identity">): Promise<Uint8Array<ArrayBuffer>>;
  /** May it still be sent, or has it to be made anew? */
  isCurrent(config: Config): boolean;
  /** Calls `forget` once this is no longer kept; at once when it is not. */
  onDrop(forget: () => void): void;
}

export interface Draft {
  readonly text: string;
  /** What the validator is made of, when not the text: leaves out what moves although nothing happened, such as the time. */
  readonly validator?: string;
}

class Entry {
  rendering!: Promise<Rendering>;
  /** The same once it is there. */
  ready: Rendering | null = null;
  isDropped = false;
  readonly onDrop: (() => void)[] = [];
  size = 0;
  constructor(
    readonly config: Config,
    readonly isOpen: boolean,
    readonly version: number,
    readonly madeAt: number,
  ) {}
}

/** Sliding figures (the last 24 hours) move although the board's version does not. */
const MAX_AGE_MS = 5_000;
const MAX_BYTES = 48 * 1024 * 1024;
const MAX_ENTRIES = 2_000;

/**
 * Answers built once per key while the board stands still, so that a thousand visitors cost one rendering. Promises: a key is built once
 * at a time; nothing built before `clear()` is used after it; what anybody may see is not built anew, at a time that would tell, when only
 * private things change; memory is bounded, least recently made first out. A big answer on a busy board is held for a moment after the version moved (a millisecond for 2.5 KB, at most two seconds), so that rendering never takes the
 * machine from probing.
 */
export class RenderedCache {
  readonly #board: BoardReader;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(board: BoardReader, clock: Clock) {
    this.#board = board;
    this.#clock = clock;
  }

  /** Forgets answers, because an operator changed what they show: all, or those that not everybody may see. */
  clear(which: "all" | "private"): void {
    for (const [key, entry] of this.#entries) if (which === "all" || !entry.isOpen) this.#drop(key, entry);
  }

  get size(): { readonly entries: number; readonly bytes: number } {
    return { entries: this.#entries.size, bytes: this.#bytes };
  }

  /** The answer itself when it is there, so that most requests need not wait for anything. `isOpen`: anybody may see it. */
  get(
    key: string,
    { config, isOpen }: { readonly config: Config; readonly isOpen: boolean },
    build: () => Draft | Promise<Draft>,
  ): Rendering | Promise<Rendering> {
    const now = this.#clock.monotonic();
    const known = this.#entries.get(key);
    if (known !== undefined) {
      if (this.#holds(known, config, now)) return known.ready ?? known.rendering;
      this.#drop(key, known);
    }
    const entry = new Entry(config, isOpen, this.#version(isOpen), now);
    this.#entries.set(key, entry);
    entry.rendering = this.#build(build, key, entry);
    entry.rendering.then((rendering) => entry.ready = rendering, () => this.#drop(key, entry));
    while (this.#entries.size > MAX_ENTRIES) this.#dropOldest();
    return entry.rendering;
  }

  #version(isOpen: boolean): number {
    return isOpen ? this.#board.openVersion : this.#board.version;
  }

  #holds(entry: Entry, config: Config, now: number): boolean {
    if (entry.config !== config) return false;
    const age = now - entry.madeAt;
    if (entry.version === this.#version(entry.isOpen)) return age < MAX_AGE_MS;
    return age < Math.min(2_000, Math.floor(entry.size / 262_144) * 100);
  }

  async #build(build: () => Draft | Promise<Draft>, key: string, entry: Entry): Promise<Rendering> {
    const draft = await build();
    const hash = createHash("sha256").update(draft.validator ?? draft.text).digest("base64url").slice(0, 16);
    const codings = new Map<Coding, Promise<Uint8Array<ArrayBuffer>>>();
    this.#grew(key, entry, draft.text.length);
    return {
      text: draft.text,
      etag: `W/"${hash}"`,
      bytes: (coding) => {
        const made = codings.get(coding) ?? compress(draft.text, coding).then((bytes) => {
          this.#grew(key, entry, bytes.length);
          return bytes;
        });
        codings.set(coding, made);
        return made;
      },
      isCurrent: (config) => !entry.isDropped && this.#holds(entry, config, this.#clock.monotonic()),
      onDrop: (forget) => void (entry.isDropped ? forget() : entry.onDrop.push(forget)),
    };
  }

  #grew(key: string, entry: Entry, size: number): void {
    if (this.#entries.get(key) !== entry) return;
    entry.size += size;
    this.#bytes += size;
    while (this.#bytes > MAX_BYTES && this.#entries.size > 1) this.#dropOldest();
  }

  #dropOldest(): void {
    const [key, entry] = this.#entries.entries().next().value!;
    this.#drop(key, entry);
  }

  #drop(key: string, entry: Entry): void {
    if (this.#entries.get(key) !== entry) return;
    this.#entries.delete(key);
    this.#bytes -= entry.size;
    entry.isDropped = true;
    for (const forget of entry.onDrop.splice(0)) forget();
  }
}

/** Brotli at a level that costs little; on a thread of its own, so that the event loop goes on. */
function compress(
  text: string,
  coding: Exclude<Coding, "identity">,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, bytes: Uint8Array) =>
      error === null ? resolve(bytes as Uint8Array<ArrayBuffer>) : reject(error);
    const input = Buffer.from(text);
    if (coding === "gzip") gzip(input, { level: 5 }, done);
    else {
      brotliCompress(input, {
        params: {
          [constants.BROTLI_PARAM_QUALITY]: 4,
          [constants.BROTLI_PARAM_SIZE_HINT]: input.length,
        },
      }, done);
    }
  });
}
