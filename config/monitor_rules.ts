import type { MonitorKind } from "../domain/monitor.ts";
import { statusRanges } from "./build_monitor.ts";
import type { MonitorSection } from "./monitors.ts";
import { isHeaderName } from "./page.ts";
import { isTable } from "./toml.ts";
import { isAddress, isUrl, parseHostPort } from "./values.ts";

/** Longer rules about what is asked and what is expected of it. */

export function checkTarget(monitor: MonitorSection, kind: MonitorKind): void {
  const { target } = monitor.values;
  if (target === undefined || kind === "push") return;
  if (kind === "exec") {
    if (target !== "") monitor.error("target", "must be empty on an exec monitor, `command` says what runs");
    return;
  }
  if (target === "") {
    monitor.error(
      "target",
      monitor.has("target") ? "must not be empty; is its variable set?" : "is required",
    );
    return;
  }
  const fault = targetFault(kind, target);
  if (fault !== null) monitor.error("target", `${fault}, got ${monitor.shown("target")}`);
  else if (kind === "tcp" && !isEndpoint(target)) {
    monitor.warn("target", `should be host:port and nothing else, got ${monitor.shown("target")}`);
  }
}

function targetFault(kind: Exclude<MonitorKind, "push" | "exec">, target: string): string | null {
  switch (kind) {
    case "http":
      return isUrl(target, ["http:", "https:"]) ? null : "must be a URL that begins with http:// or https://";
    case "tcp":
      // Files of the older program may have anything before the last colon.
      return /^.+:\+?0*[0-9]{1,5}$/s.test(target) && Number(target.replace(/^.*:/s, "")) <= 65_535
        ? null
        : endpointWanted;
    case "tls":
      return isEndpoint(target) ? null : endpointWanted;
    case "icmp":
      return isHost(target) ? null : "must be a host or an address, without scheme, path or port";
    case "dns":
      return /:\/\/|\s/.test(target) ? "must be a name such as example.com, without scheme or blanks" : null;
  }
}

const endpointWanted = "must be host:port, such as db.example.com:5432 or [2001:db8::1]:5432";

function isEndpoint(target: string): boolean {
  return parseHostPort(target) !== null && !target.includes("://");
}

function isHost(target: string): boolean {
  const bare = target.replace(/^\[([^\]]*)\]$/, "$1");
  return isAddress(bare) || !/:\/\/|[/\s]|:\d+$/.test(target);
}

export function checkAssertions(monitor: MonitorSection): void {
  const { values } = monitor;
  if (values.expected_status !== undefined && statusRanges(values.expected_status) === null) {
    monitor.error(
      "expected_status",
      `must be a status such as 204, a range such as "200-299", or a list of these, ` +
        `got ${monitor.shown("expected_status")}`,
    );
  }
  if (typeof values.expected_status === "number" && !isStatus(values.expected_status)) {
    monitor.warn("expected_status", "is no status from 100 to 999: no answer has it");
  }
  if (values.method !== undefined && !/^[A-Za-z]{1,20}$/.test(values.method)) {
    monitor.error("method", `must be an HTTP method such as GET or POST, got ${monitor.shown("method")}`);
  }
  if (monitor.has("json_expected") && !monitor.has("json_query")) {
    monitor.warn("json_expected", "does nothing without `json_query`");
  }
  if (monitor.has("keyword_invert") && !monitor.has("keyword")) {
    monitor.warn("keyword_invert", "does nothing without `keyword`");
  }
  if (values.keyword === "") monitor.warn("keyword", "is empty and is found in every answer");
  checkHeaders(monitor);
  checkProxy(monitor);
}

const isStatus = (status: number): boolean => status >= 100 && status <= 999;

function checkHeaders(monitor: MonitorSection): void {
  const { headers } = monitor.raw;
  for (const [name, value] of headers !== undefined && isTable(headers) ? Object.entries(headers) : []) {
    const path = [...monitor.path, "headers", name];
    if (!isHeaderName(name)) monitor.report.error(path, "is not a legal header name", "key");
    if (typeof value === "string" && /[\x00-\x08\x0a-\x1f\x7f]/.test(value)) {
      monitor.report.error(path, "must not hold control characters such as line breaks");
    }
  }
}

const proxySchemes = ["http:", "https:", "socks4:", "socks4a:", "socks5:", "socks5h:"];

function checkProxy(monitor: MonitorSection): void {
  const { proxy, kind } = monitor.values;
  if (proxy === undefined || kind !== "http") return;
  const url = proxyUrl(proxy.reveal());
  if (url === null) monitor.error("proxy", "must be a proxy's URL, such as socks5://127.0.0.1:1080");
  else if (!proxySchemes.includes(url.protocol)) {
    monitor.error(
      "proxy",
      `must begin with http, https, socks4, socks4a, socks5 or socks5h, got ${url.protocol}//`,
    );
  }
}

/** A proxy as a URL; without a scheme it is an HTTP proxy. */
function proxyUrl(value: string): URL | null {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`);
  return url === null || url.hostname === "" ? null : url;
}

export function checkTls(monitor: MonitorSection): void {
  const { kind, cert_pin, domain_expiry, insecure_skip_verify } = monitor.values;
  if (cert_pin !== undefined && !/^[0-9a-f]{64}$/i.test(cert_pin)) {
    monitor.error("cert_pin", `must be 64 hexadecimal digits, got ${monitor.shown("cert_pin")}`);
  }
  if (domain_expiry !== undefined && !isDomain(domain_expiry)) {
    monitor.error(
      "domain_expiry",
      `must be a domain such as example.com, got ${monitor.shown("domain_expiry")}`,
    );
  }
  if (monitor.has("client_cert_file") !== monitor.has("client_key_file")) {
    const [there, absent] = monitor.has("client_cert_file")
      ? ["client_cert_file", "client_key_file"] as const
      : ["client_key_file", "client_cert_file"] as const;
    monitor.error(there, `needs \`${absent}\``);
  }
  if (insecure_skip_verify && (kind === "http" || kind === "tls")) {
    monitor.warn("insecure_skip_verify", "accepts any certificate, also a forged one");
  }
  const isPlain = kind === "http" && /^http:/i.test(monitor.values.target ?? "");
  for (const key of ["cert_pin", "check_cert", "ca_file", "client_cert_file"] as const) {
    if (isPlain && monitor.has(key) && monitor.values[key] !== false) {
      monitor.warn(key, "does nothing on a plain http target");
    }
  }
}

function isDomain(value: string): boolean {
  const labels = value.replace(/\.$/, "").split(".");
  return labels.length >= 2 && labels.every((label) => label !== "" && !/[/:\s]/.test(label));
}
