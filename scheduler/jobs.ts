import { getLogger } from "@logtape/logtape";
import { Cron } from "croner";
import { type Clock } from "../domain/clock.ts";
import { messageOf } from "../domain/errors.ts";

/** What is done when; the only place where `Deno.cron` is used. Times are UTC. */
export interface JobWork {
  /** Heals and looks after the loops that run by the second. */
  minute(): void | Promise<void>;
  upkeep(signal: AbortSignal): Promise<void>;
  certificates(signal: AbortSignal): Promise<void>;
  domains(signal: AbortSignal): Promise<void>;
  retention(signal: AbortSignal): Promise<void>;
}

const schedules: Readonly<Record<keyof JobWork, string>> = {
  minute: "* * * * *",
  upkeep: "*/5 * * * *",
  certificates: "17 * * * *",
  domains: "41 * * * *",
  retention: "23 2 * * *",
};

export interface JobOptions {
  readonly clock: Clock;
  /** `runtime`: `Deno.cron`; `timers`: our own, which follow `clock`, and which a program started without `--unstable-cron` needs. */
  readonly by: "runtime" | "timers";
  readonly signal: AbortSignal;
}

/** Is the runtime's scheduler there? It is absent from bundles that are run without `--unstable-cron`. */
export function hasRuntimeCron(): boolean {
  return typeof (Deno as { cron?: unknown }).cron === "function";
}

/** Starts every fixed job until the signal aborts. A job never overlaps itself; one that fails is logged and runs again at its next time. */
export function startJobs(work: JobWork, options: JobOptions): void {
  const instance = crypto.randomUUID().slice(0, 8);
  for (const name of Object.keys(schedules) as (keyof JobWork)[]) {
    const run = guarded(name, work, options.signal);
    if (options.by === "runtime") {
      // The name holds the instance, since two whole instances may live in one process.
      Deno.cron(`hora ${name} ${instance}`, schedules[name], { signal: options.signal }, run);
    } else void repeat(schedules[name], run, options);
  }
}

function guarded(name: keyof JobWork, work: JobWork, signal: AbortSignal): () => Promise<void> {
  const log = getLogger(["hora", "scheduler"]);
  let running = false;
  return async () => {
    if (running || signal.aborted) return;
    running = true;
    try {
      await work[name](signal);
    } catch (error) {
      if (!signal.aborted) {
        log.error`The job ${name} failed and runs again at its next time: ${messageOf(error)}`;
      }
    } finally {
      running = false;
    }
  };
}

async function repeat(
  schedule: string,
  run: () => Promise<void>,
  { clock, signal }: JobOptions,
): Promise<void> {
  const cron = new Cron(schedule, { timezone: "UTC", paused: true });
  while (!signal.aborted) {
    const now = clock.now();
    const next = cron.nextRun(new Date(now))?.getTime() ?? now + 60_000;
    await clock.sleep(next - now, signal);
    if (!signal.aborted) await run();
  }
}
