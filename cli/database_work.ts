import { constants, setPriority } from "node:os";
import { AppError, StartupError } from "../domain/errors.ts";
import { isDiskTrouble, troubleOf } from "../store/sqlite/trouble.ts";
import { err } from "./command.ts";
import { ProgressBar } from "./progress.ts";
import { configuredDatabase, type DatabasePlace } from "./read_config.ts";

/**
 * Does something long with the configured database, whose place `work` gets, behind a progress bar. `work` answers with what there is to
 * print once the bar has gone. What the operator can mend is printed as one sentence; anything else is thrown. The exit code.
 */
export async function databaseWork(
  title: string,
  work: (place: DatabasePlace, bar: ProgressBar) => Promise<() => void>,
): Promise<number> {
  const bar = new ProgressBar(title);
  giveWay();
  let place: DatabasePlace | null = null;
  try {
    place = await configuredDatabase();
    if (place === null) return 1;
    const print = await work(place, bar);
    bar.end();
    print();
    return 0;
  } catch (error) {
    bar.end();
    return refuse(error, place?.path ?? "");
  }
}

/** Prints what the operator can mend as one sentence and gives the exit code; anything else is thrown on. */
export function refuse(error: unknown, path: string): number {
  const isToldAlready = error instanceof StartupError || error instanceof AppError;
  if (!isToldAlready && !isDiskTrouble(error)) throw error;
  err(`Error: ${isToldAlready ? error.message : troubleOf(error, path)}`);
  return 1;
}

/** Where both want the machine, a Hora that runs beside has it first. Threads that are begun later do as this one. */
function giveWay(): void {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch { /* not allowed here: the work is as right without */ }
}
