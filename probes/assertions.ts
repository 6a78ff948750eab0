// @ts-types="json-p3"
import { JSONPathRecursionLimitError, type JSONValue } from "json-p3/dist/json-p3.esm.js";
import type { HttpMonitor } from "../domain/monitor.ts";
import { messageOf } from "../domain/errors.ts";
import { readJsonPath } from "../domain/json_path.ts";
import { asText, holderOf, parseKeepingNumbers } from "./json_text.ts";
import { clean } from "./verdict.ts";

export interface AssertionResult {
  readonly text: string;
  /** Why it failed; null when it held. */
  readonly complaint: string | null;
}

/** What the query finds as texts; numbers as they are written in the body, or, with `shortest`, the shortest way. */
function found(path: string, body: string, shortest: boolean): string[] {
  const { document, numbers } = shortest
    ? { document: JSON.parse(body), numbers: null }
    : parseKeepingNumbers(body);
  return readJsonPath(path).query(document as JSONValue).nodes.map((node) =>
    asText(node.value, numbers, holderOf(document, node.location), String(node.location.at(-1)))
  );
}

function checkJson(path: string, expected: string | null, body: string): string | null {
  let texts: string[];
  try {
    texts = found(path, body, true);
    if (texts.length === 0) return `JSON query matched nothing: ${path}`;
    if (expected === null || texts.includes(expected)) return null;
    // 1.0 is written 1 the shortest way, and twenty digits lose their end.
    texts = found(path, body, false);
  } catch (error) {
    if (error instanceof SyntaxError) return "response is not valid JSON";
    if (error instanceof JSONPathRecursionLimitError || error instanceof RangeError) {
      return `JSON query ${path}: the response is nested too deeply`;
    }
    return `invalid JSON query: ${path} (${clean(messageOf(error), 100)})`;
  }
  if (texts.includes(expected)) return null;
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
