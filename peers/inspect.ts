import type { Config, Peer } from "../domain/config.ts";
import { originOf, probeUrlOf, witnessUrlOf } from "./address.ts";
import type { NodeAnswer, NodeClient } from "./client.ts";
import { type HealthDocument, parseHealth } from "./health.ts";
import { adviceOn } from "./trouble.ts";

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

export interface Trial {
  readonly config: Config;
  readonly client: NodeClient;
  /** Unix ms. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** The running instance's own `/healthz`; null when it does not run. */
  readonly ownHealth: HealthDocument | null;
  /** Usual seconds between the heartbeats that came in from a peer lately; null: too few to tell. */
  readonly cadenceSecs: (peer: Peer) => number | null;
}

type Say = (subject: Finding["subject"], verdict: Finding["verdict"], text: string) => void;

/**
 * Tries every direction to and from every peer, all peers at once. Tells nobody anything false: the heartbeat's token is tried with a status
 * that is refused after the token was accepted.
 */
export async function inspectPeers(trial: Trial): Promise<Finding[]> {
  const perPeer = await Promise.all(trial.config.peers.map(async (peer) => {
    const findings: Finding[] = [];
    const say: Say = (subject, verdict, text) => findings.push({ peer: peer.id, subject, verdict, text });
    await inspect(trial, peer, say);
    return findings;
  }));
  return perPeer.flat();
}

async function inspect(trial: Trial, peer: Peer, say: Say): Promise<void> {
  const pingUrl = peer.pingUrl?.reveal() ?? null;
  if (pingUrl !== null && originOf(pingUrl) === null) {
    say("address", "wrong", "ping_url is not an http or https URL; an environment variable may be unset");
  } else await inspectOutgoing(trial, peer, pingUrl, say);
  inspectIncoming(trial, peer, say);
}

