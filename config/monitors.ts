import { isAbsolute } from "node:path";
import { type DnsRecordType, dnsRecordTypes, type MonitorKind } from "../domain/monitor.ts";
import { checkAssertions, checkTarget, checkTls } from "./monitor_rules.ts";
import type { Section, Shape } from "./section.ts";
import type { monitorShape } from "./shapes.ts";
import {
  checkCron,
  checkToken,
  hostOf,
  isAddress,
  isBlank,
  isId,
  isTimeZone,
  parseResolver,
} from "./values.ts";

export type MonitorSection = Section<typeof monitorShape>;
type Key = keyof typeof monitorShape;

const everyKind: readonly MonitorKind[] = ["http", "tcp", "tls", "icmp", "dns", "push", "exec"];
const network: readonly MonitorKind[] = ["http", "tcp", "tls", "icmp", "dns"];

/** Kinds on which a key does something; keys not named here do something on all. */
const effective: Readonly<Partial<Record<Key, readonly MonitorKind[]>>> = {
  target: network,
  timeout_secs: [...network, "exec"],
  degraded_over_ms: network,
  slo_latency_ms: [...network, "exec"],
  probe_retries: network,
  check_cert: ["http", "tls"],
  cert_pin: ["http", "tls"],
  insecure_skip_verify: ["http", "tls"],
  ca_file: ["http", "tls"],
  client_cert_file: ["http", "tls"],
  client_key_file: ["http", "tls"],
  method: ["http"],
  body: ["http"],
  expected_status: ["http"],
  follow_redirects: ["http"],
  allow_private_redirects: ["http"],
  headers: ["http"],
  keyword_invert: ["http"],
  json_expected: ["http"],
  max_body_kb: ["http"],
  ip_family: ["tcp"],
  send: ["tcp"],
  expect: ["tcp"],
  starttls: ["tls"],
  packets: ["icmp"],
  degraded_loss_percent: ["icmp"],
  push_token: ["push"],
  timezone: ["push"],
};

/** Keys that are refused elsewhere than on these kinds. */
const only: Readonly<Partial<Record<Key, readonly MonitorKind[]>>> = {
  keyword: ["http"],
  json_query: ["http"],
  proxy: ["http"],
  dns_record: ["dns"],
  dns_expected: ["dns"],
  dns_resolver: ["dns"],
  schedule: ["push"],
  command: ["exec"],
};

/** What a monitor's rules look at outside of it. */
export interface Surroundings {
  readonly ids: Set<string>;
  readonly channels: ReadonlySet<string>;
  readonly hasAuthToken: boolean;
}

/** All rules of one `[[monitors]]` entry that need no other monitor. */
export function checkMonitor(monitor: MonitorSection, around: Surroundings): void {
  const kind = monitor.values.kind;
  checkId(monitor, around.ids);
  checkGroup(monitor);
  if (monitor.values.public === false && !around.hasAuthToken) {
    monitor.error("public", "false needs `server.auth_token`, or nobody could see this monitor");
  }
  if (monitor.values.public === false && monitor.values.public_error_detail) {
    monitor.warn("public_error_detail", "does nothing on a monitor that is not public");
  }
  if (monitor.values.retention_days === 0) monitor.warn("retention_days", "0 counts as 1");
  checkNotify(monitor as unknown as Section<NotifyShape>, around.channels);
  checkSlo(monitor);
  checkAssertions(monitor);
  checkTls(monitor);
  checkDns(monitor);
  if (kind === undefined) return;
  checkKindOfKeys(monitor, kind);
  checkTarget(monitor, kind);
  checkDualStack(monitor, kind);
  checkPush(monitor, kind);
  checkCommand(monitor, kind);
  if (monitor.values.confirm_with_peers && (kind === "push" || kind === "exec")) {
    monitor.error(
      "confirm_with_peers",
      `must not be true on ${a(kind)} monitor: no peer can repeat its check`,
    );
  }
}

const a = (kind: MonitorKind): string => `${["http", "icmp", "exec"].includes(kind) ? "an" : "a"} ${kind}`;

function checkId(monitor: MonitorSection, ids: Set<string>): void {
  const { id, previous_ids } = monitor.values;
  if (id === "") monitor.error("id", "must not be empty");
  else if (id !== undefined && !isId(id)) {
    monitor.error("id", `may hold only ASCII letters, digits, \`-\` and \`_\`, got ${monitor.shown("id")}`);
  } else if (id !== undefined) {
    if (ids.has(id)) monitor.error("id", `another monitor already has the id ${monitor.shown("id")}`);
    ids.add(id);
    if (["all", "list", "clear"].includes(id)) {
      monitor.warn("id", `is a word of the silence command and cannot be silenced by that command`);
    }
  }
  previous_ids?.forEach((previous, index) => {
    const path = [...monitor.path, "previous_ids", index];
    if (!isId(previous)) monitor.report.error(path, "may hold only ASCII letters, digits, `-` and `_`");
    else if (previous === id) monitor.report.error(path, "must not be the monitor's own id");
  });
}

/** A group's name is read in headings, and is a part of the path of its page. */
function checkGroup(monitor: MonitorSection): void {
  const { group } = monitor.values;
  if (group === undefined || group === "") return;
  if (isBlank(group)) monitor.warn("group", "shows nothing where it is a heading or a link");
  if (group === "." || group === "..") {
    monitor.warn(
      "group",
      `browsers cannot open the page of a group that is called ${monitor.shown("group")}`,
    );
  }
}

