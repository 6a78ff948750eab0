import type { Config, Peer } from "../domain/config.ts";
import { originOf, probeUrlOf, witnessUrlOf } from "./address.ts";
import type { NodeAnswer, NodeClient } from "./client.ts";
import { type HealthDocument, parseHealth } from "./health.ts";

/** One direction between this node and a peer, tried for real. */
export interface Finding {
  readonly peer: string;
  readonly subject: "address" | "node" | "heartbeat out" | "heartbeat in" | "confirmation" | "clock";
  /** `note`: worth knowing, nothing is broken. */
  readonly verdict: "ok" | "wrong" | "note";
  readonly text: string;
}

const TIMEOUT_MS = 10_000;
const HEALTH_BYTES = 64 * 1024;
const SKEW_LIMIT_MS = 5_000;

interface Trial {
  readonly config: Config;
  readonly client: NodeClient;
  /** Unix ms. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

type Say = (subject: Finding["subject"], verdict: Finding["verdict"], text: string) => void;

/**
 * Tries every direction to and from every peer, all peers at once. `ownHealth` is the running instance's own `/healthz`; null when it does
 * not run. Tells nobody anything false: the heartbeat's token is tried with a status that is refused after the token was accepted.
 */
export async function inspectPeers(trial: Trial, ownHealth: HealthDocument | null): Promise<Finding[]> {
  const perPeer = await Promise.all(trial.config.peers.map(async (peer) => {
    const findings: Finding[] = [];
    const say: Say = (subject, verdict, text) => findings.push({ peer: peer.id, subject, verdict, text });
    await inspect(trial, peer, ownHealth, say);
    return findings;
  }));
  return perPeer.flat();
}

async function inspect(trial: Trial, peer: Peer, ownHealth: HealthDocument | null, say: Say): Promise<void> {
  const pingUrl = peer.pingUrl?.reveal() ?? null;
  if (pingUrl !== null && originOf(pingUrl) === null) {
    return say(
      "address",
      "wrong",
      "ping_url is not an http or https URL; an environment variable may be unset",
    );
  }
  const isNode = probeUrlOf(peer) !== null || witnessUrlOf(peer) !== null;
  if (pingUrl !== null && !isNode) {
    say(
      "heartbeat out",
      "note",
      "ping_url is no Hora's: it gets heartbeats and is never asked anything; not tried",
    );
  }
  if (isNode) await inspectNode(trial, peer, say);
  if (pingUrl !== null && isNode) {
    await inspectHeartbeat(trial, peer, pingUrl, say);
    await inspectConfirmation(trial, peer, say);
  }
  inspectIncoming(peer, ownHealth, say);
}

function ask(trial: Trial, method: "GET" | "POST", url: string, peer: Peer | null, json?: unknown) {
  return trial.client({
    method,
    url,
    token: peer?.pingToken ?? null,
    json,
    timeoutMs: TIMEOUT_MS,
    maxBodyBytes: HEALTH_BYTES,
    signal: trial.signal,
  });
}

/** Is it there, is it a Hora, is it the one that we take it for, and does it hear us? */
async function inspectNode(trial: Trial, peer: Peer, say: Say): Promise<void> {
  const url = witnessUrlOf(peer) ?? `${originOf(peer.pingUrl?.reveal() ?? null)}/healthz`;
  const sentAt = trial.now();
  const answer = await ask(trial, "GET", url, null);
  if (!answer.ok) return say("node", "wrong", `Its /healthz cannot be read: ${answer.reason}`);
  const health = parseHealth(answer.body);
  if (health === null) {
    return say("node", "wrong", "What answers at /healthz is no Hora: ping_url names the wrong host or path");
  }
  if (health.id === null) say("node", "wrong", "It has no [health] section, so it is no member of the mesh");
  else if (health.id !== peer.id) {
    say(
      "node",
      "wrong",
      `It calls itself "${health.id}" there, "${peer.id}" here: id must equal its health.id`,
    );
  } else if (health.status === "degraded") {
    say("node", "note", "It answers, but says that it is not well itself");
  } else say("node", "ok", "It answers and is well");
  inspectClock(trial, answer, sentAt, say);
  inspectItsView(trial.config, health, say);
}

function inspectItsView(config: Config, health: HealthDocument, say: Say): void {
  const ownId = config.health?.id ?? "";
  const seen = health.peers.get(ownId);
  if (seen === undefined) {
    say(
      "heartbeat out",
      "note",
      `It does not watch us: it has no [[peers]] with id "${ownId}" and expect_every_secs`,
    );
  } else if (seen.state === "up") {
    say("heartbeat out", "ok", `It heard us ${seen.age} s ago`);
  } else {
    const last = seen.age < 0 ? "It has never heard us" : `It last heard us ${seen.age} s ago`;
    say("heartbeat out", "wrong", `${last}: is this node running and well, and is ping_url right?`);
  }
}

function inspectClock(trial: Trial, answer: NodeAnswer & { ok: true }, sentAt: number, say: Say): void {
  const theirs = Date.parse(answer.headers.get("date") ?? "");
  if (Number.isNaN(theirs)) return;
  // The header has whole seconds and was written at some time between our sending and our reading.
  const skewMs = theirs + 1_000 < sentAt ? theirs + 1_000 - sentAt : Math.max(0, theirs - trial.now());
  if (Math.abs(skewMs) > SKEW_LIMIT_MS) {
    const way = skewMs > 0 ? "ahead of" : "behind";
    say(
      "clock",
      "note",
      `Its clock is ${Math.round(Math.abs(skewMs) / 1000)} s ${way} ours; times in alerts will differ`,
    );
  }
}

/** The status is refused by a Hora, but only after it accepted id and token; older ones record a heartbeat instead. */
async function inspectHeartbeat(trial: Trial, peer: Peer, pingUrl: string, say: Say): Promise<void> {
  const url = new URL(pingUrl);
  url.searchParams.set("status", "check");
  const answer = await ask(trial, "POST", url.href, peer);
  const problem = heartbeatProblem(answer);
  if (problem === null) say("heartbeat out", "ok", "It accepts our ping_token");
  else say("heartbeat out", "wrong", problem);
}

function heartbeatProblem(answer: NodeAnswer): string | null {
  if (answer.ok || answer.status === 400) return null;
  switch (answer.status) {
    case 401:
      return "It refuses our ping_token: that must equal listen_token in its [[peers]] block for us";
    case 404:
      return "It knows nobody under the id at the end of ping_url, or hides that the token is wrong: the id must be the listen_id in " +
        "its [[peers]] block for us, with expect_every_secs set, and ping_token must equal its listen_token";
    case 429:
      return "It limits our requests: is the whole mesh behind one address?";
    default:
      return `Heartbeats do not arrive: ${answer.reason}`;
  }
}

/** Asks about a target that nobody has: "not found" proves that we were let in. */
async function inspectConfirmation(trial: Trial, peer: Peer, say: Say): Promise<void> {
  const url = probeUrlOf(peer);
  if (url === null) return say("confirmation", "note", "It is not asked to confirm outages (confirm is off)");
  const from = trial.config.health?.id ?? "";
  const answer = await ask(trial, "POST", url, peer, { from, kind: "tcp", target: "peer-check.invalid:1" });
  if (answer.ok || answer.status === 404) return say("confirmation", "ok", "It would confirm outages for us");
  if (answer.status === 401) {
    return say(
      "confirmation",
      "wrong",
      `It does not let us ask: it needs a [[peers]] block with id "${from}" whose listen_token equals our ping_token`,
    );
  }
  say("confirmation", "wrong", `It cannot be asked: ${answer.reason}`);
}

function inspectIncoming(peer: Peer, ownHealth: HealthDocument | null, say: Say): void {
  if (peer.expectEverySecs === null) {
    return say("heartbeat in", "note", "We do not watch it: expect_every_secs is not set");
  }
  if (peer.listenToken === null) {
    say("heartbeat in", "note", "Anybody who knows its id can pretend to be it: set listen_token");
  }
  const seen = ownHealth?.peers.get(peer.id);
  if (ownHealth === null) {
    return say("heartbeat in", "note", "This node is not running, so what it hears is not known");
  }
  if (seen === undefined) {
    return say(
      "heartbeat in",
      "wrong",
      "The running instance does not know this peer: it has not loaded this file yet",
    );
  }
  if (seen.state === "up") return say("heartbeat in", "ok", `We heard it ${seen.age} s ago`);
  const last = seen.age < 0 ? "We have never heard it" : `We last heard it ${seen.age} s ago`;
  say(
    "heartbeat in",
    "wrong",
    `${last}: its ping_url must end in /api/push/${peer.listenId} here, and its ping_token must equal our listen_token`,
  );
}