async function inspectOutgoing(trial: Trial, peer: Peer, pingUrl: string | null, say: Say): Promise<void> {
  const isNode = probeUrlOf(peer) !== null || witnessUrlOf(peer) !== null;
  if (!isNode) {
    const text = pingUrl === null
      ? "It gets no heartbeats from us: ping_url is not set"
      : "ping_url is no Hora's: it gets heartbeats and is never asked anything; not tried";
    return say("heartbeat out", "note", text);
  }
  const node = await inspectNode(trial, peer, say);
  if (pingUrl === null || !node.isReached) return;
  const confirmation = await inspectConfirmation(trial, peer, node.watchesUs, say);
  const why = node.watchesUs && confirmation === "refused" ? "other token" : confirmation;
  await inspectHeartbeat(trial, peer, pingUrl, why, say);
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

/** A reason, and what to do about it where that is known. */
function withAdvice(reason: string): string {
  const advice = adviceOn(reason);
  return advice === null ? reason : `${reason}: ${advice}`;
}

interface NodeFound {
  /** False: trying more there is of no use. */
  readonly isReached: boolean;
  /** It has a `[[peers]]` block for us. */
  readonly watchesUs: boolean;
}

/** Is it there, is it a Hora, is it the one that we take it for, and does it hear us? */
async function inspectNode(trial: Trial, peer: Peer, say: Say): Promise<NodeFound> {
  const origin = originOf(peer.pingUrl?.reveal() ?? "");
  const url = witnessUrlOf(peer) ?? probeUrlOf(peer)!.replace(/\/api\/peer\/probe$/, "/healthz");
  const sentAt = trial.now();
  const answer = await ask(trial, "GET", url, null);
  if (!answer.ok) {
    say("node", "wrong", `Its /healthz cannot be read. ${withAdvice(answer.reason)}`);
    return { isReached: answer.status !== null || originOf(url) !== origin, watchesUs: false };
  }
  const health = parseHealth(answer.body);
  if (health === null) {
    say(
      "node",
      "wrong",
      "What answers at /healthz is no Hora: ping_url names the wrong host or port, or leaves out a path prefix under " +
        "which a proxy serves the node",
    );
    return { isReached: true, watchesUs: false };
  }
  say("node", ...identityOf(trial.config, peer, health));
  inspectClock(trial, answer, sentAt, say);
  const ownId = trial.config.health?.id ?? "";
  if (health.id === ownId) return { isReached: false, watchesUs: false };
  inspectItsView(trial.config, health, say);
  return { isReached: true, watchesUs: health.peers.has(ownId) };
}

function identityOf(config: Config, peer: Peer, health: HealthDocument): [Finding["verdict"], string] {
  if (health.id === null) return ["wrong", "It has no [health] section, so it is no member of the mesh"];
  if (health.id === config.health?.id) {
    return ["wrong", "ping_url leads back to this node itself: it must hold the other node's address"];
  }
  if (health.id !== peer.id) {
    return ["wrong", `It calls itself "${health.id}" there, "${peer.id}" here: id must equal its health.id`];
  }
  return health.status === "degraded"
    ? ["note", "It answers, but says that it is not well itself"]
    : ["ok", "It answers and is well"];
}

function inspectItsView(config: Config, health: HealthDocument, say: Say): void {
  const { id, intervalSecs } = config.health ?? { id: "", intervalSecs: 0 };
  const seen = health.peers.get(id);
  if (seen === undefined) {
    say(
      "heartbeat out",
      "note",
      `It does not watch us: it has no [[peers]] with id "${id}" and expect_every_secs`,
    );
  } else if (seen.state === "up") {
    say("heartbeat out", "ok", `It heard us ${seen.age} s ago`);
  } else if (seen.age >= 0 && seen.age <= intervalSecs) {
    const text =
      `It heard us ${seen.age} s ago and calls that too long, but we beat every ${intervalSecs} s: ` +
      `its expect_every_secs for us must be longer than our interval_secs, ${
        3 * intervalSecs
      } is a good choice`;
    say("heartbeat out", "wrong", text);
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
async function inspectHeartbeat(
  trial: Trial,
  peer: Peer,
  pingUrl: string,
  why: "other token" | "let in" | "refused" | "unknown",
  say: Say,
): Promise<void> {
  const url = new URL(pingUrl);
  url.searchParams.set("status", "check");
  const answer = await ask(trial, "POST", url.href, peer);
  if (answer.ok || answer.status === 400) return say("heartbeat out", "ok", "It accepts our ping_token");
  say("heartbeat out", "wrong", heartbeatProblem(answer, url.pathname.split("/").at(-1) ?? "", why));
}

function heartbeatProblem(
  answer: NodeAnswer & { ok: false },
  listenId: string,
  why: "other token" | "let in" | "refused" | "unknown",
): string {
  const block = "in its [[peers]] block for us";
  if (answer.status === 401) {
    return `It refuses our ping_token: that must equal listen_token ${block}`;
  }
  if (answer.status !== 404) return `Heartbeats do not arrive. ${withAdvice(answer.reason)}`;
  switch (why) {
    case "other token":
      return `It refuses our ping_token: that must equal listen_token ${block}`;
    case "let in":
      return `It accepts our ping_token, but watches nobody called "${listenId}", as ping_url ends: that must be the id ` +
        `(or listen_id) ${block}, with expect_every_secs set`;
    case "refused":
      return `It has no [[peers]] block for us, or our ping_token is not its listen_token (it hides which): the id must be ` +
        `"${listenId}", as ping_url ends, with expect_every_secs set`;
    case "unknown":
      return `It knows nobody under "${listenId}", as ping_url ends, or hides that the token is wrong: the id must be the ` +
        `listen_id ${block}, with expect_every_secs set, and ping_token must equal its listen_token`;
  }
}

/** Asks about a target that nobody has: "not found" proves that we were let in. */
async function inspectConfirmation(
  trial: Trial,
  peer: Peer,
  watchesUs: boolean,
  say: Say,
): Promise<"let in" | "refused" | "unknown"> {
  const url = probeUrlOf(peer);
  if (url === null) {
    say("confirmation", "note", "It is not asked to confirm outages (confirm is off)");
    return "unknown";
  }
  const from = trial.config.health?.id ?? "";
  const answer = await ask(trial, "POST", url, peer, { from, kind: "tcp", target: "peer-check.invalid:1" });
  if (answer.ok || answer.status === 404) {
    say("confirmation", "ok", "It would confirm outages for us");
    return "let in";
  }
  if (answer.status === 401) {
    say(
      "confirmation",
      "wrong",
      watchesUs
        ? "It does not let us ask: our ping_token must equal listen_token in its [[peers]] block for us"
        : `It does not let us ask: it needs a [[peers]] block with id "${from}" whose listen_token equals our ping_token`,
    );
    return "refused";
  }
  say("confirmation", "wrong", `It cannot be asked. ${withAdvice(answer.reason)}`);
  return "unknown";
}

function inspectIncoming({ ownHealth, cadenceSecs }: Trial, peer: Peer, say: Say): void {
  const { expectEverySecs } = peer;
  if (expectEverySecs === null) {
    return say("heartbeat in", "note", "We do not watch it: expect_every_secs is not set");
  }
  if (peer.listenToken === null) {
    say("heartbeat in", "note", "Anybody who knows its id can pretend to be it: set listen_token");
  }
  const cadence = cadenceSecs(peer);
  if (cadence !== null && expectEverySecs < 2 * cadence) {
    const fault = expectEverySecs <= cadence
      ? "so it is called silent while it is well"
      : "so one lost heartbeat is an alert";
    const text = `It beats every ${cadence} s and expect_every_secs is ${expectEverySecs}, ${fault}: ${
      3 * cadence
    } is a good choice`;
    say("heartbeat in", expectEverySecs <= cadence ? "wrong" : "note", text);
  }
  const seen = ownHealth?.peers.get(peer.id);
  if (ownHealth === null) {
    return say("heartbeat in", "note", "This node is not running, so what it hears is not known");
  }
  if (seen === undefined) {
    return say(
      "heartbeat in",
      "wrong",
      "The running instance does not know this peer: it has not loaded this file yet, or refuses it; see its log",
    );
  }
  if (seen.state === "up") return say("heartbeat in", "ok", `We heard it ${seen.age} s ago`);
  const last = seen.age < 0 ? "We have never heard it" : `We last heard it ${seen.age} s ago`;
  say(
    "heartbeat in",
    "wrong",
    `${last}: its ping_url must lead here and end in /api/push/${peer.listenId}, its ping_token must equal our listen_token; ` +
      "its log says what it gets instead (a firewall here, for one)",
  );
}
