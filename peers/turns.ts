import type { NodeAnswer, NodeClient } from "./client.ts";

/**
 * A client that has at most `count` requests to one host under way, so that a thousand outages at once use up neither our sockets nor a
 * peer's patience. Others wait their turn, until their signal ends it.
 */
export function takingTurns(client: NodeClient, count: number): NodeClient {
  const busy = new Map<string, number>();
  const waiting = new Map<string, Set<() => void>>();
  const turn = (host: string, signal: AbortSignal) =>
    new Promise<boolean>((resolve) => {
      const queue = waiting.get(host) ?? new Set();
      waiting.set(host, queue);
      const called = () => {
        queue.delete(called);
        signal.removeEventListener("abort", gaveUp);
        resolve(true);
      };
      const gaveUp = () => {
        queue.delete(called);
        resolve(false);
      };
      queue.add(called);
      signal.addEventListener("abort", gaveUp, { once: true });
    });
  const done = (host: string) => {
    const [next] = waiting.get(host) ?? [];
    if (next !== undefined) return next();
    waiting.delete(host);
    const left = (busy.get(host) ?? 1) - 1;
    if (left === 0) busy.delete(host);
    else busy.set(host, left);
  };
  return async (request): Promise<NodeAnswer> => {
    const host = URL.parse(request.url)?.host ?? "";
    const now = busy.get(host) ?? 0;
    if (now < count) busy.set(host, now + 1);
    else if (request.signal.aborted || !await turn(host, request.signal)) {
      return { ok: false, status: null, reason: "Too much was asked at once" };
    }
    try {
      return await client(request);
    } finally {
      done(host);
    }
  };
}
