import { findConfigPath, formatProblem, loadConfig } from "../config/load.ts";
import { displayTarget } from "../domain/monitor.ts";
import { StartupError } from "../domain/errors.ts";
import { Secret } from "../domain/secret.ts";
import { type Command, err, out } from "./command.ts";

/** `hora config`: what is in force, defaults and environment included, with secrets masked, as JSON. */
export const config: Command = {
  name: "config",
  usage: "config                                  show the effective configuration, secrets masked",
  async run() {
    const env = Deno.env.toObject();
    try {
      const result = await loadConfig(await findConfigPath(env), env);
      if (result.ok) {
        out(JSON.stringify({ ...result.config, monitors: result.config.monitors.map(masked) }, null, 2));
        return 0;
      }
      for (const problem of result.problems) err(`Configuration error: ${formatProblem(problem)}`);
    } catch (error) {
      if (!(error instanceof StartupError)) throw error;
      err(error.message);
    }
    return 1;
  },
};

/** Credentials inside a target are masked; of a plugin's arguments only the program stays. */
function masked(monitor: Parameters<typeof displayTarget>[0]): Record<string, unknown> {
  const shown: Record<string, unknown> = { ...monitor, target: displayTarget(monitor) };
  if (monitor.kind === "exec") shown.command = [monitor.command[0]];
  if (monitor.kind === "http" && monitor.proxy instanceof Secret) {
    shown.proxy = monitor.proxy.reveal().replace(/^([a-z0-9+.-]+:\/\/)?[^/@]*@/i, "$1***@");
  }
  return shown;
}
