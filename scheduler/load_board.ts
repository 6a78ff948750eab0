import type { Alerts } from "../alerts/alerts.ts";
import type { Board } from "../domain/board.ts";
import type { Check } from "../domain/check.ts";
import { DAY, HOUR } from "../domain/clock.ts";
import type { Config } from "../domain/config.ts";
import { Slices } from "../domain/slices.ts";
import type { Store } from "../domain/store.ts";

/** The last day of hours. */
function hoursOf(store: Store, now: number, slices?: Slices) {
  return store.aggregates.hours(Math.floor((now - DAY) / HOUR) * HOUR, now + HOUR, slices);
}

/** Reads what the board is rebuilt from. */
export async function loadBoard(
  store: Store,
  alerts: Pick<Alerts, "load">,
  board: Board,
  now: number,
): Promise<void> {
  const dayFrom = board.firstDayAt(now);
  const slices = Slices.ofStart();
  const newest = await store.checks.lastOfEach();
  board.load({
    days: await store.aggregates.days(dayFrom, now + DAY, slices),
    hours: await hoursOf(store, now, slices),
    newest,
    gaps: await store.gaps(dayFrom),
    standings: await alerts.load(now, newest),
    certificates: await store.certificates.list(),
    domains: await store.domains.list(),
    silences: await store.silences.listActive(now),
    announcements: await store.announcements.listActive(now),
  });
}

/** Puts a new config on the board, with what the store kept of monitors that came or came back, and of days that are shown from now on. */
export async function reconfigureBoard(
  { store, alerts, board }: { store: Store; alerts: Pick<Alerts, "positionOf">; board: Board },
  config: Config,
  now: number,
): Promise<void> {
  const added = config.monitors.map(({ id }) => id).filter((id) => !board.has(id));
  const shownFrom = board.firstDayAt(now);
  board.reconfigure(config);
  const neededFrom = board.firstDayAt(now);
  const known = new Map<string, Check>();
  for (const id of added) {
    const [newest] = await store.checks.newest(id, 1);
    if (newest !== undefined) known.set(id, newest);
  }
  if (known.size > 0) {
    const days = await store.aggregates.days(neededFrom, now + DAY);
    const hours = await hoursOf(store, now);
    for (const [id, newest] of known) {
      const kept = { days: days.get(id) ?? null, hours: hours.get(id) ?? null, newest };
      board.loadOne(id, kept, alerts.positionOf(id));
    }
    for (const record of await store.certificates.list()) {
      if (known.has(record.monitorId)) board.setCertificate(record);
    }
  }
  if (neededFrom < shownFrom) {
    const days = await store.aggregates.days(neededFrom, shownFrom);
    for (const id of added) days.delete(id);
    board.loadOlder(days);
  }
}
