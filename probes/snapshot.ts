import type { ResponseHead } from "./http_head.ts";
import { clean } from "./verdict.ts";

const MAX_HEADERS = 24;
const MAX_LINE = 160;
const MAX_BODY = 2_048;

const secretHeader =
  /^(set-cookie2?|cookie|(proxy-)?authorization|(www|proxy)-authenticate|x-(api|auth|csrf|xsrf|amz-security)[a-z-]*|.*(token|secret|password|session|api-?key|credential).*)$/;

/** Header values as they may be kept: those that carry secrets are masked, those that are not text are named so. */
export function maskedHeader(name: string, value: string): string {
  if (secretHeader.test(name)) return "<masked>";
  if (/[\u0000-\u0008\u000a-\u001f\u007f-\uffff]/.test(value)) return "<binary>";
  return value.replace(
    /([?&;](?:token|key|secret|password|signature|sig|code|state|session|auth)[a-z0-9_-]*=)[^&;#\s]+/gi,
    "$1<masked>",
  ).replace(/(:\/\/)[^/?#@\s]*@/g, "$1***@");
}

/** A body's text as it may be kept and told: values that look like secrets are masked. */
export function maskBody(text: string): string {
  return text
    .replace(
      /("(?:[a-z0-9_-]*(?:token|secret|password|api_?key|authorization|session)[a-z0-9_-]*)"\s*:\s*")[^"]*/gi,
      "$1<masked>",
    )
    .replace(
      /\b((?:[a-z0-9]+[_-])*(?:token|secret|password|passwd|api[_-]?key|session[_-]?id)=)[^&;,\s"'<>]+/gi,
      "$1<masked>",
    )
    .replace(/\b(Bearer|Basic)\s+[A-Za-z0-9+/._~=-]{8,}/g, "$1 <masked>");
}

/** What the server answered, for the incident: status line, up to 24 headers, and the start of the body. */
export function httpSnapshot(head: ResponseHead, body: string): string {
  const shown = head.headers.slice(0, MAX_HEADERS)
    .map(([name, value]) => `${name}: ${maskedHeader(name, value)}`.slice(0, MAX_LINE));
  const more = head.headers.length - shown.length;
  const lines = [clean(`${head.version} ${head.code} ${head.phrase}`, MAX_LINE), ...shown];
  if (more > 0) lines.push(`(${more} more headers)`);
  if (body.trim() !== "") {
    const text = maskBody(body).replace(
      /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
      "",
    );
    lines.push("", [...text.slice(0, MAX_BODY * 2)].slice(0, MAX_BODY).join(""));
  }
  return lines.join("\n");
}
