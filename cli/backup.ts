import { systemClock } from "../domain/clock.ts";
import { AppError, StartupError } from "../domain/errors.ts";
import { openStore } from "../store/open.ts";
import { type Command, err, out } from "./command.ts";
import { configuredDatabasePath, isFile } from "./read_config.ts";
import { ProgressBar } from "./progress.ts";

/** `hora backup DEST`: a consistent copy of the database, also while Hora runs. */
export const backup: Command = {
  name: "backup",
  args: "<dest>",
  about: "copy the database to a new file, also while Hora runs",
  async run(args) {
    const destination = args[0];
    if (destination === undefined || destination === "") {
      err("usage: hora backup <dest>");
      return 1;
    }
    const bar = new ProgressBar("Backing up");
    try {
      const source = await configuredDatabasePath();
      if (source === null) return 1;
      if (!await isFile(source)) throw new StartupError(`There is no database at ${source}`);
      await using store = await openStore(source, { clock: systemClock });
      await store.backup(destination, (done, total) => bar.update(done, total));
      bar.end();
      const { size } = await Deno.stat(destination);
      out(`Backed up ${source} to ${destination} (${Math.ceil(size / 1_024)} KiB).`);
      return 0;
    } catch (error) {
      bar.end();
      if (!(error instanceof StartupError || error instanceof AppError)) throw error;
      err(`Error: ${error.message}`);
      return 1;
    }
  },
};
