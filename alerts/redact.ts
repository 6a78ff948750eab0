import { cut } from "./channels/fit.ts";

/** Keeps secrets out of errors: addresses lose everything behind the host, and every spelling of a known secret is replaced. */

const MARK = "<redacted>";

/** Too short to be a secret worth hiding, and likely to tear innocent words apart. */
const MIN_PART = 6;

function percentEncoded(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (char) => "%" + char.charCodeAt(0).toString(16).toUpperCase(),
  );
}

function formEncoded(value: string): string {
  return new URLSearchParams([["", value]]).toString().slice(1);
}

function base64(value: string): string {
  return new TextEncoder().encode(value).toBase64();
}

/** Pieces of an address that are secret by themselves: credentials, path segments, query values. */
function addressParts(value: string): string[] {
  if (!URL.canParse(value)) return [];
  const url = new URL(value);
  const parts = [
    url.href,
    url.username,
    url.password,
    ...url.pathname.split("/"),
    ...url.searchParams.values(),
  ];
  const plain = parts.map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
  return [...parts, ...plain].filter((part) => part.length >= MIN_PART);
}

function spellings(secret: string): string[] {
  const all = [secret, ...addressParts(secret)].flatMap((value) => [
    value,
    percentEncoded(value),
    percentEncoded(value).toLowerCase(),
    formEncoded(value),
    JSON.stringify(value).slice(1, -1),
    JSON.stringify(value).slice(1, -1).replaceAll("/", "\\/"),
    value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;"),
    base64(value),
  ]);
  return [...new Set(all)].filter((value) => value !== "");
}

/** Replaces addresses by their origin and each secret by a mark, first the longest spelling. Empty secrets are skipped. */
export function redact(text: string, secrets: readonly string[]): string {
  let result = text;
  const all = secrets.filter((secret) => secret !== "").flatMap(spellings);
  for (const spelling of all.sort((a, b) => b.length - a.length)) {
    result = result.replaceAll(spelling, MARK);
  }
  return result.replace(
    /\b([a-z][a-z0-9+.-]*:\/\/)(?:[^\s/@"'<>]*@)?([^\s/?#"'<>()]+)(?:[/?#][^\s"'<>)]*)?/gi,
    "$1$2/…",
  );
}

/** Control characters out, blanks collapsed, secrets out, and only then cut: a secret torn in half would pass unseen. */
export function safeError(text: string, secrets: readonly string[], max = 200): string {
  const plain = redact(text, secrets).replace(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim();
  return cut(plain, max);
}
