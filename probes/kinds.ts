import { SECOND } from "../domain/clock.ts";
import { lazily } from "../domain/lazily.ts";
import type { Monitor } from "../domain/monitor.ts";
import type { Outcome } from "../domain/outcome.ts";
import { probeBothFamilies } from "./dual_stack.ts";
import type { ProbeContext } from "./probe.ts";
import type { Family } from "./resolve.ts";
import { down } from "./verdict.ts";

/** Pause before a failed attempt is repeated, in ms. */
const RETRY_PAUSE_MS = SECOND;
const ENDED = "the attempt ended";

/** The code of each kind, loaded for its first monitor: few instances have all kinds, and some kinds need much of the runtime. */
const code = {
  http: lazily(() => import("./http.ts")),
  tcp: lazily(() => import("./tcp.ts")),
  dns: lazily(() => import("./dns.ts")),
  tls: lazily(() => import("./tls.ts")),
  icmp: lazily(() => import("./icmp.ts")),
  exec: lazily(() => import("./exec.ts")),
};

/** Loads what checks of these monitors need, lest a check in flight waits while another kind is loaded. */
export async function loadKinds(monitors: readonly Monitor[]): Promise<void> {
  const kinds = new Set(monitors.map(({ kind }) => kind));
  await Promise.all([...kinds].map((kind) => kind === "push" ? null : code[kind]()));
}

type Ask = (context: ProbeContext) => Promise<Outcome>;

function askFamilies<M extends Monitor & { readonly dualStack: boolean }>(
  monitor: M,
  probe: (monitor: M, context: ProbeContext, family?: Family) => Promise<Outcome>,
): Ask {
  const certPin = "tls" in monitor ? monitor.tls.certPin : null;
  return (context) =>
    monitor.dualStack
      ? probeBothFamilies((family) => probe(monitor, context, family), certPin)
      : probe(monitor, context);
}

/** How a monitor is asked, by its kind; push monitors are judged by `push.ts` and are refused here. */
async function askOf(monitor: Monitor): Promise<Ask> {
  switch (monitor.kind) {
    case "http":
      return askFamilies(monitor, (await code.http()).probeHttp);
    case "tcp":
      return askFamilies(monitor, (await code.tcp()).probeTcp);
    case "dns": {
      const { probeDns } = await code.dns();
      return (context) => probeDns(monitor, context);
    }
    case "tls":
      return askFamilies(monitor, (await code.tls()).probeTls);
    case "icmp":
      return askFamilies(monitor, (await code.icmp()).probeIcmp);
    case "exec": {
      const { probeExec } = await code.exec();
      return (context) => probeExec(monitor, context);
    }
    case "push":
      return () => Promise.resolve(down("request_error", "request error: push monitors are not probed"));
  }
}

/** One attempt at a monitor. The caller owns the deadline. */
export async function probe(monitor: Monitor, context: ProbeContext): Promise<Outcome> {
  return await (await askOf(monitor))(context);
}

async function withDeadline(monitor: Monitor, ask: Ask, context: ProbeContext): Promise<Outcome> {
  const deadline = new AbortController();
  // Without a reason of ours every abort would build an error with a stack, and every check ends with one.
  const abort = () => deadline.abort(ENDED);
  const timer = setTimeout(abort, monitor.timeoutSecs * SECOND);
  context.signal.addEventListener("abort", abort, { once: true });
  if (context.signal.aborted) abort();
  try {
    return await ask({ ...context, signal: deadline.signal });
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
  // Before the deadline and the latency begin: neither pays for code that is being loaded.
  const ask = await askOf(monitor);
  for (let left = monitor.probeRetries;; left--) {
    const outcome = await withDeadline(monitor, ask, context);
    if (outcome.status !== "down" || left <= 0 || context.signal.aborted) return outcome;
    context.trace?.({ kind: "retried", reason: outcome.reason ?? "" });
    await context.clock.sleep(RETRY_PAUSE_MS, context.signal);
    if (context.signal.aborted) return outcome;
  }
}
