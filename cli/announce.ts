import { instant } from "../alerts/words.ts";
import { DAY } from "../domain/clock.ts";
import type { Severity } from "../domain/config.ts";
import { parseDuration } from "../domain/duration.ts";
import type { Announcement } from "../domain/store.ts";
import { type Command, err, out } from "./command.ts";
import { type Desk, plainText, withStore } from "./with_store.ts";

const severities: readonly Severity[] = ["info", "warning", "critical", "resolved"];
const MAX_TITLE = 200;
const MAX_BODY = 500;

/** Pins banners on the status page. */
export const announce: Command = {
  name: "announce",
  args: "TITLE [BODY…] [--severity S] [--until T] | list | clear [#NUMBER…]",
  about: "pin a banner",
  run: (args) => {
    if (args.length === 0) return Promise.resolve(usage());
    if (args[0] === "list" && args.length === 1) return withStore(list);
    if (args[0] === "clear" && args.slice(1).every((arg) => /^#?[0-9]+$/.test(arg))) {
      return withStore((desk) => clear(desk, args.slice(1)));
    }
    // A slip of the hand must not become a banner that says "list".
    if (args[0] === "list" || args[0] === "clear") return Promise.resolve(usage());
    return withStore((desk) => pin(desk, args));
  },
};

function usage(): number {
  err("usage: hora announce TITLE [BODY…] [--severity info|warning|critical|resolved] [--until 2h|HH:MM]");
  err("       hora announce list");
  err("       hora announce clear [#NUMBER…]");
  return 1;
}

interface Parsed {
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, string>>;
}

/** Options may stand anywhere before a `--`; everything else is title and body. Null: an option without its value. */
function parse(args: readonly string[]): Parsed | null {
  const words: string[] = [];
  const options: Record<string, string> = {};
  for (let index = 0; index < args.length; index++) {
    if (args[index] === "--") return { words: [...words, ...args.slice(index + 1)], options };
    const [, name, joined] = /^--(severity|until)(?:=(.*))?$/.exec(args[index]) ?? [];
    if (name === undefined) words.push(args[index]);
    else {
      const value = joined ?? args[++index];
      if (value === undefined) return null;
      options[name] = value;
    }
  }
  return { words, options };
}

/** A duration from now, or the next time the clock reads HH:MM (UTC). Null: neither. */
export function untilOf(text: string, now: number): number | null {
  const secs = parseDuration(text);
  if (secs !== null) return now + secs * 1000;
  const clock = /^([01][0-9]|2[0-3]):([0-5][0-9])$/.exec(text.trim());
  if (clock === null) return null;
  const today = Math.floor(now / DAY) * DAY + (Number(clock[1]) * 60 + Number(clock[2])) * 60_000;
  return today > now ? today : today + DAY;
}

function untilText(untilAt: number | null, without: string): string {
  return untilAt === null ? without : `(until ${instant(untilAt)})`;
}

async function pin(desk: Desk, args: readonly string[]): Promise<number> {
  const parsed = parse(args);
  const now = desk.clock.now();
  const severity = severities.find((known) => known === (parsed?.options.severity ?? "info"));
  const until = parsed?.options.until;
  const untilAt = until === undefined ? null : untilOf(until, now);
  const title = plainText(parsed?.words[0] ?? "", MAX_TITLE);
  const problem = parsed === null
    ? "an option lacks its value"
    : title === ""
    ? "a title is required"
    : severity === undefined
    ? "severity must be info, warning, critical or resolved"
    : until !== undefined && untilAt === null
    ? "until must be a duration such as 2h, or HH:MM in UTC"
    : null;
  if (parsed === null || severity === undefined || problem !== null) {
    err(`Error: ${problem}`);
    return 1;
  }
  const body = plainText(parsed.words.slice(1).join(" "), MAX_BODY);
  await desk.store.announcements.insert({ title, body, severity, untilAt, createdAt: now });
  out(`Pinned [${severity}] "${title}" ${untilText(untilAt, "(until `hora announce clear`)")}.`);
  return 0;
}

async function list(desk: Desk): Promise<number> {
  const pinned = await desk.store.announcements.listActive(desk.clock.now());
  if (pinned.length === 0) out("No announcements pinned.");
  for (const row of pinned) show(row);
  return 0;
}

function show({ id, severity, title, body, untilAt }: Announcement): void {
  out(`#${id} [${severity}] ${title} ${untilText(untilAt, "(until cleared)")}`);
  if (body !== "") out(`      ${body}`);
}

async function clear(desk: Desk, which: readonly string[]): Promise<number> {
  const now = desk.clock.now();
  let cleared = 0;
  if (which.length === 0) cleared = await desk.store.announcements.delete({}, now);
  for (const name of which) {
    cleared += await desk.store.announcements.delete({ id: Number(name.replace("#", "")) }, now);
  }
  out(`Cleared ${cleared} announcement(s).`);
  return 0;
}
