import { messageOf } from "../domain/errors.ts";
import type { ExecMonitor } from "../domain/monitor.ts";
import type { Metric, Outcome } from "../domain/outcome.ts";
import { parsePerfdata } from "./perfdata.ts";
import type { ProbeContext } from "./probe.ts";
import { clean, down, ProbeFailure } from "./verdict.ts";

/*
 * Promises, in order: only a regular program inside the exec directory runs, links resolved; its arguments never see a shell; it gets four
 * harmless variables of our environment and none of our files; it and its whole process group are gone when the check ends. What leaves the
 * group on purpose, as daemons do, is not followed.
 */

const OUTPUT_LIMIT = 8 * 1024;
/** How long output already on its way is waited for once the program has ended, in ms. */
const LAST_OUTPUT_MS = 100;
const passedOn = ["PATH", "HOME", "LANG", "TZ"];

async function locate(execDir: string | null, name: string): Promise<{ folder: string; program: string }> {
  const refuse = (reason: string) => new ProbeFailure("plugin_failed", reason);
  if (execDir === null) throw refuse("HORA_EXEC_DIR unusable: it is not set");
  let folder: string;
  try {
    folder = await Deno.realPath(execDir);
    if (!(await Deno.stat(folder)).isDirectory) throw new Error("it is no directory");
  } catch (error) {
    throw refuse(`HORA_EXEC_DIR unusable: ${clean(messageOf(error))}`);
  }
  if (name === "" || name === "." || name === ".." || /[/\\\0]/.test(name)) {
    throw refuse(`plugin ${clean(name, 60)} escapes HORA_EXEC_DIR, refusing`);
  }
  let program: string;
  try {
    program = await Deno.realPath(`${folder}/${name}`);
  } catch (error) {
    throw refuse(`plugin ${clean(name, 60)} not found: ${clean(messageOf(error))}`);
  }
  if (!program.startsWith(folder === "/" ? "/" : `${folder}/`)) {
    throw refuse(`plugin ${clean(name, 60)} escapes HORA_EXEC_DIR, refusing`);
  }
  return { folder, program };
}

/** Keeps the beginning of a stream, drops the rest so that the writer never waits, and stops when told. */
function capture(
  stream: ReadableStream<Uint8Array>,
): { done: Promise<void>; stop(): Promise<void>; text(): string; isCut(): boolean } {
  const reader = stream.getReader();
  const kept = new Uint8Array(OUTPUT_LIMIT);
  let size = 0;
  const pump = async () => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const part = value.subarray(0, OUTPUT_LIMIT - size);
      kept.set(part, size);
      size += part.length;
    }
  };
  return {
    done: pump().catch(() => {}),
    stop: () => reader.cancel().catch(() => {}),
    text: () => new TextDecoder().decode(kept.subarray(0, size)),
    isCut: () => size === OUTPUT_LIMIT,
  };
}

function endGroup(pid: number): void {
  try {
    Deno.kill(-pid, "SIGKILL");
  } catch { /* nobody is left in it */ }
}

interface Run {
  readonly code: number;
  readonly signal: string | null;
  readonly stdout: string;
  /** There may have been more than was kept. */
  readonly isCut: boolean;
  readonly stderr: string;
  readonly ms: number;
}

async function run(monitor: ExecMonitor, context: ProbeContext): Promise<Run> {
  const [name, ...args] = monitor.command;
  const { folder, program } = await locate(context.execDir, name);
  const env: Record<string, string> = {};
  for (const key of passedOn) {
    const value = Deno.env.get(key);
    if (value !== undefined) env[key] = value;
  }
  const startedAt = performance.now();
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args,
      cwd: folder,
      env,
      clearEnv: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      // Its own session, so that everything it starts can be ended with it.
      detached: true,
    }).spawn();
  } catch (error) {
    throw new ProbeFailure("plugin_failed", `could not run ${clean(name, 60)}: ${clean(messageOf(error))}`);
  }
  const onAbort = () => endGroup(child.pid);
  context.signal.addEventListener("abort", onAbort, { once: true });
  if (context.signal.aborted) onAbort();
  const [stdout, stderr] = [capture(child.stdout), capture(child.stderr)];
  try {
    const status = await child.status;
    const ms = performance.now() - startedAt;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise<void>((resolve) => timer = setTimeout(resolve, LAST_OUTPUT_MS));
    await Promise.race([Promise.all([stdout.done, stderr.done]), patience]);
    clearTimeout(timer);
    return {
      code: status.code,
      signal: status.signal,
      stdout: stdout.text(),
      isCut: stdout.isCut(),
      stderr: stderr.text(),
      ms,
    };
  } finally {
    context.signal.removeEventListener("abort", onAbort);
    endGroup(child.pid);
    await Promise.all([stdout.stop(), stderr.stop()]);
    await Promise.all([stdout.done, stderr.done]);
  }
}

function messageFrom(text: string): string {
  return clean(text.split(/\r?\n/, 1)[0].split("|", 1)[0]);
}

/** The figures; of output that was cut only those before the last blank, so that none is half a number. */
function metricsOf({ stdout, isCut }: Run): Metric[] {
  const end = isCut ? Math.max(stdout.lastIndexOf(" "), stdout.lastIndexOf("\n")) : stdout.length;
  return parsePerfdata(stdout.slice(0, Math.max(0, end)));
}

/** Runs a plugin: exit 0 is up, 1 degraded, anything else down; its first line is the message, what follows `|` are metrics. */
export async function probeExec(monitor: ExecMonitor, context: ProbeContext): Promise<Outcome> {
  try {
    const done = await run(monitor, context);
    if (context.signal.aborted) {
      return down("plugin_failed", `plugin timed out after ${monitor.timeoutSecs}s`);
    }
    if (done.signal !== null) return down("plugin_failed", "plugin killed by a signal");
    const message = messageFrom(done.stdout) || messageFrom(done.stderr);
    const shared = { latencyMs: done.ms, code: done.code, metrics: metricsOf(done) };
    if (done.code === 0) {
      return {
        status: "up",
        reason: null,
        category: null,
        message: message === "" ? null : message,
        ...shared,
      };
    }
    if (done.code === 1) {
      const reason = message || "plugin warning (exit 1)";
      return { status: "degraded", reason, category: "plugin_failed", ...shared };
    }
    return down("plugin_failed", message || `plugin reported critical (exit ${done.code})`, shared);
  } catch (error) {
    if (error instanceof ProbeFailure) return down(error.category, error.message);
    throw error;
  }
}
