import type { NewIncident } from "../../domain/store.ts";

/** An incident with everything filled in that does not matter to the test. */
export function someIncident(
  given: Partial<NewIncident> & Pick<NewIncident, "monitorId" | "startedAt">,
): NewIncident {
  return {
    confirmedAt: given.startedAt + 60_000,
    reason: "HTTP 500",
    category: "http_status",
    code: 500,
    cause: null,
    impacted: [{ id: "api", name: "API" }],
    snapshot: "HTTP/1.1 500",
    planned: false,
    ...given,
  };
}
