import { readJsonPath } from "../domain/json_path.ts";
import type { MonitorSection } from "./monitors.ts";
import type { Finding } from "./problem.ts";

/** What is wrong with the JSONPaths of monitors. It stands apart from the other rules because what it needs takes a while to load. */
export function judgeJsonQueries(monitors: readonly MonitorSection[]): Finding[] {
  return monitors.flatMap(({ path, values }): Finding[] => {
    if (values.json_query === undefined || values.kind !== "http") return [];
    const fault = jsonPathFault(values.json_query);
    if (fault === null) return [];
    return [{ path: [...path, "json_query"], message: `is not an RFC 9535 JSONPath: ${fault}`, at: "value" }];
  });
}

function jsonPathFault(query: string): string | null {
  if (query === "") return "it is empty";
  try {
    readJsonPath(query);
    return null;
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).replace(/[\x00-\x1f\x7f]/g, " ");
  }
}
