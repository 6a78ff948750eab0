import { type Command, err, out } from "./cli/command.ts";
import { version } from "./domain/version.ts";

function help(commands: readonly Command[]): string {
  const lines = commands.map((command) => `  ${command.usage}`);
  return ["Hora, an uptime monitor and status page", "", "  hora  run the monitor", ...lines].join("\n");
}

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  // Each way loads what it needs, so that the page is there sooner and `--version` answers at once.
  if (name === undefined) {
    const { serve } = await import("./cli/serve.ts");
    return await serve();
  }
  if (name === "--version" || name === "-V") {
    out(`hora ${version}`);
    return 0;
  }
  const { commands } = await import("./cli/commands.ts");
  if (name === "--help" || name === "-h") {
    out(help(commands));
    return 0;
  }
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) {
    err(`unknown command: ${name}`);
    err("See `hora --help`.");
    return 1;
  }
  return await command.run(rest);
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
