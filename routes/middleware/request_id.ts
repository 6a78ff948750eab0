import { Buffer } from "node:buffer";

/**
 * The id that came along, when it is short and plain; null: a new one has to be made. A header sent twice arrives joined by a comma, and
 * its first instance counts.
 */
export function inboundId(header: string | null): string | null {
  const seam = header?.indexOf(", ") ?? -1;
  const id = seam < 0 ? header : header!.slice(0, seam);
  return id !== null && /^[A-Za-z0-9._-]{1,128}$/.test(id) ? id : null;
}

/** Random bytes are fetched for so many ids at once, because asking for them is what costs. */
const IDS_AT_ONCE = 512;
const RANDOM_BYTES = 8;

/** Sixteen random digits of this start, then sixteen of the request: a counter would tell strangers how much others ask. */
export function idMint(): () => string {
  const start = Buffer.from(crypto.getRandomValues(new Uint8Array(RANDOM_BYTES))).toString("hex");
  const pool = Buffer.alloc(IDS_AT_ONCE * RANDOM_BYTES);
  let at = pool.length;
  return () => {
    if (at === pool.length) {
      crypto.getRandomValues(pool);
      at = 0;
    }
    return start + pool.toString("hex", at, at += RANDOM_BYTES);
  };
}
