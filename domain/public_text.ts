import { dnsRecordTypes } from "./monitor.ts";
import type { FailureCategory } from "./outcome.ts";

/** The words that anybody may read about a failure, per category. `docs/probes.md` holds the same table (a test compares them). */
export const publicTexts: Readonly<Record<FailureCategory, string>> = {
  http_status: "HTTP error",
  timeout: "request timed out",
  connect_timeout: "connection timed out",
  connection_failed: "connection failed",
  connection_refused: "connection refused",
  connection_reset: "connection reset",
  network_unreachable: "network unreachable",
  host_unresolved: "could not resolve host",
  tls_failed: "TLS handshake failed",
  certificate_expired: "certificate expired",
  certificate_not_yet_valid: "certificate not yet valid",
  certificate_wrong_host: "certificate for another host",
  certificate_untrusted: "certificate not trusted",
  certificate_pin: "certificate key changed",
  too_many_redirects: "too many redirects",
  redirect_refused: "redirect refused",
  proxy_failed: "proxy failed",
  invalid_body: "invalid response body",
  body_too_large: "response body too large",
  body_aborted: "response body cut short",
  request_error: "request error",
  content: "content check failed",
  dns_timeout: "DNS lookup timed out",
  dns_failed: "DNS lookup failed",
  dns_unexpected: "unexpected DNS answer",
  no_a_records: "no A records found",
  no_aaaa_records: "no AAAA records found",
  no_cname_records: "no CNAME records found",
  no_mx_records: "no MX records found",
  no_ns_records: "no NS records found",
  no_txt_records: "no TXT records found",
  no_srv_records: "no SRV records found",
  no_soa_records: "no SOA records found",
  no_ptr_records: "no PTR records found",
  no_caa_records: "no CAA records found",
  ping_failed: "ping failed",
  plugin_failed: "plugin check failed",
  ipv4_failing: "IPv4 failing (IPv6 ok)",
  ipv6_failing: "IPv6 failing (IPv4 ok)",
  both_families_failing: "IPv4 and IPv6 failing",
  missing_heartbeat: "missing heartbeat",
  missed_schedule: "missed scheduled heartbeat",
  reported_by_service: "check failed",
  slow: "slow response",
  other: "check failed",
};

/** What the public may read of trouble of our own, which names files and counts checks of private monitors. */
export const publicTrouble = "The monitoring itself is in trouble";

/** What the public may read: fixed words by category; the status code is the only figure let through. */
export function publicText(category: FailureCategory, code: number | null): string {
  if (category === "http_status" && code !== null) return `HTTP ${code}`;
  return publicTexts[category];
}

const exact: Readonly<Record<string, FailureCategory>> = {
  "request timed out": "timeout",
  "connection failed": "connection_failed",
  "connection timed out": "connect_timeout",
  "too many redirects": "too_many_redirects",
  "invalid response body": "invalid_body",
  "request error": "request_error",
  "could not resolve host": "host_unresolved",
  "DNS lookup timed out": "dns_timeout",
  "missing heartbeat": "missing_heartbeat",
  "response is not valid JSON": "content",
};

const beginnings: readonly (readonly [string, FailureCategory])[] = [
  ["missed scheduled heartbeat", "missed_schedule"],
  ["keyword ", "content"],
  ["JSON query", "content"],
  ["invalid JSON query", "content"],
  ["expected ", "dns_unexpected"],
  ["DNS lookup failed", "dns_failed"],
  ["resolver setup failed", "dns_failed"],
  ["icmp", "ping_failed"],
  ["plugin ", "plugin_failed"],
  ["exec ", "plugin_failed"],
  ["IPv4 and IPv6 failing", "both_families_failing"],
  ["IPv4 failing", "ipv4_failing"],
  ["IPv6 failing", "ipv6_failing"],
];

/** The category and status code of a failure text written by a program that stored texts alone. First match wins, case counts. */
export function categoryOfLegacyReason(text: string): { category: FailureCategory; code: number | null } {
  const http = /^HTTP \+?([0-9]+)(?::|$)/.exec(text);
  if (http !== null && Number(http[1]) <= 65_535) return { category: "http_status", code: Number(http[1]) };
  if (Object.hasOwn(exact, text)) return { category: exact[text], code: null };
  const none = /^no ([A-Z]+) records found$/.exec(text);
  const type = dnsRecordTypes.find((known) => known === none?.[1]);
  if (type !== undefined) {
    return { category: `no_${type.toLowerCase() as Lowercase<typeof type>}_records`, code: null };
  }
  const found = beginnings.find(([start]) => text.startsWith(start));
  return { category: found?.[1] ?? "other", code: null };
}
