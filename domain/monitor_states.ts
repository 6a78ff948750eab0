/** What is kept of one monitor beside its history: the state's key is one of these and its id. All of it follows the monitor to a new id. */
export const monitorStates = {
  /** How it is and who was told. */
  machine: "machine/",
  /** What was told of its certificate. */
  certificate: "certificate/",
  /** What was told of its domain. */
  domain: "domain/",
  /** Since when its heartbeats are waited for. */
  waitedForSince: "push_first:",
} as const;
