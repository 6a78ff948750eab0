import { commands } from "./cli/commands.ts";
import { err, out } from "./cli/command.ts";
import { serve } from "./cli/serve.ts";
import { version } from "./domain/version.ts";

function help(): string {
  const lines = commands.map((command) => `  ${command.usage}`);
  return ["Hora, an uptime monitor and status page", "", "  hora  run the monitor", ...lines].join("\n");
}

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined) return await serve();
  if (name === "--version" || name === "-V") {
    out(`hora ${version}`);
    return 0;
  }
  if (name === "--help" || name === "-h") {
    out(help());
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
