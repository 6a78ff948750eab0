import { Buffer } from "node:buffer";
import { createSocket } from "node:dgram";
import { isIP } from "node:net";
import { domainToASCII } from "node:url";
import { randomInt } from "node:crypto";
// @ts-types="npm:@types/dns-packet@5.6.5"
import packet, { type Answer, type DecodedPacket, type Packet, type RecordType } from "dns-packet";
import type { DnsRecordType } from "../domain/monitor.ts";
import type { ProbeContext } from "./probe.ts";
import { endpoint } from "./resolve.ts";
import { clean, ProbeFailure, socketFailure } from "./verdict.ts";
import { connectAny, Wire } from "./wire.ts";

/** Before the question is sent again over UDP, in ms. */
const RESEND_MS = 2_000;
/** How long a better answer is waited for after one that cannot be read, in ms. */
const BETTER_ANSWER_MS = 500;

export interface Resolver {
  readonly host: string;
  readonly port: number;
}

/** The words of an IPv6 address that was written in any of its forms. */
function words6(address: string): string[] {
  const host = URL.parse(`http://[${address}]/`)?.hostname.slice(1, -1) ?? "::";
  const [left, right] = host.split("::").map((part) => (part === "" ? [] : part.split(":")));
  const all = right === undefined
    ? left
    : [...left, ...Array<string>(8 - left.length - right.length).fill("0"), ...right];
  return all.map((word) => word.padStart(4, "0"));
}

/**
 * The name to ask for, as it goes over the wire: without the final dot, other scripts in ASCII; the PTR of an address is asked under its
 * reverse name. Throws `ProbeFailure` on what DNS cannot hold.
 */
export function questionName(target: string, type: DnsRecordType): string {
  const family = isIP(target);
  if (type === "PTR" && family === 4) return `${target.split(".").reverse().join(".")}.in-addr.arpa`;
  if (type === "PTR" && family === 6) {
    return `${[...words6(target).join("")].reverse().join(".")}.ip6.arpa`;
  }
  const bare = target.replace(/\.$/, "");
  const name = /[^\u0000-\u007f]/.test(bare) ? domainToASCII(bare) : bare;
  const labels = name.split(".");
  const fits = name.length <= 253 && labels.every((label) => label !== "" && label.length <= 63);
  if (fits || target === ".") return name;
  throw new ProbeFailure(
    "dns_failed",
    `DNS lookup failed: ${clean(target, 80)} is no name that DNS can hold`,
  );
}

const withoutFinalDot = (name: string): string => name.toLowerCase().replace(/\.$/, "");

function encodeQuery(id: number, name: string, type: DnsRecordType): Uint8Array {
  const query: Packet = {
    type: "query",
    id,
    flags: packet.RECURSION_DESIRED,
    questions: [{ type: type as RecordType, name }],
  };
  return new Uint8Array(packet.encode(query));
}

/**
 * The answer to our question, or null when the bytes are none: garbage, another id, another question. A refusal may leave the question
 * out.
 */
export function decodeAnswer(
  bytes: Uint8Array,
  id: number,
  name: string,
  type: DnsRecordType,
): DecodedPacket | null {
  try {
    const answer = packet.decode(
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    ) as DecodedPacket;
    const question = answer.questions?.[0];
    if (answer.type !== "response" || answer.id !== id) return null;
    if (question === undefined) return (answer as { rcode?: string }).rcode === "NOERROR" ? null : answer;
    const ours = withoutFinalDot(question.name) === withoutFinalDot(name) && question.type === type;
    return ours ? answer : null;
  } catch {
    return null;
  }
}

/** A truncated answer down to its question, since the cut may go through a record; others as they are. */
function withoutCutRecords(bytes: Uint8Array): Uint8Array {
  const isTruncated = (bytes[2] & 2) !== 0;
  // Behind the number of questions stand the numbers of records, three of them.
  return isTruncated ? Uint8Array.from(bytes).fill(0, 6, 12) : bytes;
}

/** Did the packet come from the resolver? Its address may have been written in another form. */
function isFrom(host: string, address: string): boolean {
  const plain = (text: string) => text.replace(/%.*$/, "");
  if (host === address || /^(0\.0\.0\.0|::)$/.test(host)) return true;
  return isIP(host) === 6 && words6(plain(host)).join() === words6(plain(address)).join();
}

const unreadable = () =>
  new ProbeFailure("dns_failed", "the resolver's answer cannot be read, or is to another question");

