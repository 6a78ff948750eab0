import { getLogger } from "@logtape/logtape";
import type { Alerts } from "../alerts/alerts.ts";
import { type Clock, HOUR, SECOND } from "../domain/clock.ts";
import type { Config } from "../domain/config.ts";
import { messageOf } from "../domain/errors.ts";
import { type HttpMonitor, type TlsMonitor, watchesCertificate } from "../domain/monitor.ts";
import type { Store } from "../domain/store.ts";
import { version } from "../domain/version.ts";

export interface CertificatePassDeps {
  readonly store: Pick<Store, "certificates">;
  readonly alerts: Pick<Alerts, "observeCertificate">;
  readonly clock: Clock;
  config(): Config;
}

/** Certificates seen within this time, by a check or by a pass, are not looked at again. */
const FRESH_MS = HOUR;
const AT_ONCE = 8;

async function look(
  monitor: HttpMonitor | TlsMonitor,
  deps: CertificatePassDeps,
  signal: AbortSignal,
): Promise<void> {
  const { lookAtCertificate } = await import("../probes/certificate_look.ts");
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(monitor.timeoutSecs * SECOND)]);
  const { clock, alerts } = deps;
  const found = await lookAtCertificate(monitor, {
    signal: deadline,
    clock,
    execDir: null,
    userAgent: `hora/${version}`,
  });
  if (signal.aborted) return;
  if (found.kind === "read") await alerts.observeCertificate(monitor, found.facts, null, clock.now());
  if (found.kind === "unreadable") await alerts.observeCertificate(monitor, null, found.error, clock.now());
}

/**
 * Looks at every watched certificate that no check has shown within the last hour: new monitors, and those that are checked less often. Call it
 * hourly, at start, and when monitors were added. One that fails does not stop the others; a target that cannot be reached is left to
 * its own checks. Returns how many were looked at.
 */
export async function runCertificatePass(deps: CertificatePassDeps, signal: AbortSignal): Promise<number> {
  const log = getLogger(["hora", "scheduler"]);
  const known = new Map((await deps.store.certificates.list()).map((record) => [record.monitorId, record]));
  const now = deps.clock.now();
  const due = deps.config().monitors.filter(watchesCertificate).filter((monitor) => {
    const record = known.get(monitor.id);
    return record === undefined || Math.abs(now - record.checkedAt) >= FRESH_MS;
  });
  let next = 0;
  const worker = async () => {
    while (next < due.length && !signal.aborted) {
      const monitor = due[next++];
      try {
        await look(monitor, deps, signal);
      } catch (error) {
        log.error`Cannot look at the certificate of ${monitor.id}: ${messageOf(error)}`;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, due.length) }, worker));
  return due.length;
}
