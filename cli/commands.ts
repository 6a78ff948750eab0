import { check } from "./check.ts";
import type { Command } from "./command.ts";
import { peer } from "./peer.ts";
import { probe } from "./probe.ts";

/** Every subcommand, in the order of `hora --help`. Without one, `main.ts` runs the monitor. */
export const commands: readonly Command[] = [check, peer, probe];
