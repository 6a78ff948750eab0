import { createHash } from "node:crypto";
import { type Clock, MINUTE } from "../../domain/clock.ts";
import type { Config } from "../../domain/config.ts";
import type { BoardReader } from "../deps.ts";
import type { Coding } from "./accept.ts";
import { Forms } from "./forms.ts";

/** One finished answer: its validator, and its text in every coding, each made when first asked for. */
export interface Rendering {
  /** Of the text, in characters. */
  readonly length: number;
  readonly etag: string;
  body(coding: Coding): Promise<string | Uint8Array<ArrayBuffer>>;
  /** May it still be sent (to whoever asks now), or has somebody to see to a new one? */
  isCurrent(config: Config): boolean;
  /** Calls `forget` once this is no longer kept; at once when it is not. */
  onDrop(forget: () => void): void;
}

export interface Draft {
  readonly text: string;
  /** What the validator is made of, when not the text: leaves out what moves although nothing happened, such as the time. */
  readonly validator?: string;
}

/** How an answer is made. */
export interface Making {
  /** Takes the machine in slices to make what `draw` needs at hand; whatever the board takes in meanwhile is drawn too. */
  readonly prepare?: () => Promise<void>;
  readonly draw: () => Draft | Promise<Draft>;
}

/** For whom, by which config. */
export interface Audience {
  readonly config: Config;
  /** Anybody may see it. */
  readonly isOpen: boolean;
  /** People read it, and as of when it is. */
  readonly isForPeople?: boolean;
}

/** When the drawing began, and how the board stood then. */
interface Begun {
  readonly at: number;
  readonly version: number;
  readonly turns: number;
}

type Versions = Pick<BoardReader, "version" | "openVersion" | "turns" | "openTurns">;

class Entry {
  rendering!: Promise<Rendering>;
  /** The same once it is there. */
  ready: Rendering | null = null;
  /** Null: still being prepared, so whatever happens now will be in it. */
  begun: Begun | null = null;
  isDropped = false;
  readonly onDrop: (() => void)[] = [];
  forms: Forms | null = null;
  /** What is kept of it, in characters and bytes. */
  size = 0;
  constructor(readonly audience: Audience) {}
}

/** How long an answer is given although nothing happened: outages last on, the last 24 hours slide on, Hora's own figures move. */
const STANDS_STILL_MS = 3_000;
/** The same of pages that anybody may see: drawing a large fleet anew because time passed would keep visitors waiting for nothing. */
const PAGE_STANDS_STILL_MS = MINUTE;
/** How much longer while the next one is made. With the second that a summary may be old when it is drawn, no program gets what is older than five seconds. */
const MAKING_MS = 1_000;
/** How long an answer that lacks only the newest checks is given while the next one is made. */
const STANDS_IN_MS = 2_000;
const MAX_BYTES = 48 * 1024 * 1024;
const MAX_ENTRIES = 2_000;

/**
 * Answers built once per key while the board stands still, so that a thousand visitors cost one rendering. Promises: a key is prepared once
 * at a time; nothing built before `clear()` is used after it; what anybody may see is not built anew, at a time that would tell, when only
 * private things change; nothing older than five seconds is given to programs; memory is bounded, least recently made first out. When only new checks
 * came, or only time passed, the answer before is given for a moment while the next one is made, so that hardly anybody waits; when a
 * status or an operator's word changed, everybody waits for an answer that has it. Only a big one is held even then for a moment (a
 * millisecond for 2.5 KB, at most two seconds), so that rendering never takes the machine from probing.
 */
export class RenderedCache {
  readonly #board: Versions;
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #entries = new Map<string, Entry>();
  /** Those that are being made, of which some have an entry before them. */
  readonly #coming = new Map<string, Entry>();
  #bytes = 0;

  constructor(board: Versions, clock: Pick<Clock, "monotonic">) {
    this.#board = board;
    this.#clock = clock;
  }

