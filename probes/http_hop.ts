import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { HttpMonitor, TlsSettings } from "../domain/monitor.ts";
import type { CertificateFacts } from "../domain/outcome.ts";
import { isPrivateAddress } from "./addresses.ts";
import type { ByteSource } from "./byte_source.ts";
import {
  certificateFailure,
  type Handshake,
  handshake,
  NoCommonProtocol,
  pinComplaint,
} from "./handshake.ts";
import { exchangeHttp2 } from "./http2.ts";
import { readHead, type ResponseHead } from "./http_head.ts";
import { maskedHeader } from "./snapshot.ts";
import type { ProbeContext } from "./probe.ts";
import { basicAuth, decoded, openThroughProxy, type Proxy } from "./proxy.ts";
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
  /** The body that follows the head. */
  readonly wire: ByteSource;
  readonly head: ResponseHead;
  readonly certificate: CertificateFacts | null;
  readonly pinComplaint: string | null;
}

export function portOf(url: URL): number {
  if (url.port !== "") return Number(url.port);
  return url.protocol === "https:" ? 443 : 80;
}

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

/** Does the request itself go to the proxy, instead of through a tunnel? */
function isPlainProxy(proxy: Proxy | null, url: URL): proxy is Proxy {
  return proxy !== null && !proxy.scheme.startsWith("socks") && url.protocol === "http:";
}

function requestFields(request: HopRequest, userAgent: string, proxy: Proxy | null): [string, string][] {
  const { url, body } = request;
  const fields = new Map<string, [string, string]>();
  const put = (name: string, value: string) => fields.set(name.toLowerCase(), [name, value]);
  put("Host", url.host);
  put("User-Agent", userAgent);
  put("Accept", "*/*");
  if (url.username !== "" || url.password !== "") {
    put("Authorization", basicAuth(decoded(url.username), decoded(url.password)));
  }
  for (const [name, value] of request.headers) put(name, value);
  if (isPlainProxy(proxy, url) && proxy.username !== "") {
    put("Proxy-Authorization", basicAuth(proxy.username, proxy.password));
  }
  // Some servers refuse methods that usually have a body when nothing is said of its length.
  if (body !== null || ["POST", "PUT", "PATCH"].includes(request.method)) {
    put("Content-Length", String(new TextEncoder().encode(body ?? "").length));
  }
  put("Connection", "close");
  return [...fields.values()];
}

function requestText(request: HopRequest, fields: readonly [string, string][], proxy: Proxy | null): string {
  const { url, method, body } = request;
  const path = `${url.pathname}${url.search}`;
  const target = isPlainProxy(proxy, url) ? `${url.origin}${path}` : path;
  let text = `${method} ${target} HTTP/1.1\r\n`;
  for (const [name, value] of fields) text += `${name}: ${value}\r\n`;
  return `${text}\r\n${body ?? ""}`;
}

/** HTTP/1.1 as a rule; a server that refuses it is asked again, once, whether HTTP/2 suits it. */
async function agree(
  socket: Socket,
  url: URL,
  where: string,
  settings: TlsSettings,
  context: ProbeContext,
  reach: () => Promise<Socket>,
): Promise<Handshake> {
  try {
    return await handshake(socket, url.hostname, where, settings, context, reach, ["http/1.1"]);
  } catch (error) {
    if (!(error instanceof NoCommonProtocol)) throw error;
    return await handshake(await reach(), url.hostname, where, settings, context, reach, ["h2"]);
  }
}

async function exchange(
  socket: Socket,
  request: HopRequest,
  fields: readonly [string, string][],
  proxy: Proxy | null,
  where: string,
  signal: AbortSignal,
): Promise<{ head: ResponseHead; source: ByteSource }> {
  if (socket instanceof TLSSocket && socket.alpnProtocol === "h2") {
    return await exchangeHttp2(socket, request, fields, where, signal);
  }
  const wire = new Wire(socket, where, signal);
  try {
    wire.write(requestText(request, fields, proxy));
    return { head: await readHead(wire), source: wire };
  } catch (error) {
    wire.close();
    throw error;
  }
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
  const reach = (booked: Spent) => open(request, proxy, family, timeoutMs, context, booked);
  let socket = await reach(spent);
  let certificate: CertificateFacts | null = null;
  let complaint: string | null = null;
  if (url.protocol === "https:") {
    const startedAt = performance.now();
    // A second connection is part of the handshake's time, and booked with it.
    const done = await agree(socket, url, where, monitor.tls, context, () => reach({}));
    add(spent, "tlsMs", startedAt);
    socket = done.socket;
    certificate = done.certificate;
    const failure = certificateFailure(done, monitor.tls);
    if (failure !== null) {
      done.socket.destroy();
      throw new FailureWithCertificate(failure, certificate);
    }
    complaint = pinComplaint(done, monitor.tls);
  }
  const sentAt = performance.now();
  const fields = requestFields(request, context.userAgent, proxy);
  const { head, source } = await exchange(socket, request, fields, proxy, where, context.signal);
  add(spent, "firstByteMs", sentAt);
  context.trace?.({
    kind: "answered",
    statusLine: `${head.version} ${head.code} ${head.phrase}`.trim(),
    headers: head.headers.map(([name, value]) => [name, maskedHeader(name, value)] as const),
  });
  return { wire: source, head, certificate, pinComplaint: complaint };
}

/** A failure with the facts of the target's certificate, which may be its cause. */
export class FailureWithCertificate extends ProbeFailure {
  constructor(failure: ProbeFailure, readonly certificate: CertificateFacts | null) {
    super(failure.category, failure.message);
  }
}
