import type { MiddlewareHandler } from "hono";
import type { AppDeps } from "../deps.ts";
import type { AppEnv } from "../env.ts";
import { refuse } from "../errors.ts";
import { PageAssets } from "../page_assets.ts";
import { RenderedCache } from "./rendered.ts";
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

const MAX_URL_CHARS = 8_192;
const MAX_HEADER_CHARS = 32_768;

/** An inbound request id is kept when it is short and plain; anything else is replaced. */
export function acceptableId(id: string | null): id is string {
  return id !== null && /^[A-Za-z0-9._-]{1,128}$/.test(id);
}

/** Sixteen random digits of this start, then a counter. */
function idMint(): () => string {
  const start = Array.from(
    crypto.getRandomValues(new Uint8Array(8)),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
  let count = 0;
  return () => start + (count++).toString(16).padStart(16, "0");
}

function allowedOrigin(origins: readonly string[], origin: string | null): string | null {
  if (origins.length === 0 || origins.includes("*")) return "*";
  return origin !== null && origins.includes(origin) ? origin : null;
}

/** What every request goes through: id, snapshot, size limits, CORS, security headers, `OPTIONS`, `HEAD`. */
export function frame(deps: AppDeps): MiddlewareHandler<AppEnv> {
  const mint = idMint();
  const rendered = new RenderedCache(deps.board, deps.clock);
  const assets = new PageAssets();
  return async (c, next) => {
    const { headers, method, url } = c.req.raw;
    const inbound = headers.get("x-request-id");
    const id = acceptableId(inbound) ? inbound : mint();
    const config = deps.config();
    const common: Record<string, string> = {
      ...(method === "OPTIONS" ? preflight : securityHeaders),
      "access-control-expose-headers": exposed,
      "x-request-id": id,
    };
    const origin = allowedOrigin(config.server.allowedOrigins, headers.get("origin"));
    if (origin !== null) common["access-control-allow-origin"] = origin;
    c.set("requestId", id);
    c.set("config", config);
    c.set("deps", deps);
    c.set("rendered", rendered);
    c.set("common", common);
    c.set("assets", assets);

    if (!isHost(headers.get("host"))) c.res = refuse(c, 400, "the Host header names no host");
    else if (url.length > MAX_URL_CHARS) c.res = refuse(c, 414, "the address of the request is too long");
    else if (headerChars(headers) > MAX_HEADER_CHARS) {
      c.res = refuse(c, 431, "the request's headers are too large");
    } else await next();

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

/** A name, an IPv4 address or an IPv6 one in brackets, maybe with a port. Anything else would be read as part of the path. */
function isHost(host: string | null): boolean {
  return host === null || /^(?:[A-Za-z0-9._~!$&'()*+;=%-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?$/.test(host);
}

function headerChars(headers: Headers): number {
  let total = 0;
  // Not for…of: its iterator costs several times as much, and every request comes through here.
  headers.forEach((value, name) => total += name.length + value.length + 4);
  return total;
}

/** HEAD tells the length that GET's body would have. */
async function measure(response: Response): Promise<void> {
  if (response.body === null || response.headers.has("content-length")) return;
  const body = await response.clone().arrayBuffer();
  response.headers.set("content-length", String(body.byteLength));
}
