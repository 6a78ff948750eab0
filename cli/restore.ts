import { restoreDatabase } from "../store/restore.ts";
import { type Command, err, out, pathFromCaller } from "./command.ts";
import { databaseWork } from "./database_work.ts";

/** `hora restore BACKUP`: puts a backup in the database's place, after having looked it over; what was there is kept beside it. */
export const restore: Command = {
  name: "restore",
  args: "<backup>",
  about: "put a backup in the database's place (Hora stopped)",
  async run(args) {
    if (args[0] === undefined) {
      err("usage: hora restore <backup>");
      return 1;
    }
    const backup = pathFromCaller(args[0]);
    return await databaseWork("Restoring", async ({ path, file }, bar) => {
      const replaced = await restoreDatabase(backup, file, (done, total) => bar.update(done, total));
      return () => {
        out(`Restored ${path} from ${backup}.`);
        if (replaced !== null) out(`What was there before is ${replaced}; delete it when all is well.`);
      };
    });
  },
};
