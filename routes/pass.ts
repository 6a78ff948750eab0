import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Secret } from "../domain/secret.ts";

const HOUR_MS = 3_600_000;
const HOURS = 8;

/**
 * A pass stands for a token in the links of a page: `{hour it ends}.{signature}`. It is made from the token, so that a new token ends all
 * passes; it opens pages for reading alone, never a write or the API; links carry it on unchanged, so that it ends for good.
 */
export function makePass(token: Secret, audience: string, now: number): string {
  const endHour = Math.floor(now / HOUR_MS) + HOURS + 1;
  return `${endHour}.${sign(token, audience, endHour)}`;
}

/** Was this pass made from this token for this audience, and does it still hold? */
export function passHolds(pass: string, token: Secret, audience: string, now: number): boolean {
  const match = /^([0-9]{1,9})\.([A-Za-z0-9_-]{22})$/.exec(pass);
  if (match === null) return false;
  const endHour = Number(match[1]);
  const hour = Math.floor(now / HOUR_MS);
  return endHour > hour && endHour <= hour + HOURS + 1 && equal(match[2], sign(token, audience, endHour));
}

function sign(token: Secret, audience: string, endHour: number): string {
  return createHmac("sha256", token.reveal()).update(`hora page pass\n${audience}\n${endHour}`)
    .digest("base64url").slice(0, 22);
}

/** Both are 22 ASCII characters. */
function equal(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
