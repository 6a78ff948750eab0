import { type ConfigOf, type Message, type OwnKind, PartlyRefused } from "./channel.ts";
import { mailBody, mailSubject } from "./mail_text.ts";

/** Loopback relays may be spoken to in the clear; anything else may not, whatever the file says. */
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127\./.test(host);
}

async function transportOf(config: ConfigOf<"email">, timeoutMs: number) {
  const tls = config.implicitTls ? "implicit" : config.tls;
  if (tls === "none" && !isLoopback(config.host)) {
    throw new FinalError(
      `mail to ${config.host} without TLS is refused; only loopback relays may go without`,
    );
  }
  const login = { user: config.username, pass: config.password.reveal() };
  // Loaded with the first mail: most instances send none, and it is a tenth of all the code.
  const { default: nodemailer } = await import("nodemailer");
  return nodemailer.createTransport({
    host: config.host,
    port: config.port,
    secure: tls === "implicit",
    requireTLS: tls === "starttls",
    ignoreTLS: tls === "none",
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    ...config.username === "" ? {} : { auth: login },
    ...config.caFile === null ? {} : { tls: { ca: [Deno.readTextFileSync(config.caFile)] } },
  });
}

class FinalError extends Error {}

function domainOf(address: string): string {
  return /@([A-Za-z0-9.-]+)/.exec(address)?.[1] ?? "hora.invalid";
}

/** The address without a display name. */
function bareOf(mailbox: string): string {
  return /<([^<>]+)>\s*$/.exec(mailbox)?.[1] ?? mailbox.trim();
}

/**
 * Sender and recipients spelled as the library names them (a domain in lower case and ASCII), since it is by these names that it says who
 * took a mail.
 */
async function envelopeOf(config: ConfigOf<"email">): Promise<{ from: string | false; to: string[] }> {
  const { default: MimeNode } = await import("nodemailer/lib/mime-node");
  const envelope = { from: bareOf(config.from), to: config.to.map(bareOf) };
  return new MimeNode().setEnvelope(envelope).getEnvelope();
}

/** What the library says of a mail that at least one recipient took. */
interface Sent {
  readonly accepted?: readonly unknown[];
  readonly rejectedErrors?: readonly { recipient?: string; response?: string; responseCode?: number }[];
}

/** Throws when somebody was refused: final only when all of them were refused for good. */
function refusedOf({ accepted = [], rejectedErrors = [] }: Sent): void {
  if (rejectedErrors.length === 0) return;
  const refused = rejectedErrors.map(({ recipient, response }) => `${recipient}: ${response}`).join("; ");
  const isFinal = rejectedErrors.every(({ responseCode }) =>
    responseCode !== undefined && responseCode >= 500
  );
  throw new PartlyRefused(`some recipients were refused: ${refused}`, accepted.map(String), isFinal);
}

/** Mails about one incident refer to a common ancestor, so that readers show them as one conversation. */
function threadOf(message: Message, domain: string): string | null {
  return message.incidentId === null ? null : `<hora-incident-${message.incidentId}@${domain}>`;
}

async function send(config: ConfigOf<"email">, message: Message, timeoutMs: number): Promise<void> {
  const { from, to } = await envelopeOf(config);
  const left = to.filter((recipient) => message.done?.includes(recipient) !== true);
  // Whoever had refused it is no longer in the file.
  if (to.length > 0 && left.length === 0) return;
  const transport = await transportOf(config, timeoutMs);
  const domain = domainOf(config.from);
  const thread = threadOf(message, domain);
  const mail = transport.sendMail({
    from: config.from,
    to: [...config.to],
    envelope: { from, to: left },
    subject: mailSubject(message.event),
    text: mailBody(message.event, message),
    date: new Date(message.now),
    messageId: `<hora-${message.id}-${message.event.kind}-${message.event.at}@${domain}>`,
    ...thread === null ? {} : { inReplyTo: thread, references: [thread] },
    headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
  });
  try {
    refusedOf(await withDeadline(mail, timeoutMs));
  } finally {
    transport.close();
  }
}

/** The library's own deadlines start anew with each command; this one is for the whole. */
async function withDeadline<T>(mail: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no end of the conversation within ${timeoutMs / 1000} s`)),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([mail, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A 5xx answer is final; a 4xx one (greylisting among them), a timeout, a broken connection or a TLS that did not come about is not: the
 * last may be somebody in the middle, and they may leave.
 */
function isFinal(error: unknown): boolean {
  if (error instanceof FinalError) return true;
  if (error instanceof PartlyRefused) return error.isFinal;
  const { responseCode, code } = error as { responseCode?: unknown; code?: unknown };
  return typeof responseCode === "number" && responseCode >= 500 && responseCode < 600 && code !== "ETLS";
}

export const email: OwnKind<"email"> = {
  secrets: (config) => [config.password.reveal()],
  send,
  isFinal,
};
