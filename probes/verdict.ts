import { messageOf } from "../domain/errors.ts";
import type { FailureCategory, Outcome } from "../domain/outcome.ts";

/** Longest piece of remote text quoted in a reason, in characters. */
const SNIPPET_CHARS = 300;

/** Trouble at the target on its way to becoming an outcome; never leaves `probes/`. */
export class ProbeFailure extends Error {
  constructor(readonly category: FailureCategory, message: string) {
    super(message);
  }
}

/**
 * Remote text on one line, without colours of terminals, control or direction-changing characters or halves of characters, at most `chars`
 * characters.
 */
export function clean(text: string, chars = SNIPPET_CHARS): string {
  const line = text.replace(/\u001b\[[0-?]*[ -/]*[@-~]/g, "").replace(/\s+/g, " ").replace(
    /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    "",
  )
    .trim();
  return [...line.slice(0, chars * 2)].slice(0, chars).join("").toWellFormed();
}

/** A failed attempt without measurements. */
export function down(category: FailureCategory, reason: string, more: Partial<Outcome> = {}): Outcome {
  return { status: "down", latencyMs: null, code: null, reason: clean(reason, 1_000), category, ...more };
}

/** A successful attempt: degraded when strictly slower than `degradedOverMs`. */
export function upOrSlow(
  latencyMs: number,
  degradedOverMs: number | null,
  more: Partial<Outcome> = {},
): Outcome {
  const slow = degradedOverMs !== null && latencyMs > degradedOverMs;
  return {
    status: slow ? "degraded" : "up",
    latencyMs,
    code: null,
    reason: slow ? `slow: ${Math.round(latencyMs)} ms, more than ${degradedOverMs} ms` : null,
    category: slow ? "slow" : null,
    ...more,
  };
}

const socketErrors: Readonly<Record<string, readonly [FailureCategory, string]>> = {
  ECONNREFUSED: ["connection_refused", "Connection refused"],
  ECONNRESET: ["connection_reset", "Connection reset by peer"],
  EPIPE: ["connection_reset", "Connection closed by peer"],
  ECONNABORTED: ["connection_reset", "Connection aborted"],
  ETIMEDOUT: ["connect_timeout", "Connection timed out"],
  ENETUNREACH: ["network_unreachable", "Network is unreachable"],
  EHOSTUNREACH: ["network_unreachable", "No route to host"],
  EADDRNOTAVAIL: ["network_unreachable", "No address of this family here"],
  EAFNOSUPPORT: ["network_unreachable", "Address family not supported here"],
  // What Linux says of an IPv6 address when IPv6 is switched off.
  EINVAL: ["network_unreachable", "This address cannot be reached from here"],
  EACCES: ["connection_failed", "Not permitted by this machine"],
  EPERM: ["connection_failed", "Not permitted by this machine"],
  EMFILE: ["other", "Too many open files on this machine"],
};

/** The failure that a socket's error stands for; `where` is an address and port, already public to operators. */
export function socketFailure(error: unknown, where: string): ProbeFailure {
  if (error instanceof ProbeFailure) return error;
  const code = (error as { code?: unknown })?.code;
  const known = typeof code === "string" ? socketErrors[code] : undefined;
  if (known !== undefined) return new ProbeFailure(known[0], `${known[1]} (${where})`);
  return new ProbeFailure("connection_failed", `${clean(messageOf(error))} (${where})`);
}
