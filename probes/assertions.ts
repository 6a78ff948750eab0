import { type JSONValue, query } from "json-p3";
import type { HttpMonitor } from "../domain/monitor.ts";
import { messageOf } from "../domain/errors.ts";
import { clean } from "./verdict.ts";

export interface AssertionResult {
  readonly text: string;
  /** Why it failed; null when it held. */
  readonly complaint: string | null;
}

/** Compact JSON with the keys of objects sorted; a string is its raw text. */
function asText(value: unknown): string {
  if (typeof value === "string") return value;
  return JSON.stringify(
    value,
    (_key, part) =>
      part !== null && typeof part === "object" && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
        : part,
  );
}

function checkJson(path: string, expected: string | null, body: string): string | null {
  let document: JSONValue;
  try {
    document = JSON.parse(body);
  } catch {
    return "response is not valid JSON";
  }
  let found: unknown[];
  try {
    found = query(path, document).values();
  } catch (error) {
    return `invalid JSON query: ${path} (${clean(messageOf(error), 100)})`;
  }
  if (found.length === 0) return `JSON query matched nothing: ${path}`;
  const texts = found.map(asText);
  if (expected === null || texts.includes(expected)) return null;
  return `JSON query ${path} != ${expected}, got ${clean(texts.slice(0, 5).join(", "), 200)}`;
}

/** Runs the configured assertions on a body's text, keyword first. */
export function checkAssertions(monitor: HttpMonitor, body: string): AssertionResult[] {
  const results: AssertionResult[] = [];
  if (monitor.keyword !== null) {
    const there = body.includes(monitor.keyword);
    const wrong = there === monitor.keywordInvert;
    const word = monitor.keywordInvert ? "keyword present" : "keyword missing";
    results.push({
      text: monitor.keywordInvert ? `no keyword ${monitor.keyword}` : `keyword ${monitor.keyword}`,
      complaint: wrong ? `${word}: ${monitor.keyword}` : null,
    });
  }
  if (monitor.jsonQuery !== null) {
    results.push({
      text: monitor.jsonExpected === null
        ? `JSON query ${monitor.jsonQuery}`
        : `JSON query ${monitor.jsonQuery} == ${monitor.jsonExpected}`,
      complaint: checkJson(monitor.jsonQuery, monitor.jsonExpected, body),
    });
  }
  return results;
}
