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
}

/** One attempt. Trouble at the target is an outcome; it throws only when we have a bug. */
export type Probe<M extends Monitor = Monitor> = (monitor: M, context: ProbeContext) => Promise<Outcome>;
