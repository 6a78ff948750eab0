import type { Config } from "../domain/config.ts";
import { Document, readQuickly } from "./document.ts";
import type { Finding } from "./problem.ts";
import { Report } from "./section.ts";
import { buildConfig, readSections, type Sections } from "./sections.ts";

/** Environment variables by name. */
export type Env = Readonly<Record<string, string | undefined>>;

/** A file that was read and checked; what there is to tell of it has no place yet. */
export interface Reading {
  readonly sections: Sections;
  readonly problems: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/** Reads the sections of a file's values, which were read from `text`. */
export function readValues(root: Document["root"], text: string, env: Env): Reading {
  const document = new Document(root, text, env);
  const report = new Report(document);
  const sections = readSections(report, env);
  return { sections, problems: report.problems, warnings: [...document.unset(), ...report.warnings] };
}

/** The reading of a text with the quick reader alone; null when that gives up. */
export function readPlainly(text: string, env: Env): Reading | null {
  try {
    const bare = text.replace(/^\uFEFF/, "");
    const root = readQuickly(bare);
    return root === null ? null : readValues(root, bare, env);
  } catch (error) {
    // Nested too deeply: who places the findings says so.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Is there nothing to tell of it, and no JSONPath that has to be judged yet? */
export function isSettled({ sections, problems, warnings }: Reading): boolean {
  return problems.length === 0 && warnings.length === 0 &&
    sections.monitors.every(({ values }) => values.json_query === undefined);
}

/** The config of a reading without problems, complete and frozen. */
export function configOf({ sections }: Reading, env: Env): Config {
  return deepFreeze(buildConfig(sections, env));
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const key in value) deepFreeze(value[key]);
  return Object.freeze(value);
}
