import type { MiddlewareHandler } from "hono";
import type { AppDeps } from "../deps.ts";
import type { AppEnv } from "../env.ts";
import { refuse } from "../errors.ts";
import { PageAssets } from "../page_assets.ts";
import { Deadlines } from "./deadline.ts";
import type { ReadyAnswers } from "./ready.ts";
import type { RenderedCache } from "./rendered.ts";
import { RequestHead } from "./request_head.ts";
import { inboundId } from "./request_id.ts";
import { corsVary, send } from "./send.ts";

const policy = [
  "default-src 'self'",
  "script-src 'none'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

const securityHeaders: Readonly<Record<string, string>> = {
  "content-security-policy": policy,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
  "cross-origin-opener-policy": "same-origin",
};

const exposed =
  "etag, retry-after, x-request-id, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-after";
const preflight: Readonly<Record<string, string>> = {
  "access-control-allow-methods": "GET,HEAD,POST,DELETE",
  "access-control-allow-headers": "authorization, content-type, x-push-token, x-request-id",
  "access-control-max-age": "600",
};

function allowedOrigin(origins: readonly string[] | null, origin: string | null): string | null {
  if (origins === null) return "*";
  return origin !== null && origins.includes(origin) ? origin : null;
}

/** The headers that every answer has. */
export function commonHeaders(
  method: string,
  origin: string | null,
  origins: readonly string[] | null,
  id: string,
): Record<string, string> {
  const common: Record<string, string> = {
    ...(method === "OPTIONS" ? preflight : securityHeaders),
    "x-request-id": id,
  };
  // Only scripts of other origins need to be told, and their requests say where they come from; `Vary` has it.
  if (origin !== null) common["access-control-expose-headers"] = exposed;
  const allowed = allowedOrigin(origins, origin);
  if (allowed !== null) common["access-control-allow-origin"] = allowed;
  return common;
}

/** What every request goes through: id, snapshot, size limits, CORS, security headers, `OPTIONS`, `HEAD`. */
export function frame(
  deps: AppDeps,
  { mint, rendered, ready }: {
    readonly mint: () => string;
    readonly rendered: RenderedCache;
    readonly ready: ReadyAnswers;
  },
): MiddlewareHandler<AppEnv> {
  const assets = new PageAssets();
  const deadlines = new Deadlines(deps.clock);
  return async (c, next) => {
    const { method } = c.req.raw;
    const head = new RequestHead(c.req.raw);
    const id = inboundId(head.requestId) ?? mint();
    const config = deps.config();
    const common = commonHeaders(method, head.origin, config.server.allowedOrigins, id);
    c.set("requestId", id);
    c.set("config", config);
    c.set("deps", deps);
    c.set("rendered", rendered);
    c.set("ready", ready);
    c.set("deadlines", deadlines);
    c.set("common", common);
    c.set("assets", assets);

    const { fault } = head;
    if (fault !== null) c.res = refuse(c, fault.status, fault.text);
    else await next();

    if (method === "OPTIONS") {
      const allow = c.res.headers.get("allow");
      c.res = undefined;
      c.res = send(c, null, 200, allow === null ? {} : { allow });
    } else if (c.get("sent") !== c.res) {
      for (const name in common) c.res.headers.set(name, common[name]);
      c.res.headers.append("vary", corsVary);
    }
    if (method === "HEAD") await measure(c.res);
  };
}

/** HEAD tells the length that GET's body would have. */
async function measure(response: Response): Promise<void> {
  if (response.body === null || response.headers.has("content-length")) return;
  const body = await response.clone().arrayBuffer();
  response.headers.set("content-length", String(body.byteLength));
}
