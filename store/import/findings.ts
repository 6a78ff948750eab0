import { messageOf } from "../../domain/errors.ts";

const MOST_NOTES = 30;

/** What an import met that it did not understand or could not read: told at the end, because nothing may go missing in silence. */
export class Findings {
  readonly #notes = new Set<string>();
  readonly #counts = new Map<string, number>();

  /** A sentence about the file; told once. */
  note(text: string): void {
    this.#notes.add(text);
  }

  /** One more row of this kind was left out. */
  leftOut(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  /** Runs one part of an import; when the file cannot be read there, the other parts go on. */
  async part(what: string, work: () => void | Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.note(`${what} could not be read any further (${messageOf(error)}): the file is damaged there`);
    }
  }

  list(): string[] {
    const all = [...this.#notes, ...[...this.#counts].map(([what, count]) => `${count} ${what}`)]
      // Names come from the file, and go to a terminal.
      .map((text) => text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, " "));
    if (all.length <= MOST_NOTES) return all;
    return [...all.slice(0, MOST_NOTES), `and ${all.length - MOST_NOTES} more of the kind`];
  }
}

/** Trouble in the file that is read, as opposed to ours. */
class ReadError extends Error {}

/** Runs one reading of the source, so that its failure can be told from a failure to write. */
export function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new ReadError(messageOf(error), { cause: error });
  }
}

const isDamage = (error: unknown): boolean => error instanceof ReadError;
