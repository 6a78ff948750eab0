import { duration, instant } from "../alerts/words.ts";
import { MAX_SILENCE_SECS, parseDuration } from "../domain/duration.ts";
import type { Silence } from "../domain/store.ts";
import { type Command, err, out, textWords } from "./command.ts";
import { type Desk, plainText, unknownMonitor, withStore } from "./with_store.ts";

const MAX_REASON = 500;

/** Mutes alerts ad hoc; checks and incidents go on being recorded. */
export const silence: Command = {
  name: "silence",
  args: "IDS|all DURATION [REASON…] | list | clear [ID…]",
  about: "mute alerts for a while",
  run: (args) => {
    const [first, ...rest] = args;
    if (first === "list" && rest.length === 0) return withStore(list);
    if (first === "clear") return withStore((desk) => clear(desk, rest));
    if (first === undefined || rest.length === 0) return Promise.resolve(usage());
    return withStore((desk) => add(desk, first, rest[0], textWords(rest.slice(1)).join(" ")));
  },
};

function usage(): number {
  err("usage: hora silence IDS|all DURATION [REASON…]   ids by comma; such as 10m, 1h30m, at most 7d");
  err("       hora silence list");
  err("       hora silence clear [#NUMBER|ID…]          all of them when none is named");
  return 1;
}

function label(target: string): string {
  return target === "*" ? "all monitors" : target;
}

/** Ids that may be silenced: monitors, and peers by their listen id. */
function knows(desk: Desk, id: string): boolean {
  return desk.config.monitors.some((monitor) => monitor.id === id) ||
    desk.config.peers.some((peer) => peer.expectEverySecs !== null && peer.listenId === id);
}

async function add(desk: Desk, ids: string, length: string, reason: string): Promise<number> {
  const isAll = ids === "all" || ids === "*";
  const targets = isAll
    ? ["*"]
    : [...new Set(ids.split(",").map((id) => id.trim()).filter((id) => id !== ""))];
  if (targets.length === 0) return usage();
  const unknown = isAll ? undefined : targets.find((id) => !knows(desk, id));
  if (unknown !== undefined) return unknownMonitor(desk.config, unknown);
  const secs = parseDuration(length);
  if (secs === null || secs > MAX_SILENCE_SECS) {
    err(`Error: "${length}" is no duration for a silence; write 10m, 1h30m or 2d, at most 7d`);
    return 1;
  }
  const now = desk.clock.now();
  const untilAt = now + secs * 1000;
  const kept = plainText(reason, MAX_REASON);
  await desk.store.silences.insert(targets, untilAt, kept === "" ? null : kept, now);
  out(`Silenced ${targets.map(label).join(", ")} until ${instant(untilAt)}.`);
  return 0;
}

async function list(desk: Desk): Promise<number> {
  const now = desk.clock.now();
  const active = [...await desk.store.silences.listActive(now)].sort((a, b) =>
    a.untilAt - b.untilAt || a.id - b.id
  );
  if (active.length === 0) out("No active silences.");
  for (const row of active) out(line(row, now));
  return 0;
}

function line({ target, untilAt, reason }: Silence, now: number): string {
  const why = reason === null || reason === "" ? "" : ` - ${reason}`;
  return `${label(target)}: until ${instant(untilAt)} (${duration(untilAt - now)} left)${why}`;
}

async function clear(desk: Desk, which: readonly string[]): Promise<number> {
  const now = desk.clock.now();
  let cleared = 0;
  if (which.length === 0) cleared = await desk.store.silences.delete({}, now);
  for (const name of which) {
    const number = /^#([0-9]+)$/.exec(name);
    const target = name === "all" ? "*" : name;
    const count = await desk.store.silences.delete(
      number === null ? { targets: [target] } : { id: Number(number[1]) },
      now,
    );
    // Those of monitors that left the file can be cleared; a name that means nothing is a slip.
    const isSlip = count === 0 && number === null && target !== "*" && !knows(desk, name);
    if (isSlip) return unknownMonitor(desk.config, name);
    cleared += count;
  }
  out(`Cleared ${cleared} active silence(s).`);
  return 0;
}
