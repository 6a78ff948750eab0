import { nearest } from "../config/problem.ts";
import { messageOf } from "../domain/errors.ts";
import { version } from "../domain/version.ts";
import { type Command, err, out, pathFromCaller } from "./command.ts";

/** Where the second column of the help begins. */
const COLUMN = 36;

/**
 * Runs what the command line says; gives the exit code. What nobody foresaw ends it in one line, and tells where it comes from to those
 * who log for debugging. It ends at once, since what is still open would keep the process.
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    return await run(args);
  } catch (error) {
    err(`Error: ${messageOf(error)}`);
    const isTraced = /debug|trace/i.test(Deno.env.get("HORA_LOG") ?? "");
    if (isTraced && error instanceof Error) err(error.stack ?? "");
    Deno.exit(1);
  }
}

/** Each way loads what it needs, so that the page is there sooner. */
async function run(args: readonly string[]): Promise<number> {
  const rest = takeConfig(args);
  if (rest === null) {
    err("--config needs the path of a file");
    return 1;
  }
  const [name, ...others] = rest;
  if (name === undefined) {
    const { serve } = await import("./serve.ts");
    return await serve();
  }
  if (name === "--version" || name === "-V") {
    out(`hora ${version}`);
    return 0;
  }
  const { commands } = await import("./commands.ts");
  const isHelp = isHelpWord(name) || name === "help";
  const wanted = isHelp ? others[0] : name;
  if (wanted === undefined) {
    out(help(commands));
    return 0;
  }
  const command = commands.find((candidate) => candidate.name === wanted);
  if (command === undefined) {
    const near = nearest(wanted, commands.map((candidate) => candidate.name));
    err(`unknown command: ${wanted}`);
    err(near === null ? "See `hora --help`." : `Did you mean \`hora ${near}\`? See \`hora --help\`.`);
    return 1;
  }
  if (isHelp || isHelpWord(others[0])) {
    out(`usage: hora ${leftOf(command)}\n\n${command.about}`);
    return 0;
  }
  return await command.run(others);
}

const isHelpWord = (word: string): boolean => word === "--help" || word === "-h";

/** Puts a leading `--config FILE` in the place of HORA_CONFIG, and gives what follows; null: the path is missing. */
function takeConfig(args: readonly string[]): readonly string[] | null {
  const [first = "", ...rest] = args;
  const path = first === "--config" ? rest.shift() : /^--config=(.*)$/s.exec(first)?.[1];
  if (path === undefined) return first === "--config" ? null : args;
  if (path === "") return null;
  Deno.env.set("HORA_CONFIG", pathFromCaller(path));
  return rest;
}

const leftOf = ({ name, args }: Command): string => args === "" ? name : `${name} ${args}`;

function help(commands: readonly Command[]): string {
  const line = (left: string, about: string) =>
    left.length <= COLUMN - 4
      ? `  ${left.padEnd(COLUMN - 2)}${about}`
      : `  ${left}\n${" ".repeat(COLUMN)}${about}`;
  return [
    `Hora ${version}, an uptime monitor and status page`,
    "",
    "usage: hora [--config FILE] [COMMAND]",
    "",
    line("(no command)", "run the monitor"),
    ...commands.map((command) => line(leftOf(command), command.about)),
    "",
    "The configuration is the file that --config or HORA_CONFIG names, or else hora.toml or config.toml here.",
  ].join("\n");
}
