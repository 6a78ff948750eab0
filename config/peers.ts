import type { HealthConfig, Peer } from "../domain/config.ts";
import type { Secret } from "../domain/secret.ts";
import type { MonitorSection } from "./monitors.ts";
import { checkNotify } from "./monitors.ts";
import type { Complete, Section } from "./section.ts";
import type { healthShape, peerShape } from "./shapes.ts";
import { checkToken, isBlank, isId, isUrl } from "./values.ts";

export type HealthSection = Section<typeof healthShape>;
export type PeerSection = Section<typeof peerShape>;

export function checkHealth(health: HealthSection): void {
  if (health.values.id === "") health.error("id", "must not be empty");
  checkUrl(health as unknown as Section<never>, "heartbeat_url", health.values.heartbeat_url?.reveal());
}

/** What a peer's rules look at outside of it. */
export interface PeerSurroundings {
  readonly ids: Set<string>;
  readonly listenIds: Set<string>;
  readonly monitorIds: ReadonlySet<string>;
  readonly channels: ReadonlySet<string>;
}

export function checkPeer(peer: PeerSection, around: PeerSurroundings): void {
  const { id, ping_url, ping_token, listen_token, witness_url } = peer.values;
  if (id === "") peer.error("id", "must not be empty");
  else if (id !== undefined) {
    if (around.ids.has(id)) peer.error("id", `another peer already has the id ${peer.shown("id")}`);
    around.ids.add(id);
  }
  if (!peer.has("ping_url") && !peer.has("expect_every_secs")) {
    peer.report.error(
      peer.path,
      "needs `ping_url` (we send heartbeats) or `expect_every_secs` (we watch it)",
    );
  }
  if (listen_token !== undefined) {
    checkToken(peer as unknown as Section<never>, ["listen_token"], listen_token);
  }
  if (ping_token !== undefined) checkToken(peer as unknown as Section<never>, ["ping_token"], ping_token);
  checkUrl(peer as unknown as Section<never>, "ping_url", ping_url?.reveal());
  checkUrl(peer as unknown as Section<never>, "witness_url", witness_url);
  if (ping_token !== undefined && /^http:/i.test(ping_url?.reveal() ?? "")) {
    peer.warn("ping_url", "is plain http: the token can be read on the way");
  }
  if (peer.has("expect_every_secs")) checkWatched(peer, around);
  checkNotify(peer as unknown as Parameters<typeof checkNotify>[0], around.channels);
}

function checkWatched(peer: PeerSection, around: PeerSurroundings): void {
  const listenId = peer.values.listen_id ?? peer.values.id;
  const key = peer.has("listen_id") ? "listen_id" : "id";
  if (!peer.has("listen_token")) {
    peer.warn("listen_token", "is not set, so anybody who knows the id can send heartbeats");
  }
  if (listenId === undefined || (key === "id" && listenId === "")) return;
  if (!isId(listenId)) {
    peer.error(
      key,
      `is the id of the peer's heartbeats and may hold only ASCII letters, digits, \`-\` and \`_\`, got ${
        peer.shown(key)
      }`,
    );
    return;
  }
  if (around.monitorIds.has(listenId)) peer.error(key, `a monitor already has the id ${peer.shown(key)}`);
  if (around.listenIds.has(listenId)) {
    peer.error(key, `another peer is already recorded under ${peer.shown(key)}`);
  }
  around.listenIds.add(listenId);
}

function checkUrl(section: Section<never>, key: string, url: string | undefined): void {
  if (url === undefined) return;
  if (url === "") {
    section.report.warn([...section.path, key], "is empty and is ignored; is its variable set?");
  } else if (!isUrl(url, ["http:", "https:"])) {
    section.report.warn([...section.path, key], "is not an http or https URL: it cannot be reached");
  }
}

/** Confirmation needs a node of ours and somebody to ask. */
export function checkConfirmation(
  health: HealthSection | null,
  peers: readonly PeerSection[],
  monitors: readonly MonitorSection[],
): void {
  const asking = monitors.filter((monitor) => monitor.values.confirm_with_peers);
  const byDefault = health?.values.confirm_with_peers ?? false;
  if (asking.length === 0 && !byDefault) return;
  const somebody = peers.some(({ values }) => isUrl(values.ping_url?.reveal() ?? "", ["http:", "https:"]));
  if (health !== null && somebody) return;
  const message = health === null
    ? "needs a [health] section"
    : "needs a peer whose `ping_url` is an http or https URL";
  for (const monitor of asking) monitor.error("confirm_with_peers", message);
  if (byDefault) health!.error("confirm_with_peers", message);
}

export function buildHealth(values: Complete<typeof healthShape>): HealthConfig {
  return {
    id: values.id,
    intervalSecs: values.interval_secs,
    graceSecs: values.grace_secs,
    quorum: values.quorum,
    heartbeatUrl: filled(values.heartbeat_url),
    confirmWithPeers: values.confirm_with_peers,
  };
}

export function buildPeer(values: Complete<typeof peerShape>): Peer {
  return {
    id: values.id,
    name: isBlank(values.name) ? values.id : values.name,
    pingUrl: filled(values.ping_url),
    pingToken: values.ping_token ?? null,
    listenId: values.listen_id ?? values.id,
    listenToken: values.listen_token ?? null,
    expectEverySecs: values.expect_every_secs ?? null,
    witnessUrl: values.witness_url === "" ? null : values.witness_url ?? null,
    confirm: values.confirm ?? null,
    notify: values.notify ?? null,
  };
}

function filled(secret: Secret | undefined): Secret | null {
  return secret === undefined || secret.isEmpty ? null : secret;
}
