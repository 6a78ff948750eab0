import { instant, subjectOf } from "../alerts/words.ts";
import { DAY, HOUR } from "../domain/clock.ts";
import { parseDuration } from "../domain/duration.ts";
import { parseInstant } from "../domain/instant.ts";
import type { Decision, Notification } from "../domain/store.ts";
import { type Command, err, out } from "./command.ts";
import { type Desk, unknownMonitor, withStore } from "./with_store.ts";

const LIMIT = 500;

/** Prints why somebody was told about a monitor, or why not. */
export const explain: Command = {
  name: "explain",
  args: "MONITOR [--at TIME]",
  about: "why was somebody told, or not",
  run: (args) => {
    const [id, option, ...words] = args;
    const isUsed = option === undefined || (option === "--at" && words.length > 0);
    if (id === undefined || !isUsed) {
      err(
        "usage: hora explain MONITOR [--at TIME]   TIME such as 2026-06-10 03:12, 2026-06-10T03:12:04Z or 2h (ago)",
      );
      return Promise.resolve(1);
    }
    return withStore((desk) => tell(desk, id, option === undefined ? null : words.join(" ")));
  },
};

/** An instant in UTC, or a duration back from now. Null: neither. */
export function instantOf(text: string, now: number): number | null {
  const secs = parseDuration(text);
  if (secs !== null) return now - secs * 1000;
  if (!isOnCalendar(text.trim())) return null;
  const bare = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?))?(?: ?UTC|Z)?$/.exec(text.trim());
  return parseInstant(bare === null ? text : `${bare[1]}T${bare[2] ?? "00:00"}Z`);
}

/** A date that begins like ours must exist; `Date` would take the 30th of February for the 2nd of March. */
function isOnCalendar(text: string): boolean {
  const [date, day] = /^\d{4}-\d{2}-(\d{2})/.exec(text) ?? [];
  return date === undefined || new Date(date).getUTCDate() === Number(day);
}

async function tell(desk: Desk, id: string, at: string | null): Promise<number> {
  const { config, store, clock } = desk;
  const isKnown = config.monitors.some((monitor) => monitor.id === id) ||
    config.peers.some((peer) => peer.listenId === id);
  // What left the file has left a log behind.
  if (!isKnown && (await store.decisions.list({ monitorId: id, limit: 1 })).length === 0) {
    return unknownMonitor(config, id);
  }
  const now = clock.now();
  const middle = at === null ? null : instantOf(at, now);
  if (at !== null && middle === null) {
    err(`Error: "${at}" is no time; write 2026-06-10 03:12 (UTC) or 2h for two hours ago`);
    return 1;
  }
  // Around a moment: the hour before and after it; else the last week, and what led to how it is now if that is older.
  const untilAt = middle === null ? now + 1 : middle + HOUR;
  const fromAt = middle === null ? await weekOrOlder(store, id, now) : middle - HOUR;
  const decisions = await store.decisions.list({ monitorId: id, fromAt, untilAt, limit: LIMIT });
  const sent = await store.outbox.list({ monitorId: id, fromAt, untilAt, limit: LIMIT });
  if (decisions.length === LIMIT) out(`Older lines are left out; see them with --at.`);
  const lines = [...decisions.map(decisionLine), ...sent.map(deliveryLine)];
  lines.sort((a, b) => a.at - b.at || a.order - b.order);
  if (lines.length === 0) {
    out(`Nothing was decided about ${id} between ${instant(fromAt)} and ${instant(untilAt)}.`);
  }
  for (const line of lines) out(`${instant(line.at)}  ${line.text}`);
  return 0;
}

/** A week ago; or, when nothing was decided since, shortly before the last decision. */
async function weekOrOlder(store: Desk["store"], id: string, now: number): Promise<number> {
  const [newest] = await store.decisions.list({ monitorId: id, untilAt: now + 1, limit: 1 });
  const weekAgo = now - 7 * DAY;
  return newest === undefined || newest.at >= weekAgo ? weekAgo : newest.at - HOUR;
}

interface Line {
  readonly at: number;
  /** Breaks ties: decisions before their deliveries, each in order. */
  readonly order: number;
  readonly text: string;
}

function decisionLine({ at, id, text, incidentId }: Decision): Line {
  return { at, order: id, text: incidentId === null ? text : `${text} (incident #${incidentId})` };
}

function deliveryLine(notification: Notification): Line {
  const { id, createdAt, endedAt, status, channel, attempts, event, lastError, dueAt } = notification;
  const what = `${event.kind} message${subjectOf(event) === null ? "" : ` about ${subjectOf(event)?.name}`}`;
  const tries = attempts === 1 ? "1 attempt" : `${attempts} attempts`;
  const how = {
    sent: `was accepted by ${channel} (${tries})`,
    failed: `was given up for ${channel} after ${tries}: ${lastError}`,
    dropped: `was dropped for ${channel}: ${lastError}`,
    held: `waits for ${channel} until ${instant(dueAt)}, for what other vantage points say`,
    pending: attempts === 0
      ? `waits for ${channel}`
      : `failed for ${channel} (${tries}), next at ${instant(dueAt)}: ${lastError}`,
  }[status];
  return { at: endedAt ?? createdAt, order: Number.MAX_SAFE_INTEGER / 2 + id, text: `The ${what} ${how}` };
}
