import type { Config, Peer } from "../domain/config.ts";
import type { Monitor } from "../domain/monitor.ts";
import { probeUrlOf } from "./address.ts";
import type { NodeAnswer, NodeClient } from "./client.ts";
import { fingerprintOf, shareableTarget } from "./fingerprint.ts";
import { contradicted, verdictText, type Vote } from "./verdict.ts";

/** How long one peer may take to answer, and how much it may say. */
const ASK_TIMEOUT_MS = 10_000;
const ANSWER_BYTES = 16 * 1024;
/** When the whole round ends, whatever else happens. */
const ROUND_LIMIT_MS = 12_000;

export interface Confirmation {
  /** The words for the alert. */
  readonly text: string;
  readonly votes: readonly Vote[];
  /** Every peer that answered saw it up. */
  readonly contradicted: boolean;
}

/** Whether other nodes may be asked about this monitor at all. What runs or waits on this machine is nobody else's business. */
export function isConfirmable(monitor: Monitor): boolean {
  return monitor.kind !== "push" && monitor.kind !== "exec";
}

/** The peers that are asked to confirm, in the order of the file; empty without `[health]`, since nobody could tell who asks. */
export function peersToAsk(config: Config): { peer: Peer; url: string }[] {
  const health = config.health;
  if (health === null) return [];
  return config.peers.flatMap((peer) => {
    const url = probeUrlOf(peer);
    return url === null || peer.id === health.id ? [] : [{ peer, url }];
  });
}

/**
 * Asks all eligible peers at once what they see, within a hard deadline. Resolves with null when there is nobody to ask, and never
 * rejects: whoever does not answer in time is unknown, and the alert leaves without them.
 */
export async function askPeers(
  config: Config,
  monitor: Monitor,
  local: "up" | "down",
  client: NodeClient,
  signal: AbortSignal,
): Promise<Confirmation | null> {
  const asked = isConfirmable(monitor) ? peersToAsk(config) : [];
  if (asked.length === 0) return null;
  const json = {
    from: config.health!.id,
    kind: monitor.kind,
    target: shareableTarget(monitor.target),
    fingerprint: await fingerprintOf(monitor),
  };
  const votes: Vote[] = asked.map(({ peer }) => ({ name: peer.name, saw: "unknown" }));
  const over = new AbortController();
  // A timer that can be cleared: a command that asked must end when it was answered.
  const timer = setTimeout(() => over.abort(), ROUND_LIMIT_MS);
  const round = AbortSignal.any([signal, over.signal]);
  const answers = Promise.all(asked.map(async ({ peer, url }, index) => {
    const answer = await client({
      method: "POST",
      url,
      token: peer.pingToken,
      json,
      timeoutMs: ASK_TIMEOUT_MS,
      maxBodyBytes: ANSWER_BYTES,
      signal: round,
    });
    votes[index] = { name: peer.name, saw: readVote(answer) };
  }));
  await Promise.race([answers, aborted(round)]);
  clearTimeout(timer);
  const cast = [...votes];
  return { text: verdictText(local, cast), votes: cast, contradicted: contradicted(cast) };
}

/** A usable answer says `up` as a boolean; everything else is unknown, never a vote. */
export function readVote(answer: NodeAnswer): Vote["saw"] {
  if (!answer.ok) return "unknown";
  try {
    const value: unknown = JSON.parse(answer.body);
    const up = typeof value === "object" && value !== null && "up" in value ? value.up : null;
    return typeof up === "boolean" ? (up ? "up" : "down") : "unknown";
  } catch {
    return "unknown";
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
