import type { Peer } from "../domain/config.ts";

/** Scheme, host and port of a URL that we can speak to; null for anything else. */
export function originOf(url: string | null): string | null {
  const parsed = url === null ? null : URL.parse(url);
  return parsed !== null && /^https?:$/.test(parsed.protocol) ? parsed.origin : null;
}

/**
 * Where a peer's `/healthz` is read when we ask whether it sees a third node. Only a real peer is a witness: one that we watch, or one
 * whose `witness_url` was written down. A hosted ping service has neither, and must never make us believe that we are cut off.
 */
export function witnessUrlOf(peer: Peer): string | null {
  if (peer.witnessUrl !== null) return originOf(peer.witnessUrl) === null ? null : peer.witnessUrl;
  const origin = originOf(peer.pingUrl?.reveal() ?? null);
  return peer.expectEverySecs !== null && origin !== null ? `${origin}/healthz` : null;
}

/**
 * Where a peer is asked to confirm an outage; null when it must not be asked. Unless `confirm` says otherwise, only a `ping_url` that
 * looks like a Hora's (`/api/push/ID`) qualifies, so that no target is ever posted to a hosted ping service.
 */
export function probeUrlOf(peer: Peer): string | null {
  const pingUrl = peer.pingUrl?.reveal() ?? null;
  const origin = originOf(pingUrl);
  if (pingUrl === null || origin === null || peer.confirm === false) return null;
  const looksLikeHora = /^\/api\/push\/[^/]+$/.test(new URL(pingUrl).pathname);
  return peer.confirm === true || looksLikeHora ? `${origin}/api/peer/probe` : null;
}
