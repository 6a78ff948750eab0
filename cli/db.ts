import { messageOf, StartupError } from "../domain/errors.ts";
import { type DatabaseStats, inspectDatabase, readStats } from "../store/inspect.ts";
import { type Command, err, out } from "./command.ts";
import { configuredDatabase, type DatabasePlace, isFile } from "./read_config.ts";
import { ProgressBar } from "./progress.ts";

/** `hora db stats|check`: what the database holds, and whether all of it can be read. Both may run beside Hora. */
export const db: Command = {
  name: "db",
  args: "stats|check",
  about: "what the database holds, and whether it is sound",
  async run(args) {
    if (args.length !== 1 || (args[0] !== "stats" && args[0] !== "check")) {
      err("usage: hora db stats|check");
      return 2;
    }
    try {
      const place = await configuredDatabase();
      if (place === null) return 1;
      if (!await isFile(place.file)) throw new StartupError(`There is no database at ${place.path}`);
      return args[0] === "stats" ? stats(place) : await check(place);
    } catch (error) {
      err(`Error: ${messageOf(error)}`);
      return 1;
    }
  },
};

function stats({ path, file }: DatabasePlace): number {
  for (const [label, value] of statLines(path, readStats(file))) out(`${label.padEnd(22)}${value}`);
  return 0;
}

function statLines(path: string, figures: DatabaseStats): [string, string][] {
  const { sealedChecks, sealedBytes } = figures;
  const each = sealedChecks === 0 ? "" : `, ${(sealedBytes / sealedChecks).toFixed(2)} bytes each`;
  return [
    ["Database", path],
    ["Schema", String(figures.schema)],
    ["Size", `${size(figures.fileBytes)}, ${size(figures.freeBytes)} of it free`],
    ["Monitors", String(figures.series)],
    ["Sealed checks", `${sealedChecks} (${size(sealedBytes)}${each})`],
    ["Texts and phases", size(figures.detailBytes)],
    ["Hot checks", String(figures.hotChecks)],
    ["Hours and days", `${figures.hours} and ${figures.days}`],
    ["Incidents", String(figures.incidents)],
    ["Oldest check", instant(figures.oldestCheckAt)],
    ["Newest check", instant(figures.newestCheckAt)],
  ];
}

function size(bytes: number): string {
  return bytes < 10_000_000 ? `${Math.ceil(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function instant(at: number | null): string {
  return at === null ? "none" : `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

async function check({ path, file }: DatabasePlace): Promise<number> {
  const bar = new ProgressBar("Reading every block");
  const problems = await inspectDatabase(file, (done, total) => bar.update(done, total));
  bar.end();
  for (const problem of problems) err(`Error: ${path}: ${problem}`);
  if (problems.length === 0) out(`${path} is sound.`);
  else err("Stop Hora and restore the last backup with `hora restore`.");
  return problems.length === 0 ? 0 : 1;
}
