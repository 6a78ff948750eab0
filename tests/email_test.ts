import assert from "node:assert/strict";
import { SMTPServer } from "smtp-server";
import type { Delivery, Message } from "../alerts/channels/channel.ts";
import { deliver } from "../alerts/deliver.ts";
import { configOf } from "./support/alerting.ts";
import { Authority } from "./support/authority.ts";

interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly user: string | null;
  readonly secure: boolean;
  readonly text: string;
}

interface ServerOptions {
  readonly key: string;
  readonly cert: string;
  readonly implicit?: boolean;
  readonly plain?: boolean;
  /** Answers to `RCPT TO`, one an attempt; null: accepted. */
  readonly recipients?: (number | null)[];
  readonly login?: boolean;
  /** Never greets. */
  readonly mute?: boolean;
}

/** A real SMTP server on a free port that keeps what it was sent. */
class MailServer implements AsyncDisposable {
  readonly mails: Mail[] = [];
  port = 0;
  readonly #server: SMTPServer;

  constructor(options: ServerOptions) {
    const answers = [...options.recipients ?? []];
    this.#server = new SMTPServer({
      secure: options.implicit ?? false,
      key: options.key,
      cert: options.cert,
      authOptional: !options.login,
      logger: false,
      disabledCommands: options.plain ? ["STARTTLS"] : [],
      onConnect: (_session: unknown, next: () => void) => options.mute ? undefined : next(),
      onAuth: (
        auth: { username?: string; password?: string | null },
        _session: unknown,
        next: (error: Error | null, answer?: { user: string }) => void,
      ) =>
        auth.username === "hora" && auth.password === "mail-secret"
          ? next(null, { user: "hora" })
          : next(Object.assign(new Error("wrong password mail-secret"), { responseCode: 535 })),
      onRcptTo: (_address: unknown, _session: unknown, next: (error?: Error) => void) => {
        const code = answers.shift() ?? null;
        next(code === null ? undefined : Object.assign(new Error("not now"), { responseCode: code }));
      },
      onData: (stream: AsyncIterable<Uint8Array>, session: Session, next: () => void) => {
        void this.#take(stream, session).then(next);
      },
    });
    this.#server.on("error", () => {});
  }

  async #take(stream: AsyncIterable<Uint8Array>, session: Session): Promise<void> {
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of stream) text += decoder.decode(chunk, { stream: true });
    this.mails.push({
      from: session.envelope.mailFrom === false ? "" : session.envelope.mailFrom.address,
      to: session.envelope.rcptTo.map((to) => to.address),
      user: typeof session.user === "string" ? session.user : null,
      secure: session.secure,
      text,
    });
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", () => resolve()));
    this.port = (this.#server.server.address() as { port: number }).port;
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

interface Session {
  readonly envelope: { mailFrom: { address: string } | false; rcptTo: { address: string }[] };
  readonly user?: unknown;
  readonly secure: boolean;
}

const at = Date.parse("2026-06-10T03:12:04Z");
const message: Message = {
  event: {
    kind: "down",
    at,
    monitorId: "shop",
    monitor: "Bücher",
    reason: "HTTP 503: überlastet",
    cause: null,
    impacted: [],
    vantage: null,
    incidentId: 17,
    sinceAt: at,
    failures: 3,
  },
  id: 7,
  incidentId: 17,
  publicUrl: "https://status.example.com",
  now: at,
};

async function send(
  server: MailServer,
  extra: string,
  more: Partial<Message> = {},
  to = '"Ops <ops@example.com>"',
): Promise<Delivery> {
  const [channel] = configOf(
    `[[channels]]\nname = "mail"\ntype = "email"\nhost = "127.0.0.1"\nport = ${server.port}\n` +
      `from = "Hora <hora@example.com>"\nto = ${to}\n${extra}`,
  ).channels;
  using client = Deno.createHttpClient({});
  return await deliver({ client, userAgent: "hora/test", timeoutMs: 3_000, now: () => at }, channel, {
    ...message,
    ...more,
  });
}

const options = { sanitizeOps: false, sanitizeResources: false };

async function withAuthority(
  run: (pems: { key: string; cert: string }, ca: string) => Promise<void>,
): Promise<void> {
  const authority = await Authority.make();
  try {
    const leaf = await authority.issue("mail");
    await run(
      { key: await Deno.readTextFile(leaf.key), cert: await Deno.readTextFile(leaf.cert) },
      authority.ca,
    );
  } finally {
    await Deno.remove(authority.folder, { recursive: true });
  }
}

Deno.test(
  "mail goes out over STARTTLS with a login, readable and in its incident's thread",
  options,
  () =>
    withAuthority(async (pems, ca) => {
      await using server = await new MailServer({ ...pems, login: true }).listen();
      const login = `username = "hora"\npassword = "mail-secret"\nca_file = "${ca}"\n`;
      assert.deepEqual(await send(server, login), { ok: true });
      const [mail] = server.mails;
      assert.equal(mail.secure, true);
      assert.equal(mail.user, "hora");
      assert.equal(mail.from, "hora@example.com");
      assert.deepEqual(mail.to, ["ops@example.com"]);
      assert.match(mail.text, /^Subject: =\?UTF-8\?Q\?=5BDOWN=5D_B=C3=BCcher\?=/mi);
      assert.match(mail.text, /^In-Reply-To: <hora-incident-17@example\.com>/m);
      assert.match(mail.text, /^Message-ID: <hora-7-down-1781061124000@example\.com>/m);
      assert.match(mail.text, /^Content-Type: text\/plain; charset=utf-8/m);
      assert.match(mail.text, /is DOWN\r\n\r\nHTTP 503: =C3=BCberlastet/);
      assert.match(mail.text.replaceAll("=\r\n", ""), /https:\/\/status\.example\.com\/incident\/17/);
    }),
);

Deno.test("mail goes out over TLS from the first byte", options, () =>
  withAuthority(async (pems, ca) => {
    await using server = await new MailServer({ ...pems, implicit: true }).listen();
    assert.deepEqual(await send(server, `implicit_tls = true\nca_file = "${ca}"\n`), { ok: true });
    assert.equal(server.mails[0].secure, true);
  }));

Deno.test(
  "a relay on loopback may go without TLS, when the file says so",
  options,
  () =>
    withAuthority(async (pems) => {
      await using server = await new MailServer({ ...pems, plain: true }).listen();
      assert.deepEqual(await send(server, 'tls = "none"\n'), { ok: true });
      assert.equal(server.mails[0].secure, false);
    }),
);

Deno.test(
  "a server without STARTTLS gets no mail and no password",
  options,
  () =>
    withAuthority(async (pems) => {
      await using server = await new MailServer({ ...pems, plain: true }).listen();
      const delivery = await send(server, 'username = "hora"\npassword = "mail-secret"\n');
      assert.ok(!delivery.ok && delivery.retry);
      assert.equal(server.mails.length, 0);
    }),
);

Deno.test("a certificate nobody vouches for is refused", options, () =>
  withAuthority(async (pems) => {
    await using server = await new MailServer(pems).listen();
    const delivery = await send(server, "");
    assert.ok(!delivery.ok);
    assert.equal(server.mails.length, 0);
  }));

Deno.test(
  "a greylisting server is worth another attempt, which it takes",
  options,
  () =>
    withAuthority(async (pems, ca) => {
      await using server = await new MailServer({ ...pems, recipients: [451, null] }).listen();
      const first = await send(server, `ca_file = "${ca}"\n`);
      assert.ok(!first.ok && first.retry, JSON.stringify(first));
      assert.deepEqual(await send(server, `ca_file = "${ca}"\n`), { ok: true });
    }),
);

Deno.test(
  "an unknown mailbox and a wrong password are final, and the password stays out of the error",
  options,
  () =>
    withAuthority(async (pems, ca) => {
      await using unknown = await new MailServer({ ...pems, recipients: [550] }).listen();
      const refused = await send(unknown, `ca_file = "${ca}"\n`);
      assert.ok(!refused.ok && !refused.retry, JSON.stringify(refused));
      await using locked = await new MailServer({ ...pems, login: true }).listen();
      const denied = await send(locked, `ca_file = "${ca}"\nusername = "other"\npassword = "mail-secret"\n`);
      assert.ok(!denied.ok && !denied.retry, JSON.stringify(denied));
      assert.doesNotMatch(denied.error, /mail-secret/);
    }),
);

const two = '["Ops <ops@example.com>", "Boss <boss@example.com>"]';

Deno.test(
  "whoever was refused for now gets the mail later, and nobody gets it twice",
  options,
  () =>
    withAuthority(async (pems, ca) => {
      await using server = await new MailServer({ ...pems, recipients: [null, 450, null] }).listen();
      const first = await send(server, `ca_file = "${ca}"\n`, {}, two);
      assert.ok(!first.ok && first.retry, JSON.stringify(first));
      assert.match(first.error, /^some recipients were refused: boss@example\.com: 450 /);
      assert.deepEqual(first.done, ["ops@example.com"]);
      assert.deepEqual(await send(server, `ca_file = "${ca}"\n`, { done: first.done }, two), { ok: true });
      assert.deepEqual(server.mails.map(({ to }) => to), [["ops@example.com"], ["boss@example.com"]]);
      assert.match(server.mails[1].text, /^To: Ops <ops@example\.com>, Boss <boss@example\.com>/m);
    }),
);

const renamed: readonly (readonly [mailbox: string, name: string])[] = [
  ["Ops <ops@Example.COM>", "ops@example.com"],
  ["ops@bücher.example", "ops@xn--bcher-kva.example"],
];

for (const [mailbox, name] of renamed) {
  Deno.test(
    `nobody gets a mail twice whose address goes out in another spelling, such as ${mailbox}`,
    options,
    () =>
      withAuthority(async (pems, ca) => {
        await using server = await new MailServer({ ...pems, recipients: [null, 450, null] }).listen();
        const to = `["${mailbox}", "boss@example.com"]`;
        const first = await send(server, `ca_file = "${ca}"\n`, {}, to);
        assert.ok(!first.ok && first.retry, JSON.stringify(first));
        assert.deepEqual(first.done, [name]);
        assert.deepEqual(await send(server, `ca_file = "${ca}"\n`, { done: first.done }, to), { ok: true });
        assert.equal(server.mails[0].to.length, 1);
        assert.deepEqual(server.mails[1].to, ["boss@example.com"]);
      }),
  );
}

Deno.test(
  "a mail is delivered when nobody is left who has not taken it",
  options,
  () =>
    withAuthority(async (pems, ca) => {
      await using server = await new MailServer(pems).listen();
      assert.deepEqual(await send(server, `ca_file = "${ca}"\n`, { done: ["ops@example.com"] }), {
        ok: true,
      });
      assert.equal(server.mails.length, 0);
    }),
);

Deno.test(
  "a mailbox that is refused for good is said, though another took the mail",
  options,
  () =>
    withAuthority(async (pems, ca) => {
      await using server = await new MailServer({ ...pems, recipients: [null, 550] }).listen();
      const delivery = await send(server, `ca_file = "${ca}"\n`, {}, two);
      assert.ok(!delivery.ok && !delivery.retry, JSON.stringify(delivery));
      assert.match(delivery.error, /boss@example\.com: 550 /);
      assert.equal(server.mails.length, 1);
    }),
);

Deno.test(
  "a mail survives lines that begin with a dot, long ones, and a subject in any script",
  options,
  () =>
    withAuthority(async (pems, ca) => {
      await using server = await new MailServer(pems).listen();
      const monitor = `Größe ${"日本語".repeat(40)} 😀`;
      const reason = `.\n..two\n.${"x".repeat(3000)}\nFrom here\nSubject: not a header`;
      const event = { ...message.event, monitor, reason } as Message["event"];
      assert.deepEqual(await send(server, `ca_file = "${ca}"\n`, { event }), { ok: true });
      const [{ text }] = server.mails;
      for (const line of text.split("\r\n")) assert.ok(line.length <= 998, line);
      const [head, ...rest] = text.split("\r\n\r\n");
      assert.match(head, /^[\x20-\x7e\r\n]*$/);
      for (const [word] of head.matchAll(/=\?UTF-8\?[^ \r]*/gi)) assert.ok(word.length <= 75, word);
      assert.equal(head.match(/^Subject:/gmi)?.length, 1);
      const encoded = rest.join("\r\n\r\n");
      const plain = /^Content-Transfer-Encoding: base64/mi.test(head)
        ? new TextDecoder().decode(Uint8Array.fromBase64(encoded.replaceAll(/\s/g, "")))
        : decodeURIComponent(
          encoded.replaceAll("=\r\n", "").replaceAll("%", "%25").replaceAll(/=([0-9A-F]{2})/g, "%$1"),
        );
      assert.ok(plain.replaceAll("\r\n", "\n").includes(`is DOWN\n\n${reason}\n`), plain.slice(0, 800));
    }),
);
