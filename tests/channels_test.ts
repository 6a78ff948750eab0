import assert from "node:assert/strict";
import type { Delivery, HttpRequest } from "../alerts/channels/channel.ts";
import { bytesOf } from "../alerts/channels/fit.ts";
import { deliver } from "../alerts/deliver.ts";
import { renderTemplate, signature } from "../alerts/channels/webhook.ts";
import { freemobile } from "../alerts/channels/freemobile.ts";
import { retryAfter, sendHttp } from "../alerts/transport.ts";
import type { AlertEvent } from "../domain/event.ts";
import { configOf } from "./support/alerting.ts";
import { at, body, down, events, message, request, subject } from "./support/channel_requests.ts";
import { Receiver } from "./support/receiver.ts";

const impacts = "\nimpacts 2: Cart, Search\nconfirmed down from 2/2 vantage points";
const telegramTexts: readonly (readonly [string, string])[] = [
  ["down", `🔴 <b>Shop</b> is DOWN\n<code>HTTP 503: busy</code>${impacts}`],
  ["caused", "🔴 <b>Shop</b> is DOWN\n<code>no response</code>\ncaused by Database"],
  ["degraded", "🟠 <b>Shop</b> is slow (812ms)\nsince 2026-06-10 03:12:04 UTC"],
  ["recovered", "🟢 <b>Shop</b> recovered"],
  ["cert", "🔐 <b>Shop</b> TLS certificate expires in 6 days\nnot after 2026-06-16 15:12:04 UTC"],
  ["certLast", "🔐 <b>Shop</b> TLS certificate expires in 5 hours\nnot after 2026-06-10 08:42:04 UTC"],
  ["certGone", "🔐 <b>Shop</b> TLS certificate has expired\nnot after 2026-06-10 03:12:03 UTC"],
  ["pin", "⚠️ <b>Shop</b> TLS certificate changed unexpectedly\nold: <code>aa</code>\nnew: <code>bb</code>"],
  ["domain", "🌐 <b>Shop</b> domain example.com expires in 1 day\npaid until 2026-06-11 03:12:04 UTC"],
  ["link", "🟡 <b>Paris</b> link degraded\nunreachable from here, but seen up by Oslo"],
  ["burn", "🔥 <b>Shop</b> burning error budget at 16.6x (1h) - exhausted in ~26h at this rate"],
  ["burnWhole", "🔥 <b>Shop</b> burning error budget at 6x (6h) - exhausted in ~2d 2h at this rate"],
  ["digest", "📊 <b>Hora digest</b> (Jun 03 → Jun 10)\n99.67% overall, 3 incidents"],
];

for (const [event, text] of telegramTexts) {
  Deno.test(`telegram words ${event} as documented`, async () => {
    const made = await request("telegram", events[event]);
    assert.equal(made.url, "https://api.telegram.org/bot123456:telegram-secret/sendMessage");
    assert.deepEqual(JSON.parse(made.body ?? ""), { chat_id: "-100", text, parse_mode: "HTML" });
  });
}

Deno.test("discord sends one embed with title, description and colour", async () => {
  const fence = "```";
  assert.deepEqual(await body("discord", "down"), {
    embeds: [{
      title: "🔴 Shop is DOWN",
      description: `${fence}HTTP 503: busy${fence}${impacts}`,
      color: 14703940,
    }],
  });
  assert.deepEqual(await body("discord", "recovered"), {
    embeds: [{ title: "🟢 Shop recovered", color: 4508689 }],
  });
  assert.deepEqual(await body("discord", "burn"), {
    embeds: [{
      title: "🔥 Shop error budget burn",
      description: "burning error budget at 16.6x (1h) - exhausted in ~26h at this rate",
      color: 14660375,
    }],
  });
});

Deno.test("slack escapes every value, names of impacted monitors too", async () => {
  const event = {
    ...down,
    monitor: "A&B <!channel>",
    reason: "`<x>`",
    impacted: [{ id: "c", name: "<!here>" }],
  };
  const made = JSON.parse((await request("slack", event)).body ?? "");
  assert.equal(
    made.text,
    ":red_circle: *A&amp;B &lt;!channel&gt;* is DOWN\n```'&lt;x&gt;'```\nimpacts 1: &lt;!here&gt;\n" +
      "confirmed down from 2/2 vantage points",
  );
});

