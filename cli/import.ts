import { type Command, err } from "./command.ts";
import { importHoraCommand } from "./import_hora.ts";
import { importKumaCommand } from "./import_kuma.ts";

const sources: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  hora: importHoraCommand,
  kuma: importKumaCommand,
};

/** `hora import SOURCE FILE`: takes over what another program kept. */
export const importCommand: Command = {
  name: "import",
  args: "hora <old.db> | kuma <kuma.db|backup.json>",
  about: "take over another program's history or monitors",
  async run([source, ...rest]) {
    const run = source !== undefined && Object.hasOwn(sources, source) ? sources[source] : undefined;
    if (run === undefined) {
      err(`usage: hora import ${Object.keys(sources).join("|")} <file>`);
      return 1;
    }
    return await run(rest);
  },
};
