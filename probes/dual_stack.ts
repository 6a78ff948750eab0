import type { CertificateFacts, Outcome } from "../domain/outcome.ts";
import type { Family } from "./resolve.ts";

/** Runs a check once per address family, both at the same time, and says what they agree on. */
export async function probeBothFamilies(
  run: (family: Family) => Promise<Outcome>,
  certPin: string | null,
): Promise<Outcome> {
  const [four, six] = await Promise.all([run("ipv4"), run("ipv6")]);
  return combineFamilies(four, six, certPin);
}

/** Of two certificates the one to warn about: another key than the pinned one, or else the earlier end. */
function worseCertificate(four: Outcome, six: Outcome, certPin: string | null): CertificateFacts | null {
  const [one, other] = [four.certificate ?? null, six.certificate ?? null];
  if (one === null || other === null) return one ?? other;
  const misses = ({ fingerprint }: CertificateFacts) => certPin !== null && fingerprint !== certPin;
  if (misses(one) !== misses(other)) return misses(one) ? one : other;
  return other.notAfterAt < one.notAfterAt ? other : one;
}

/** Both must be up. What one family lost is told apart from what both lost; of their certificates the worse one counts. */
export function combineFamilies(four: Outcome, six: Outcome, certPin: string | null): Outcome {
  const certificate = worseCertificate(four, six, certPin);
  if (four.status !== "down" && six.status !== "down") {
    const slower = (four.latencyMs ?? 0) >= (six.latencyMs ?? 0) ? four : six;
    const worse = four.status === "degraded" ? four : six;
    return {
      ...slower,
      status: worse.status,
      reason: worse.reason,
      category: worse.category,
      code: four.code ?? six.code,
      certificate,
    };
  }
  if (four.status === "down" && six.status === "down") {
    return {
      status: "down",
      latencyMs: null,
      code: four.code ?? six.code,
      reason: `IPv4 and IPv6 failing: ${four.reason}; ${six.reason}`,
      category: "both_families_failing",
      snapshot: four.snapshot ?? six.snapshot ?? null,
      certificate,
    };
  }
  const fourIsDown = four.status === "down";
  const [failed, well] = fourIsDown ? [four, six] : [six, four];
  const [failedName, wellName] = fourIsDown ? ["IPv4", "IPv6"] : ["IPv6", "IPv4"];
  return {
    ...failed,
    reason: `${failedName} failing: ${failed.reason} (${wellName} ok)`,
    category: fourIsDown ? "ipv4_failing" : "ipv6_failing",
    latencyMs: well.latencyMs,
    phases: well.phases ?? null,
    certificate,
  };
}