Deno.test("the webhook sends the documented fields first and only adds to them", async () => {
  assert.deepEqual(await body("webhook", "down"), {
    event: "down",
    monitor: "Shop",
    message: "HTTP 503: busy",
    impacted: ["Cart", "Search"],
    vantage: "confirmed down from 2/2 vantage points",
    id: "shop",
    at: at / 1000,
    since: at / 1000,
    severity: "critical",
    delivery_id: 7,
  });
  const made = await request("webhook", events.digest, { publicUrl: "https://status.example.com" });
  assert.ok(
    made.body?.startsWith(
      '{"event":"digest","monitor":"*","message":"99.67% overall, 3 incidents","period":',
    ),
  );
  const burnt = await body("webhook", "burn");
  assert.equal(burnt.burn_rate_x10, 166);
  assert.equal(burnt.burn_window, "1h");
  assert.equal(burnt.exhausted_in_secs, 93605);
  assert.equal((await body("webhook", "cert")).days_left, 6);
  assert.equal((await body("webhook", "link")).monitor, "Paris");
});

Deno.test("matrix posts to the room below the homeserver's path", async () => {
  const made = await request("matrix", events.link);
  assert.equal(
    made.url,
    "https://matrix.example.com/base/_matrix/client/v3/rooms/!room%3Aexample.com/send/m.room.message",
  );
  assert.equal(made.headers.authorization, "Bearer matrix-secret");
  assert.deepEqual(JSON.parse(made.body ?? ""), {
    msgtype: "m.text",
    body: "🟡 Paris link degraded: unreachable from here, but seen up by Oslo",
  });
});

Deno.test("the push services share one text, each with its own urgency", async () => {
  const ntfy = await request("ntfy", events.down);
  assert.equal(ntfy.body, `DOWN: Shop\nHTTP 503: busy${impacts}`);
  assert.equal(ntfy.headers.title, "Hora Alert");
  assert.equal(ntfy.headers.tags, "rotating_light");
  assert.equal(ntfy.headers.priority, "4");
  assert.equal("authorization" in ntfy.headers, false);
  const gotify = await request("gotify", events.recovered);
  assert.equal(gotify.url, "https://gotify.example.com/message");
  assert.equal(gotify.headers["x-gotify-key"], "gotify-secret");
  assert.deepEqual(JSON.parse(gotify.body ?? ""), {
    title: "Hora Alert",
    message: "RECOVERED: Shop",
    priority: 2,
  });
  assert.deepEqual(await body("pushover", "recovered"), {
    token: "pushover-token",
    user: "pushover-user",
    message: "RECOVERED: Shop",
    title: "Hora Alert",
    priority: -1,
  });
});

Deno.test("free mobile gets a GET with everything percent-encoded", async () => {
  const made = await request("freemobile", { ...down, impacted: [], vantage: null });
  assert.equal(made.method, "GET");
  assert.equal(
    made.url,
    "https://smsapi.free-mobile.fr/sendmsg?user=12345678&pass=free%20secret&msg=DOWN%3A%20Shop%20-%20HTTP%20503%3A%20busy",
  );
});

Deno.test("what follows the documented text says since when, how long and where to look", async () => {
  const more = { publicUrl: "https://status.example.com", incidentId: 17, now: at + 3_600_000 };
  const lasted: AlertEvent = {
    ...subject,
    kind: "recovered",
    incidentId: 17,
    sinceAt: at - 4_320_000,
    durationMs: 4_320_000,
  };
  const recovered = (await request("ntfy", lasted, more)).body;
  assert.equal(
    recovered,
    "RECOVERED: Shop\nlasted 1h 12m, since 2026-06-10 02:00:04 UTC\n" +
      "sent late, this is of 2026-06-10 03:12:04 UTC\nhttps://status.example.com/incident/17",
  );
  const sure =
    (await request("ntfy", { ...down, failures: 3, impacted: [], vantage: null }, { publicUrl: null })).body;
  assert.equal(sure, "DOWN: Shop\nHTTP 503: busy\nsince 2026-06-10 03:12:04 UTC, 3 failed checks");
});

