import type { Socket } from "node:net";
import { messageOf } from "../domain/errors.ts";
import { handshake } from "./handshake.ts";
import { readHead } from "./http_head.ts";
import type { ProbeContext } from "./probe.ts";
import { bareHost, endpoint, resolveHost, untilAborted } from "./resolve.ts";
import { clean, ProbeFailure } from "./verdict.ts";
import { connectAny, Wire } from "./wire.ts";

export interface Proxy {
  readonly scheme: "http" | "https" | "socks4" | "socks4a" | "socks5" | "socks5h";
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
}

const defaultPorts = { http: 80, https: 443, socks4: 1080, socks4a: 1080, socks5: 1080, socks5h: 1080 };

/** Reads a proxy's URL; without a scheme it is HTTP. Throws `ProbeFailure` on anything else. The text is a secret: it is never quoted. */
export function parseProxy(text: string): Proxy {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  // URL normalises special schemes only, so every scheme is read as http.
  const [, scheme, rest] = /^([a-z0-9+.-]+):\/\/(.*)$/i.exec(withScheme) ?? [];
  const name = scheme?.toLowerCase() as Proxy["scheme"];
  const url = URL.parse(`http://${rest}`);
  if (url === null || !Object.hasOwn(defaultPorts, name)) {
    throw new ProbeFailure("proxy_failed", "connection failed: the proxy URL cannot be used");
  }
  const explicit = /^[^/?#]*:(\d+)(?:[/?#]|$)/.exec(rest.replace(/^[^/?#]*@/, ""));
  return {
    scheme: name,
    host: bareHost(url.hostname),
    port: explicit === null ? defaultPorts[name] : Number(explicit[1]),
    username: decoded(url.username),
    password: decoded(url.password),
  };
}

/** A part of a URL as it was meant; what is no percent-encoding stands for itself. */
export function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** `Basic …` for a user name and password, UTF-8. */
export function basicAuth(username: string, password: string): string {
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

async function throughSocks(
  proxy: Proxy,
  raw: Socket,
  host: string,
  port: number,
  timeoutMs: number,
  context: ProbeContext,
) {
  let destination = bareHost(host);
  if (proxy.scheme === "socks4" || proxy.scheme === "socks5") {
    const family = proxy.scheme === "socks4" ? "ipv4" : "any";
    destination = (await resolveHost(host, family, context))[0].address;
  }
  const { SocksClient } = await import("socks");
  const work = SocksClient.createConnection({
    proxy: {
      host: proxy.host,
      port: proxy.port,
      type: proxy.scheme.startsWith("socks5") ? 5 : 4,
      userId: proxy.username || undefined,
      password: proxy.password || undefined,
    },
    command: "connect",
    destination: { host: destination, port },
    existing_socket: raw,
    // It would give up after 30 s otherwise; the deadline, which began earlier, is the context's.
    timeout: timeoutMs,
  });
  const { socket } = await untilAborted(context.signal, work);
  return socket as Socket;
}

async function throughConnect(proxy: Proxy, raw: Socket, host: string, port: number, context: ProbeContext) {
  const wire = new Wire(raw, "the proxy", context.signal);
  const to = endpoint(bareHost(host), port);
  const auth = proxy.username === ""
    ? ""
    : `Proxy-Authorization: ${basicAuth(proxy.username, proxy.password)}\r\n`;
  wire.write(`CONNECT ${to} HTTP/1.1\r\nHost: ${to}\r\n${auth}\r\n`);
  const head = await readHead(wire);
  if (head.code < 200 || head.code > 299) {
    wire.close();
    throw new ProbeFailure(
      "proxy_failed",
      `connection failed: the proxy answered ${head.code} ${clean(head.phrase)}`,
    );
  }
  return wire.release();
}

async function reachProxy(proxy: Proxy, timeoutMs: number, context: ProbeContext): Promise<Socket> {
  const addresses = await resolveHost(proxy.host, "any", context);
  const raw = await connectAny(addresses, proxy.port, timeoutMs, context);
  if (proxy.scheme !== "https") return raw;
  const settings = {
    checkCert: false,
    certPin: null,
    insecureSkipVerify: false,
    caFile: null,
    clientCertFile: null,
    clientKeyFile: null,
  };
  const again = () => connectAny(addresses, proxy.port, timeoutMs, context);
  const done = await handshake(raw, proxy.host, "the proxy", settings, context, again, ["http/1.1"]);
  if (done.distrust !== null) {
    done.socket.destroy();
    throw done.distrust;
  }
  return done.socket;
}

/** A socket to the proxy for plain HTTP, or through it to the target. All trouble is category `proxy_failed`, the deadline excepted. */
export async function openThroughProxy(
  proxy: Proxy,
  target: { readonly host: string; readonly port: number; readonly tunnel: boolean },
  timeoutMs: number,
  context: ProbeContext,
): Promise<Socket> {
  let raw: Socket | null = null;
  const drop = () => raw?.destroy();
  try {
    raw = await reachProxy(proxy, timeoutMs, context);
    context.signal.addEventListener("abort", drop, { once: true });
    if (proxy.scheme.startsWith("socks")) {
      return await throughSocks(proxy, raw, target.host, target.port, timeoutMs, context);
    }
    return target.tunnel ? await throughConnect(proxy, raw, target.host, target.port, context) : raw;
  } catch (error) {
    raw?.destroy();
    if (error instanceof ProbeFailure && ["timeout", "proxy_failed"].includes(error.category)) throw error;
    const cause = clean(messageOf(error).replace(/^connection failed: /, ""), 150);
    throw new ProbeFailure("proxy_failed", `connection failed: the proxy failed (${cause})`);
  } finally {
    context.signal.removeEventListener("abort", drop);
  }
}
