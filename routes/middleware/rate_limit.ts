import type { MiddlewareHandler } from "hono";
import type { ServerConfig } from "../../domain/config.ts";
import type { AppDeps } from "../deps.ts";
import type { AppEnv } from "../env.ts";
import { refuse } from "../errors.ts";
import { AddressReader } from "./address.ts";
import { knownPeer } from "./known_peer.ts";
import { Limiter, type Verdict } from "./limiter.ts";

/** When much fails at once, a peer asks about all of it at once, and its heartbeats must arrive all the same. */
const PEER_BURST = 1_000;

/**
 * One bucket per client for everything that is limited, and one for each peer that shows its token, wherever it comes from. The settings
 * are read once, when the program starts.
 */
export class RateLimit {
  readonly #clock: AppDeps["clock"];
  readonly #limiter: Limiter;
  readonly #peers: Limiter;
  readonly #addresses = new AddressReader();

  constructor({ config, clock }: AppDeps) {
    const { rateLimitRefillSecs, rateLimitBurst } = config().server;
    this.#clock = clock;
    const refillMs = Math.max(1, rateLimitRefillSecs) * 1_000;
    this.#limiter = new Limiter(refillMs, Math.max(1, rateLimitBurst));
    this.#peers = new Limiter(refillMs, Math.max(PEER_BURST, rateLimitBurst));
  }

  get burst(): number {
    return this.#limiter.burst;
  }

  take(server: ServerConfig, remote: Deno.Addr | undefined, headers: Headers): Verdict {
    return this.#limiter.take(this.#addresses.keyOf(server, remote, headers), this.#clock.monotonic());
  }

  takePeer(id: string): Verdict {
    return this.#peers.take(id, this.#clock.monotonic());
  }

  get peerBurst(): number {
    return this.#peers.burst;
  }
}

export function rateLimit(limit: RateLimit): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    if (c.req.raw.method === "OPTIONS") return await next();
    const peer = c.req.raw.method === "POST" ? knownPeer(c) : null;
    const verdict = peer === null
      ? limit.take(c.get("config").server, c.env?.remoteAddr, c.req.raw.headers)
      : limit.takePeer(peer);
    const common = c.get("common");
    common["x-ratelimit-limit"] = String(peer === null ? limit.burst : limit.peerBurst);
    common["x-ratelimit-remaining"] = String(verdict.remaining);
    if (verdict.allowed) return await next();
    const wait = String(Math.max(1, Math.ceil(verdict.waitMs / 1_000)));
    return refuse(c, 429, `Too Many Requests! Wait for ${wait}s`, {
      "x-ratelimit-after": wait,
      "retry-after": wait,
    });
  };
}
