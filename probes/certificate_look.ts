import type { HttpMonitor, TlsMonitor } from "../domain/monitor.ts";
import type { CertificateFacts } from "../domain/outcome.ts";
import { handshake } from "./handshake.ts";
import { portOf } from "./http_hop.ts";
import type { ProbeContext } from "./probe.ts";
import { openThroughProxy, parseProxy } from "./proxy.ts";
import { bareHost, endpoint, resolveHost } from "./resolve.ts";
import { probeTls } from "./tls.ts";
import { ProbeFailure } from "./verdict.ts";
import { connectAny } from "./wire.ts";

/** `unreachable`: nobody to ask, which is for the monitor's own checks to report. */
export type CertificateLook =
  | { readonly kind: "read"; readonly facts: CertificateFacts }
  | { readonly kind: "unreadable"; readonly error: string }
  | { readonly kind: "unreachable"; readonly error: string };

async function lookByHttp(monitor: HttpMonitor, context: ProbeContext): Promise<CertificateFacts | null> {
  const url = new URL(monitor.target);
  const timeoutMs = monitor.timeoutSecs * 1_000;
  const reach = async () => {
    const target = { host: url.hostname, port: portOf(url), tunnel: true };
    if (monitor.proxy !== null) {
      return await openThroughProxy(parseProxy(monitor.proxy.reveal()), target, timeoutMs, context);
    }
    return await connectAny(await resolveHost(url.hostname, "any", context), target.port, timeoutMs, context);
  };
  const where = endpoint(bareHost(url.hostname), portOf(url));
  const settings = { ...monitor.tls, checkCert: true, insecureSkipVerify: true };
  const done = await handshake(await reach(), url.hostname, where, settings, context, null, [
    "http/1.1",
    "h2",
  ]);
  done.socket.destroy();
  return done.certificate;
}

/** Looks at a monitor's certificate apart from its checks: nothing is asked of the server, and no chain is refused. */
export async function lookAtCertificate(
  monitor: HttpMonitor | TlsMonitor,
  context: ProbeContext,
): Promise<CertificateLook> {
  if (monitor.kind === "tls") {
    const tls = { ...monitor.tls, checkCert: true, certPin: null, insecureSkipVerify: true };
    const outcome = await probeTls({ ...monitor, tls }, context);
    if (outcome.certificate) return { kind: "read", facts: outcome.certificate };
    const kind = outcome.category === "tls_failed" ? "unreadable" : "unreachable";
    return { kind, error: outcome.reason ?? "no certificate was shown" };
  }
  try {
    const facts = await lookByHttp(monitor, context);
    if (facts !== null) return { kind: "read", facts };
    return { kind: "unreadable", error: "the certificate cannot be read" };
  } catch (error) {
    if (!(error instanceof ProbeFailure)) throw error;
    return { kind: error.category === "tls_failed" ? "unreadable" : "unreachable", error: error.message };
  }
}
