import { messageOf } from "../domain/errors.ts";
import type { Delivery, HttpRequest } from "./channels/channel.ts";
import { safeError } from "./redact.ts";

/** Enough to find a `retry_after` and a sentence; the rest of an answer is not read. */
const MAX_ANSWER_BYTES = 4096;

/** Longer pauses than this are not honoured: a service that says "next week" must not take our alerts with it. */
const MAX_RETRY_AFTER_MS = 3_600_000;

export interface Transport {
  readonly client: Deno.HttpClient;
  readonly userAgent: string;
  readonly timeoutMs: number;
  /** Reads an absolute `Retry-After`. */
  now(): number;
}

/**
 * One attempt. Redirects are not followed: they would turn the message into an empty GET, or carry it and its token to a stranger.
 */
export async function sendHttp(
  transport: Transport,
  request: HttpRequest,
  secrets: readonly string[],
  retried: readonly number[] = [],
): Promise<Delivery> {
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: { "user-agent": transport.userAgent, ...request.headers },
      body: request.body,
      redirect: "manual",
      client: transport.client,
      signal: AbortSignal.timeout(transport.timeoutMs),
    });
    if (response.status >= 200 && response.status < 300) {
      await response.body?.cancel();
      return { ok: true };
    }
    return await refused(transport, response, secrets, retried);
  } catch (error) {
    const late = error instanceof DOMException && error.name === "TimeoutError";
    const text = late ? `no answer within ${transport.timeoutMs / 1000} s` : messageOf(error);
    return {
      ok: false,
      error: safeError(`request failed: ${text}`, secrets),
      retry: true,
      retryAfterMs: null,
    };
  }
}

async function refused(
  transport: Transport,
  response: Response,
  secrets: readonly string[],
  retried: readonly number[],
): Promise<Delivery> {
  const answer = await readCapped(response);
  const { status } = response;
  const retry = status >= 500 || status === 429 || status === 408 || status === 425 ||
    retried.includes(status);
  const isRedirect = status >= 300 && status < 400;
  const said = isRedirect ? "redirects are not followed" : safeError(answer, secrets);
  return {
    ok: false,
    error: `rejected (HTTP ${status})${said === "" ? "" : `: ${said}`}`,
    retry,
    retryAfterMs: retry ? retryAfter(response.headers.get("retry-after"), answer, transport.now()) : null,
  };
}

async function readCapped(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      chunks.push(chunk.subarray(0, MAX_ANSWER_BYTES - size));
      size += chunk.length;
      if (size >= MAX_ANSWER_BYTES) break;
    }
  } catch {
    // The status is known; an answer that breaks off only costs us its words.
  }
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return new TextDecoder().decode(bytes);
}

/** From the header (seconds or a date), or from the body as Telegram and Discord (seconds) or Matrix (ms) say it. */
export function retryAfter(header: string | null, body: string, now: number): number | null {
  const bounded = (ms: number) => Math.min(Math.max(0, Math.ceil(ms)), MAX_RETRY_AFTER_MS);
  if (header !== null) {
    if (/^\s*\d+(\.\d+)?\s*$/.test(header)) return bounded(Number(header) * 1000);
    // Dates begin with a weekday; the parser would take a stray number for a year.
    const at = /^\s*[A-Za-z]{3,9}\b/.test(header) ? Date.parse(header) : NaN;
    if (!Number.isNaN(at)) return bounded(at - now);
  }
  const said = /"retry_after(_ms)?"\s*:\s*([0-9]+(?:\.[0-9]+)?)/.exec(body);
  return said === null ? null : bounded(Number(said[2]) * (said[1] === undefined ? 1000 : 1));
}
