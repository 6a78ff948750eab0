import { getLogger } from "@logtape/logtape";
import { AppError, type AppErrorCode, messageOf } from "../domain/errors.ts";
import type { AppContext } from "./env.ts";
import { errorPage } from "./error_page.tsx";
import { send } from "./middleware/send.ts";
import { prefersHtml, prefersJson } from "./middleware/accept.ts";
import { viewerOf } from "./middleware/viewer.ts";
import { wantsText } from "./page_request.ts";

const log = getLogger(["hora", "routes"]);

const statuses: Readonly<Record<AppErrorCode, number>> = {
  bad_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  unsupported_media: 415,
  unprocessable: 422,
  too_slow: 503,
  unavailable: 503,
};

const titles: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  413: "Content Too Large",
  414: "URI Too Long",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/**
 * An error in the form the caller reads: RFC 9457 when its `Accept` prefers JSON, a page for browsers outside `/api`, or else the plain
 * text (nothing at all when `text` is empty).
 */
export function refuse(
  c: AppContext,
  status: number,
  text: string,
  extra: Readonly<Record<string, string>> = {},
): Response {
  const headers: Record<string, string> = {
    "cache-control": "no-store",
    vary: "Accept, User-Agent",
    ...extra,
  };
  if (status === 401) headers["www-authenticate"] = 'Bearer realm="Hora"';
  if (status === 503) headers["retry-after"] ??= "5";
  const accept = c.req.raw.headers.get("accept");
  if (prefersJson(accept)) {
    headers["content-type"] = "application/problem+json";
    return send(c, problem(status, text), status, headers);
  }
  if (prefersHtml(accept) && !wantsText(c) && !c.req.path.startsWith("/api/")) {
    headers["content-type"] = "text/html; charset=utf-8";
    return new Response(errorPage(c, status, text), { status, headers });
  }
  if (text === "" && !prefersHtml(accept)) return send(c, null, status, headers);
  headers["content-type"] = "text/plain; charset=utf-8";
  return send(c, text === "" ? titles[status] : text, status, headers);
}

/** What ails the store names files and what to do about them, which is nobody's business but the operator's. */
function mayRead(c: AppContext, { code }: AppError): boolean {
  return code !== "unavailable" || viewerOf(c).kind === "operator";
}

/** An error as RFC 9457 has it. */
export function problem(status: number, text: string): string {
  const title = titles[status] ?? "Error";
  return JSON.stringify({ type: "about:blank", title, status, ...(text === "" ? {} : { detail: text }) });
}

/** The one place where thrown things become answers. Anything but an `AppError` is a fault of ours: details go to the log alone. */
export function answerError(error: unknown, c: AppContext): Response {
  if (error instanceof AppError) {
    const status = statuses[error.code];
    if (status === 503) {
      log.warn("{id} {path}: {reason}", {
        id: c.get("requestId"),
        path: c.req.path,
        reason: messageOf(error),
      });
    }
    return refuse(c, status, mayRead(c, error) ? error.message : "this cannot be stored at present");
  }
  log.error("{id} {method} {path}: {reason}", {
    id: c.get("requestId"),
    method: c.req.method,
    path: c.req.path,
    reason: messageOf(error),
    stack: error instanceof Error ? error.stack : undefined,
  });
  return refuse(c, 500, "internal server error");
}
