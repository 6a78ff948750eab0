import type { Put } from "../words.ts";

/** Cuts to at most `max` characters, never inside one; what is cut ends in an ellipsis. */
export function cut(value: string, max: number): string {
  if (value.length <= max) return value;
  let end = Math.max(0, max - 1);
  if (/[\ud800-\udbff]/.test(value.charAt(end - 1))) end -= 1;
  return value.slice(0, end) + "…";
}

const steps = [Infinity, 3000, 2000, 1400, 1000, 700, 500, 350, 250, 160, 100, 60, 30, 12, 4];

/**
 * Builds a message that fits. Each value put into it is cut before it is escaped, shorter and shorter, so that neither a tag nor an
 * entity nor a character is ever torn; what was torn before it came here is replaced. `extras` are given up first.
 */
export function fit(
  build: (put: Put) => string,
  extras: (put: Put) => string,
  escape: Put,
  limit: number,
  measure: (text: string) => number = (text) => text.length,
): string {
  for (const max of steps) {
    const put: Put = (value) => escape(cut(value.toWellFormed(), max));
    const full = build(put) + extras(put);
    if (measure(full) <= limit) return full;
    const bare = build(put);
    if (max < 100 && measure(bare) <= limit) return bare;
  }
  let text = build((value) => escape(cut(value.toWellFormed(), 4)));
  while (measure(text) > limit) text = cut(text, Math.floor(text.length * 0.9));
  return text;
}

const encoder = new TextEncoder();

export function bytesOf(text: string): number {
  return encoder.encode(text).length;
}

/** `&`, `<`, `>` as entities, and nothing else. */
export function escapeHtml(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** A value inside a fence of backticks must not end it. */
export function calmBackticks(value: string): string {
  return value.replaceAll("`", "'");
}
