import { systemClock } from "../domain/clock.ts";
import { StartupError } from "../domain/errors.ts";
import { openStore } from "../store/open.ts";
import { type Command, err, out } from "./command.ts";
import { databaseWork } from "./database_work.ts";
import { isFile } from "./read_config.ts";

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
    return await databaseWork("Backing up", async (source, bar) => {
      if (!await isFile(source)) throw new StartupError(`There is no database at ${source}`);
      await using store = await openStore(source, { clock: systemClock });
      await store.backup(destination, (done, total) => bar.update(done, total));
      const { size } = await Deno.stat(destination);
      return () => out(`Backed up ${source} to ${destination} (${Math.ceil(size / 1_024)} KiB).`);
    });
  },
};
