import type { TcpMonitor } from "../domain/monitor.ts";
import type { Outcome } from "../domain/outcome.ts";
import type { ProbeContext } from "./probe.ts";
import { endpoint, type Family, resolveHost } from "./resolve.ts";
import { clean, down, ProbeFailure, upOrSlow } from "./verdict.ts";
import { connectAny, Wire } from "./wire.ts";

/** Most of an answer that is searched for the expected text, in bytes. */
const ANSWER_LIMIT = 64 * 1024;

/** `host:port` split at the last colon, brackets of an IPv6 literal removed. */
export function splitTarget(target: string): { host: string; port: number } {
  const at = target.lastIndexOf(":");
  return { host: target.slice(0, at).replace(/^\[|\]$/g, ""), port: Number(target.slice(at + 1)) };
}

async function converse(wire: Wire, monitor: TcpMonitor): Promise<string | null> {
  if (monitor.send !== null) wire.write(monitor.send);
  if (monitor.expect === null) return null;
  const decoder = new TextDecoder();
  let answer = "";
  let bytes = 0;
  for (;;) {
    const chunk = await wire.read();
    if (chunk !== null) {
      bytes += chunk.byteLength;
      answer += decoder.decode(chunk, { stream: true });
    }
    if (answer.includes(monitor.expect)) return null;
    if (chunk === null || bytes > ANSWER_LIMIT) {
      return `keyword missing: ${monitor.expect}, got ${clean(answer) || "nothing"}`;
    }
  }
}

/** Connects, over one family or any, and has the configured exchange. Latency is the time to connect, name lookup included. */
export async function probeTcp(
  monitor: TcpMonitor,
  context: ProbeContext,
  family: Family = monitor.ipFamily,
): Promise<Outcome> {
  const startedAt = performance.now();
  const { host, port } = splitTarget(monitor.target);
  try {
    const addresses = await resolveHost(host, family, context);
    const resolvedAt = performance.now();
    const socket = await connectAny(addresses, port, monitor.timeoutSecs * 1_000, context);
    const connectedAt = performance.now();
    using wire = new Wire(socket, endpoint(host, port), context.signal);
    const phases = { resolveMs: resolvedAt - startedAt, connectMs: connectedAt - resolvedAt };
    const complaint = await converse(wire, monitor);
    const latencyMs = connectedAt - startedAt;
    if (complaint !== null) return down("content", complaint, { latencyMs, phases });
    return upOrSlow(latencyMs, monitor.degradedOverMs, { phases });
  } catch (error) {
    if (context.signal.aborted) return down("connect_timeout", "connection timed out");
    if (error instanceof ProbeFailure) return down(error.category, error.message);
    throw error;
  }
}
