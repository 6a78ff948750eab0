import { getLogger } from "@logtape/logtape";
import { formatProblem, type LoadResult } from "../config/load.ts";
import type { Clock } from "../domain/clock.ts";
import type { Config } from "../domain/config.ts";
import { messageOf } from "../domain/errors.ts";
import { changesBetween, type ConfigChanges } from "./changes.ts";

export interface ReloaderDeps {
  readonly clock: Clock;
  /** Reads and checks the file. */
  load(): Promise<LoadResult>;
  /** The snapshot in force. */
  config(): Config;
  /** Puts a new snapshot in force everywhere. */
  apply(config: Config, changes: ConfigChanges): Promise<void>;
}

/** Editors write in several steps; so much quiet is waited for. */
const SETTLE_MS = 500;

export type ReloadResult = "applied" | "unchanged" | "refused";

/** Takes a changed file in, whole or not at all: a file with any mistake leaves everything as it is and is explained in the log. */
export class Reloader {
  readonly #deps: ReloaderDeps;
  readonly #log = getLogger(["hora", "config"]);
  #text: string;
  #asked: Promise<void> | null = null;
  #running: Promise<unknown> = Promise.resolve();

  constructor(deps: ReloaderDeps, text: string) {
    this.#deps = deps;
    this.#text = text;
  }

  /** Something happened to the file: reads it once things are quiet, and takes it in if it says something else. Many calls make one reading. */
  ask(signal: AbortSignal): void {
    this.#asked ??= this.#deps.clock.sleep(SETTLE_MS, signal).then(async () => {
      this.#asked = null;
      if (!signal.aborted) await this.#next(false);
    });
  }

  /** Reads the file now, and takes it in even if it says the same, since the files it names may have changed. Never rejects. */
  reload(): Promise<ReloadResult> {
    return this.#next(true);
  }

  #next(evenTheSame: boolean): Promise<ReloadResult> {
    const work = this.#running.then(() => this.#reload(evenTheSame));
    this.#running = work;
    return work;
  }

  /** Resolves when no reload is under way. */
  async idle(): Promise<void> {
    await this.#asked;
    await this.#running;
  }

  async #reload(evenTheSame: boolean): Promise<ReloadResult> {
    try {
      const result = await this.#deps.load();
      if (!result.ok) {
        const list = result.problems.map(formatProblem).join("\n  ");
        this.#log.error(
          `The configuration was not taken over, what runs goes on unchanged. Mistakes in the file:\n  ${list}`,
        );
        return "refused";
      }
      if (result.text === this.#text && !evenTheSame) return "unchanged";
      for (const warning of result.warnings) this.#log.warn(formatProblem(warning));
      const changes = changesBetween(this.#deps.config(), result.config);
      await this.#deps.apply(result.config, changes);
      this.#text = result.text;
      const { added, removed, changed, needRestart } = changes;
      this.#log
        .info`Configuration taken over: ${added.length} added, ${removed.length} removed, ${changed.length} changed`;
      for (const key of needRestart) this.#log.warn`${key} changed, which needs a restart`;
      return "applied";
    } catch (error) {
      this.#log.error`The configuration was not taken over: ${messageOf(error)}`;
      return "refused";
    }
  }
}
