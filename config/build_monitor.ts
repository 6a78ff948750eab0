import type { AlertsConfig, HealthConfig } from "../domain/config.ts";
import type { DnsRecordType, Monitor, MonitorBase, TlsSettings } from "../domain/monitor.ts";
import type { Complete } from "./section.ts";
import type { monitorShape } from "./shapes.ts";
import { isBlank, parseResolver } from "./values.ts";

/** The longest that the runtime's timers can wait, 24 days; more than that counts as this. */
const MAX_TIMEOUT_SECS = 2_147_483;

/** The typed monitor of a section without problems. */
export function buildMonitor(
  values: Complete<typeof monitorShape>,
  alerts: AlertsConfig,
  health: HealthConfig | null,
): Monitor {
  const base = buildBase(values, alerts, health);
  switch (values.kind) {
    case "http":
      return {
        ...base,
        kind: "http",
        tls: buildTls(values, URL.parse(values.target)?.protocol === "https:"),
        method: (values.method ?? "GET").toUpperCase(),
        body: values.body ?? null,
        expectedStatus: values.expected_status === undefined ? null : statusRanges(values.expected_status),
        followRedirects: values.follow_redirects,
        allowPrivateRedirects: values.allow_private_redirects,
        headers: values.headers,
        keyword: values.keyword ?? null,
        keywordInvert: values.keyword_invert,
        jsonQuery: values.json_query ?? null,
        jsonExpected: values.json_expected ?? null,
        maxBodyKb: values.max_body_kb ?? null,
        dualStack: values.dual_stack,
        proxy: values.proxy ?? null,
      };
    case "tcp":
      return {
        ...base,
        kind: "tcp",
        dualStack: values.dual_stack,
        ipFamily: values.ip_family,
        send: values.send ?? null,
        expect: values.expect ?? null,
      };
    case "tls":
      return {
        ...base,
        kind: "tls",
        tls: buildTls(values, true),
        dualStack: values.dual_stack,
        starttls: values.starttls ?? null,
      };
    case "icmp":
      return {
        ...base,
        kind: "icmp",
        dualStack: values.dual_stack,
        packets: values.packets,
        degradedLossPercent: values.degraded_loss_percent ?? null,
      };
    case "dns":
      return {
        ...base,
        kind: "dns",
        record: (values.dns_record ?? "A").toUpperCase() as DnsRecordType,
        expected: splitExpected(values.dns_expected),
        resolver: values.dns_resolver === undefined ? null : parseResolver(values.dns_resolver),
      };
    case "push":
      return {
        ...base,
        kind: "push",
        pushToken: values.push_token ?? null,
        schedule: values.schedule ?? null,
        graceSecs: values.grace_secs ?? 1800,
        timezone: values.timezone ?? "UTC",
      };
    case "exec":
      return { ...base, kind: "exec", command: values.command as [string, ...string[]] };
  }
}

function buildBase(
  values: Complete<typeof monitorShape>,
  alerts: AlertsConfig,
  health: HealthConfig | null,
): MonitorBase {
  const local = values.kind === "push" || values.kind === "exec";
  return {
    id: values.id,
    // What is read and clicked needs words.
    name: isBlank(values.name) ? values.id : values.name,
    target: local ? "" : values.target,
    intervalSecs: values.interval_secs,
    timeoutSecs: Math.min(values.timeout_secs, MAX_TIMEOUT_SECS),
    failThreshold: values.fail_threshold ?? alerts.failThreshold,
    degradedOverMs: local ? null : values.degraded_over_ms ?? null,
    sloLatencyMs: values.slo_latency_ms ?? null,
    sloUptimePercent: values.slo_uptime ?? null,
    sloWindowDays: values.slo_window_days ?? 30,
    probeRetries: local ? 0 : values.probe_retries ?? 1,
    notify: values.notify ?? null,
    retentionDays: Math.max(1, values.retention_days ?? alerts.defaultRetentionDays),
    // An empty name is no group.
    group: values.group || null,
    dependsOn: [...new Set(values.depends_on)],
    public: values.public,
    publicErrorDetail: values.public_error_detail,
    domainExpiry: values.domain_expiry?.toLowerCase().replace(/\.$/, "") ?? null,
    confirmWithPeers: local ? false : values.confirm_with_peers ?? health?.confirmWithPeers ?? false,
    previousIds: values.previous_ids,
  };
}

function buildTls(values: Complete<typeof monitorShape>, speaksTls: boolean): TlsSettings {
  return {
    checkCert: values.check_cert ?? speaksTls,
    certPin: values.cert_pin?.toLowerCase() ?? null,
    insecureSkipVerify: values.insecure_skip_verify,
    caFile: values.ca_file ?? null,
    clientCertFile: values.client_cert_file ?? null,
    clientKeyFile: values.client_key_file ?? null,
  };
}

function splitExpected(value: string | undefined): readonly string[] | null {
  const items = value?.split(",").map((item) => item.trim()).filter((item) => item !== "") ?? [];
  return items.length === 0 ? null : items;
}

/** `204`, `"200-299"`, `"200-299,301"` or a list of such, as inclusive ranges; null when a text cannot be read. */
export function statusRanges(
  value: number | string | readonly (number | string)[],
): readonly (readonly [number, number])[] | null {
  const items = (Array.isArray(value) ? value : [value]) as (number | string)[];
  const ranges: (readonly [number, number])[] = [];
  for (
    const item of items.flatMap((one): (number | string)[] =>
      typeof one === "number" ? [one] : one.split(",")
    )
  ) {
    if (typeof item === "number") {
      ranges.push([item, item]);
      continue;
    }
    const match = item.trim().match(/^(\d{3})(?:\s*-\s*(\d{3}))?$/);
    if (match === null) return null;
    const [from, to] = [Number(match[1]), Number(match[2] ?? match[1])];
    if (from < 100 || to < from) return null;
    ranges.push([from, to]);
  }
  return ranges;
}
