import { getServers } from "node:dns";
import { isIP } from "node:net";
// @ts-types="npm:@types/dns-packet@5.6.5"
import type { Answer } from "dns-packet";
import type { DnsMonitor, DnsRecordType } from "../domain/monitor.ts";
import type { FailureCategory, Outcome } from "../domain/outcome.ts";
import { ask, questionName, recordsOf, type Resolver } from "./dns_wire.ts";
import type { ProbeContext } from "./probe.ts";
import { clean, down, ProbeFailure, upOrSlow } from "./verdict.ts";

const responseCodes: Readonly<Record<string, string>> = {
  NXDOMAIN: "no such name (NXDOMAIN)",
  SERVFAIL: "the resolver failed (SERVFAIL)",
  REFUSED: "the resolver refused (REFUSED)",
  FORMERR: "the resolver did not understand (FORMERR)",
  NOTIMP: "the resolver does not know this record type (NOTIMP)",
};

const domainName = (value: unknown): string => String(value).replace(/\.$/, "").toLowerCase() || ".";

function address6(text: string): string {
  return URL.parse(`http://[${text}]/`)?.hostname.slice(1, -1) ?? text.toLowerCase();
}

function textOf(data: unknown): string {
  const decoder = new TextDecoder();
  const parts = Array.isArray(data) ? data : [data];
  return parts.map((part) => (typeof part === "string" ? part : decoder.decode(part as Uint8Array))).join("");
}

/** One record as text, in the form in which it is pinned. */
function renderRecord(record: Answer): string {
  const data = (record as { data: unknown }).data;
  const field = data as Record<string, string | number>;
  switch (record.type) {
    case "AAAA":
      return address6(String(data));
    case "CNAME":
    case "NS":
    case "PTR":
      return domainName(data);
    case "MX":
      return `${field.preference ?? 0} ${domainName(field.exchange)}`;
    case "SRV":
      return `${field.priority ?? 0} ${field.weight ?? 0} ${field.port} ${domainName(field.target)}`;
    case "SOA":
      return [
        domainName(field.mname),
        domainName(field.rname),
        field.serial,
        field.refresh,
        field.retry,
        field.expire,
        field.minimum,
      ].join(" ");
    case "TXT":
      return textOf(data);
    case "CAA":
      return `${field.flags ?? 0} ${field.tag} ${field.value}`;
    default:
      return String(data);
  }
}

/** A pinned value or an answer in the form in which they are compared: case and final dots do not count, except in TXT and CAA. */
function comparable(type: DnsRecordType, value: string): string {
  const trimmed = value.trim();
  if (type === "TXT" || type === "CAA") return trimmed;
  if (type === "AAAA") return address6(trimmed);
  return trimmed.split(/\s+/).map((word) => (word === "." ? word : word.replace(/\.$/, ""))).join(" ")
    .toLowerCase();
}

/** Does the answer hold exactly the pinned values? A TXT value with commas, which the file splits, is put together again. */
export function matchesPin(
  type: DnsRecordType,
  expected: readonly string[],
  answer: readonly string[],
): boolean {
  const sorted = (values: readonly string[]) => values.map((value) => comparable(type, value)).sort();
  const same = (a: readonly string[], b: readonly string[]) =>
    a.length === b.length && a.every((value, at) => value === b[at]);
  if (same(sorted(expected), sorted(answer))) return true;
  if (type !== "TXT" && type !== "CAA") return false;
  const pieces = (values: readonly string[]) => sorted(values.flatMap((value) => value.split(",")));
  return same(pieces(expected), pieces(answer));
}

