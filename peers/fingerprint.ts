import type { Monitor } from "../domain/monitor.ts";

const SECRET_PARAMETER =
  /token|secret|pass|pwd|signature|^(?:sig|code|pin|pw|sid)$|key$|auth|credential|session|jwt|bearer/i;

/**
 * A target as another node may see it: user name and password removed, values of query parameters that look secret replaced by `***`.
 * Everything else stays byte for byte, since the other node compares text.
 */
export function shareableTarget(target: string): string {
  const bare = target.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, "$1");
  return bare.replace(
    /([?&])([^=&#]+)=([^&#]*)/g,
    (whole, lead, name) => SECRET_PARAMETER.test(name) ? `${lead}${name}=***` : whole,
  );
}

/**
 * A digest of what decides a monitor's verdict, so that of two monitors with one target the right one answers. Secret values take no
 * part, only that they are there: a digest can be tried against guesses. Thresholds and timeouts are each node's own business.
 */
export async function fingerprintOf(monitor: Monitor): Promise<string> {
  const text = JSON.stringify([monitor.kind, shareableTarget(monitor.target), settingsOf(monitor)]);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).slice(0, 16).toHex();
}

function settingsOf(monitor: Monitor): unknown[] {
  switch (monitor.kind) {
    case "http":
      return [
        monitor.method,
        monitor.body !== null,
        monitor.expectedStatus,
        monitor.followRedirects,
        Object.keys(monitor.headers).map((name) => name.toLowerCase()).sort(),
        monitor.keyword,
        monitor.keywordInvert,
        monitor.jsonQuery,
        monitor.jsonExpected,
        monitor.dualStack,
        ...tlsOf(monitor.tls),
      ];
    case "tcp":
      return [monitor.dualStack, monitor.ipFamily, monitor.send !== null, monitor.expect];
    case "tls":
      return [monitor.dualStack, monitor.starttls, ...tlsOf(monitor.tls)];
    case "icmp":
      return [monitor.dualStack];
    case "dns":
      return [monitor.record, monitor.expected];
    case "push":
    case "exec":
      return [];
  }
}

function tlsOf(
  tls: { certPin: string | null; insecureSkipVerify: boolean; caFile: string | null },
): unknown[] {
  return [tls.certPin, tls.insecureSkipVerify, tls.caFile !== null];
}
