import { systemClock } from "../domain/clock.ts";

/** How often the file is looked at, and for how long it must stay as it is before it is read. */
const LOOK_MS = 1_000;
const SETTLE_MS = 500;

/** Which file stands at a path, and which version of it; null: none. Equal for equal versions. */
export type FileVersion = string | null;

/**
 * Calls `onChange` when the file at `path` may have changed: written in place, replaced by a rename, or reached through a symbolic
 * link that now points elsewhere (as mounted config maps do it). A burst becomes one call, half a second after its last change. What counts
 * is which file stands there, its size and its times. `known` is the version that was read before. Returns when `signal` aborts.
 *
 * It asks the file's status once a second instead of watching its folder with `Deno.watchFs`: the runtime opens and closes the files that it
 * reports events for, and closing any handle of the database, which often stands in that folder, drops SQLite's locks on it. The next
 * command that ends would then take the write-ahead log away from the running monitor, and with it everything written from then on.
 */
export async function watchConfig(
  path: string,
  known: FileVersion,
  onChange: () => void,
  signal: AbortSignal,
): Promise<void> {
  let seen = known;
  let settled = known;
  while (!signal.aborted) {
    await systemClock.sleep(settled === seen ? LOOK_MS : SETTLE_MS, signal);
    if (signal.aborted) return;
    const now = await versionOf(path);
    if (now === seen && seen !== settled) {
      settled = seen;
      // A file that is gone for a moment (a rename, an editor) is no reason to read it.
      if (seen !== null) onChange();
    }
    seen = now;
  }
}

/** The version that stands at `path` now; to be asked for before the file is read, so that no change falls in between. */
export async function versionOf(path: string): Promise<FileVersion> {
  try {
    const { dev, ino, size, mtime, ctime } = await Deno.stat(path);
    return [dev, ino, size, mtime?.getTime(), ctime?.getTime()].join(" ");
  } catch {
    return null;
  }
}
