import { join } from "node:path";
import { HOUR, systemClock } from "../domain/clock.ts";
import { openStore } from "../store/open.ts";
import { messageOf, StartupError } from "../domain/errors.ts";
import type { Store } from "../domain/store.ts";
import { type Command, err, out } from "./command.ts";
import { demoConfig, demoIntervalSecs, demoPushToken, demoToken } from "./demo/config_text.ts";
import { newestCheck, writeHistory } from "./demo/history.ts";
import { type Service, services as everyService } from "./demo/services.ts";
import { startTargets } from "./demo/targets.ts";
import { startLogging } from "./logging.ts";
import { type RunningHora, startHora } from "./start.ts";

const usage = "usage: hora demo [--port N] [--days N] [--well | --trouble]";

interface DemoOptions {
  readonly port: number;
  readonly days: number;
  readonly hasTrouble: boolean;
}

/** A running demo. Disposing of it ends everything and removes its folder. */
export interface Demo extends AsyncDisposable {
  readonly hora: RunningHora;
  readonly folder: string;
  /** Shows private monitors and allows operator actions. */
  readonly token: string;
}

/**
 * Builds the folder, the past, the targets, and starts the monitor on them. Nothing outside the folder is touched, and nothing is left of
 * it when this fails or `signal` ends it.
 */
export async function startDemo(options: DemoOptions, signal: AbortSignal): Promise<Demo> {
  requireFree(options.port);
  const clock = systemClock;
  const folder = await Deno.makeTempDir({ prefix: "hora-demo-" });
  const stack = new AsyncDisposableStack();
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  try {
    const services = options.hasTrouble ? everyService : everyService.map(wellAgain);
    const targets = stack.use(startTargets(services, clock));
    const now = clock.now();
    const configPath = join(folder, "hora.toml");
    await Deno.writeTextFile(configPath, demoConfig(services, targets, { ...options, now }));
    await writePlugin(folder);
    const databasePath = join(folder, "hora.db");
    const store = await openStore(databasePath, { clock });
    try {
      const past = { services, days: options.days, now, hasTrouble: options.hasTrouble };
      await writeHistory(store, past, signal);
      if (options.hasTrouble) await announce(store, now);
      await seal(store, services, now, signal);
      await beatOnce(store, services, clock.now());
    } finally {
      await store.close();
    }
    const env = { HORA_DATABASE_PATH: databasePath, HORA_EXEC_DIR: folder };
    const hora = await startHora({ env, configPath, clock });
    stack.defer(() => hora.stop());
    const ends = new AbortController();
    const beats = sendHeartbeats(hora.url, services, ends.signal);
    stack.defer(async () => {
      ends.abort();
      await beats;
    });
    const owned = stack.move();
    return { hora, folder, token: demoToken, [Symbol.asyncDispose]: () => owned.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** Asked before the past is written, which takes a while, and said in words that name what was typed. */
function requireFree(port: number): void {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
  } catch (error) {
    const why = error instanceof Deno.errors.AddrInUse ? "another program uses that port" : messageOf(error);
    throw new StartupError(`Cannot listen on 127.0.0.1:${port}: ${why}; choose another with --port`);
  }
}

function wellAgain(service: Service): Service {
  return { ...service, behaviour: "steady", outages: Math.min(service.outages, 1) };
}

async function writePlugin(folder: string): Promise<void> {
  const script = "#!/bin/sh\necho 'DISK OK - free space: / 61% | /=39%;90;95;0;100'\n";
  await Deno.writeTextFile(join(folder, "check_demo"), script, { mode: 0o755 });
}

async function announce(store: Store, now: number): Promise<void> {
  await store.announcements.insert({
    title: "Payments are failing",
    body: "Our payment provider has an outage; orders are kept and charged later.",
    severity: "warning",
    untilAt: now + 6 * HOUR,
    createdAt: now - HOUR / 2,
  });
}

/** The past is packed as it would be in a file of that age. */
async function seal(
  store: Store,
  services: readonly Service[],
  now: number,
  signal: AbortSignal,
): Promise<void> {
  const retentionDays = new Map(services.map((service) => [service.id, 365]));
  const plan = {
    now,
    retentionDays,
    hourlyDays: 730,
    dailyDays: 3650,
    incidentsDays: 3650,
    orphansDays: 30,
  };
  await store.upkeep(plan, signal);
  signal.throwIfAborted();
}

const keepsBeating = (one: Service): boolean => one.kind === "push" && one.behaviour !== "silent";

/** The past ends a little before now; without this the heartbeats would be missing in the first moment. */
async function beatOnce(store: Store, services: readonly Service[], now: number): Promise<void> {
  const checks = services.filter(keepsBeating).map((service) => newestCheck(service, now));
  await store.commit({ checks, durable: true });
}

async function sendHeartbeats(url: string, services: readonly Service[], signal: AbortSignal): Promise<void> {
  const senders = services.filter(keepsBeating);
  while (!signal.aborted) {
    for (const { id } of senders) {
      await fetch(`${url}/api/push/${id}?msg=demo`, {
        method: "POST",
        headers: { "X-Push-Token": demoPushToken },
        signal,
      }).then((response) => response.body?.cancel()).catch(() => {});
    }
    await systemClock.sleep((demoIntervalSecs / 2) * 1000, signal);
  }
}

function parse(args: readonly string[]): DemoOptions | null {
  let [port, days] = [0, 90];
  const scenes = new Set<string>();
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (arg === "--well" || arg === "--trouble") scenes.add(arg);
    else if ((arg === "--port" || arg === "--days") && /^\d{1,5}$/.test(args[i + 1] ?? "")) {
      const number = Number(args[++i]);
      if (arg === "--port") port = number;
      else days = number;
    } else return null;
  }
  if (port > 65_535 || days < 1 || days > 730 || scenes.size > 1) return null;
  return { port, days, hasTrouble: !scenes.has("--well") };
}

/** `hora demo`: a page full of life in a temporary folder, until Ctrl-C. */
export const demo: Command = {
  name: "demo",
  args: "[--port N] [--days N] [--well | --trouble]",
  about: "a made-up instance with a past, in a temporary folder",
  async run(args) {
    const options = parse(args);
    if (options === null) {
      err(usage);
      return 2;
    }
    await startLogging({ HORA_LOG: "error", ...Deno.env.toObject() });
    const ends = new AbortController();
    const end = () => ends.abort();
    Deno.addSignalListener("SIGINT", end);
    Deno.addSignalListener("SIGTERM", end);
    try {
      await showUntil(ends.signal, options);
      return 0;
    } catch (error) {
      if (ends.signal.aborted) return 0;
      if (!(error instanceof StartupError)) throw error;
      err(error.message);
      return 1;
    } finally {
      Deno.removeSignalListener("SIGINT", end);
      Deno.removeSignalListener("SIGTERM", end);
    }
  },
};

async function showUntil(signal: AbortSignal, options: DemoOptions): Promise<void> {
  out(`Writing ${options.days} days of history`);
  await using running = await startDemo(options, signal);
  out(`Status page:      ${running.hora.url}/`);
  out(`With the token:   ${running.hora.url}/?token=${running.token}`);
  out(`Everything is in  ${running.folder} and goes away when you press Ctrl-C`);
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
}
