import type { Socket } from "node:net";
import type { HttpMonitor } from "../domain/monitor.ts";
import type { CertificateFacts } from "../domain/outcome.ts";
import { isPrivateAddress } from "./addresses.ts";
import { certificateFailure, handshake, pinComplaint } from "./handshake.ts";
import { readHead, type ResponseHead } from "./http_head.ts";
import { maskedHeader } from "./snapshot.ts";
import type { ProbeContext } from "./probe.ts";
import { basicAuth, openThroughProxy, type Proxy } from "./proxy.ts";
import { bareHost, endpoint, type Family, resolveHost } from "./resolve.ts";
import { ProbeFailure } from "./verdict.ts";
import { connectAny, Wire } from "./wire.ts";

/** Time spent so far, summed over all hops, in ms; absent what was not reached. */
export interface Spent {
  resolveMs?: number;
  connectMs?: number;
  tlsMs?: number;
  firstByteMs?: number;
  transferMs?: number;
}

/** Books the time since `startedAt` under a phase. */
export function add(spent: Spent, phase: keyof Spent, startedAt: number): void {
  spent[phase] = (spent[phase] ?? 0) + performance.now() - startedAt;
}

export interface HopRequest {
  readonly url: URL;
  readonly method: string;
  readonly body: string | null;
  /** Configured headers; only for the target's own origin. */
  readonly headers: readonly (readonly [string, string])[];
  /** An address that is not public is refused. */
  readonly publicOnly: boolean;
}

export interface Hop {
  readonly wire: Wire;
  readonly head: ResponseHead;
  readonly certificate: CertificateFacts | null;
  readonly pinComplaint: string | null;
}

export const portOf = (url: URL): number => Number(url.port) || (url.protocol === "https:" ? 443 : 80);

async function open(
  request: HopRequest,
  proxy: Proxy | null,
  family: Family,
  timeoutMs: number,
  context: ProbeContext,
  spent: Spent,
): Promise<Socket> {
  const { url } = request;
  const startedAt = performance.now();
  const port = portOf(url);
  if (proxy !== null) {
    if (request.publicOnly && isPrivateAddress(bareHost(url.hostname))) throw refused(url);
    const target = { host: url.hostname, port, tunnel: url.protocol === "https:" };
    const socket = await openThroughProxy(proxy, target, timeoutMs, context);
    add(spent, "connectMs", startedAt);
    return socket;
  }
  const addresses = await resolveHost(url.hostname, family, context);
  const resolvedAt = performance.now();
  spent.resolveMs = (spent.resolveMs ?? 0) + resolvedAt - startedAt;
  if (request.publicOnly && addresses.some((one) => isPrivateAddress(one.address))) throw refused(url);
  const socket = await connectAny(addresses, port, timeoutMs, context);
  add(spent, "connectMs", resolvedAt);
  return socket;
}

function refused(url: URL): ProbeFailure {
  return new ProbeFailure("redirect_refused", `redirect refused: ${url.hostname} is a private address`);
}

function requestText(request: HopRequest, userAgent: string, proxy: Proxy | null): string {
  const { url, method, body } = request;
  const plainProxy = proxy !== null && !proxy.scheme.startsWith("socks") && url.protocol === "http:";
  const path = `${url.pathname}${url.search}`;
  const lines = new Map<string, string>([["host", `Host: ${url.host}`]]);
  const put = (name: string, value: string) => lines.set(name.toLowerCase(), `${name}: ${value}`);
  put("User-Agent", userAgent);
  put("Accept", "*/*");
  if (url.username !== "" || url.password !== "") {
    put("Authorization", basicAuth(decodeURIComponent(url.username), decodeURIComponent(url.password)));
  }
  for (const [name, value] of request.headers) put(name, value);
  if (plainProxy && proxy.username !== "") {
    put("Proxy-Authorization", basicAuth(proxy.username, proxy.password));
  }
  if (body !== null) put("Content-Length", String(new TextEncoder().encode(body).length));
  put("Connection", "close");
  const target = plainProxy ? `${url.origin}${path}` : path;
  return `${method} ${target} HTTP/1.1\r\n${[...lines.values()].join("\r\n")}\r\n\r\n${body ?? ""}`;
}

/** Sends one request on a fresh connection and reads the answer's head. Rejects with `ProbeFailure`; the caller closes the wire. */
export async function sendHop(
  monitor: HttpMonitor,
  request: HopRequest,
  proxy: Proxy | null,
  family: Family,
  context: ProbeContext,
  spent: Spent,
): Promise<Hop> {
  const { url } = request;
  const timeoutMs = monitor.timeoutSecs * 1_000;
  const where = endpoint(bareHost(url.hostname), portOf(url));
  const reach = () => open(request, proxy, family, timeoutMs, context, spent);
  let socket = await reach();
  let certificate: CertificateFacts | null = null;
  let complaint: string | null = null;
  if (url.protocol === "https:") {
    const startedAt = performance.now();
    const done = await handshake(socket, url.hostname, where, monitor.tls, context, reach);
    add(spent, "tlsMs", startedAt);
    socket = done.socket;
    certificate = done.certificate;
    const failure = certificateFailure(done, monitor.tls);
    if (failure !== null) {
      done.socket.destroy();
      throw new CertificateTrouble(failure, certificate);
    }
    complaint = pinComplaint(done, monitor.tls);
  }
  const wire = new Wire(socket, where, context.signal);
  try {
    const sentAt = performance.now();
    wire.write(requestText(request, context.userAgent, proxy));
    const head = await readHead(wire);
    add(spent, "firstByteMs", sentAt);
    context.trace?.({
      kind: "answered",
      statusLine: `${head.version} ${head.code} ${head.phrase}`,
      headers: head.headers.map(([name, value]) => [name, maskedHeader(name, value)] as const),
    });
    return { wire, head, certificate, pinComplaint: complaint };
  } catch (error) {
    wire.close();
    throw error;
  }
}

/** A certificate that does not stand, with the facts that it showed. */
export class CertificateTrouble extends ProbeFailure {
  constructor(failure: ProbeFailure, readonly certificate: CertificateFacts | null) {
    super(failure.category, failure.message);
  }
}
