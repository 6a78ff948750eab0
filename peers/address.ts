import type { Peer } from "../domain/config.ts";

/** Scheme, host and port of a URL that we can speak to; null for anything else. */
export function originOf(url: string): string | null {
  const parsed = URL.parse(url);
  return parsed !== null && /^https?:$/.test(parsed.protocol) ? parsed.origin : null;
}

const PUSH_PATH = /^(.*)\/api\/push\/[^/]+$/;

/** Where a node's own paths begin: the origin, and what a proxy in front of it needs before `/api/push/ID`. */
function baseOf(pingUrl: string): string | null {
  const origin = originOf(pingUrl);
  return origin === null ? null : origin + (PUSH_PATH.exec(new URL(pingUrl).pathname)?.[1] ?? "");
}

/**
 * Where a peer's `/healthz` is read when we ask whether it sees a third node. Only a real peer is a witness: one that we watch, or one
 * whose `witness_url` was written down. A hosted ping service has neither, and must never make us believe that we are cut off.
 */
export function witnessUrlOf(peer: Peer): string | null {
  if (peer.witnessUrl !== null) return originOf(peer.witnessUrl) === null ? null : peer.witnessUrl;
  const base = baseOf(peer.pingUrl?.reveal() ?? "");
  return peer.expectEverySecs !== null && base !== null ? `${base}/healthz` : null;
}

/**
 * Where a peer is asked to confirm an outage; null when it must not be asked. Unless `confirm` says otherwise, only a `ping_url` that
 * looks like a Hora's qualifies (`/api/push/ID`, behind a path prefix only for a node that we watch), so that no target is ever posted to a
 * hosted ping service.
 */
export function probeUrlOf(peer: Peer): string | null {
  const pingUrl = peer.pingUrl?.reveal() ?? "";
  const base = baseOf(pingUrl);
  if (base === null || peer.confirm === false) return null;
  const prefix = PUSH_PATH.exec(new URL(pingUrl).pathname)?.[1] ?? null;
  const looksLikeHora = prefix === "" || (prefix !== null && peer.expectEverySecs !== null);
  return peer.confirm === true || looksLikeHora ? `${base}/api/peer/probe` : null;
}