async function fromHostsFile(name: string, type: DnsRecordType): Promise<string[]> {
  if (type !== "A" && type !== "AAAA") return [];
  const text = await Deno.readTextFile("/etc/hosts").catch(() => "");
  const wanted = type === "A" ? 4 : 6;
  const found: string[] = [];
  for (const line of text.split("\n")) {
    const [address, ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    if (isIP(address) === wanted && names.some((one) => domainName(one) === domainName(name))) {
      found.push(address);
    }
  }
  return found;
}

function systemResolvers(): Resolver[] {
  return getServers().map((text) => {
    const bracketed = /^\[(.+)\]:(\d+)$/.exec(text);
    if (bracketed !== null) return { host: bracketed[1], port: Number(bracketed[2]) };
    const plain = /^([0-9.]+):(\d+)$/.exec(text);
    return plain === null ? { host: text, port: 53 } : { host: plain[1], port: Number(plain[2]) };
  });
}

async function searchList(name: string, isComplete: boolean): Promise<string[]> {
  if (isComplete) return [name];
  const text = await Deno.readTextFile("/etc/resolv.conf").catch(() => "");
  const suffixes = /^\s*(?:search|domain)\s+(.+)$/m.exec(text)?.[1].trim().split(/\s+/) ?? [];
  const ndots = Number(/^\s*options\s.*\bndots:(\d+)/m.exec(text)?.[1] ?? 1);
  const longer = suffixes.map((suffix) => `${name}.${suffix.replace(/\.$/, "")}`);
  const fitting = longer.filter((one) => one.length <= 253);
  return name.split(".").length - 1 >= ndots ? [name, ...fitting] : [...fitting, name];
}

/** Asks one resolver about one name; the values found, perhaps none. Rejects with `ProbeFailure`. */
async function lookUp(resolver: Resolver, name: string, type: DnsRecordType, context: ProbeContext) {
  const answer = await ask(resolver, name, type, context);
  const rcode = (answer as { rcode?: string }).rcode ?? "NOERROR";
  if (rcode !== "NOERROR") {
    throw new ProbeFailure("dns_failed", `DNS lookup failed: ${responseCodes[rcode] ?? clean(rcode, 20)}`);
  }
  return recordsOf(answer, name, type).map((record) => renderRecord(record));
}

async function lookUpBySystem(
  target: string,
  name: string,
  type: DnsRecordType,
  context: ProbeContext,
): Promise<string[]> {
  const local = await fromHostsFile(name, type);
  if (local.length > 0) return local;
  const resolvers = systemResolvers();
  let last: unknown = new ProbeFailure(
    "dns_failed",
    "resolver setup failed: this machine has no resolver configured",
  );
  for (const candidate of await searchList(name, target.endsWith("."))) {
    for (const [index, resolver] of resolvers.entries()) {
      const turn = index < resolvers.length - 1
        ? AbortSignal.any([context.signal, AbortSignal.timeout(3_000)])
        : context.signal;
      try {
        return await lookUp(resolver, candidate, type, { ...context, signal: turn });
      } catch (error) {
        last = error;
        if (context.signal.aborted) throw error;
        if (error instanceof ProbeFailure && error.message.includes("NXDOMAIN")) break;
      }
    }
  }
  throw last;
}

function noRecords(type: DnsRecordType): FailureCategory {
  return `no_${type.toLowerCase() as Lowercase<DnsRecordType>}_records`;
}

/** One lookup with nothing cached; what it finds may be pinned. Latency is the lookup's time. */
export async function probeDns(monitor: DnsMonitor, context: ProbeContext): Promise<Outcome> {
  const startedAt = performance.now();
  const { record: type, expected, resolver } = monitor;
  try {
    const name = questionName(monitor.target, type);
    const found = resolver === null
      ? await lookUpBySystem(monitor.target, name, type, context)
      : await lookUp(resolver, name, type, context);
    const latencyMs = performance.now() - startedAt;
    if (found.length === 0) return down(noRecords(type), `no ${type} records found`);
    const answer = found.sort().join(",");
    context.trace?.({ kind: "resolved", host: monitor.target, addresses: found.map((one) => clean(one)) });
    if (expected !== null && !matchesPin(type, expected, found)) {
      const wanted = [...expected].map((one) => one.trim()).sort().join(",");
      return down("dns_unexpected", `expected ${wanted}, got ${clean(answer)}`, {
        latencyMs,
        snapshot: `DNS answer: ${clean(answer, 2_048)}`,
      });
    }
    return upOrSlow(latencyMs, monitor.degradedOverMs);
  } catch (error) {
    if (context.signal.aborted) return down("dns_timeout", "DNS lookup timed out");
    if (!(error instanceof ProbeFailure)) throw error;
    const known = /^(DNS lookup|resolver setup)/.test(error.message);
    return down("dns_failed", known ? error.message : `DNS lookup failed: ${error.message}`);
  }
}
