import type { MonitorKind } from "../domain/monitor.ts";
import type { DayState } from "../domain/summary.ts";
import type { Severity } from "../domain/config.ts";
import type { Status } from "../domain/status.ts";

/**
 * Every word that visitors read in pages, in one place: another language is another object of this shape. Plurals and the order of words
 * are decided here, markup elsewhere. Names that come from outside are set apart with `isolate`, so that a right-to-left name does not
 * turn its neighbours round.
 */

/** Keeps a figure and its unit on one line. */
export const NBSP = "\u00a0";

/** Sets a foreign name apart from the sentence around it, which it cannot turn round; plain Latin names need nothing. */
export function isolate(name: string): string {
  // deno-lint-ignore no-control-regex
  return /^[\x20-\x7e\u00a1-\u024f]*$/.test(name)
    ? name
    : `\u2068${name.replace(/[\u202a-\u202e\u2066-\u2069]/g, "")}\u2069`;
}

const plural = (n: number, one: string, many: string) => `${count(n)} ${n === 1 ? one : many}`;

/** A whole number with thin grouping: `12,480`. */
export function count(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `A`, `A and B`, `A, B and C`; past `limit` names the rest is counted. */
export function list(names: readonly string[], limit = 4): string {
  const shown = names.length > limit ? names.slice(0, limit - 1) : names;
  const rest = names.length - shown.length;
  const items = [...shown.map(isolate), ...(rest > 0 ? [`${count(rest)} more`] : [])];
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

/** A stretch of time for reading: `40 seconds`, `12 minutes`, `2 hours 10 minutes`, `3 days`. */
export function longDuration(ms: number): string {
  const secs = Math.max(0, Math.floor(ms / 1_000));
  if (secs < 60) return plural(secs, "second", "seconds");
  const mins = Math.floor(secs / 60);
  if (mins < 60) return plural(mins, "minute", "minutes");
  const hours = Math.floor(mins / 60);
  if (hours < 24) {
    const rest = mins % 60;
    return plural(hours, "hour", "hours") + (rest > 0 ? ` ${plural(rest, "minute", "minutes")}` : "");
  }
  const days = Math.floor(hours / 24);
  return plural(days, "day", "days") +
    (days < 7 && hours % 24 > 0 ? ` ${plural(hours % 24, "hour", "hours")}` : "");
}

/** The same, short and never broken across lines: `40 s`, `12 min`, `2 h 10 min`, `3 d`. */
export function shortDuration(ms: number): string {
  const secs = Math.max(0, Math.floor(ms / 1_000));
  if (secs < 60) return `${secs}${NBSP}s`;
  const mins = Math.floor(secs / 60);
  if (mins < 60) return `${mins}${NBSP}min`;
  const hours = Math.floor(mins / 60);
  if (hours < 24) return `${hours}${NBSP}h` + (mins % 60 > 0 ? `${NBSP}${mins % 60}${NBSP}min` : "");
  const days = Math.floor(hours / 24);
  return `${days}${NBSP}d` + (days < 7 && hours % 24 > 0 ? `${NBSP}${hours % 24}${NBSP}h` : "");
}

export const words = {
  language: "en",
  direction: "ltr" as "ltr" | "rtl",
  nothing: "–",
  utc: "UTC",
  maker: "Hora",

  // navigation
  skip: "Skip to the content",
  pagesNav: "Pages",
  history: "History",
  subscribe: "Subscribe",
  backToStatus: "Back to the status page",
  api: "API",
  keptBy: "kept by",
  report: (month: string) => `${month} report`,
  asOf: "As of",
  operatorView: "Operator view",

  // states
  state: {
    up: "up",
    degraded: "degraded",
    down: "down",
    unknown: "no data",
    maintenance: "maintenance",
  } satisfies Record<Status | "maintenance", string>,
  statePhrase: {
    up: "Up",
    degraded: "Degraded",
    down: "Down",
    unknown: "No data yet",
    maintenance: "In maintenance",
  } satisfies Record<Status | "maintenance", string>,
  day: {
    up: "up",
    degraded: "degraded",
    down: "down",
    empty: "no data",
    planned: "maintenance",
  } satisfies Record<DayState, string>,
  slow: "Slow",
  begun: (when: string) => `since ${when}`,
  since: (phrase: string, when: string) => `${phrase} since ${when}`,
  lasting: (duration: string) => `, ${duration}`,

  // the first sentence
  allRunning: "Everything is running.",
  onlyWork: "Planned work. Everything else is running.",
  nothingWatched: "Nothing is watched yet.",
  waiting: "Waiting for the first results.",
  stale: "What you see may be out of date.",
  oneDown: (name: string, ms: number | null) =>
    `${isolate(name)} is down${ms === null ? "" : `, for ${longDuration(ms)}`}.`,
  severalDown: (names: readonly string[]) =>
    names.length <= 2 ? `${list(names)} are down.` : `${count(names.length)} services are down.`,
  allDown: (n: number) => n === 2 ? "Both services are down." : `All ${count(n)} services are down.`,
  oneSlow: (name: string) => `${isolate(name)} is slow.`,
  oneUnwell: (name: string) => `${isolate(name)} has trouble.`,
  severalSlow: (names: readonly string[]) =>
    names.length <= 2 ? `${list(names)} are degraded.` : `${count(names.length)} services are degraded.`,
  othersRunning: (n: number) => plural(n, "other service is running", "other services are running"),
  inWork: (n: number) => `${plural(n, "service is", "services are")} in maintenance.`,
  inWorkNamed: (names: readonly string[]) =>
    `${list(names)} ${names.length === 1 ? "is" : "are"} in maintenance.`,
  withoutData: (n: number) => `${plural(n, "service has", "services have")} no data yet.`,
  running: (n: number) => `${plural(n, "service", "services")}, all answering.`,
  runningOne: "One service, answering.",
  quietFor: (ms: number) => `No incident in ${longDuration(ms)}.`,
  noMonitors: "No monitors configured yet.",
  noMonitorsHelp: "Add a [[monitors]] entry to hora.toml; this page follows within seconds.",

  // the ring
  ringLabel: (bad: readonly { hoursAgo: number; state: DayState }[]) => {
    if (bad.length === 0) return "The last 24 hours, hour by hour: all well";
    const hours = bad.slice(0, 6).map(({ hoursAgo, state }) =>
      `${words.day[state]} ${hoursAgo === 0 ? "in this hour" : `${plural(hoursAgo, "hour", "hours")} ago`}`
    );
    const rest = bad.length > 6 ? ` and ${count(bad.length - 6)} more` : "";
    return `The last 24 hours, hour by hour: ${hours.join(", ")}${rest}`;
  },

  // the page's parts
  needsAttention: "Needs attention",
  services: "Services",
  others: "Other services",
  peers: "Watching together",
  recent: "Recent incidents",
  allIncidents: "All incidents",
  legend: "Legend",
  moreTrouble: (n: number) =>
    `${plural(n, "more service needs", "more services need")} attention; all of them are listed below.`,
  maintenanceTitle: (reason: string) => reason === "" ? "Maintenance" : `Maintenance: ${reason}`,
  everything: "All services",
  until: (when: string) => `until ${when}`,
  severity: {
    info: "Notice",
    warning: "Warning",
    critical: "Critical",
    resolved: "Resolved",
  } satisfies Record<Severity, string>,
  groupCount: (n: number) => n === 1 ? "1 service, up" : `${count(n)} services, all up`,
  groupTrouble: (
    counts: { down: number; degraded: number; maintenance: number; unknown: number; up: number },
  ) => {
    const parts: string[] = [];
    if (counts.down > 0) parts.push(`${count(counts.down)} down`);
    if (counts.degraded > 0) parts.push(`${count(counts.degraded)} degraded`);
    if (counts.maintenance > 0) parts.push(`${count(counts.maintenance)} in maintenance`);
    if (counts.unknown > 0) parts.push(`${count(counts.unknown)} without data`);
    if (counts.up > 0) parts.push(`${count(counts.up)} up`);
    return parts.join(", ");
  },
  overDays: (uptime: string, days: number) => `${uptime} over ${plural(days, "day", "days")}`,
  daysAgo: (days: number) => `${plural(days, "day", "days")} ago`,
  today: "today",
  uptime: "uptime",
  percentilesDay: "p50 · p95 · p99, 24 h",
  groupPage: (name: string) => `${isolate(name)} on a page of its own`,
  badDays: (named: readonly string[], more: number, days: number) =>
    named.length === 0
      ? `${plural(days, "day", "days")}, all well`
      : `${named.join(", ")}${more > 0 ? ` and ${count(more)} more days` : ""}`,
  lastSeen: (when: string) => `seen ${when}`,
  neverSeen: "never seen",
  heartbeating: "hears from us too",
  private: "private",
  causedBy: (name: string) => `Caused by ${isolate(name)}.`,
  impacts: (names: readonly string[]) => `Also affected: ${list(names, 6)}.`,
  slowNow: (last: string, usual: string) => `The last answer took ${last}; ${usual} is usual.`,
  usualIs: (usual: string) => `Usual is ${usual}.`,
  certificateDays: (days: number) =>
    days < 0 ? "Certificate has expired" : `Certificate ends in ${plural(days, "day", "days")}`,
  domainDays: (name: string, days: number) =>
    days < 0 ? `Domain ${name} has expired` : `Domain ${name} ends in ${plural(days, "day", "days")}`,
  budgetLeft: (left: string, goal: string) => `${left} of the error budget left (${goal})`,
  budgetSpent: (goal: string) => `Error budget spent (${goal})`,
  silencedUntil: (when: string) => `Alerts silenced until ${when}`,
  unanswered: "Not answering during the work.",

  // operators
  operatorNotes: "For operators",
  channelTrouble: (channel: string, failures: number, error: string) =>
    `Channel ${channel} has failed ${failures === 1 ? "once" : `${count(failures)} times`}: ${error}`,

  // charts
  chartLabel: (name: string) => `Response time of ${isolate(name)} over 24 hours`,
  chartDesc: (low: string, high: string, bad: string) =>
    `The median moved between ${low} and ${high}.${bad === "" ? "" : ` ${bad}`}`,
  chartNothing: "Nothing was measured.",
  chartDown: (ms: number) => `Nothing answered for ${longDuration(ms)}.`,
  chartDownAbout: (ms: number) => `Nothing answered for about ${longDuration(ms)}.`,
  upTo: (top: string) => `up to ${top}`,
  lineAndBand: "line: median, grey: up to the 95th percentile",
  meanAndSlowest: "line: mean, grey: up to the slowest",

  // a monitor's page
  kind: {
    http: "web address",
    tcp: "TCP port",
    tls: "TLS port",
    icmp: "ping",
    dns: "DNS record",
    push: "heartbeat",
    exec: "plugin",
  } satisfies Record<MonitorKind, string>,
  lastDay: "Last 24 hours",
  figures: "Figures",
  uptime24h: "Uptime, 24 hours",
  uptimeDays: (days: number) => `Uptime, ${plural(days, "day", "days")}`,
  lastAnswer: "Last answer",
  lastCheck: "Last check",
  percentiles: "Median, p95, p99",
  checkedEvery: (secs: number) => `every ${shortDuration(secs * 1_000)}`,
  errorBudget: "Error budget",
  budgetNone: "spent",
  budgetOf: (left: string, total: string) => `${left} of ${total} left`,
  certificate: "Certificate",
  certificateLine: (until: string, days: number) =>
    days < 0 ? `expired on ${until}` : `until ${until}, ${plural(days, "day", "days")}`,
  domain: "Domain",
  issuer: "Issued by",
  objective: (ms: string, isMet: boolean | null) =>
    `objective ${ms}${isMet === null ? "" : isMet ? ", met" : ", missed"}`,
  objectiveMissed: (ms: string) => `p95 above its objective of ${ms}`,
  phases: "Where the time went, last check",
  phase: {
    resolveMs: "name look-up",
    connectMs: "connection",
    tlsMs: "TLS",
    firstByteMs: "first byte",
    transferMs: "transfer",
  },
  dayByDay: (days: number) => `${plural(days, "day", "days")}, day by day`,
  dayTable: "As a table",
  dayColumn: "Day (UTC)",
  stateColumn: "State",
  uptimeColumn: "Uptime",
  downColumn: "Down for",
  heatmap: "Hours by days, 28 days",
  heatmapNote: "Each cell is the mean response time of one hour (UTC), compared with the usual one.",
  heatmapScale: ["as usual", "up to twice", "up to 3 times", "up to 5 times", "slower"],
  heatmapOf: (name: string) => `Response times of ${isolate(name)}, hours by days, 28 days`,
  heatmapSummary: (usual: string, hour: string, took: string, marked: number) =>
    `Usual is ${usual}; the slowest hour was ${hour} with ${took}. ${
      marked === 0 ? "No hour was" : plural(marked, "hour was", "hours were")
    } markedly slower.`,
  heatmapNone: "Nothing measured in these 28 days.",
  incidents: "Incidents",
  noIncidents: "No incidents recorded yet.",
  badges: "Badges",
  badgesNote: "Pictures to embed elsewhere; they follow the state.",
  badgeStatus: "State",
  badgeUptime: "Uptime",
  whyTold: "Who was told, and why not",
  nothingDecided: "Nothing on record.",
  lastMessage: "Last message",
  targetColumn: "Target",

  // history
  historyTitle: "Incident history",
  timeline: (days: number) => `The last ${plural(days, "day", "days")}`,
  timelineLabel: (n: number, days: number) =>
    `${plural(n, "incident", "incidents")} in the last ${plural(days, "day", "days")}`,
  filterBy: "Filter",
  allServices: "All services",
  monitorPicker: "One service",
  pick: "Show",
  older: "Older incidents",
  newest: "Newest incidents",
  total: (n: number) => plural(n, "incident", "incidents"),
  ongoing: "Ongoing",
  resolved: "Resolved",
  planned: "During maintenance",
  wasDown: (name: string) => `${isolate(name)} was down`,
  isDown: (name: string) => `${isolate(name)} is down`,
  isDownFor: (name: string, ms: number) => `${isolate(name)} is down, for ${longDuration(ms)}.`,
  wasDownFor: (name: string, ms: number) => `${isolate(name)} was down for ${longDuration(ms)}.`,
  nobodyTold: "Nobody was told.",
  told: {
    held: "held back to be told together with others",
    pending: "waiting to be sent",
    sent: "sent",
    failed: "failed",
    dropped: "dropped",
  },
  attempts: (n: number) => plural(n, "attempt", "attempts"),
  note: "Note",
  answered: "What the service answered",
  of: (what: string) => `${words.historyTitle}: ${isolate(what)}`,
  monthEmpty: "No incidents on this page.",

  // one incident
  incident: (name: string) => `Incident: ${isolate(name)}`,
  whatHappened: "What happened",
  firstFailure: "First failed check",
  confirmed: "Confirmed",
  reasonBecame: (reason: string) => `Reason: ${reason}`,
  recovered: "Answers again",
  unwatched: "No longer watched",
  stillGoing: "Still going on",
  around: "Response time around it",
  aroundLabel: (name: string) => `Response time of ${isolate(name)} around the incident`,
  notesAndNotices: "Alerts",

  // the report
  reportTitle: (title: string) => `${title} · SLA report`,
  reportNote: "All times are UTC. Planned maintenance is left out.",
  reportRunning: "The month is still running; figures cover the time until now.",
  reportMonitors: "Monitors",
  reportColumns: ["Monitor", "Uptime", "Incidents", "Downtime", "MTTR", "SLO", "Budget used"],
  reportRules:
    "Uptime is available over covered time, degraded counts as available. Downtime is the time of incidents within the month. MTTR is the mean duration of incidents that ended in it. A month that is still running is judged on the time so far.",
  reportEmpty: "No monitor has anything to report for this month.",
  previousMonth: "Previous month",
  nextMonth: "Next month",
  noData: "no data",
  met: "met",
  missed: "missed",

  // errors
  error: {
    400: "That request does not read well.",
    401: "This needs a token.",
    403: "This is not allowed.",
    404: "There is nothing here.",
    405: "That cannot be done here.",
    414: "That address is too long.",
    429: "Too many requests.",
    431: "The request is too large.",
    500: "Something broke on our side.",
    503: "Not available at the moment.",
  } as Readonly<Record<number, string>>,
  errorElse: "That did not work.",
  errorHint: {
    401: "Ask whoever runs this page for one.",
    404: "The address may be mistyped, or what it showed is gone.",
    429: "Wait a moment, then load the page again.",
    500: "It has been written down. The state of the services is on the status page.",
    503: "Try again in a moment.",
  } as Readonly<Record<number, string>>,
} as const;
