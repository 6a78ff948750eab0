import { findConfigPath, formatProblem, loadConfig } from "../config/load.ts";
import { StartupError } from "../domain/errors.ts";
import { type Command, err, out } from "./command.ts";

/** `hora check [--strict] [--json]`: is the configuration valid, and what is doubtful about it. */
export const check: Command = {
  name: "check",
  args: "[--strict] [--json]",
  about: "validate the configuration; --strict: warnings fail too",
  async run(args) {
    const unknown = args.find((arg) => arg.startsWith("-") && arg !== "--strict" && arg !== "--json");
    if (unknown !== undefined) {
      err(`unknown option: ${unknown}`);
      err("usage: hora check [--strict] [--json]");
      return 2;
    }
    const env = Deno.env.toObject();
    let path: string;
    try {
      path = await findConfigPath(env);
    } catch (error) {
      if (!(error instanceof StartupError)) throw error;
      err(`Configuration error: ${error.message}`);
      return 1;
    }
    const result = await loadConfig(path, env);
    const problems = result.ok ? [] : result.problems;
    const fails = problems.length > 0 || (args.includes("--strict") && result.warnings.length > 0);
    if (args.includes("--json")) {
      out(JSON.stringify({ path, valid: !fails, problems, warnings: result.warnings }, null, 2));
      return fails ? 1 : 0;
    }
    for (const warning of result.warnings) err(`Warning: ${formatProblem(warning)}`);
    for (const problem of problems) err(`Configuration error: ${formatProblem(problem)}`);
    if (!fails) out(`${path} is valid.`);
    else if (problems.length === 0) err(`${path} has warnings, and --strict makes them fail.`);
    return fails ? 1 : 0;
  },
};
