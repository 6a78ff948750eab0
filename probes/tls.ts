import type { Socket } from "node:net";
import type { TlsMonitor } from "../domain/monitor.ts";
import type { CertificateFacts, Outcome } from "../domain/outcome.ts";
import { certificateFailure, type Handshake, handshake, pinComplaint } from "./handshake.ts";
import type { ProbeContext } from "./probe.ts";
import { type Address, endpoint, type Family, resolveHost } from "./resolve.ts";
import { splitTarget } from "./tcp.ts";
import { clean, down, ProbeFailure, upOrSlow } from "./verdict.ts";
import { connectAny, Wire } from "./wire.ts";

/** Longest greeting taken before the upgrade, in characters. */
const GREETING_LIMIT = 16 * 1024;

/** SMTP's bad codes, also without a text; what IMAP says of our command. An untagged NO is a warning about something else. */
const refusal = /^[45][0-9][0-9](?:[ -]|$)|^a1 NO\b|^(?:a1|\*) BAD\b|^\* BYE\b/i;

class Dialogue {
  #text = "";
  constructor(readonly wire: Wire) {}

  /** The next line that the pattern matches; others are passed over. */
  async until(pattern: RegExp, what: string): Promise<string> {
    for (let taken = 0; taken < GREETING_LIMIT;) {
      const line = await this.#line();
      taken += line.length + 1;
      if (pattern.test(line)) return line;
      if (refusal.test(line)) {
        throw new ProbeFailure("tls_failed", `connection failed: ${what} was refused (${clean(line, 150)})`);
      }
    }
    throw new ProbeFailure("tls_failed", `connection failed: no ${what}, only other text`);
  }

  async #line(): Promise<string> {
    for (;;) {
      const end = this.#text.indexOf("\n");
      if (end >= 0) {
        const line = this.#text.slice(0, end).replace(/\r$/, "");
        this.#text = this.#text.slice(end + 1);
        return line;
      }
      if (this.#text.length > GREETING_LIMIT) {
        throw new ProbeFailure("tls_failed", "connection failed: the greeting is too long");
      }
      const chunk = await this.wire.read();
      if (chunk === null) {
        throw new ProbeFailure("connection_reset", `connection failed: ${this.wire.where} hung up`);
      }
      this.#text += new TextDecoder("latin1").decode(chunk);
    }
  }

  /** Anything sent in the clear behind the go-ahead would be taken for protected text: refused. */
  assertEmpty(): void {
    if (this.#text !== "") {
      throw new ProbeFailure("tls_failed", "connection failed: text was slipped in before TLS began");
    }
  }
}

/** Every reply ends with the line that has no `-` behind its code; a text need not follow. */
async function smtp(talk: Dialogue, wire: Wire): Promise<void> {
  await talk.until(/^220(?: |$)/, "SMTP greeting");
  wire.write("EHLO hora.invalid\r\n");
  await talk.until(/^250(?: |$)/, "EHLO");
  wire.write("STARTTLS\r\n");
  await talk.until(/^220(?: |$)/, "STARTTLS");
}

async function imap(talk: Dialogue, wire: Wire): Promise<void> {
  await talk.until(/^\* (OK|PREAUTH)\b/i, "IMAP greeting");
  wire.write("a1 STARTTLS\r\n");
  await talk.until(/^a1 OK\b/i, "STARTTLS");
}

/** Connects and, where the protocol wants it, asks in the clear for TLS. */
async function openFor(
  monitor: TlsMonitor,
  addresses: readonly Address[],
  where: string,
  port: number,
  context: ProbeContext,
): Promise<Socket> {
  const raw = await connectAny(addresses, port, monitor.timeoutSecs * 1_000, context);
  if (monitor.starttls === null) return raw;
  const wire = new Wire(raw, where, context.signal);
  try {
    const talk = new Dialogue(wire);
    await (monitor.starttls === "smtp" ? smtp : imap)(talk, wire);
    talk.assertEmpty();
    return wire.release();
  } catch (error) {
    wire.close();
    throw error;
  }
}

/** A TLS handshake with any port, at once or after STARTTLS. Latency runs from the start to the end of the handshake. */
export async function probeTls(
  monitor: TlsMonitor,
  context: ProbeContext,
  family: Family = "any",
): Promise<Outcome> {
  const startedAt = performance.now();
  const { host, port } = splitTarget(monitor.target);
  const where = endpoint(host, port);
  let certificate: CertificateFacts | null = null;
  try {
    const addresses = await resolveHost(host, family, context);
    const resolvedAt = performance.now();
    const reach = () => openFor(monitor, addresses, where, port, context);
    const raw = await reach();
    const connectedAt = performance.now();
    const done: Handshake = await handshake(raw, host, where, monitor.tls, context, reach, []);
    done.socket.destroy();
    const endedAt = performance.now();
    certificate = done.certificate;
    const failure = certificateFailure(done, monitor.tls);
    if (failure !== null) throw failure;
    const phases = {
      resolveMs: resolvedAt - startedAt,
      connectMs: connectedAt - resolvedAt,
      tlsMs: endedAt - connectedAt,
    };
    const latencyMs = endedAt - startedAt;
    const complaint = pinComplaint(done, monitor.tls);
    if (complaint === null) return upOrSlow(latencyMs, monitor.degradedOverMs, { certificate, phases });
    const category = "certificate_pin";
    return { status: "degraded", latencyMs, code: null, reason: complaint, category, certificate, phases };
  } catch (error) {
    if (context.signal.aborted) return down("connect_timeout", "connection timed out");
    if (!(error instanceof ProbeFailure)) throw error;
    return down(error.category, error.message, { certificate });
  }
}
