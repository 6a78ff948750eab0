import type { Command } from "./command.ts";
import { check } from "./check.ts";

/** Every subcommand, in the order of `hora --help`. Without one, `main.ts` runs the monitor. */
export const commands: readonly Command[] = [check];
