import type { HttpMonitor } from "../domain/monitor.ts";
import type { CertificateFacts, Outcome, Phases } from "../domain/outcome.ts";
import { type AssertionResult, checkAssertions } from "./assertions.ts";
import { type Body, passOver, readBody, textOf, unknownCoding } from "./http_body.ts";
import { header, type ResponseHead } from "./http_head.ts";
import { add, FailureWithCertificate, type Hop, type HopRequest, sendHop, type Spent } from "./http_hop.ts";
import { isPrivateAddress } from "./addresses.ts";
import type { ProbeContext } from "./probe.ts";
import { parseProxy } from "./proxy.ts";
import { bareHost, type Family, resolveHost } from "./resolve.ts";
import { httpSnapshot, maskBody } from "./snapshot.ts";
import { clean, down, ProbeFailure, upOrSlow } from "./verdict.ts";

export const MAX_REDIRECTS = 10;
const FAILED_BODY_BYTES = 2_048;
const DEFAULT_BODY_KB = 1_024;

/** Is this status what the monitor wants? */
function statusMatches(monitor: HttpMonitor, code: number): boolean {
  const ranges = monitor.expectedStatus ?? [[200, 299]];
  return ranges.some(([from, to]) => code >= from && code <= to);
}

/** Where an answer points to, or null when it is final. */
function redirectTarget(monitor: HttpMonitor, hop: Hop, from: URL): URL | null {
  const { code } = hop.head;
  if (code < 300 || code > 399 || !monitor.followRedirects) return null;
  if (monitor.expectedStatus !== null && statusMatches(monitor, code)) return null;
  const location = header(hop.head, "location");
  if (location === null) return null;
  // Headers are kept a character a byte; a URL would take each for a letter, and write it in two bytes.
  const escape = (char: string) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
  return URL.parse(location.replace(/[\u0080-\u00ff]/g, escape), from);
}

function nextRequest(monitor: HttpMonitor, last: HopRequest, code: number, to: URL): HopRequest {
  const origin = new URL(monitor.target).origin;
  if (to.protocol !== "http:" && to.protocol !== "https:") {
    throw new ProbeFailure(
      "request_error",
      `request error: redirected to ${clean(to.protocol, 20)}, which is not HTTP`,
    );
  }
  if (last.url.protocol === "https:" && to.protocol === "http:") {
    throw new ProbeFailure("redirect_refused", `redirect refused: from https to http on ${to.host}`);
  }
  const keeps = code === 307 || code === 308;
  const becomesGet = !keeps && last.method !== "HEAD";
  if (keeps && last.body !== null && to.origin !== origin) {
    throw new ProbeFailure("redirect_refused", `redirect refused: the body would go to ${to.host}`);
  }
  return {
    url: to,
    method: becomesGet ? "GET" : last.method,
    body: keeps ? last.body : null,
    headers: to.origin === origin ? configuredHeaders(monitor) : [],
    publicOnly: !monitor.allowPrivateRedirects,
  };
}

function configuredHeaders(monitor: HttpMonitor): [string, string][] {
  return Object.entries(monitor.headers).map(([name, value]) => [name, value.reveal()]);
}

/** A monitor of a private address may be redirected to private ones. */
async function startsPrivate(monitor: HttpMonitor, url: URL, family: Family, context: ProbeContext) {
  if (monitor.allowPrivateRedirects) return true;
  if (monitor.proxy !== null) return isPrivateAddress(bareHost(url.hostname));
  return (await resolveHost(url.hostname, family, context)).some((one) => isPrivateAddress(one.address));
}

interface Reached {
  readonly hop: Hop;
  /** Of the target itself, not of where it redirects to. */
  readonly certificate: CertificateFacts | null;
  readonly pinComplaint: string | null;
}

async function follow(
  monitor: HttpMonitor,
  family: Family,
  context: ProbeContext,
  spent: Spent,
): Promise<Reached> {
  const proxy = monitor.proxy === null ? null : parseProxy(monitor.proxy.reveal());
  const url = new URL(monitor.target);
  let request: HopRequest = {
    url,
    method: monitor.method,
    body: monitor.body,
    headers: configuredHeaders(monitor),
    publicOnly: false,
  };
  let first: Hop | null = null;
  try {
    for (let redirects = 0;; redirects++) {
      const hop = await sendHop(monitor, request, proxy, family, context, spent);
      first ??= hop;
      const to = redirectTarget(monitor, hop, request.url);
      if (to === null) return { hop, certificate: first.certificate, pinComplaint: first.pinComplaint };
      hop.wire.close();
      if (redirects === MAX_REDIRECTS) throw new ProbeFailure("too_many_redirects", "too many redirects");
      context.trace?.({ kind: "redirected", to: clean(`${to.origin}${to.pathname}`) });
      request = nextRequest(monitor, request, hop.head.code, to);
      if (request.publicOnly && await startsPrivate(monitor, url, family, context)) {
        request = { ...request, publicOnly: false };
      }
    }
  } catch (error) {
    if (first === null || !(error instanceof ProbeFailure)) throw error;
    // Whatever failed behind a redirect, and whichever certificate was shown there.
    throw new FailureWithCertificate(error, first.certificate);
  }
}

