import { type RunningHora, startHora } from "../../cli/start.ts";
import type { Patience } from "../../routes/patience.ts";
import { ManualClock } from "./manual_clock.ts";

/** A whole Hora on a real socket, in a folder of its own, whose time stands still until it is told to move. */
export interface Instance extends AsyncDisposable {
  readonly hora: RunningHora;
  readonly clock: ManualClock;
  readonly port: number;
  /** Where its `hora.toml` and `hora.db` are. */
  readonly folder: string;
  /** Writes the config file anew and loads it. */
  configure(toml: string): Promise<void>;
}

/** Starts with this `hora.toml`; `server.bind` and `server.database_path` are given by the environment. */
export async function openInstance(
  toml: string,
  start = "2026-11-23T14:17:08Z",
  patience?: Patience,
): Promise<Instance> {
  const folder = await Deno.makeTempDir({ prefix: "hora-instance-" });
  const configPath = `${folder}/hora.toml`;
  await Deno.writeTextFile(configPath, toml);
  const clock = new ManualClock(start);
  const env = { HORA_BIND: "127.0.0.1:0", HORA_DATABASE_PATH: `${folder}/hora.db` };
  const hora = await startHora({
    env,
    configPath,
    clock,
    watch: false,
    ...(patience === undefined ? {} : { patience }),
  });
  return {
    hora,
    clock,
    folder,
    port: Number(new URL(hora.url).port),
    async configure(text) {
      await Deno.writeTextFile(configPath, text);
      const result = await hora.reload();
      if (result !== "applied") throw new Error(`the config was not applied: ${JSON.stringify(result)}`);
    },
    async [Symbol.asyncDispose]() {
      await hora.stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
