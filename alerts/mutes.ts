import type { Config } from "../domain/config.ts";
import type { Store } from "../domain/store.ts";
import { instant } from "./words.ts";
import { getLogger } from "@logtape/logtape";
import { messageOf } from "../domain/errors.ts";

const log = getLogger(["hora", "alerts"]);

/** The first planned window that covers the id now; null: none. Both ends belong to it. */
export function plannedNow(config: Config, id: string, now: number): string | null {
  const window = config.maintenance.find((candidate) =>
    candidate.startAt <= now && now <= candidate.endAt &&
    (candidate.monitors.length === 0 || candidate.monitors.includes(id))
  );
  if (window === undefined) return null;
  const title = window.title === "" ? "" : ` "${window.title}"`;
  return `planned maintenance${title} until ${instant(window.endAt)}`;
}

/**
 * Why nobody may be told about this id now, in words, or null. Silences are read afresh, so that one set a moment ago by another process
 * counts. They cannot be read: telling is free, since a needless alert does less harm than a missing one.
 */
export async function mutedNow(
  store: Pick<Store, "silences">,
  config: Config,
  id: string,
  now: number,
): Promise<string | null> {
  const planned = plannedNow(config, id, now);
  if (planned !== null) return planned;
  try {
    const active = await store.silences.listActive(now);
    const silence = active.find((candidate) =>
      (candidate.target === id || candidate.target === "*") && candidate.untilAt > now
    );
    if (silence === undefined) return null;
    const reason = silence.reason === null || silence.reason === "" ? "" : ` (${silence.reason})`;
    return `a silence until ${instant(silence.untilAt)}${reason}`;
  } catch (error) {
    log.warn("Reading silences: {error}; alerts go out unmuted", { error: messageOf(error) });
    return null;
  }
}
