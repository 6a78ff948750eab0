import { systemClock } from "../domain/clock.ts";
import { StartupError } from "../domain/errors.ts";
import { importHora } from "../store/import_hora.ts";
import { openStore } from "../store/open.ts";
import { err, out, pathFromCaller } from "./command.ts";
import { databaseWork } from "./database_work.ts";
import { isFile } from "./read_config.ts";

/** `hora import hora OLD.db`: takes the other Hora's history over into the configured database. */
export async function importHoraCommand(args: readonly string[]): Promise<number> {
  if (args[0] === undefined) {
    err("usage: hora import hora <old.db>");
    return 1;
  }
  const source = pathFromCaller(args[0]);
  return await databaseWork("Importing", async ({ path, config }, bar) => {
    if (!await isFile(source)) throw new StartupError(`There is no file ${source}`);
    await using store = await openStore(path, { clock: systemClock, exclusive: true });
    // As a start does, so that what comes in under an earlier id finds its way.
    await store.claimIds(config.monitors.map(({ id }) => id));
    for (const { id, previousIds } of config.monitors) {
      if (previousIds.length > 0) await store.carryOver(id, previousIds);
    }
    const { trouble } = store.health();
    if (trouble !== null) throw new StartupError(trouble);
    const done = await importHora(store, source, (checks, total) => bar.update(checks, total));
    return () => {
      out(
        `Imported ${done.checks} checks of ${done.monitors} monitors, ${done.buckets} older hours and days, ` +
          `${done.incidents} incidents, ${done.silences} silences and ${done.announcements} announcements.`,
      );
      if (done.findings.length > 0) err(`Not taken over from ${source}:`);
      for (const finding of done.findings) err(`  ${finding}`);
    };
  });
}