Deno.test("a duration is what lies between the outage's first and last second", async () => {
  const lasted: AlertEvent = {
    ...subject,
    kind: "recovered",
    incidentId: 17,
    sinceAt: 1_795_435_132_900,
    durationMs: 29_300,
  };
  const fields = JSON.parse((await request("webhook", lasted)).body ?? "");
  assert.equal(fields.since, 1_795_435_132);
  assert.equal(fields.duration_s, 30);
  const words = ["telegram", "discord", "slack", "matrix", "ntfy", "gotify", "pushover"];
  for (const name of words) {
    assert.match((await request(name, lasted)).body ?? "", /lasted 30s, since/, name);
  }
  assert.match(decodeURIComponent((await request("freemobile", lasted)).url), /\nlasted 30s$/);
});

const limits:
  readonly (readonly [string, number, (made: HttpRequest) => string, (text: string) => number])[] = [
    ["telegram", 4096, (made) => JSON.parse(made.body ?? "").text, (text) => text.length],
    ["discord", 4096, (made) => JSON.parse(made.body ?? "").embeds[0].description, (text) => text.length],
    ["discord", 256, (made) => JSON.parse(made.body ?? "").embeds[0].title, (text) => text.length],
    ["slack", 40_000, (made) => JSON.parse(made.body ?? "").text, (text) => text.length],
    ["matrix", 60_000, (made) => made.body ?? "", bytesOf],
    ["ntfy", 4096, (made) => made.body ?? "", bytesOf],
    ["gotify", 20_000, (made) => JSON.parse(made.body ?? "").message, (text) => text.length],
    ["pushover", 1024, (made) => JSON.parse(made.body ?? "").message, (text) => text.length],
    ["freemobile", 480, (made) => new URL(made.url).searchParams.get("msg") ?? "", (text) => text.length],
  ];

for (const [name, limit, textOf, measure] of limits) {
  Deno.test(`${name} is never sent more than ${limit}, whatever the names and reasons`, async () => {
    for (const filler of ["x", "<&>", "😀", "`"]) {
      const long = filler.repeat(6000);
      const impacted = Array.from(
        { length: 400 },
        (_, index) => ({ id: `m${index}`, name: `Monitor ${filler} ${index}` }),
      );
      const events: AlertEvent[] = [
        { ...down, monitor: long, reason: long, impacted },
        { ...down, reason: long, cause: { id: "db", name: long } },
        { kind: "digest", at, period: "Jun 03 → Jun 10", summary: long },
      ];
      for (const event of events) {
        const text = textOf(await request(name, event));
        assert.ok(measure(text) <= limit, `${measure(text)} for ${event.kind} with ${filler}`);
        assert.ok(text.isWellFormed(), "a character was torn");
        assert.equal(/&(?!amp;|lt;|gt;)/.test(name === "telegram" ? text : ""), false, "an entity was torn");
        const opened = text.match(/<(b|code)>/g)?.length ?? 0;
        assert.equal(
          name === "telegram" ? text.match(/<\/(b|code)>/g)?.length ?? 0 : opened,
          opened,
          "a tag was torn",
        );
      }
    }
  });
}

async function attemptAt(
  receiver: Receiver,
  extra = "",
  path = "/secret-path/webhook",
  event: AlertEvent = down,
): Promise<Delivery> {
  const [config] = configOf(
    `[[channels]]\nname = "hook"\ntype = "webhook"\nurl = "${receiver.url}${path}"\n${extra}`,
  ).channels;
  using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const transport = { client, userAgent: "hora/test", timeoutMs: 500, now: () => at };
  return await deliver(transport, config, message(event));
}

