import { Buffer } from "node:buffer";
import { createSocket } from "node:dgram";
import { randomInt } from "node:crypto";
// @ts-types="npm:@types/dns-packet@5.6.5"
import packet, { type Answer, type DecodedPacket, type Packet, type RecordType } from "dns-packet";
import type { DnsRecordType } from "../domain/monitor.ts";
import type { ProbeContext } from "./probe.ts";
import { endpoint } from "./resolve.ts";
import { ProbeFailure, socketFailure } from "./verdict.ts";
import { connectAny, Wire } from "./wire.ts";

/** Before the question is sent again over UDP, in ms. */
const RESEND_MS = 2_000;
const CNAME_LIMIT = 16;

export interface Resolver {
  readonly host: string;
  readonly port: number;
}

function encodeQuery(id: number, name: string, type: DnsRecordType): Uint8Array {
  const query: Packet = {
    type: "query",
    id,
    flags: packet.RECURSION_DESIRED,
    questions: [{ type: type as RecordType, name }],
  };
  return new Uint8Array(packet.encode(query));
}

/** The answer to our question, or null when the bytes are none: garbage, another id, another question. */
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
    const ours = answer.type === "response" && answer.id === id && question !== undefined &&
      question.name.toLowerCase() === name.toLowerCase() && question.type === type;
    return ours ? answer : null;
  } catch {
    return null;
  }
}

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
    const send = () =>
      socket.send(query, resolver.port, resolver.host, (error) => {
        if (error) onError(error);
      });
    const finish = (settle: () => void) => {
      clearInterval(resend);
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
      if (from.port !== resolver.port) return;
      const answer = decodeAnswer(bytes, id, name, type);
      if (answer !== null) finish(() => resolve(answer));
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
  if (answer === null) throw new ProbeFailure("dns_failed", "the resolver's answer cannot be read");
  return answer;
}

/** Asks one resolver, over UDP and, when the answer was truncated, again over TCP. Rejects with `ProbeFailure`. */
export async function ask(
  resolver: Resolver,
  name: string,
  type: DnsRecordType,
  context: ProbeContext,
): Promise<DecodedPacket> {
  const answer = await askUdp(resolver, name, type, context.signal);
  return answer.flag_tc ? await askTcp(resolver, name, type, context) : answer;
}

/** The records of the asked type that belong to the name, CNAMEs followed inside the answer; loops end. */
export function recordsOf(answer: DecodedPacket, name: string, type: DnsRecordType): Answer[] {
  const records = answer.answers ?? [];
  const same = (a: string, b: string) =>
    a.toLowerCase().replace(/\.$/, "") === b.toLowerCase().replace(/\.$/, "");
  let at = name;
  for (let hops = 0; hops < CNAME_LIMIT; hops++) {
    const found = records.filter((record) => record.type === type && same(record.name, at));
    if (found.length > 0) return found;
    const alias = records.find((record) => record.type === "CNAME" && same(record.name, at));
    if (alias === undefined || type === "CNAME") return [];
    at = String((alias as { data: unknown }).data);
  }
  throw new ProbeFailure("dns_failed", "the answer's CNAMEs go round in a circle");
}
