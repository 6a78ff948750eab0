import { isIP } from "node:net";
import { readCron } from "../domain/cron.ts";
import type { Secret } from "../domain/secret.ts";
import type { Path } from "./problem.ts";
import type { Section, Shape } from "./section.ts";

/** Judgements on single values that several sections share. */

/** The page's title where none is given, or one that shows nothing. */
export const USUAL_TITLE = "Status";

/** A token that would match an empty one is refused; a short one is doubted. */
export function checkToken(section: Section<Shape>, key: Path, token: Secret): void {
  const path = [...section.path, ...key];
  const { length } = new TextEncoder().encode(token.reveal());
  if (length === 0) section.report.error(path, "must not be empty; is its variable set?");
  else if (length < 16) {
    section.report.warn(path, `is only ${length} bytes long; tokens should have at least 16`);
  }
}

/** Splits `host:port`, `[v6]:port`; null unless the host is not empty and the port is 0 … 65535. */
export function parseHostPort(value: string): { host: string; port: number } | null {
  const match = value.match(/^(\[[^\]]+\]|[^[\]]+):(\d{1,5})$/s);
  if (match === null || Number(match[2]) > 65_535 || /\s/.test(match[1])) return null;
  return { host: match[1].replace(/^\[|\]$/g, ""), port: Number(match[2]) };
}

/**
 * `1.2.3.4`, `1.2.3.4:53`, `::1`, `[::1]`, `[::1]:53`; null when the host is not an address. The port is 53 when absent. What can be read as
 * an address and a port is, even without brackets: so do files of the older program have it.
 */
export function parseResolver(value: string): { host: string; port: number } | null {
  const split = parseHostPort(value);
  if (split !== null && isIP(split.host) !== 0) return split;
  const bare = value.replace(/^\[([^\]]*)\]$/, "$1");
  return isIP(bare) === 0 ? null : { host: bare, port: 53 };
}

/** Would nothing be seen where this is shown? */
export function isBlank(text: string): boolean {
  return /^[\s\p{Cc}\p{Default_Ignorable_Code_Point}]*$/u.test(text);
}

export function isUrl(value: string, protocols: readonly string[]): boolean {
  const url = URL.parse(value);
  return url !== null && protocols.includes(url.protocol) &&
    (url.hostname !== "" || url.protocol === "mailto:");
}

/** The host of a target that is a URL, `host:port` or a host alone, without brackets. */
export function hostOf(target: string): string {
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(target) ? URL.parse(target) : null;
  const host = url?.hostname ?? parseHostPort(target)?.host ?? target;
  return host.replace(/^\[|\]$/g, "");
}

export function isAddress(host: string): boolean {
  return isIP(host) !== 0;
}

export function isCidr(value: string): boolean {
  const [address, bits, ...rest] = value.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

export function isTimeZone(value: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: value });
    return true;
  } catch {
    return false;
  }
}

/** Reports a cron expression that cannot be read, and doubts one that is never due. */
export function checkCron(section: Section<Shape>, key: string): void {
  const expression = section.values[key];
  if (typeof expression !== "string") return;
  try {
    if (readCron(expression).nextRun(new Date(0)) === null) {
      section.warn(key, "is never due: there is no such date");
    }
  } catch (error) {
    section.error(key, `is not a cron expression: ${cronFault(error)}`);
  }
}

/** The reader's sentence; it counts days and months from 0 where people count from 1. */
function cronFault(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return reason.replace(/^CronPattern: /, "").replace(/\.$/, "").replace(/[\x00-\x1f\x7f]/g, " ")
    .replace(
      /^(Invalid value for (?:day|month)): (-?\d+)$/,
      (_, what, value) => `${what}: ${Number(value) + 1}`,
    );
}

/** A name that may stand in a URL path and in metrics: ASCII letters, digits, `-` and `_`. */
export function isId(value: string): boolean {
  return /^[A-Za-z0-9_-]+$/.test(value);
}
