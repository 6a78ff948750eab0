import { StartupError } from "../domain/errors.ts";
import { restoreDatabase } from "../store/restore.ts";
import { type Command, err, out } from "./command.ts";
import { configuredDatabasePath } from "./read_config.ts";
import { ProgressBar } from "./progress.ts";

/** `hora restore BACKUP`: puts a backup in the database's place, after having looked it over; what was there is kept beside it. */
export const restore: Command = {
  name: "restore",
  args: "<backup>",
  about: "put a backup in the database's place (Hora stopped)",
  async run(args) {
    const backup = args[0];
    if (backup === undefined) {
      err("usage: hora restore <backup>");
      return 1;
    }
    const bar = new ProgressBar("Restoring");
    try {
      const path = await configuredDatabasePath();
      if (path === null) return 1;
      const replaced = await restoreDatabase(backup, path, (done, total) => bar.update(done, total));
      bar.end();
      out(`Restored ${path} from ${backup}.`);
      if (replaced !== null) out(`What was there before is ${replaced}; delete it when all is well.`);
      return 0;
    } catch (error) {
      bar.end();
      if (!(error instanceof StartupError)) throw error;
      err(`Error: ${error.message}`);
      return 1;
    }
  },
};
