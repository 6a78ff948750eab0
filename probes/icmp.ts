import { SECOND } from "../domain/clock.ts";
import { messageOf } from "../domain/errors.ts";
import type { IcmpMonitor } from "../domain/monitor.ts";
import type { Metric, Outcome } from "../domain/outcome.ts";
import { EchoSocket } from "./icmp_socket.ts";
import type { ProbeContext } from "./probe.ts";
import { type Address, type Family, resolveHost } from "./resolve.ts";
import { clean, down, ProbeFailure, upOrSlow } from "./verdict.ts";

/** Between two echo requests of one check, in ms; less when they would not all leave in the first half of the deadline. */
const SPACING_MS = 200;
/** How long a lost packet is waited for at most once a later one has come back, as a multiple of the slowest reply; at least 250 ms. */
const PATIENCE = 4;

interface Echoes {
  readonly sent: number;
  readonly roundTripsMs: readonly number[];
}

function openSocket(to: Address): EchoSocket {
  if (Deno.build.os !== "linux" || to.address.includes("%")) throw new Error("only on Linux, without a zone");
  return new EchoSocket(to.address, to.family);
}

/** Sends the packets spaced out and collects replies until all are back or the time is up. */
async function echo(socket: EchoSocket, monitor: IcmpMonitor, context: ProbeContext): Promise<Echoes> {
  const { packets } = monitor;
  const spacingMs = Math.min(SPACING_MS, monitor.timeoutSecs * SECOND / 2 / packets);
  const sentAt: number[] = [];
  const trips = new Map<number, number>();
  let sendError: string | null = null;
  let lookMs = 0.5;
  const startedAt = performance.now();
  const collect = () => {
    for (const { sequence, at } of socket.arrivals()) {
      if (sentAt[sequence] === undefined || trips.has(sequence)) continue;
      trips.set(sequence, Math.max(0, at - sentAt[sequence]));
      lookMs = 0.5;
    }
  };
  const isHopeless = () => {
    if (sentAt.length < packets || trips.size === 0) return false;
    const wait = Math.max(250, PATIENCE * Math.max(...trips.values()));
    return performance.now() - startedAt > (packets - 1) * spacingMs + wait;
  };
  while (!context.signal.aborted && trips.size < packets && !isHopeless()) {
    if (sentAt.length < packets && performance.now() - startedAt >= sentAt.length * spacingMs) {
      try {
        sentAt.push(socket.send(sentAt.length));
      } catch (error) {
        sendError = messageOf(error);
        break;
      }
      lookMs = 0.5;
    }
    collect();
    if (trips.size === packets) break;
    await context.clock.sleep(lookMs, context.signal);
    lookMs = Math.min(lookMs * 1.5, 20);
  }
  collect();
  if (sendError !== null && trips.size === 0) {
    throw new ProbeFailure("network_unreachable", `icmp error: ${sendError}`);
  }
  return { sent: Math.max(sentAt.length, packets), roundTripsMs: [...trips.values()] };
}

async function systemPing(
  to: Address,
  monitor: IcmpMonitor,
  refusal: string,
  context: ProbeContext,
): Promise<Echoes> {
  const advice = `icmp socket unavailable (${refusal}); widen net.ipv4.ping_group_range or install ping`;
  const wait = String(Math.max(1, Math.ceil(monitor.timeoutSecs)));
  // Faster than five a second it serves only root.
  const packets = Math.min(monitor.packets, 1 + Math.floor(monitor.timeoutSecs * SECOND / 2 / SPACING_MS));
  const args = [
    "-n",
    to.family === 4 ? "-4" : "-6",
    "-c",
    String(packets),
    "-i",
    "0.2",
    "-W",
    wait,
    to.address,
  ];
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command("ping", {
      args,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      env: { LC_ALL: "C" },
      signal: context.signal,
    }).spawn();
  } catch {
    throw new ProbeFailure("ping_failed", advice);
  }
  const { stdout, stderr, code } = await child.output();
  const text = new TextDecoder().decode(stdout);
  // "bytes from" stands only in lines about replies; reports of unreachable hosts begin with "From".
  const trips = [...text.matchAll(/^\d+ bytes from .*\btime=([0-9.]+) ms/gm)].map(([, ms]) => Number(ms));
  if (trips.length === 0 && code > 1 && !context.signal.aborted) {
    const said = clean(new TextDecoder().decode(stderr), 150);
    const isNetwork = /unreachable|no route/i.test(said);
    if (isNetwork) throw new ProbeFailure("network_unreachable", `icmp error: ${said}`);
    throw new ProbeFailure("ping_failed", `${advice} (ping said: ${said || `exit ${code}`})`);
  }
  return { sent: packets, roundTripsMs: trips };
}

async function echoesOf(to: Address, monitor: IcmpMonitor, context: ProbeContext): Promise<Echoes> {
  let socket: EchoSocket;
  try {
    socket = openSocket(to);
  } catch (error) {
    return await systemPing(to, monitor, messageOf(error), context);
  }
  using open = socket;
  return await echo(open, monitor, context);
}

function jitterOf(trips: readonly number[]): number {
  if (trips.length < 2) return 0;
  let sum = 0;
  for (let at = 1; at < trips.length; at++) sum += Math.abs(trips[at] - trips[at - 1]);
  return sum / (trips.length - 1);
}

/** Several echo requests. Latency is the mean round trip; loss and jitter are metrics. Down only when nothing came back. */
export async function probeIcmp(
  monitor: IcmpMonitor,
  context: ProbeContext,
  family: Family = "any",
): Promise<Outcome> {
  try {
    const to = (await resolveHost(monitor.target, family, context))[0];
    context.trace?.({ kind: "tried", address: to.address, error: null });
    const { sent, roundTripsMs } = await echoesOf(to, monitor, context);
    const lossPercent = 100 * (sent - roundTripsMs.length) / sent;
    const metrics: Metric[] = [{ label: "loss", value: lossPercent, unit: "%" }];
    if (roundTripsMs.length === 0) return down("timeout", "request timed out", { metrics });
    metrics.push({ label: "jitter", value: jitterOf(roundTripsMs), unit: "ms" });
    const latencyMs = roundTripsMs.reduce((sum, ms) => sum + ms, 0) / roundTripsMs.length;
    if (monitor.degradedLossPercent !== null && lossPercent > monitor.degradedLossPercent) {
      const reason = `icmp loss: ${sent - roundTripsMs.length} of ${sent} packets lost`;
      return { status: "degraded", latencyMs, code: null, reason, category: "ping_failed", metrics };
    }
    return upOrSlow(latencyMs, monitor.degradedOverMs, { metrics });
  } catch (error) {
    if (context.signal.aborted) return down("timeout", "request timed out");
    if (!(error instanceof ProbeFailure)) throw error;
    return down(error.category, error.message);
  }
}
