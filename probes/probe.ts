import type { Clock } from "../domain/clock.ts";
import type { Monitor } from "../domain/monitor.ts";
import type { Outcome } from "../domain/outcome.ts";

/** What a probe gets besides its monitor. A probe knows nothing of storage or alerts. */
export interface ProbeContext {
  /** Aborts when the whole attempt must end; the caller owns the deadline (`timeoutSecs`). */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** `HORA_EXEC_DIR`; null: exec monitors are off. */
  readonly execDir: string | null;
  /** `hora/VERSION`. */
  readonly userAgent: string;
  /** Told what happens on the way, for people who look at one check closely. */
  readonly trace?: (step: TraceStep) => void;
}

/** One step of a check, in order. Free of secrets; remote text is cleaned. */
export type TraceStep =
  | { readonly kind: "resolved"; readonly host: string; readonly addresses: readonly string[] }
  | { readonly kind: "tried"; readonly address: string; readonly error: string | null }
  | {
    readonly kind: "tls";
    readonly protocol: string;
    readonly trusted: boolean;
    readonly chain: readonly string[];
  }
  | {
    readonly kind: "answered";
    readonly statusLine: string;
    readonly headers: readonly (readonly [string, string])[];
  }
  | { readonly kind: "redirected"; readonly to: string }
  | { readonly kind: "assertion"; readonly text: string; readonly passed: boolean }
  | { readonly kind: "retried"; readonly reason: string };

/** One attempt. Trouble at the target is an outcome; it throws only when we have a bug. */
export type Probe<M extends Monitor = Monitor> = (monitor: M, context: ProbeContext) => Promise<Outcome>;
