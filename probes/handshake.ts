import { createHash, X509Certificate } from "node:crypto";
import { isIP, type Socket } from "node:net";
import { connect, type PeerCertificate, type SecureContext, TLSSocket } from "node:tls";
import { messageOf } from "../domain/errors.ts";
import type { TlsSettings } from "../domain/monitor.ts";
import type { CertificateFacts, FailureCategory } from "../domain/outcome.ts";
import type { ProbeContext } from "./probe.ts";
import { bareHost } from "./resolve.ts";
import { trustFor, trustInstalledRoot } from "./trust.ts";
import { clean, ProbeFailure, socketFailure } from "./verdict.ts";

export interface Handshake {
  readonly socket: TLSSocket;
  readonly certificate: CertificateFacts | null;
  /** Why the chain does not stand; null when it does. */
  readonly distrust: ProbeFailure | null;
}

/** SHA-256 of the DER SubjectPublicKeyInfo, lower-case hex. */
function keyFingerprint(certificate: X509Certificate): string {
  const spki = certificate.publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(spki as Uint8Array).digest("hex");
}

function nameOf(distinguished: string): string {
  const parts = (distinguished ?? "").split("\n");
  return clean(parts.find((part) => part.startsWith("CN=")) ?? parts.join(", "), 200);
}

/** The facts of a leaf, or null when it cannot be read. */
export function factsOf(leaf: X509Certificate): CertificateFacts | null {
  try {
    return {
      notBeforeAt: Date.parse(leaf.validFrom),
      notAfterAt: Date.parse(leaf.validTo),
      fingerprint: keyFingerprint(leaf),
      subject: nameOf(leaf.subject),
      issuer: nameOf(leaf.issuer),
    };
  } catch {
    return null;
  }
}

const leafOf = (socket: TLSSocket) => TLSSocket.prototype.getPeerCertificate.call(socket, false);

function chainOf(socket: TLSSocket, whole: boolean): X509Certificate[] {
  const chain: X509Certificate[] = [];
  try {
    let at: PeerCertificate | undefined = TLSSocket.prototype.getPeerCertificate.call(socket, whole);
    while (at?.raw !== undefined && chain.length < 10) {
      const next = new X509Certificate(at.raw);
      if (chain.some((known) => known.fingerprint256 === next.fingerprint256)) break;
      chain.push(next);
      at = (at as { issuerCertificate?: PeerCertificate }).issuerCertificate;
    }
  } catch { /* an odd certificate ends the chain where it stands */ }
  return chain;
}

const words: Partial<Record<FailureCategory, string>> = {
  certificate_expired: "certificate expired",
  certificate_not_yet_valid: "certificate not yet valid",
  certificate_wrong_host: "certificate is for another host",
  certificate_untrusted: "certificate not trusted",
};

const utc = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;

function distrustOf(
  socket: TLSSocket,
  facts: CertificateFacts | null,
  now: number,
): ProbeFailure | null {
  if (socket.authorized) return null;
  const code = String(
    (socket.authorizationError as { code?: string })?.code ?? socket.authorizationError ?? "",
  );
  const fail = (category: FailureCategory, detail: string) =>
    new ProbeFailure(category, `connection failed: ${words[category]} (${detail})`);
  if (facts !== null && facts.notAfterAt < now) {
    return fail("certificate_expired", `ended ${utc(facts.notAfterAt)}`);
  }
  if (facts !== null && facts.notBeforeAt > now) {
    return fail(
      "certificate_not_yet_valid",
      `begins ${utc(facts.notBeforeAt)}`,
    );
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return fail(
      "certificate_wrong_host",
      clean(chainOf(socket, false)[0]?.subjectAltName ?? facts?.subject ?? "no name", 200),
    );
  }
  const why = /SELF_SIGNED/.test(code) ? "self-signed" : `issued by ${facts?.issuer ?? "somebody unknown"}`;
  return fail("certificate_untrusted", why);
}

/** The server speaks none of the protocols that were offered for use inside TLS. */
export class NoCommonProtocol extends ProbeFailure {
  constructor(where: string) {
    super("tls_failed", `connection failed: ${where} speaks neither HTTP/1.1 nor HTTP/2 over TLS`);
  }
}

