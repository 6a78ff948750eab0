import { SECOND } from "../domain/clock.ts";
import type { Monitor } from "../domain/monitor.ts";
import type { FailureCategory, Outcome } from "../domain/outcome.ts";

/**
 * When a failure may be our own: pure rules. The side of doubt is to believe the target is down. So a failure counts as ours only when the
 * targets of at least four different sites fail at one moment and hardly any other can be reached; an outage of one host, or of a
 * few, is never explained away.
 */

/** Both clocks at one instant. */
export interface ClockReading {
  readonly wall: number;
  readonly monotonic: number;
}

/** A step of the wall clock below this is ordinary correction. */
const JUMP_MS = 5 * SECOND;
/** The loop comes round every second; this much later, timers and deadlines of probes mean nothing. */
export const HELD_MS = 5 * SECOND;

export type ClockTrouble =
  | { readonly kind: "held"; readonly ms: number }
  | { readonly kind: "forward"; readonly ms: number }
  | { readonly kind: "backward"; readonly ms: number };

/** What happened between two rounds that should be a second apart; null: nothing. */
export function clockTrouble(before: ClockReading, now: ClockReading): ClockTrouble | null {
  const ran = now.monotonic - before.monotonic;
  const jumped = now.wall - before.wall - ran;
  if (jumped >= JUMP_MS) return { kind: "forward", ms: jumped };
  if (jumped <= -JUMP_MS) return { kind: "backward", ms: -jumped };
  return ran >= HELD_MS + SECOND ? { kind: "held", ms: ran } : null;
}

export function describeClockTrouble({ kind, ms }: ClockTrouble): string {
  const secs = Math.round(ms / SECOND);
  switch (kind) {
    case "held":
      return `this process was held for ${secs} s`;
    case "forward":
      return `the machine slept, or its clock was set forward, by ${secs} s`;
    case "backward":
      return `the machine's clock was set back by ${secs} s`;
  }
}

/** Failures that a network or a resolver of our own could cause. A wrong answer is an answer, so it is never ours. */
const network: ReadonlySet<FailureCategory> = new Set([
  "timeout",
  "connect_timeout",
  "connection_failed",
  "network_unreachable",
  "host_unresolved",
  "dns_timeout",
  "dns_failed",
  "ping_failed",
  "proxy_failed",
  "both_families_failing",
]);

export function mayBeOurs(outcome: Outcome): boolean {
  return outcome.status === "down" && outcome.category !== null && network.has(outcome.category);
}

/** Enough different sites failing to think of ourselves at all. */
const MIN_SITES = 4;
/** How many others are asked. */
export const WITNESSES = 7;

/**
 * Where a target lives, coarsely, so that many names of one owner count once: an address' /24 or /48, a name's last two labels (three
 * under short second-level domains). Null: on this machine, or nowhere, so it says nothing about our network.
 */
export function siteOf(monitor: Monitor): string | null {
  const host = hostOf(monitor);
  if (host === null || host === "" || host === "localhost" || host.endsWith(".localhost")) return null;
  const v4 = /^(\d+)\.(\d+)\.(\d+)\.\d+$/.exec(host);
  if (v4 !== null) return v4[1] === "127" || host === "0.0.0.0" ? null : v4.slice(1, 4).join(".");
  if (host.includes(":")) {
    return host === "::1" || host === "::" ? null : host.split(":").slice(0, 3).join(":");
  }
  const labels = host.replace(/\.$/, "").split(".");
  const short = labels.length > 2 && labels.at(-1)!.length === 2 && labels.at(-2)!.length <= 3;
  return labels.slice(short ? -3 : -2).join(".");
}

function hostOf(monitor: Monitor): string | null {
  switch (monitor.kind) {
    case "push":
    case "exec":
      return null;
    case "dns":
      return monitor.resolver === null ? monitor.target.toLowerCase() : monitor.resolver.host.toLowerCase();
    case "http":
      return bare(URL.parse(monitor.target)?.hostname ?? "");
    default:
      return bare(monitor.target.replace(/^[a-z]+:\/\//i, "").replace(/^([^[:\]]*|\[[^\]]*\]):\d+$/, "$1"));
  }
}

const bare = (host: string): string => host.replace(/^\[|\]$/g, "").toLowerCase();

/** What one witness found: a site other than the suspects', reached or not. */
export interface Vote {
  readonly site: string;
  readonly reached: boolean;
}

/**
 * `theirs` as soon as two other sites were reached (or the only one asked), `ours` when all have answered, at least three in four failed
 * and, with the suspects', enough sites fail; null: wait for more votes.
 */
export function judge(
  suspects: ReadonlySet<string>,
  votes: readonly Vote[],
  asked: number,
): "ours" | "theirs" | null {
  const reached = votes.filter((vote) => vote.reached).length;
  if (reached >= 2 || (reached > 0 && asked < MIN_SITES)) return "theirs";
  if (votes.length < asked) return null;
  const failing = new Set([...suspects, ...votes.filter((vote) => !vote.reached).map(({ site }) => site)]);
  const failed = votes.length - reached;
  return asked > 0 && failing.size >= MIN_SITES && failed * 4 >= votes.length * 3 ? "ours" : "theirs";
}