/** What a failed assertion means, given how the body ended. */
function judgeBody(
  monitor: HttpMonitor,
  head: ResponseHead,
  body: Body,
  results: readonly AssertionResult[],
): ProbeFailure | null {
  const complaint = results.find((one) => one.complaint !== null)?.complaint ?? null;
  const coding = unknownCoding(head);
  const absenceUnproven = monitor.keyword !== null && monitor.keywordInvert &&
    (body.trouble !== null || coding !== null);
  if (complaint === null && !absenceUnproven) return null;
  if (complaint?.startsWith("keyword present")) return new ProbeFailure("content", complaint);
  if (body.trouble !== null) {
    const cause = body.trouble.category === "invalid_body"
      ? "invalid response body"
      : "response body cut short";
    const category = body.trouble.category === "invalid_body" ? "invalid_body" : "body_aborted";
    return new ProbeFailure(category, `${cause}: ${body.trouble.message}`);
  }
  if (coding !== null) {
    const cause = `content coding ${clean(coding, 40)} is not known`;
    return complaint === null
      ? new ProbeFailure("invalid_body", `invalid response body: ${cause}`)
      : new ProbeFailure("content", `${complaint} (${cause})`);
  }
  if (body.cut) {
    const limit = monitor.maxBodyKb ?? DEFAULT_BODY_KB;
    return new ProbeFailure(
      "body_too_large",
      `response body is longer than ${limit} KiB, in its beginning: ${complaint}`,
    );
  }
  return new ProbeFailure("content", complaint ?? "");
}

async function judge(
  monitor: HttpMonitor,
  reached: Reached,
  latencyMs: number,
  spent: Spent,
  context: ProbeContext,
) {
  const { wire, head } = reached.hop;
  const asserts = monitor.keyword !== null || monitor.jsonQuery !== null;
  const statusOk = statusMatches(monitor, head.code);
  const shared = { code: head.code, certificate: reached.certificate, latencyMs };
  const startedAt = performance.now();
  if (statusOk && !asserts) {
    if (await passOver(wire, head, monitor.method)) add(spent, "transferMs", startedAt);
    return finish(monitor, reached, latencyMs, { ...spent });
  }
  const limit = asserts ? (monitor.maxBodyKb ?? DEFAULT_BODY_KB) * 1_024 : FAILED_BODY_BYTES;
  const body = await readBody(wire, head, monitor.method, limit);
  add(spent, "transferMs", startedAt);
  const phases = { ...spent };
  const text = textOf(body.bytes, head);
  const fail = (failure: ProbeFailure) =>
    down(failure.category, failure.message, { ...shared, phases, snapshot: httpSnapshot(head, text) });
  if (!statusOk) {
    const snippet = clean(maskBody(text));
    const reason = snippet === "" ? `HTTP ${head.code}` : `HTTP ${head.code}: ${snippet}`;
    return fail(new ProbeFailure("http_status", reason));
  }
  const results = checkAssertions(monitor, text);
  for (const { text, complaint } of results) {
    context.trace?.({ kind: "assertion", text: complaint ?? text, passed: complaint === null });
  }
  const failure = judgeBody(monitor, head, body, results);
  return failure === null ? finish(monitor, reached, latencyMs, phases) : fail(failure);
}

function finish(monitor: HttpMonitor, reached: Reached, latencyMs: number, phases: Phases): Outcome {
  const more = { code: reached.hop.head.code, certificate: reached.certificate, phases };
  const complaint = reached.pinComplaint;
  if (complaint === null) return upOrSlow(latencyMs, monitor.degradedOverMs, more);
  return { status: "degraded", latencyMs, reason: complaint, category: "certificate_pin", ...more };
}

/**
 * One HTTP check on fresh connections: redirects followed here, status, then keyword, then JSON. Latency runs from the start to the
 * final answer's headers.
 */
export async function probeHttp(
  monitor: HttpMonitor,
  context: ProbeContext,
  family: Family = "any",
): Promise<Outcome> {
  const startedAt = performance.now();
  const spent: Spent = {};
  try {
    const reached = await follow(monitor, family, context, spent);
    using _wire = reached.hop.wire;
    return await judge(monitor, reached, performance.now() - startedAt, spent, context);
  } catch (error) {
    if (context.signal.aborted) {
      return down("timeout", "request timed out", { phases: { ...spent } });
    }
    if (!(error instanceof ProbeFailure)) throw error;
    const certificate = error instanceof FailureWithCertificate ? error.certificate : null;
    return down(error.category, httpReason(error), { certificate, phases: { ...spent } });
  }
}

/** Connection trouble in the words that clients know, with the detail behind. */
function httpReason(failure: ProbeFailure): string {
  const isConnection = ["connection_refused", "connection_failed", "network_unreachable", "connection_reset"]
    .includes(failure.category);
  if (!isConnection || /^(connection failed|request error)/.test(failure.message)) return failure.message;
  return `connection failed: ${failure.message}`;
}