function handshakeOnce(
  raw: Socket,
  host: string,
  where: string,
  trust: SecureContext,
  alpn: readonly string[],
  signal: AbortSignal,
): Promise<TLSSocket> {
  // The final dot of a complete name is no part of what certificates hold.
  const name = bareHost(host).replace(/\.$/, "");
  return new Promise((resolve, reject) => {
    const socket = connect({
      socket: raw,
      host: name,
      servername: isIP(name) === 0 ? name : "",
      secureContext: trust,
      // The verdict is ours: an invalid certificate is a finding with facts, not a lost connection.
      rejectUnauthorized: false,
      ...(alpn.length === 0 ? {} : { ALPNProtocols: [...alpn] }),
    });
    // The runtime asks for the whole chain, the authority's own certificates included, only to compare the leaf's names: a tenth of the cost.
    socket.getPeerCertificate = (() => leafOf(socket)) as TLSSocket["getPeerCertificate"];
    const fail = (error: unknown) => {
      signal.removeEventListener("abort", onAbort);
      socket.on("error", () => {});
      socket.destroy();
      raw.destroy();
      reject(error);
    };
    const onAbort = () => fail(new ProbeFailure("timeout", "request timed out"));
    const onError = (error: unknown) => {
      if (/NO_APPLICATION_PROTOCOL/.test((error as { code?: string }).code ?? "")) {
        return fail(new NoCommonProtocol(where));
      }
      const known = socketFailure(error, where);
      const isNetwork = known.category === "connection_reset";
      fail(
        isNetwork ? known : new ProbeFailure(
          "tls_failed",
          `connection failed: TLS handshake failed (${clean(messageOf(error))})`,
        ),
      );
    };
    const onClose = () =>
      fail(new ProbeFailure("tls_failed", `connection failed: ${where} closed during the TLS handshake`));
    signal.addEventListener("abort", onAbort, { once: true });
    socket.once("error", onError);
    socket.once("close", onClose);
    socket.once("secureConnect", () => {
      signal.removeEventListener("abort", onAbort);
      socket.off("error", onError);
      socket.off("close", onClose);
      // Until the next owner listens, an error must not end the process.
      socket.on("error", () => {});
      resolve(socket);
    });
    if (signal.aborted) onAbort();
  });
}

/**
 * Speaks TLS over a connected socket. Always ends with the certificate where one was shown; whether its chain stands is in `distrust`. `again`
 * opens a second connection, used once when only a locally installed root can vouch for the chain. `alpn`: what is spoken inside, by
 * preference; empty: nothing is said about it.
 */
export async function handshake(
  raw: Socket,
  host: string,
  where: string,
  settings: TlsSettings,
  context: ProbeContext,
  again: (() => Promise<Socket>) | null,
  alpn: readonly string[],
): Promise<Handshake> {
  const trust = trustFor(settings);
  const first = await handshakeOnce(raw, host, where, trust, alpn, context.signal);
  const result = judge(first, context, settings);
  const mayBeLocal = result.distrust?.category === "certificate_untrusted" && settings.caFile === null &&
    !settings.insecureSkipVerify && again !== null;
  if (!mayBeLocal) return result;
  const local = trustInstalledRoot(chainOf(first, true));
  if (local === null) return result;
  first.destroy();
  const second = await handshakeOnce(await again(), host, where, local, alpn, context.signal);
  return judge(second, context, settings);
}

/** Facts by the certificate's own SHA-256: a memo of a pure function, since the same few certificates come by all day. */
const known = new Map<string, CertificateFacts>();
const MAX_KNOWN = 5_000;

function leafFacts(socket: TLSSocket): CertificateFacts | null {
  const leaf = leafOf(socket);
  if (leaf?.raw === undefined) return null;
  const digest = leaf.fingerprint256;
  const before = known.get(digest);
  if (before !== undefined) return before;
  const [certificate] = chainOf(socket, false);
  const facts = certificate === undefined ? null : factsOf(certificate);
  if (known.size >= MAX_KNOWN) known.clear();
  if (facts !== null) known.set(digest, facts);
  return facts;
}

function judge(socket: TLSSocket, context: ProbeContext, settings: TlsSettings): Handshake {
  const wanted = settings.checkCert || settings.certPin !== null || !socket.authorized;
  const facts = wanted ? leafFacts(socket) : null;
  const distrust = distrustOf(socket, facts, context.clock.now());
  if (context.trace !== undefined) {
    context.trace({
      kind: "tls",
      protocol: socket.getProtocol() ?? "TLS",
      trusted: distrust === null,
      chain: chainOf(socket, true).map((one) =>
        `${nameOf(one.subject)}, issued by ${nameOf(one.issuer)}, until ${one.validTo}`
      ),
    });
  }
  return { socket, certificate: facts, distrust };
}

/** What the pin says: null when there is none or when it matches. */
export function pinComplaint(done: Handshake, settings: TlsSettings): string | null {
  const seen = done.certificate?.fingerprint ?? "none";
  if (settings.certPin === null || seen === settings.certPin) return null;
  return `certificate key changed: expected ${settings.certPin}, got ${seen}`;
}

/**
 * The failure that a handshake means for a monitor: a chain that does not stand. Without verification the pin alone vouches for the
 * server, so another key is a failure; with it, another key is for the caller to report as degraded.
 */
export function certificateFailure(done: Handshake, settings: TlsSettings): ProbeFailure | null {
  if (done.distrust === null) return null;
  if (!settings.insecureSkipVerify) return done.distrust;
  const complaint = pinComplaint(done, settings);
  return complaint === null ? null : new ProbeFailure("certificate_pin", complaint);
}
