import type { AppContext } from "../env.ts";
import { rawPath } from "./query.ts";
import { anyIsToken, presentedPushToken, sameToken } from "./viewer.ts";

/**
 * The `[[peers]]` id of whoever sends this heartbeat or question, proved by its token; null: a stranger, or somebody who only says so. A
 * peer without `listen_token` proves nothing.
 */
export function knownPeer(c: AppContext): string | null {
  const path = rawPath(c.req.raw);
  const { peers } = c.get("config");
  if (path === "/api/peer/probe") {
    const token = c.req.raw.headers.get("x-push-token");
    return token === null ? null : peers.find((peer) => sameToken(token, peer.listenToken))?.id ?? null;
  }
  const peer = peers.find((one) => one.expectEverySecs !== null && path === `/api/push/${one.listenId}`);
  return peer !== undefined && anyIsToken(presentedPushToken(c), peer.listenToken) ? peer.id : null;
}