Deno.test("a webhook's template, method, headers and signature go out as configured", async () => {
  await using receiver = new Receiver();
  const delivery = await attemptAt(
    receiver,
    'method = "PUT"\nhmac_secret = "key"\nheaders = { "X-Team" = "ops" }\n' +
      'body = \'{"what":"{{event}}: {{message}}","all":{{{json}}}}\'',
  );
  assert.deepEqual(delivery, { ok: true });
  const [seen] = receiver.seen;
  assert.equal(seen.method, "PUT");
  assert.equal(seen.headers.get("x-team"), "ops");
  assert.equal(seen.headers.get("user-agent"), "hora/test");
  assert.equal(seen.headers.get("x-hora-signature"), `sha256=${await signature("key", seen.body)}`);
  const sent = JSON.parse(seen.body);
  assert.equal(sent.what, "down: HTTP 503: busy");
  assert.equal(sent.all.monitor, "Shop");
});

Deno.test("a template's values are spelled for its content type", async () => {
  await using receiver = new Receiver();
  await attemptAt(
    receiver,
    `headers = { "Content-Type" = "application/x-www-form-urlencoded" }\nbody = "m={{message}}&x={{nothing}}"`,
  );
  assert.equal(receiver.seen[0].body, "m=HTTP%20503%3A%20busy&x=");
});

const pauses: readonly (readonly [header: string | null, body: string, expected: number | null])[] = [
  ["7", "", 7_000],
  [" 7 ", "", 7_000],
  ["1.5", "", 1_500],
  ["0", "", 0],
  ["-3", "", null],
  ["soon", "", null],
  ["", "", null],
  ["999999999", "", 3_600_000],
  ["Wed, 10 Jun 2026 03:13:04 GMT", "", 60_000],
  ["Wednesday, 10-Jun-26 03:13:04 GMT", "", 60_000],
  ["Wed Jun 10 03:13:04 2026 GMT", "", 60_000],
  ["Wed, 10 Jun 2026 03:11:04 GMT", "", 0],
  ["Wed, 10 Jun 2099 03:11:04 GMT", "", 3_600_000],
  [null, '{"retry_after": 1.25}', 1_250],
  [null, '{"ok":false,"error_code":429,"parameters":{"retry_after":35}}', 35_000],
  [null, '{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":2500}', 2_500],
  [null, '{"retry_after": "soon"}', null],
  ["soon", '{"retry_after": 2}', 2_000],
];

for (const [header, body, expected] of pauses) {
  Deno.test(`retryAfter() of ${JSON.stringify(header)} and ${JSON.stringify(body)} is ${expected} ms`, () => {
    assert.equal(retryAfter(header, body, at), expected);
  });
}

