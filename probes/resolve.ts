import { lookup } from "node:dns";
import { isIP } from "node:net";
import { ProbeFailure } from "./verdict.ts";
import type { ProbeContext } from "./probe.ts";

export interface Address {
  readonly address: string;
  readonly family: 4 | 6;
}
export type Family = "any" | "ipv4" | "ipv6";

/** Host names as URLs and targets write them, without the brackets of an IPv6 literal. */
export function bareHost(host: string): string {
  return host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
}

/** `address:port`, with brackets where the address needs them. */
export function endpoint(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** The promise's value, or a rejection as soon as the signal aborts. */
export function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  if (signal.aborted) return Promise.reject(new ProbeFailure("timeout", "request timed out"));
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(new ProbeFailure("timeout", "request timed out"));
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

function systemLookup(host: string): Promise<Address[]> {
  return new Promise((resolve, reject) => {
    lookup(host, { all: true, verbatim: true }, (error, found) => {
      if (error !== null) return reject(new ProbeFailure("host_unresolved", "could not resolve host"));
      const seen = new Map(found.map((one) => [one.address, { ...one, family: one.family as 4 | 6 }]));
      resolve([...seen.values()]);
    });
  });
}

/** All addresses of a host by the system's resolver (so `/etc/hosts` counts), of one family if asked. Rejects with `ProbeFailure`. */
export async function resolveHost(host: string, family: Family, context: ProbeContext): Promise<Address[]> {
  const name = bareHost(host);
  const literal = isIP(name.replace(/%.*$/, ""));
  const all: Address[] = literal !== 0
    ? [{ address: name, family: literal as 4 | 6 }]
    : await untilAborted(context.signal, systemLookup(name));
  const wanted = family === "any" ? all : all.filter((one) => one.family === (family === "ipv4" ? 4 : 6));
  if (literal === 0) {
    context.trace?.({ kind: "resolved", host: name, addresses: wanted.map((one) => one.address) });
  }
  if (wanted.length > 0) return wanted;
  if (family === "any") throw new ProbeFailure("host_unresolved", "could not resolve host");
  throw new ProbeFailure("host_unresolved", `no ${family === "ipv4" ? "IPv4" : "IPv6"} address for host`);
}
