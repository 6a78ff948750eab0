import { systemClock } from "../domain/clock.ts";
import { StartupError } from "../domain/errors.ts";
import { importHora } from "../store/import_hora.ts";
import { openStore } from "../store/open.ts";
import { err, out } from "./command.ts";
import { configuredDatabasePath, isFile } from "./read_config.ts";
import { ProgressBar } from "./progress.ts";

/** `hora import hora OLD.db`: takes the other Hora's history over into the configured database. */
export async function importHoraCommand(args: readonly string[]): Promise<number> {
  const source = args[0];
  if (source === undefined) {
    err("usage: hora import hora <old.db>");
    return 1;
  }
  const bar = new ProgressBar("Importing");
  try {
    if (!await isFile(source)) throw new StartupError(`There is no file ${source}`);
    const path = await configuredDatabasePath();
    if (path === null) return 1;
    await using store = await openStore(path, { clock: systemClock, exclusive: true });
    const done = await importHora(store, source, (checks, total) => bar.update(checks, total));
    bar.end();
    out(
      `Imported ${done.checks} checks of ${done.monitors} monitors, ${done.buckets} older hours and days, ` +
        `${done.incidents} incidents, ${done.silences} silences and ${done.announcements} announcements.`,
    );
    if (done.findings.length > 0) err(`Not taken over from ${source}:`);
    for (const finding of done.findings) err(`  ${finding}`);
    return 0;
  } catch (error) {
    bar.end();
    if (!(error instanceof StartupError)) throw error;
    err(`Error: ${error.message}`);
    return 1;
  }
}