Deno.test("signature() agrees with the vectors of RFC 4231", async () => {
  const vectors = [
    ["\x0b".repeat(20), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"],
    [
      "Jefe",
      "what do ya want for nothing?",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ],
  ];
  for (const [key, data, expected] of vectors) assert.equal(await signature(key, data), expected);
});

const odd = '"quoted" \\ back\nline\t{{event}} $& $1 </script> 50% & é 😀';
const templates: readonly (readonly [string, string, string])[] = [
  ["{{message}}", "application/json", JSON.stringify(odd).slice(1, -1)],
  ["{{ message }}", "Application/JSON; charset=utf-8", JSON.stringify(odd).slice(1, -1)],
  ["{{message}}", "application/cloudevents+json", JSON.stringify(odd).slice(1, -1)],
  ["{{message}}", "application/x-www-form-urlencoded", encodeURIComponent(odd)],
  ["{{message}}", "text/plain", odd],
  ["{{{message}}}", "application/json", odd],
  ["{{impacted}} {{nothing}}{{{nothing}}}", "text/plain", "Cart, Search "],
  ["{{Message}} {{}} {message} {{message", "text/plain", "{{Message}} {{}} {message} {{message"],
  ["{{failures}}|{{duration}}|{{cause}}", "text/plain", "||"],
  ["{{constructor}}|{{__proto__}}|{{{constructor}}}", "application/json", "||"],
];

for (const [template, contentType, expected] of templates) {
  Deno.test(`the template ${template} in ${contentType} is filled with odd values`, () => {
    assert.equal(renderTemplate(template, message({ ...down, reason: odd }), contentType), expected);
  });
}

const halves: readonly (readonly [setting: string, body: RegExp])[] = [
  ["", /"message":"got \ufffd"/],
  [`body = '{"all":{{{json}}},"text":"{{text}}"}'`, /"message":"got \ufffd".*DOWN: Shop\\ngot \ufffd/],
  ['headers = { "Content-Type" = "text/plain" }\nbody = "{{message}}"', /^got \ufffd$/],
  [
    'headers = { "Content-Type" = "application/x-www-form-urlencoded" }\nbody = "m={{message}}&t={{text}}"',
    /^m=got%20%EF%BF%BD&t=DOWN%3A%20Shop%0Agot%20%EF%BF%BD%0A/,
  ],
];

for (const [setting, body] of halves) {
  Deno.test(`half a character in a reason keeps no webhook back: ${setting || "the JSON object"}`, async () => {
    await using receiver = new Receiver();
    const event = { ...down, reason: "got \ud800" };
    assert.deepEqual(await attemptAt(receiver, setting, "/", event), { ok: true });
    assert.match(receiver.seen[0].body, body);
  });
}

const answers:
  readonly (readonly [string, () => Response | Promise<Response>, Partial<Delivery> & { says: RegExp }])[] = [
    [
      "500",
      () => new Response("boom", { status: 500 }),
      { retry: true, says: /^rejected \(HTTP 500\): boom$/ } as never,
    ],
    [
      "400",
      () => new Response("bad chat", { status: 400 }),
      { retry: false, says: /HTTP 400\): bad chat/ } as never,
    ],
    [
      "429 with a header",
      () => new Response("", { status: 429, headers: { "retry-after": "7" } }),
      { retry: true, retryAfterMs: 7000, says: /HTTP 429/ } as never,
    ],
    [
      "429 with a body",
      () => Response.json({ parameters: { retry_after: 12 } }, { status: 429 }),
      { retry: true, retryAfterMs: 12_000, says: /HTTP 429/ } as never,
    ],
    [
      "a redirect",
      () => new Response(null, { status: 302, headers: { location: "/elsewhere" } }),
      { retry: false, says: /HTTP 302\): redirects are not followed/ } as never,
    ],
    ["silence", () => new Promise((resolve) => setTimeout(() => resolve(new Response("late")), 900)), {
      retry: true,
      says: /no answer within 0\.5 s/,
    } as never],
    [
      "its own secrets",
      () => new Response("unknown path /secret-path/webhook, secret%2Dpath", { status: 404 }),
      { retry: false, says: /^(?!.*secret-path)/ } as never,
    ],
    [
      "a body without end",
      () =>
        new Response(
          new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65536).fill(97)) }),
          { status: 503 },
        ),
      { retry: true, says: /^rejected \(HTTP 503\): a{199}…$/ } as never,
    ],
    [
      "a character where its words are cut",
      () => new Response("a".repeat(198) + "😀😀", { status: 503 }),
      { retry: true, says: /^rejected \(HTTP 503\): a{198}…$/ } as never,
    ],
  ];

for (const [name, answer, { says, ...expected }] of answers) {
  Deno.test(`a service that answers with ${name} is judged`, async () => {
    await using receiver = new Receiver();
    receiver.answer = answer;
    const delivery = await attemptAt(receiver);
    assert.ok(!delivery.ok);
    assert.match(delivery.error, says);
    assert.equal(receiver.seen.length, 1);
    assert.deepEqual({ ...delivery, ...expected }, delivery);
  });
}

Deno.test("a closed port is worth another attempt, and the address stays out of the error", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  listener.close();
  const delivery = await attemptAt({ url: `http://user:hunter22@127.0.0.1:${port}` } as Receiver);
  assert.ok(!delivery.ok && delivery.retry);
  assert.doesNotMatch(delivery.error, /secret-path|hunter22/);
});

Deno.test("a service's own word for too many messages is worth another attempt", async () => {
  await using receiver = new Receiver();
  using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const transport = { client, userAgent: "hora/test", timeoutMs: 10_000, now: () => at };
  const request = { url: receiver.url, method: "GET", headers: {}, body: null };
  const retries = [];
  for (const status of [402, 403]) {
    receiver.answer = () => new Response("", { status });
    const delivery = await sendHttp(transport, request, [], freemobile.retried);
    retries.push(!delivery.ok && delivery.retry);
  }
  assert.deepEqual(retries, [true, false]);
});
