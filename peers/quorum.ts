import type { HealthDocument } from "./health.ts";

/** A witness and the `/healthz` it gave; null when it gave none that could be used. */
export interface Testimony {
  readonly name: string;
  readonly health: HealthDocument | null;
}

export type QuorumVerdict =
  | { readonly kind: "confirmed" }
  /** Somebody still hears it: the link between us is broken. */
  | { readonly kind: "partition"; readonly witness: string }
  /** No witness can be reached: it may be we who are cut off. */
  | { readonly kind: "isolated" };

/**
 * Whether a silent peer is down. Without witnesses (a mesh of two) the silence itself decides. A witness that does not know the peer still
 * proves that we are not cut off. A witness counts as hearing it only when its last heartbeat is recent by our own measure, so
 * that a witness with a longer patience does not turn a real outage into a broken link.
 */
export function judge(
  peerId: string,
  expectEverySecs: number,
  testimonies: readonly Testimony[],
): QuorumVerdict {
  if (testimonies.length === 0) return { kind: "confirmed" };
  for (const { name, health } of testimonies) {
    const seen = health?.peers.get(peerId);
    if (seen?.state === "up" && seen.age <= expectEverySecs) return { kind: "partition", witness: name };
  }
  const reachable = testimonies.some((testimony) => testimony.health !== null);
  return reachable ? { kind: "confirmed" } : { kind: "isolated" };
}
