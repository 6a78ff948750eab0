import type { Config } from "./config.ts";
import type { Monitor } from "./monitor.ts";

/** Finds monitors by id without going through all of them. Remembers those of one config snapshot. */
export class MonitorIndex {
  #config: Config | null = null;
  #byId = new Map<string, Monitor>();

  find(config: Config, id: string): Monitor | undefined {
    if (this.#config !== config) {
      this.#config = config;
      this.#byId = new Map(config.monitors.map((monitor) => [monitor.id, monitor]));
    }
    return this.#byId.get(id);
  }
}