/** One question over UDP, asked again every two seconds until the signal aborts. Answers from elsewhere are ignored. */
function askUdp(
  resolver: Resolver,
  name: string,
  type: DnsRecordType,
  signal: AbortSignal,
): Promise<DecodedPacket> {
  return new Promise((resolve, reject) => {
    const id = randomInt(65_536);
    const query = encodeQuery(id, name, type);
    const socket = createSocket(resolver.host.includes(":") ? "udp6" : "udp4");
    const resend = setInterval(() => send(), RESEND_MS);
    let giveUp: ReturnType<typeof setTimeout> | undefined;
    const send = () =>
      socket.send(query, resolver.port, resolver.host, (error) => {
        if (error) onError(error);
      });
    const finish = (settle: () => void) => {
      clearInterval(resend);
      clearTimeout(giveUp);
      signal.removeEventListener("abort", onAbort);
      socket.removeAllListeners();
      socket.on("error", () => {});
      socket.close();
      settle();
    };
    const onAbort = () => finish(() => reject(new ProbeFailure("dns_timeout", "DNS lookup timed out")));
    const onError = (error: unknown) =>
      finish(() => reject(socketFailure(error, endpoint(resolver.host, resolver.port))));
    socket.on("error", onError);
    socket.on("message", (bytes: Uint8Array, from: { address: string; port: number }) => {
      if (from.port !== resolver.port || !isFrom(resolver.host, from.address)) return;
      const answer = decodeAnswer(withoutCutRecords(bytes), id, name, type);
      if (answer !== null) return finish(() => resolve(answer));
      if (bytes[0] * 256 + bytes[1] !== id) return;
      giveUp ??= setTimeout(() => finish(() => reject(unreadable())), BETTER_ANSWER_MS);
    });
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) return onAbort();
    send();
  });
}

async function readExactly(wire: Wire, length: number): Promise<Uint8Array> {
  const whole = new Uint8Array(length);
  let at = 0;
  while (at < length) {
    const chunk = await wire.read();
    if (chunk === null) throw new ProbeFailure("dns_failed", "the resolver closed the connection");
    const part = chunk.subarray(0, length - at);
    wire.unread(chunk.subarray(part.length));
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

async function askTcp(resolver: Resolver, name: string, type: DnsRecordType, context: ProbeContext) {
  const family = resolver.host.includes(":") ? 6 : 4;
  const socket = await connectAny([{ address: resolver.host, family }], resolver.port, 0, context);
  using wire = new Wire(socket, endpoint(resolver.host, resolver.port), context.signal);
  const id = randomInt(65_536);
  const query = encodeQuery(id, name, type);
  const framed = new Uint8Array(query.length + 2);
  new DataView(framed.buffer).setUint16(0, query.length);
  framed.set(query, 2);
  wire.write(framed);
  const size = await readExactly(wire, 2);
  const answer = decodeAnswer(await readExactly(wire, size[0] * 256 + size[1]), id, name, type);
  if (answer === null) throw unreadable();
  return answer;
}

/** Asks one resolver, over UDP and, when the answer was truncated, again over TCP. Rejects with `ProbeFailure`. */
export async function ask(
  resolver: Resolver,
  name: string,
  type: DnsRecordType,
  context: ProbeContext,
): Promise<DecodedPacket> {
  if (resolver.port === 0) {
    throw new ProbeFailure("dns_failed", "resolver setup failed: port 0 cannot be asked");
  }
  const answer = await askUdp(resolver, name, type, context.signal);
  return answer.flag_tc ? await askTcp(resolver, name, type, context) : answer;
}

/** The records of the asked type that belong to the name, CNAMEs followed inside the answer; a circle is a `ProbeFailure`. */
export function recordsOf(answer: DecodedPacket, name: string, type: DnsRecordType): Answer[] {
  const records = answer.answers ?? [];
  const seen = new Set<string>();
  for (let at = withoutFinalDot(name); !seen.has(at);) {
    seen.add(at);
    const here = records.filter((record) => withoutFinalDot(record.name) === at);
    const found = here.filter((record) => record.type === type);
    const alias = here.find((record) => record.type === "CNAME");
    if (found.length > 0 || alias === undefined) return found;
    at = withoutFinalDot(String((alias as { data: unknown }).data));
  }
  throw new ProbeFailure("dns_failed", "the answer's CNAMEs go round in a circle");
}
