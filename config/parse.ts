import { ParseError } from "toml-eslint-parser";
import { readQuickly } from "./document.ts";
import { judgeJsonQueries } from "./json_queries.ts";
import type { LoadResult } from "./load.ts";
import { byPlace, type Finding, formatPath, type Problem } from "./problem.ts";
import { configOf, type Env, type Reading, readValues } from "./reading.ts";
import { SyntaxTree } from "./syntax_tree.ts";

/**
 * Reads a whole configuration. Never throws for what stands in it: every mistake is a problem with its place, all of them at once. With
 * `ok` the config is complete and frozen. A file that is no TOML yields that one problem, from its raw text. `known` is the reading of this
 * text, if there is one already.
 */
export function parseConfig(
  text: string,
  options: { file: string; env: Env },
  known: Reading | null = null,
): LoadResult {
  try {
    return read(text, options, known);
  } catch (error) {
    return { ok: false, problems: [syntaxProblem(error, options.file)], warnings: [] };
  }
}

function read(text: string, { file, env }: { file: string; env: Env }, known: Reading | null): LoadResult {
  const bare = text.replace(/^\uFEFF/, "");
  let tree: SyntaxTree | null = null;
  const grown = () => tree ??= new SyntaxTree(bare);
  const place = ({ path, message, at }: Finding): Problem => {
    const { line, column } = grown().placeOf(path, at) ?? { line: 0, column: 0 };
    return { file, line, column, path: formatPath(path), message };
  };
  const reading = known ?? readValues(readQuickly(bare) ?? grown().root, bare, env);
  const warnings = reading.warnings.map(place).sort(byPlace);
  const problems = [...reading.problems, ...judgeJsonQueries(reading.sections.monitors)];
  if (problems.length > 0) return { ok: false, problems: problems.map(place).sort(byPlace), warnings };
  return { ok: true, config: configOf(reading, env), warnings, text };
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
