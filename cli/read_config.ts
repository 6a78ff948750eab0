import { findConfigPath, formatProblem, loadConfig } from "../config/load.ts";
import type { Config } from "../domain/config.ts";
import { StartupError } from "../domain/errors.ts";
import { fileOf } from "../store/place.ts";
import { err } from "./command.ts";

/** Reads the config as the daemon would; prints every mistake and gives null when it cannot be used. */
export async function readConfig(): Promise<{ config: Config; path: string } | null> {
  const env = Deno.env.toObject();
  try {
    const path = await findConfigPath(env);
    const result = await loadConfig(path, env);
    if (result.ok) return { config: result.config, path };
    for (const problem of result.problems) err(`Configuration error: ${formatProblem(problem)}`);
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    err(`Configuration error: ${error.message}`);
  }
  return null;
}

/** `server.database_path` as it is configured, and the file that it names. */
export interface DatabasePlace {
  readonly path: string;
  readonly file: string;
  /** All that is configured besides. */
  readonly config: Config;
}

/** Null when the configuration cannot be used, which has been said then. Throws `StartupError` where there is no file to work on. */
export async function configuredDatabase(): Promise<DatabasePlace | null> {
  const config = (await readConfig())?.config;
  if (config === undefined) return null;
  const path = config.server.databasePath;
  const file = fileOf(path);
  if (file !== null) return { path, file, config };
  throw new StartupError(`The configured database, ${path}, is in memory: there is no file to work on`);
}

/** Is there a file at `path`? */
export async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
