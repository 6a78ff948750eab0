import type { CheckStatus } from "./status.ts";
import type { DnsRecordType } from "./monitor.ts";

/**
 * Why a check failed, as a closed set. Stored with the check, so that the text for the public never depends on parsing a message.
 * `failureText` in `domain/public_text.ts` gives the words.
 */
export type FailureCategory =
  | "http_status"
  | "timeout"
  | "connect_timeout"
  | "connection_failed"
  | "connection_refused"
  | "connection_reset"
  | "network_unreachable"
  | "host_unresolved"
  | "tls_failed"
  | "certificate_expired"
  | "certificate_not_yet_valid"
  | "certificate_wrong_host"
  | "certificate_untrusted"
  | "certificate_pin"
  | "too_many_redirects"
  | "redirect_refused"
  | "proxy_failed"
  | "invalid_body"
  | "body_too_large"
  | "body_aborted"
  | "request_error"
  | "content"
  | "dns_timeout"
  | "dns_failed"
  | "dns_unexpected"
  | `no_${Lowercase<DnsRecordType>}_records`
  | "ping_failed"
  | "plugin_failed"
  | "ipv4_failing"
  | "ipv6_failing"
  | "both_families_failing"
  | "missing_heartbeat"
  | "missed_schedule"
  | "reported_by_service"
  /** Up, but slower than `degradedOverMs`. */
  | "slow"
  | "other";

/** Milliseconds spent in each phase of one attempt; a phase that the protocol lacks, or that was not reached, is absent. */
export interface Phases {
  readonly resolveMs?: number;
  readonly connectMs?: number;
  readonly tlsMs?: number;
  readonly firstByteMs?: number;
  readonly transferMs?: number;
}

/** What a TLS handshake showed of the leaf certificate. */
export interface CertificateFacts {
  /** Unix ms. */
  readonly notBeforeAt: number;
  /** Unix ms. */
  readonly notAfterAt: number;
  /** SHA-256 of the DER SubjectPublicKeyInfo, lower-case hex. */
  readonly fingerprint: string;
  readonly subject: string;
  readonly issuer: string;
}

/** One figure reported by a plugin (performance data). */
export interface Metric {
  readonly label: string;
  readonly value: number;
  /** Unit as the plugin wrote it: `s`, `ms`, `%`, `B`, `c`, or empty. */
  readonly unit: string;
}

/** What one attempt at the target found. Trouble at the target is data; a probe throws only when there is a bug. */
export interface Outcome {
  readonly status: CheckStatus;
  /** Milliseconds, may have a fraction; null when nothing was measured. */
  readonly latencyMs: number | null;
  /** HTTP status code or plugin exit code; null elsewhere. */
  readonly code: number | null;
  /** Why it is not up: a sentence an operator can act on, free of control characters and secrets. Null when up. */
  readonly reason: string | null;
  /** Null when up. */
  readonly category: FailureCategory | null;
  /** A word the target sent along although nothing is wrong (push `msg`, plugin output). */
  readonly message?: string | null;
  /** What the service answered, kept with the incident when this very check confirms it. Secrets already masked. */
  readonly snapshot?: string | null;
  readonly phases?: Phases | null;
  readonly certificate?: CertificateFacts | null;
  readonly metrics?: readonly Metric[];
}