type NotifyShape = Pick<typeof monitorShape, "notify">;

/** Names in `notify` must be those of channels. */
export function checkNotify(section: Section<NotifyShape>, channels: ReadonlySet<string>): void {
  checkChannelNames(section, "notify", section.values.notify, channels);
}

export function checkChannelNames(
  section: Pick<Section<NotifyShape>, "path" | "report">,
  key: string,
  names: readonly string[] | undefined,
  channels: ReadonlySet<string>,
): void {
  names?.forEach((name, index) => {
    if (channels.has(name)) return;
    const known = channels.size === 0 ? "there are none" : `there are ${[...channels].join(", ")}`;
    section.report.error(
      [...section.path, key, index],
      `no channel is called ${JSON.stringify(name)}; ${known}`,
    );
  });
}

function checkSlo(monitor: MonitorSection): void {
  const { slo_uptime, slo_window_days } = monitor.values;
  if (slo_window_days !== undefined && slo_uptime === undefined && !monitor.has("slo_uptime")) {
    monitor.error("slo_window_days", "needs `slo_uptime`");
  }
}

function checkKindOfKeys(monitor: MonitorSection, kind: MonitorKind): void {
  for (const key of monitor.present) {
    const allowed = only[key as Key];
    if (allowed !== undefined && !allowed.includes(kind)) {
      if (key === "command" && monitor.values.command?.length === 0) continue;
      monitor.error(key as Key, `may stand only on ${allowed.join(" and ")} monitors, this one is ${kind}`);
      continue;
    }
    const useful = effective[key as Key] ?? everyKind;
    const harmless = key === "target" && (kind === "exec" || monitor.values.target === "");
    if (!useful.includes(kind) && !harmless) monitor.warn(key as Key, `does nothing on ${a(kind)} monitor`);
  }
}

function checkDualStack(monitor: MonitorSection, kind: MonitorKind): void {
  const { dual_stack, target, ip_family } = monitor.values;
  if (!dual_stack) return;
  if (!["http", "tcp", "tls", "icmp"].includes(kind)) {
    monitor.error("dual_stack", `may stand only on http, tcp, tls and icmp monitors, this one is ${kind}`);
    return;
  }
  if (monitor.has("proxy")) monitor.error("dual_stack", "cannot be used with `proxy`");
  if (target !== undefined && isAddress(hostOf(target))) {
    monitor.error("dual_stack", "needs a host name as target, an address has one family only");
  }
  if (ip_family !== undefined && ip_family !== "any") {
    monitor.error("ip_family", "cannot be used with `dual_stack`");
  }
}

function checkDns(monitor: MonitorSection): void {
  const { dns_record, dns_resolver } = monitor.values;
  if (dns_record !== undefined && !dnsRecordTypes.includes(dns_record.toUpperCase() as DnsRecordType)) {
    monitor.error(
      "dns_record",
      `must be one of ${dnsRecordTypes.join(", ")}, got ${monitor.shown("dns_record")}`,
    );
  }
  if (dns_resolver !== undefined && parseResolver(dns_resolver) === null) {
    monitor.error(
      "dns_resolver",
      `must be one address, with a port if it is not 53, such as 1.1.1.1:53 or [2606:4700:4700::1111]:53, ` +
        `got ${monitor.shown("dns_resolver")}`,
    );
  } else if (dns_resolver !== undefined && isAddress(dns_resolver) && dns_resolver.includes(":")) {
    const { host, port } = parseResolver(dns_resolver)!;
    if (host !== dns_resolver) {
      monitor.warn(
        "dns_resolver",
        `is read as the address ${host} and the port ${port}; write [${host}]:${port}`,
      );
    }
  }
}

function checkPush(monitor: MonitorSection, kind: MonitorKind): void {
  const { push_token, timezone } = monitor.values;
  if (push_token !== undefined) checkToken(monitor as unknown as Section<never>, ["push_token"], push_token);
  else if (kind === "push" && !monitor.has("push_token")) {
    monitor.warn("push_token", "is not set, so anybody who knows the id can send heartbeats");
  }
  checkCron(monitor as unknown as Section<Shape>, "schedule");
  if (monitor.has("grace_secs") && !monitor.has("schedule")) monitor.error("grace_secs", "needs `schedule`");
  if (timezone !== undefined && !isTimeZone(timezone)) {
    monitor.error(
      "timezone",
      `must be an IANA time zone such as Europe/Paris, got ${monitor.shown("timezone")}`,
    );
  }
  if (kind === "push" && monitor.has("timezone") && !monitor.has("schedule")) {
    monitor.warn("timezone", "does nothing without `schedule`");
  }
}

function checkCommand(monitor: MonitorSection, kind: MonitorKind): void {
  if (kind !== "exec" || monitor.values.command === undefined) return;
  const [program] = monitor.values.command;
  if (program === undefined || program === "") {
    monitor.error("command", "is required for exec: the program's name and its arguments");
  } else if (program === "." || program === ".." || /[/\\]/.test(program) || isAbsolute(program)) {
    monitor.report.error(
      [...monitor.path, "command", 0],
      "must be the bare name of a file in HORA_EXEC_DIR, without `/` or `\\`",
    );
  }
}
