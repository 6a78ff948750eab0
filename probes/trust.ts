import { X509Certificate } from "node:crypto";
import { createSecureContext, getCACertificates, rootCertificates, type SecureContext } from "node:tls";
import type { TlsSettings } from "../domain/monitor.ts";
import { messageOf } from "../domain/errors.ts";
import { ProbeFailure } from "./verdict.ts";

/**
 * Who is trusted in a handshake. Building a context costs milliseconds, so equal settings share one. The cache is a memo of pure
 * functions: two instances in one process cannot tell that they share it.
 */
const contexts = new Map<string, SecureContext>();
const MAX_CONTEXTS = 500;

function contextFor(key: string, build: () => SecureContext): SecureContext {
  const known = contexts.get(key);
  if (known !== undefined) return known;
  if (contexts.size >= MAX_CONTEXTS) contexts.clear();
  const made = build();
  contexts.set(key, made);
  return made;
}

interface KnownFile {
  /** What tells one state of a file from another. */
  readonly mark: string;
  readonly text: string;
}

/** Files by path: reading one costs a thread's turn, asking whether it is still the same costs microseconds. */
const files = new Map<string, KnownFile>();

function pem(path: string | null, key: string): string | undefined {
  if (path === null) return undefined;
  try {
    const { mtime, ctime, size, ino, dev } = Deno.statSync(path);
    const mark = `${dev} ${ino} ${size} ${mtime?.getTime()} ${ctime?.getTime()}`;
    const known = files.get(path);
    if (known?.mark === mark) return known.text;
    const text = Deno.readTextFileSync(path);
    if (files.size >= MAX_CONTEXTS) files.clear();
    files.set(path, { mark, text });
    return text;
  } catch (error) {
    throw new ProbeFailure("other", `cannot read ${key} ${path}: ${messageOf(error)}`);
  }
}

/** The context for a monitor's settings. Its files are looked at in every check, so that a renewed one is used at once. */
export function trustFor(tls: TlsSettings): SecureContext {
  if (tls.caFile === null && tls.clientCertFile === null) return contextFor("", () => createSecureContext());
  const ca = pem(tls.caFile, "ca_file");
  // In another form it would be taken, and trust nobody.
  if (ca !== undefined && !/-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/.test(ca)) {
    throw new ProbeFailure("other", `cannot use ca_file ${tls.caFile}: no certificate in PEM form is in it`);
  }
  const cert = pem(tls.clientCertFile, "client_cert_file");
  const key = pem(tls.clientKeyFile, "client_key_file");
  return contextFor(JSON.stringify([ca, cert, key]), () => {
    try {
      return createSecureContext({ ca, cert, key });
    } catch (error) {
      throw new ProbeFailure("other", `cannot use ca_file or the client certificate: ${messageOf(error)}`);
    }
  });
}

/** Roots that the machine's administrator added to those that the runtime brings along. */
function addedRoots(): X509Certificate[] {
  const bundled = new Set(rootCertificates.map((text) => text.replace(/\s/g, "")));
  const added: X509Certificate[] = [];
  for (const text of getCACertificates("system")) {
    if (bundled.has(text.replace(/\s/g, ""))) continue;
    try {
      added.push(new X509Certificate(text));
    } catch { /* a store may hold what we cannot read; it then trusts nobody here */ }
  }
  return added;
}

/**
 * A context that trusts the one locally installed root which signed this chain, or null when there is none. The whole system store in one
 * context would cost 20 ms at every handshake; a single root costs nothing.
 */
export function trustInstalledRoot(chain: readonly X509Certificate[]): SecureContext | null {
  for (const root of addedRoots()) {
    const signed = chain.some((one) => one.checkIssued(root) || one.fingerprint256 === root.fingerprint256);
    if (signed) {
      const text = root.toString();
      return contextFor(JSON.stringify([text]), () => createSecureContext({ ca: text }));
    }
  }
  return null;
}
