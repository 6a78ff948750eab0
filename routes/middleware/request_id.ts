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

/** Random digits are made for so many ids at once, because asking for them is what costs. */
const IDS_AT_ONCE = 512;
const DIGITS = 16;

/** Sixteen random digits of this start, then sixteen of the request: a counter would tell strangers how much others ask. */
export function idMint(): () => string {
  const digits = (count: number) =>
    Buffer.from(crypto.getRandomValues(new Uint8Array(count / 2))).toString("hex");
  const start = digits(DIGITS);
  let pool = "";
  let at = 0;
  return () => {
    if (at === pool.length) {
      pool = digits(IDS_AT_ONCE * DIGITS);
      at = 0;
    }
    return start + pool.slice(at, at += DIGITS);
  };
}
