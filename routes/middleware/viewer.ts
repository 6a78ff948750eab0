import { createHash, timingSafeEqual } from "node:crypto";
import type { Config } from "../../domain/config.ts";
import type { Secret } from "../../domain/secret.ts";
import { anonymous, operator, type Viewer } from "../../domain/viewer.ts";
import type { AppContext } from "../env.ts";
import { queryOf } from "./query.ts";

/** Equal or not, in a time that depends on neither value. No token configured: never equal, in the same time. */
export function sameToken(candidate: string, token: Secret | null | undefined): boolean {
  const digest = (text: string) => createHash("sha256").update(text, "utf8").digest();
  const equal = timingSafeEqual(digest(candidate), digest(token?.reveal() ?? ""));
  return equal && token !== null && token !== undefined && !token.isEmpty;
}

const legible = (value: string): boolean => /^[\t\x20-\x7e]*$/.test(value);

/** The token a caller presents: the Bearer header when there is one, even a wrong one, or else `?token=`. Empty: none. */
function presentedToken(c: AppContext): readonly string[] {
  const header = c.req.raw.headers.get("authorization");
  if (header !== null && legible(header) && header.startsWith("Bearer ")) return readings(header.slice(7));
  return fromQuery(c);
}

/** The token of a heartbeat: `X-Push-Token` when it is there, even a wrong one, or else `?token=`. Empty: none. */
export function presentedPushToken(c: AppContext): readonly string[] {
  const header = c.req.raw.headers.get("x-push-token");
  return header !== null && legible(header) ? readings(header) : fromQuery(c);
}

/** A header sent twice arrives joined by a comma, and its first instance counts; a token may hold a comma itself. */
function readings(header: string): readonly string[] {
  const seam = header.indexOf(", ");
  return seam < 0 ? [header] : [header, header.slice(0, seam)];
}

function fromQuery(c: AppContext): readonly string[] {
  const token = queryOf(c).get("token");
  return token === null ? [] : [token];
}

/** Is one of these the token? Takes the same time whichever is. */
export function anyIsToken(candidates: readonly string[], token: Secret | null | undefined): boolean {
  return candidates.map((candidate) => sameToken(candidate, token)).includes(true);
}

/**
 * Who is looking, decided once per request. Routes that accept a group's token name the group they show; the first call decides. A wrong
 * token is no error here: the caller is anonymous.
 */
export function viewerOf(c: AppContext, group?: string): Viewer {
  const known = c.get("viewer");
  if (known !== undefined) return known;
  const viewer = decide(c.get("config"), presentedToken(c), group);
  c.set("viewer", viewer);
  return viewer;
}

function decide(config: Config, candidates: readonly string[], group: string | undefined): Viewer {
  if (candidates.length === 0) return anonymous;
  const { authToken, groupTokens } = config.server;
  const isOperator = anyIsToken(candidates, authToken);
  if (group === undefined) return isOperator ? operator : anonymous;
  const isGroup = anyIsToken(candidates, Object.hasOwn(groupTokens, group) ? groupTokens[group] : null);
  if (isOperator) return operator;
  return isGroup ? { kind: "group", group } : anonymous;
}

/** A short name of what a viewer may see, for cache keys. */
export function audienceOf(viewer: Viewer): string {
  return viewer.kind === "group" ? `group ${viewer.group}` : viewer.kind;
}
