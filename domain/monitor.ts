import type { Secret } from "./secret.ts";

export const dnsRecordTypes = ["A", "AAAA", "CNAME", "MX", "NS", "TXT", "SRV", "SOA", "PTR", "CAA"] as const;
export type DnsRecordType = typeof dnsRecordTypes[number];

export const monitorKinds = ["http", "tcp", "tls", "icmp", "dns", "push", "exec"] as const;
export type MonitorKind = typeof monitorKinds[number];

/** What every monitor has. All values are as configured, defaults applied. */
export interface MonitorBase {
  readonly id: string;
  readonly name: string;
  /** As written in the file; empty for push and exec. May hold credentials: never show it, use `displayTarget`. */
  readonly target: string;
  readonly intervalSecs: number;
  readonly timeoutSecs: number;
  /** Consecutive failing checks before a down is confirmed; ≥ 1; the monitor's own or else the global one. */
  readonly failThreshold: number;
  /** Strictly slower than this is degraded; null: never by latency. */
  readonly degradedOverMs: number | null;
  readonly sloLatencyMs: number | null;
  /** Availability objective in percent, exclusive 0 … 100, unrounded; null: none. */
  readonly sloUptimePercent: number | null;
  readonly sloWindowDays: number;
  /** Extra attempts after a failed one, 0 … 5. */
  readonly probeRetries: number;
  /** Channel names; null: all channels; empty: none. */
  readonly notify: readonly string[] | null;
  readonly retentionDays: number;
  readonly group: string | null;
  readonly dependsOn: readonly string[];
  readonly public: boolean;
  readonly publicErrorDetail: boolean;
  /** Registrable domain, lower case, watched through RDAP; null: none. */
  readonly domainExpiry: string | null;
  /** The monitor's own or else the node's choice; always false for push and exec. */
  readonly confirmWithPeers: boolean;
  /** Ids this monitor had before; their history is carried over. */
  readonly previousIds: readonly string[];
}

/** Certificate settings of the kinds that speak TLS. */
export interface TlsSettings {
  /** Watch expiry and key. */
  readonly checkCert: boolean;
  /** SHA-256 of the DER SubjectPublicKeyInfo, 64 lower-case hex digits; null: no pin. */
  readonly certPin: string | null;
  readonly insecureSkipVerify: boolean;
  /** PEM files, paths as written. */
  readonly caFile: string | null;
  readonly clientCertFile: string | null;
  readonly clientKeyFile: string | null;
}

export interface HttpMonitor extends MonitorBase {
  readonly kind: "http";
  readonly tls: TlsSettings;
  readonly method: string;
  readonly body: string | null;
  /** Inclusive ranges of accepted status codes; null: 200 … 299. */
  readonly expectedStatus: readonly (readonly [number, number])[] | null;
  readonly followRedirects: boolean;
  readonly allowPrivateRedirects: boolean;
  readonly headers: Readonly<Record<string, Secret>>;
  readonly keyword: string | null;
  readonly keywordInvert: boolean;
  readonly jsonQuery: string | null;
  readonly jsonExpected: string | null;
  /** KiB; null: the default (1024 with assertions, else 2). */
  readonly maxBodyKb: number | null;
  readonly dualStack: boolean;
  /** May hold credentials. Schemes http, https, socks4, socks4a, socks5, socks5h; null: direct. */
  readonly proxy: Secret | null;
}

export interface TcpMonitor extends MonitorBase {
  readonly kind: "tcp";
  readonly dualStack: boolean;
  readonly ipFamily: "any" | "ipv4" | "ipv6";
  /** Text sent after connecting; null: nothing. */
  readonly send: string | null;
  /** Text that must appear in the answer; null: connecting is enough. */
  readonly expect: string | null;
}

export interface TlsMonitor extends MonitorBase {
  readonly kind: "tls";
  readonly tls: TlsSettings;
  readonly dualStack: boolean;
  readonly starttls: "smtp" | "imap" | null;
}

export interface IcmpMonitor extends MonitorBase {
  readonly kind: "icmp";
  readonly dualStack: boolean;
  /** Echo requests per attempt, 1 … 20. */
  readonly packets: number;
  /** Percent of lost packets above which the check is degraded; null: loss alone never degrades. All lost is down. */
  readonly degradedLossPercent: number | null;
}

export interface DnsMonitor extends MonitorBase {
  readonly kind: "dns";
  readonly record: DnsRecordType;
  /** The pinned answer, one value an item, as configured; null: any answer will do. */
  readonly expected: readonly string[] | null;
  /** Address and port of one resolver; null: the system's. */
  readonly resolver: { readonly host: string; readonly port: number } | null;
}

export interface PushMonitor extends MonitorBase {
  readonly kind: "push";
  readonly pushToken: Secret | null;
  /** Cron expression; null: a heartbeat is due every `intervalSecs`. */
  readonly schedule: string | null;
  readonly graceSecs: number;
  /** IANA zone in which `schedule` is read. */
  readonly timezone: string;
}

export interface ExecMonitor extends MonitorBase {
  readonly kind: "exec";
  readonly command: readonly [string, ...string[]];
}

export type Monitor =
  | HttpMonitor
  | TcpMonitor
  | TlsMonitor
  | IcmpMonitor
  | DnsMonitor
  | PushMonitor
  | ExecMonitor;

/** A monitor whose certificate is watched. */
export function watchesCertificate(monitor: Monitor): monitor is HttpMonitor | TlsMonitor {
  if (monitor.kind !== "http" && monitor.kind !== "tls") return false;
  const speaksTls = monitor.kind === "tls" || /^https:/i.test(monitor.target);
  return speaksTls && (monitor.tls.checkCert || monitor.tls.certPin !== null);
}

/** A target that may be shown: user name and password replaced by `***`; for exec the program's name, for push nothing. */
export function displayTarget(monitor: Monitor): string {
  if (monitor.kind === "push") return "";
  if (monitor.kind === "exec") return monitor.command[0];
  return monitor.target.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, "$1***@");
}