  /** Forgets answers, because an operator changed what they show: all, or those that not everybody may see. */
  clear(which: "all" | "private"): void {
    const goes = ({ audience }: Entry) => which === "all" || !audience.isOpen;
    for (const [key, entry] of this.#coming) if (goes(entry)) this.#coming.delete(key);
    for (const [key, entry] of this.#entries) if (goes(entry)) this.#drop(key, entry);
  }

  get size(): { readonly entries: number; readonly bytes: number } {
    return { entries: this.#entries.size, bytes: this.#bytes };
  }

  /** The answer itself when it is there, so that most requests need not wait for anything. */
  get(key: string, audience: Audience, making: Making): Rendering | Promise<Rendering> {
    const now = this.#clock.monotonic();
    const known = this.#entries.get(key);
    if (known !== undefined && this.#holds(known, audience.config, now)) return known.ready!;
    let coming = this.#coming.get(key);
    if (coming === undefined || !this.#holds(coming, audience.config, now)) {
      coming = this.#begin(key, audience, making, known?.forms?.asked);
    }
    return known !== undefined && this.#standsIn(known, audience.config, now)
      ? known.ready!
      : coming.rendering;
  }

  #version(isOpen: boolean): number {
    return isOpen ? this.#board.openVersion : this.#board.version;
  }

  #turns(isOpen: boolean): number {
    return isOpen ? this.#board.openTurns : this.#board.turns;
  }

  #holds({ audience, begun, forms }: Entry, asked: Config, now: number): boolean {
    if (audience.config !== asked) return false;
    if (begun === null) return true;
    const age = now - begun.at;
    if (begun.version === this.#version(audience.isOpen)) return age < standsStillMs(audience);
    return age < Math.min(2_000, Math.floor((forms?.length ?? 0) / 262_144) * 100);
  }

  /** Does it lack nothing but the newest checks? */
  #standsIn({ audience, begun }: Entry, asked: Config, now: number): boolean {
    const { config, isOpen } = audience;
    if (config !== asked || begun === null || begun.turns !== this.#turns(isOpen)) return false;
    const isStill = begun.version === this.#version(isOpen);
    return now - begun.at < (isStill ? standsStillMs(audience) + MAKING_MS : STANDS_IN_MS);
  }

  #begin(
    key: string,
    audience: Audience,
    making: Making,
    asked: readonly Coding[] = [],
  ): Entry {
    const entry = new Entry(audience);
    this.#coming.set(key, entry);
    entry.rendering = this.#make(key, entry, making, asked);
    entry.rendering.then(
      (rendering) => this.#arrived(key, entry, rendering),
      () => this.#coming.get(key) === entry && this.#coming.delete(key),
    );
    return entry;
  }

  #arrived(key: string, entry: Entry, rendering: Rendering): void {
    entry.ready = rendering;
    if (this.#coming.get(key) !== entry) {
      entry.isDropped = true;
      for (const forget of entry.onDrop.splice(0)) forget();
      return;
    }
    this.#coming.delete(key);
    const before = this.#entries.get(key);
    if (before !== undefined) this.#drop(key, before);
    this.#entries.set(key, entry);
    this.#bytes += entry.size;
    while (this.#entries.size > MAX_ENTRIES) this.#dropOldest();
    this.#shrink();
    this.#dropOutdated();
  }

  /** The oldest come first, so one that can still be given ends the search. */
  #dropOutdated(): void {
    const now = this.#clock.monotonic();
    for (const [key, entry] of this.#entries) {
      const { config } = entry.audience;
      if (this.#holds(entry, config, now) || this.#standsIn(entry, config, now)) return;
      this.#drop(key, entry);
    }
  }

  async #make(
    key: string,
    entry: Entry,
    { prepare, draw }: Making,
    asked: readonly Coding[],
  ): Promise<Rendering> {
    await prepare?.();
    const { isOpen } = entry.audience;
    entry.begun = {
      at: this.#clock.monotonic(),
      version: this.#version(isOpen),
      turns: this.#turns(isOpen),
    };
    const { text, hash } = await drawn(draw);
    entry.size = text.length;
    const forms = new Forms(text, asked, (by) => this.#grew(key, entry, by));
    entry.forms = forms;
    // Those who asked for the answer before will ask for this one: nobody is to wait for its coding either.
    await Promise.all(asked.map((coding) => forms.body(coding)));
    return {
      length: text.length,
      etag: `W/"${hash}"`,
      body: (coding) => forms.body(coding),
      isCurrent: (config) => !entry.isDropped && this.#isCurrent(key, entry, config),
      onDrop: (forget) => void (entry.isDropped ? forget() : entry.onDrop.push(forget)),
    };
  }

  #isCurrent(key: string, entry: Entry, config: Config): boolean {
    const now = this.#clock.monotonic();
    if (this.#holds(entry, config, now)) return true;
    const coming = this.#coming.get(key);
    return coming !== undefined && this.#holds(coming, config, now) && this.#standsIn(entry, config, now);
  }

  #grew(key: string, entry: Entry, by: number): void {
    entry.size += by;
    if (this.#entries.get(key) !== entry) return;
    this.#bytes += by;
    this.#shrink();
  }

  #shrink(): void {
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

/** What is kept of a draft: the validator is as long as the text, and nobody reads it again. */
async function drawn(draw: Making["draw"]): Promise<{ readonly text: string; readonly hash: string }> {
  const { text, validator = text } = await draw();
  const hash = createHash("sha256").update(validator).digest("base64url").slice(0, 16);
  return { text, hash };
}

function standsStillMs({ isOpen, isForPeople = false }: Audience): number {
  return isOpen && isForPeople ? PAGE_STANDS_STILL_MS : STANDS_STILL_MS;
}
