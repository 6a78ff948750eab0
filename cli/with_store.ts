import { type Clock, systemClock } from "../domain/clock.ts";
import type { Config } from "../domain/config.ts";
import type { Store } from "../domain/store.ts";
import { openStore } from "../store/open.ts";
import { err } from "./command.ts";
import { refuse } from "./database_work.ts";
import { isFile, readConfig } from "./read_config.ts";

export interface Desk {
  readonly config: Config;
  readonly configPath: string;
  readonly store: Store;
  readonly clock: Clock;
}

/** Runs a command beside the daemon, on its database. A database that does not exist is not made: the command fails. */
export async function withStore(run: (desk: Desk) => Promise<number>): Promise<number> {
  const read = await readConfig();
  if (read === null) return 1;
  const path = read.config.server.databasePath;
  try {
    if (path !== ":memory:" && !path.startsWith("file:") && !await isFile(path)) {
      err(`Error: no database at ${path}; has Hora run with this configuration, and from this folder?`);
      return 1;
    }
    const store = await openStore(path, { clock: systemClock });
    try {
      return await run({ config: read.config, configPath: read.path, store, clock: systemClock });
    } finally {
      await store.close();
    }
  } catch (error) {
    return refuse(error, path);
  }
}

/** The complaint about an id that no monitor has. */
export function unknownMonitor(config: Config, id: string): number {
  err(`unknown monitor: ${id}`);
  err("Configured ids:");
  for (const monitor of config.monitors) err(`  ${monitor.id}`);
  return 1;
}

/** Display name, or the id of a monitor that is no longer configured. */
export function nameOf(config: Config, id: string): string {
  return config.monitors.find((monitor) => monitor.id === id)?.name ?? id;
}

/** Text from the command line as it is kept: no control characters, at most `max` characters. */
export function plainText(text: string, max: number): string {
  return [...text.replace(/\p{Cc}+/gu, " ").trim()].slice(0, max).join("");
}
