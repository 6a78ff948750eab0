import { backup } from "./backup.ts";
import { db } from "./db.ts";
import { importCommand } from "./import.ts";
import { restore } from "./restore.ts";
import { check } from "./check.ts";
import { config } from "./config.ts";
import type { Command } from "./command.ts";
import { demo } from "./demo.ts";
import { doctor } from "./doctor.ts";
import { peer } from "./peer.ts";
import { probe } from "./probe.ts";
import { silence } from "./silence.ts";
import { announce } from "./announce.ts";
import { incidents } from "./incidents.ts";
import { annotate } from "./annotate.ts";
import { explain } from "./explain.ts";
import { digest } from "./digest.ts";
import { report } from "./report.ts";
import { testAlert } from "./test_alert.ts";
import { top } from "./top.ts";
import { tune } from "./tune.ts";

/** Every subcommand, in the order of `hora --help`. Without one, `main.ts` runs the monitor. */
export const commands: readonly Command[] = [
  check,
  config,
  demo,
  doctor,
  peer,
  probe,
  silence,
  announce,
  incidents,
  annotate,
  explain,
  digest,
  report,
  testAlert,
  tune,
  top,
  backup,
  restore,
  db,
  importCommand,
];
