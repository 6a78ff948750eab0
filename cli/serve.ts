import { getLogger } from "@logtape/logtape";
import { messageOf, StartupError } from "../domain/errors.ts";
import { version } from "../domain/version.ts";
import { hasRuntimeCron } from "../scheduler/jobs.ts";
import { err } from "./command.ts";
import { startLogging } from "./logging.ts";
import { type RunningHora, startHora } from "./start.ts";

/** Stopping has this long; then the process ends anyway, and says so. */
const STOP_MS = 4_800;

/** Runs the monitor until SIGTERM or SIGINT. Returns the exit code. */
export async function serve(): Promise<number> {
  const env = Deno.env.toObject();
  await startLogging(env);
  const log = getLogger(["hora"]);
  const ended = Promise.withResolvers<string>();
  // From the first moment on, so that a signal during the start is not lost.
  const onTerm = () => ended.resolve("SIGTERM");
  const onInt = () => ended.resolve("SIGINT");
  Deno.addSignalListener("SIGTERM", onTerm);
  Deno.addSignalListener("SIGINT", onInt);
  let hora: RunningHora;
  try {
    hora = await startHora({ env, cron: hasRuntimeCron() ? "runtime" : "timers" });
  } catch (error) {
    Deno.removeSignalListener("SIGTERM", onTerm);
    Deno.removeSignalListener("SIGINT", onInt);
    if (!(error instanceof StartupError)) throw error;
    err(error.message);
    return 1;
  }
  const onHangUp = () => void hora.reload();
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGHUP", onHangUp);
  const { monitors, server } = hora.config();
  log
    .info`Hora ${version} watches ${monitors.length} monitors from ${hora.configPath}, database ${server.databasePath}`;
  log.info`Status page: ${hora.url}/`;

  const signal = await ended.promise;
  log.info`${signal}: stopping`;
  const stopped = await Promise.race([
    hora.stop().then(() => true),
    new Promise<false>((resolve) => Deno.unrefTimer(setTimeout(() => resolve(false), STOP_MS))),
  ]).catch((error) => {
    log.error`Stopping failed: ${messageOf(error)}`;
    return false;
  });
  if (stopped) log.info("Stopped");
  else log.error("Stopping took too long, so what was still under way is given up");
  Deno.exit(stopped ? 0 : 1);
}
