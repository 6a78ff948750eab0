import type { MiddlewareHandler } from "hono";
import type { ServerConfig } from "../../domain/config.ts";
import type { AppDeps } from "../deps.ts";
import type { AppEnv } from "../env.ts";
import { refuse } from "../errors.ts";
import { AddressReader } from "./address.ts";
import { Limiter, type Verdict } from "./limiter.ts";

/** One bucket per client for everything that is limited. Its settings are read once, when the program starts. */
export class RateLimit {
  readonly #clock: AppDeps["clock"];
  readonly #limiter: Limiter;
  readonly #addresses = new AddressReader();

  constructor({ config, clock }: AppDeps) {
    const { rateLimitRefillSecs, rateLimitBurst } = config().server;
    this.#clock = clock;
    this.#limiter = new Limiter(Math.max(1, rateLimitRefillSecs) * 1_000, Math.max(1, rateLimitBurst));
  }

  get burst(): number {
    return this.#limiter.burst;
  }

  take(server: ServerConfig, remote: Deno.Addr | undefined, headers: Headers): Verdict {
    return this.#limiter.take(this.#addresses.keyOf(server, remote, headers), this.#clock.monotonic());
  }
}

export function rateLimit(limit: RateLimit): MiddlewareHandler<AppEnv> {
  const burst = String(limit.burst);
  return async (c, next) => {
    if (c.req.raw.method === "OPTIONS") return await next();
    const verdict = limit.take(c.get("config").server, c.env?.remoteAddr, c.req.raw.headers);
    const common = c.get("common");
    common["x-ratelimit-limit"] = burst;
    common["x-ratelimit-remaining"] = String(verdict.remaining);
    if (verdict.allowed) return await next();
    const wait = String(Math.max(1, Math.ceil(verdict.waitMs / 1_000)));
    return refuse(c, 429, `Too Many Requests! Wait for ${wait}s`, {
      "x-ratelimit-after": wait,
      "retry-after": wait,
    });
  };
}
