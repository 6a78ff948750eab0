import type { Config } from "../domain/config.ts";
import { messageOf, StartupError } from "../domain/errors.ts";
import type { Problem } from "./problem.ts";
import { configOf, type Env, isSettled, readPlainly } from "./reading.ts";

export { formatProblem, type Problem } from "./problem.ts";
export type { Env } from "./reading.ts";

export type LoadResult =
  | { readonly ok: true; readonly config: Config; readonly warnings: Problem[]; readonly text: string }
  | { readonly ok: false; readonly problems: Problem[]; readonly warnings: Problem[] };

/**
 * Reads the file at `path`; a file that cannot be read is a problem too. What knows the places of mistakes and warnings, and what judges
 * JSONPaths, is loaded only when there are any.
 */
export async function loadConfig(path: string, env: Env): Promise<LoadResult> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(await Deno.readFile(path));
  } catch (error) {
    const why = error instanceof Deno.errors.NotFound
      ? "no such file; correct HORA_CONFIG, or make the file"
      : error instanceof TypeError
      ? "it is not UTF-8"
      : messageOf(error);
    return unreadable(path, why);
  }
  try {
    const reading = readPlainly(text, env);
    if (reading !== null && isSettled(reading)) {
      return { ok: true, config: configOf(reading, env), warnings: [], text };
    }
    const { parseConfig } = await import("./parse.ts");
    return parseConfig(text, { file: path, env }, reading);
  } catch (error) {
    return unreadable(path, messageOf(error));
  }
}

function unreadable(file: string, why: string): LoadResult {
  const message = `cannot read the configuration: ${why}`;
  return { ok: false, problems: [{ file, line: 0, column: 0, path: "", message }], warnings: [] };
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
