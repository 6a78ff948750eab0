/** What one check says. */
export type CheckStatus = "up" | "degraded" | "down";

/** What a monitor is. No data is `unknown`, never `down`. */
export type Status = CheckStatus | "unknown";

const severity: Record<Status, number> = { up: 0, unknown: 1, degraded: 2, down: 3 };

/** The worst of the given states; `up` when there are none. Order: up, unknown, degraded, down. */
export function worstStatus(statuses: Iterable<Status>): Status {
  let worst: Status = "up";
  for (const status of statuses) if (severity[status] > severity[worst]) worst = status;
  return worst;
}

/** The overall label that API clients know. */
export const overallLabels: Readonly<Record<Status, string>> = {
  up: "All systems operational",
  unknown: "Awaiting data",
  degraded: "Degraded performance",
  down: "Major outage",
};
