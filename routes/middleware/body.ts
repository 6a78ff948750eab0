import type { Clock } from "../../domain/clock.ts";
import { AppError } from "../../domain/errors.ts";

const BODY_DEADLINE_MS = 10_000;

/** The whole body as bytes. Throws `too_large` past `limit` bytes, and `bad_request` when it does not arrive in time or breaks off. */
export async function readBody(
  request: Request,
  limit: number,
  clock: Clock,
  withinMs: number = BODY_DEADLINE_MS,
): Promise<Uint8Array> {
  const tooLarge = () =>
    new AppError("too_large", `Failed to buffer the request body: more than ${limit} bytes`);
  if (Number(request.headers.get("content-length") ?? 0) > limit) throw tooLarge();
  if (request.body === null) return new Uint8Array();
  const reader = request.body.getReader();
  // The connection ended, or what came is no body; that is the sender's affair.
  const brokeOff = () => {
    throw new AppError("bad_request", "Failed to buffer the request body: it broke off");
  };
  const stop = new AbortController();
  const late = clock.sleep(withinMs, stop.signal).then(() => null);
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const next = await Promise.race([reader.read().catch(brokeOff), late]);
      if (next === null) {
        throw new AppError("bad_request", "Failed to buffer the request body: it came too slowly");
      }
      if (next.done) break;
      size += next.value.byteLength;
      if (size > limit) throw tooLarge();
      chunks.push(next.value);
    }
  } finally {
    stop.abort();
    reader.cancel().catch(() => {});
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}
