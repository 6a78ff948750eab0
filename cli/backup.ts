import { StartupError } from "../domain/errors.ts";
import { backupDatabase } from "../store/backup.ts";
import { type Command, err, out, pathFromCaller } from "./command.ts";
import { databaseWork } from "./database_work.ts";
import { isFile } from "./read_config.ts";

/** `hora backup DEST`: a consistent copy of the database, also while Hora runs. */
export const backup: Command = {
  name: "backup",
  args: "<dest>",
  about: "copy the database to a new file, also while Hora runs",
  async run(args) {
    if (args[0] === undefined || args[0] === "") {
      err("usage: hora backup <dest>");
      return 1;
    }
    const destination = pathFromCaller(args[0]);
    return await databaseWork("Backing up", async ({ path, file }, bar) => {
      if (!await isFile(file)) throw new StartupError(`There is no database at ${path}`);
      await backupDatabase(file, destination, (done, total) => bar.update(done, total));
      const { size } = await Deno.stat(destination);
      return () => out(`Backed up ${path} to ${destination} (${Math.ceil(size / 1_024)} KiB).`);
    });
  },
};
