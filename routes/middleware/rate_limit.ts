import type { MiddlewareHandler } from "hono";
import type { AppDeps } from "../deps.ts";
import type { AppEnv } from "../env.ts";
import { refuse } from "../errors.ts";
import { AddressReader } from "./address.ts";
import { Limiter } from "./limiter.ts";

/** One bucket per client for all routes it is put before. Its settings are read once, when the program starts. */
export function rateLimit({ config, clock }: AppDeps): MiddlewareHandler<AppEnv> {
  const { rateLimitRefillSecs, rateLimitBurst } = config().server;
  const limiter = new Limiter(Math.max(1, rateLimitRefillSecs) * 1_000, Math.max(1, rateLimitBurst));
  const addresses = new AddressReader();
  const limit = String(limiter.burst);
  return async (c, next) => {
    if (c.req.raw.method === "OPTIONS") return await next();
    const verdict = limiter.take(addresses.keyOf(c), clock.monotonic());
    const common = c.get("common");
    common["x-ratelimit-limit"] = limit;
    common["x-ratelimit-remaining"] = String(verdict.remaining);
    if (verdict.allowed) return await next();
    const wait = String(Math.max(1, Math.ceil(verdict.waitMs / 1_000)));
    return refuse(c, 429, `Too Many Requests! Wait for ${wait}s`, {
      "x-ratelimit-after": wait,
      "retry-after": wait,
    });
  };
}
