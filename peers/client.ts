import { messageOf } from "../domain/errors.ts";
import type { Secret } from "../domain/secret.ts";
import { version } from "../domain/version.ts";
import { troubleOf } from "./trouble.ts";

/** One request to another node. */
export interface NodeRequest {
  readonly method: "GET" | "POST";
  /** May hold secrets: it is never put into a message. */
  readonly url: string;
  /** Sent as `X-Push-Token`, to the host of `url` only. */
  readonly token?: Secret | null;
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly timeoutMs: number;
  /** How much of the answer's body is read; 0: nothing. More than that is an error. */
  readonly maxBodyBytes: number;
  readonly signal: AbortSignal;
}

export type NodeAnswer =
  | { readonly ok: true; readonly status: number; readonly body: string; readonly headers: Headers }
  /** Why there is no answer, free of URLs and secrets. `status` when one was received. */
  | { readonly ok: false; readonly status: number | null; readonly reason: string };

/** Sends one request; trouble of any kind is an answer, never an exception. */
export type NodeClient = (request: NodeRequest) => Promise<NodeAnswer>;

const MAX_REDIRECTS = 5;

/**
 * Makes the client for heartbeats, witnesses and confirmation. Each request uses a connection of its own, so that a connection which a
 * partition has killed cannot swallow the next heartbeat. Redirects are followed with method and body unchanged; the token and a body
 * never leave the host they were meant for.
 */
export function createNodeClient(): NodeClient & { close(): void } {
  // Made for the first request: it reads the machine's certificates.
  let http: Deno.HttpClient | null = null;
  const send = async (request: NodeRequest): Promise<NodeAnswer> => {
    const deadline = AbortSignal.timeout(request.timeoutMs);
    try {
      http ??= Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
      return await follow(http, request, AbortSignal.any([deadline, request.signal]));
    } catch (error) {
      const reason = deadline.aborted
        ? `No answer within ${request.timeoutMs / 1000} s`
        : troubleOf(messageOf(error));
      return { ok: false, status: null, reason };
    }
  };
  return Object.assign(send, { close: () => http?.close() });
}

async function follow(
  client: Deno.HttpClient,
  request: NodeRequest,
  signal: AbortSignal,
): Promise<NodeAnswer> {
  const first = new URL(request.url);
  let url = first;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
    const response = await fetch(url, { ...init(request, sameHost(first, url)), signal, client });
    const location = response.headers.get("location");
    if (![301, 302, 303, 307, 308].includes(response.status) || location === null) {
      return await read(response, request.maxBodyBytes);
    }
    await response.body?.cancel();
    const next = URL.parse(location, url);
    const refusal = refuse(request, first, url, next, response.status);
    if (refusal !== null || next === null) {
      return { ok: false, status: response.status, reason: refusal ?? "Redirected to no valid URL" };
    }
    url = next;
  }
  return { ok: false, status: null, reason: `Redirected more than ${MAX_REDIRECTS} times` };
}

function init(request: NodeRequest, atHome: boolean): RequestInit {
  const headers = new Headers({ "user-agent": `hora/${version}` });
  if (request.token && !request.token.isEmpty && atHome) headers.set("x-push-token", request.token.reveal());
  if (request.json !== undefined) headers.set("content-type", "application/json");
  return {
    method: request.method,
    redirect: "manual",
    headers,
    body: request.json === undefined ? null : JSON.stringify(request.json),
  };
}

/** The same host, also when it moved from http to https: the first request went there already. */
function sameHost(first: URL, next: URL): boolean {
  return first.origin === next.origin ||
    (first.hostname === next.hostname && first.protocol === "http:" && next.protocol === "https:");
}

function refuse(
  request: NodeRequest,
  first: URL,
  from: URL,
  next: URL | null,
  status: number,
): string | null {
  if (next === null || !/^https?:$/.test(next.protocol)) return `HTTP ${status} redirects to no valid URL`;
  if (from.protocol === "https:" && next.protocol === "http:") {
    return `HTTP ${status} redirects from https to http`;
  }
  if (request.method === "GET") return null;
  if (status === 303) return "HTTP 303: the answer is elsewhere, nothing was recorded";
  const away = !sameHost(first, next);
  if (away && (request.json !== undefined || (request.token && !request.token.isEmpty))) {
    return `HTTP ${status} redirects to another host (${next.host}), which must not see the token: set the URL to it`;
  }
  return null;
}

async function read(response: Response, maxBytes: number): Promise<NodeAnswer> {
  const { status, headers } = response;
  if (status < 200 || status > 299) {
    await response.body?.cancel();
    return { ok: false, status, reason: `HTTP ${status}` };
  }
  if (maxBytes === 0 || response.body === null) {
    await response.body?.cancel();
    return { ok: true, status, body: "", headers };
  }
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body) {
    size += part.byteLength;
    // Leaving the loop cancels the stream, so a gigabyte costs us no more than the limit.
    if (size > maxBytes) {
      return { ok: false, status, reason: `The answer is larger than ${maxBytes / 1024} KiB` };
    }
    parts.push(part);
  }
  return { ok: true, status, body: await new Blob(parts as BlobPart[]).text(), headers };
}
