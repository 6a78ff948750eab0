import { SECOND } from "../domain/clock.ts";
import type { Monitor } from "../domain/monitor.ts";
import type { Outcome } from "../domain/outcome.ts";
import { probeDns } from "./dns.ts";
import { probeBothFamilies } from "./dual_stack.ts";
import { probeExec } from "./exec.ts";
import { probeHttp } from "./http.ts";
import { probeIcmp } from "./icmp.ts";
import type { ProbeContext } from "./probe.ts";
import { probeTcp } from "./tcp.ts";
import { probeTls } from "./tls.ts";
import { down } from "./verdict.ts";

/** Pause before a failed attempt is repeated, in ms. */
const RETRY_PAUSE_MS = SECOND;
const ENDED = "the attempt ended";

/** One attempt at a monitor, by its kind. The caller owns the deadline; push monitors are judged by `push.ts` and are refused here. */
export function probe(monitor: Monitor, context: ProbeContext): Promise<Outcome> {
  switch (monitor.kind) {
    case "http":
      return monitor.dualStack
        ? probeBothFamilies((family) => probeHttp(monitor, context, family))
        : probeHttp(monitor, context);
    case "tcp":
      return monitor.dualStack
        ? probeBothFamilies((family) => probeTcp(monitor, context, family))
        : probeTcp(monitor, context);
    case "dns":
      return probeDns(monitor, context);
    case "tls":
      return monitor.dualStack
        ? probeBothFamilies((family) => probeTls(monitor, context, family))
        : probeTls(monitor, context);
    case "icmp":
      return monitor.dualStack
        ? probeBothFamilies((family) => probeIcmp(monitor, context, family))
        : probeIcmp(monitor, context);
    case "exec":
      return probeExec(monitor, context);
    case "push":
      return Promise.resolve(down("request_error", "request error: push monitors are not probed"));
  }
}

async function withDeadline(monitor: Monitor, context: ProbeContext): Promise<Outcome> {
  const deadline = new AbortController();
  // Without a reason of ours every abort would build an error with a stack, and every check ends with one.
  const abort = () => deadline.abort(ENDED);
  const timer = setTimeout(abort, monitor.timeoutSecs * SECOND);
  context.signal.addEventListener("abort", abort, { once: true });
  if (context.signal.aborted) abort();
  try {
    return await probe(monitor, { ...context, signal: deadline.signal });
  } finally {
    clearTimeout(timer);
    context.signal.removeEventListener("abort", abort);
    // Whatever an early verdict left behind ends with the attempt.
    abort();
  }
}

/**
 * Checks a monitor: each attempt has its own deadline of `timeoutSecs`, a failed one is repeated after one second, `probeRetries` times at most;
 * the last one counts. When the context's signal aborts it returns soon, with an outcome that means nothing and must not be recorded.
 */
export async function attempt(monitor: Monitor, context: ProbeContext): Promise<Outcome> {
  for (let left = monitor.probeRetries;; left--) {
    const outcome = await withDeadline(monitor, context);
    if (outcome.status !== "down" || left <= 0 || context.signal.aborted) return outcome;
    context.trace?.({ kind: "retried", reason: outcome.reason ?? "" });
    await context.clock.sleep(RETRY_PAUSE_MS, context.signal);
    if (context.signal.aborted) return outcome;
  }
}
