import type { AppContext } from "../env.ts";

/** What every answer varies on, because CORS does. */
export const corsVary = "origin, access-control-request-method, access-control-request-headers";

/**
 * An answer with the headers that all of them share, put together in one go: changing a finished answer's headers one by one costs more
 * than all the rest of a small request. `common` gives way to `headers`.
 */
export function send(
  c: AppContext,
  body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>> | null,
  status: number,
  headers: Readonly<Record<string, string>>,
): Response {
  const response = new Response(body, { status, headers: headersOf(c, headers) });
  c.set("sent", response);
  return response;
}

/** The headers with which an answer is sent: what all have in common, and its own. */
export function headersOf(c: AppContext, headers: Readonly<Record<string, string>>): Record<string, string> {
  const vary = headers.vary === undefined ? corsVary : `${headers.vary}, ${corsVary}`;
  return { ...c.get("common"), ...headers, vary };
}
