import { displayTarget } from "../domain/monitor.ts";
import { Secret } from "../domain/secret.ts";
import { type Command, out } from "./command.ts";
import { readConfig } from "./read_config.ts";

/** `hora config`: what is in force, defaults and environment included, with secrets masked, as JSON. */
export const config: Command = {
  name: "config",
  args: "",
  about: "show the effective configuration, secrets masked",
  async run() {
    const read = await readConfig();
    if (read === null) return 1;
    out(JSON.stringify({ ...read.config, monitors: read.config.monitors.map(masked) }, null, 2));
    return 0;
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
