import { ParseError } from "toml-eslint-parser";
import type { Config } from "../domain/config.ts";
import { messageOf, StartupError } from "../domain/errors.ts";
import { buildConfig, readSections } from "./sections.ts";
import { Document } from "./document.ts";
import { byPlace, type Problem } from "./problem.ts";
import { Report } from "./section.ts";

export { formatProblem, type Problem } from "./problem.ts";

/** Environment variables by name. */
export type Env = Readonly<Record<string, string | undefined>>;

export type LoadResult =
  | { readonly ok: true; readonly config: Config; readonly warnings: Problem[]; readonly text: string }
  | { readonly ok: false; readonly problems: Problem[]; readonly warnings: Problem[] };

/**
 * Reads a whole configuration. Never throws for what stands in it: every mistake is a problem with its place, all of them at once. With
 * `ok` the config is complete and frozen. A file that is no TOML yields that one problem, from its raw text.
 */
export function parseConfig(text: string, options: { file: string; env: Env }): LoadResult {
  try {
    return read(text, options);
  } catch (error) {
    return { ok: false, problems: [syntaxProblem(error, options.file)], warnings: [] };
  }
}

function read(text: string, { file, env }: { file: string; env: Env }): LoadResult {
  const document = new Document(text.replace(/^\uFEFF/, ""), file, env);
  const report = new Report(document);
  const sections = readSections(report, env);
  const warnings = [...document.unset(), ...report.warnings].sort(byPlace);
  if (report.problems.length > 0) return { ok: false, problems: report.problems.sort(byPlace), warnings };
  return { ok: true, config: deepFreeze(buildConfig(sections, env)), warnings, text };
}

/** Reads and parses the file at `path`; a file that cannot be read is a problem too. */
export async function loadConfig(path: string, env: Env): Promise<LoadResult> {
  try {
    const bytes = await Deno.readFile(path);
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return parseConfig(text, { file: path, env });
  } catch (error) {
    const message = error instanceof Deno.errors.NotFound
      ? "cannot read the configuration: no such file; correct HORA_CONFIG, or make the file"
      : error instanceof TypeError
      ? "cannot read the configuration: it is not UTF-8"
      : `cannot read the configuration: ${messageOf(error)}`;
    return { ok: false, problems: [{ file: path, line: 0, column: 0, path: "", message }], warnings: [] };
  }
}

/** `HORA_CONFIG`, or else `hora.toml` or `config.toml` here. Throws `StartupError` when there is none of these. */
export async function findConfigPath(env: Env): Promise<string> {
  if (env.HORA_CONFIG !== undefined && env.HORA_CONFIG !== "") return env.HORA_CONFIG;
  for (const path of ["hora.toml", "config.toml"]) {
    try {
      await Deno.stat(path);
      return path;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) return path;
    }
  }
  throw new StartupError(
    "No configuration: neither hora.toml nor config.toml is in this folder, and HORA_CONFIG is not set",
  );
}

function syntaxProblem(error: unknown, file: string): Problem {
  if (error instanceof RangeError) {
    return { file, line: 0, column: 0, path: "", message: "not valid TOML: it is nested too deeply" };
  }
  if (!(error instanceof ParseError)) throw error;
  return {
    file,
    line: error.lineNumber,
    column: error.column + 1,
    path: "",
    message: `not valid TOML: ${error.message}`,
  };
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}
