import { dirname, resolve } from "node:path";
import { getLogger } from "@logtape/logtape";
import { messageOf } from "../domain/errors.ts";

const log = getLogger(["hora", "config"]);
const debounceMs = 500;

/**
 * Calls `onChange` when the file at `path` may have changed: written in place, replaced by a rename, or reached through a symbolic
 * link that now points elsewhere (as mounted config maps do it). Bursts become one call, half a second after their last event. Reading the
 * file is not a change: what counts is which file stands there, its size and its time of modification. Returns when `signal` aborts.
 */
export async function watchConfig(path: string, onChange: () => void, signal: AbortSignal): Promise<void> {
  let seen = await fingerprint(path);
  while (!signal.aborted) {
    const watched = await foldersOf(path);
    const watcher = openWatcher(watched);
    if (watcher === null) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let rewatch = false;
    const close = () => watcher.close();
    const settle = async () => {
      const now = await fingerprint(path);
      if (now !== seen && now !== null && !signal.aborted) {
        seen = now;
        onChange();
      }
      const folders = await foldersOf(path);
      if (folders.join("\n") !== watched.join("\n")) {
        rewatch = true;
        close();
      }
    };
    const arm = () => {
      clearTimeout(timer);
      timer = setTimeout(settle, debounceMs);
    };
    signal.addEventListener("abort", close, { once: true });
    // What changed between the last look and this watcher's start has no event.
    arm();
    for await (const event of watcher) if (event.kind !== "access") arm();
    clearTimeout(timer);
    signal.removeEventListener("abort", close);
    if (!rewatch) return;
  }
}

function openWatcher(folders: string[]): Deno.FsWatcher | null {
  try {
    return Deno.watchFs(folders, { recursive: false });
  } catch (error) {
    log.warn("The configuration is not watched for changes, send SIGHUP after editing it: {reason}", {
      reason: messageOf(error),
    });
    return null;
  }
}

/** Which file it is, and which version of it; null while there is none. */
async function fingerprint(path: string): Promise<string | null> {
  try {
    const { dev, ino, size, mtime, ctime } = await Deno.stat(path);
    return [dev, ino, size, mtime?.getTime(), ctime?.getTime()].join(" ");
  } catch {
    return null;
  }
}

/** The folders in which an entry on the way from `path` to its real file may change. */
async function foldersOf(path: string): Promise<string[]> {
  const folders = new Set<string>();
  const pending = [resolve(path)];
  for (let hops = 0; hops < 40 && pending.length > 0; hops++) {
    const at = pending.pop()!;
    const folder = dirname(at);
    if (await isThere(folder)) folders.add(folder);
    for (const step of [at, folder]) {
      const target = await linkTarget(step);
      if (target === null) continue;
      const real = resolve(dirname(step), target);
      pending.push(step === at ? real : `${real}${at.slice(step.length)}`);
      folders.add(dirname(step));
    }
  }
  return [...folders].sort();
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

async function linkTarget(path: string): Promise<string | null> {
  return await Deno.readLink(path).catch(() => null);
}
