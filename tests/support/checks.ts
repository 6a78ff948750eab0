import type { Check } from "../../domain/check.ts";

/** A check with everything that does not matter to the test filled in. */
export function someCheck(given: Partial<Check> & Pick<Check, "monitorId" | "at">): Check {
  return {
    status: "up",
    latencyMs: given.status === "down" ? null : 42,
    code: null,
    reason: null,
    category: null,
    message: null,
    planned: false,
    standsMs: 180_000,
    phases: null,
    metrics: [],
    ...given,
  };
}
