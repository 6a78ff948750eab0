/** How a made-up service behaves, in its history and as a live target. */
export type Behaviour = "steady" | "slow" | "flapping" | "down" | "silent";

export interface Service {
  readonly id: string;
  readonly name: string;
  readonly group: string;
  readonly kind: "http" | "tcp" | "tls" | "icmp" | "dns" | "push" | "exec";
  /** In a demo of trouble; in a demo of wellness everything is steady. */
  readonly behaviour: Behaviour;
  /** Latency on a quiet night. */
  readonly baseMs: number;
  /** Outages a quarter, on average. */
  readonly outages: number;
  /** More keys of its `[[monitors]]` entry. */
  readonly keys?: string;
}

/** Two dozen services of a shop that does not exist. */
export const services: readonly Service[] = [
  ...group("Shop", [
    ["storefront", "Storefront", "http", "steady", 82, 1, 'slo_uptime = 99.9\ndepends_on = ["edge"]'],
    ["checkout", "Checkout", "http", "steady", 140, 2, 'slo_uptime = 99.95\ndepends_on = ["payments"]'],
    ["payments", "Payments", "http", "down", 210, 2, "slo_uptime = 99.9\nslo_latency_ms = 400"],
    ["search", "Search", "http", "slow", 65, 3, "degraded_over_ms = 180\nslo_latency_ms = 150"],
    ["accounts", "Accounts", "http", "steady", 54, 1, 'json_query = "$.status"\njson_expected = "ok"'],
    ["images", "Product images", "http", "steady", 31, 0, 'keyword = "ok"'],
  ]),
  ...group("API", [
    ["api", "Public API", "http", "steady", 48, 1, "slo_uptime = 99.95\nslo_window_days = 28"],
    ["api-auth", "Sign-in", "http", "steady", 61, 0, ""],
    ["webhooks", "Webhooks", "http", "flapping", 90, 5, ""],
    ["graphql", "GraphQL", "http", "steady", 77, 1, ""],
  ]),
  ...group("Data", [
    ["db", "Main database", "tcp", "steady", 2, 1, ""],
    ["db-replica", "Read replica", "tcp", "steady", 2, 1, ""],
    ["cache", "Cache", "tcp", "steady", 1, 0, 'send = "PING\\r\\n"\nexpect = "PONG"'],
    ["queue", "Job queue", "tcp", "steady", 3, 1, ""],
  ]),
  ...group("Network", [
    ["edge", "Edge router", "icmp", "steady", 9, 0, "packets = 3"],
    ["resolver", "Name resolution", "dns", "steady", 4, 0, ""],
    ["mail", "Mail over TLS", "tls", "steady", 24, 1, "insecure_skip_verify = true"],
    ["vpn", "Staff VPN", "tcp", "flapping", 18, 4, ""],
  ]),
  ...group("Jobs", [
    ["nightly-backup", "Nightly backup", "push", "steady", 0, 1, ""],
    ["invoices", "Invoice run", "push", "steady", 0, 0, ""],
    ["stock-sync", "Stock synchronisation", "push", "silent", 0, 2, ""],
    ["disk", "Disk space", "exec", "steady", 12, 1, ""],
  ]),
  ...group("Back office", [
    ["admin", "Admin console", "http", "steady", 120, 1, "public = false"],
    ["reports", "Reporting", "http", "slow", 260, 2, "public = false\ndegraded_over_ms = 700"],
  ]),
];

type Row = [string, string, Service["kind"], Behaviour, number, number, string];

function group(name: string, rows: readonly Row[]): Service[] {
  return rows.map(([id, title, kind, behaviour, baseMs, outages, keys]) => ({
    id,
    name: title,
    group: name,
    kind,
    behaviour,
    baseMs,
    outages,
    keys,
  }));
}
