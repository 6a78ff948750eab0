import { findConfigPath, formatProblem, loadConfig } from "../config/load.ts";
import { StartupError } from "../domain/errors.ts";

/** `server.database_path` of the configuration in force. Throws `StartupError` when there is none, or it has mistakes. */
export async function configuredDatabasePath(): Promise<string> {
  const env = Deno.env.toObject();
  const path = await findConfigPath(env);
  const result = await loadConfig(path, env);
  if (!result.ok) {
    throw new StartupError(`Configuration error: ${result.problems.map(formatProblem).join("; ")}`);
  }
  return result.config.server.databasePath;
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
