import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { HttpRequest } from "../alerts/channels/channel.ts";
import { bytesOf } from "../alerts/channels/fit.ts";
import type { AlertEvent } from "../domain/event.ts";
import { at, down, events, request } from "./support/channel_requests.ts";

/** Each service's documented schema and limits, and what must hold for its text besides. */
interface Service {
  readonly name: string;
  /** What the schema in `tests/testdata/channels` describes. */
  readonly described: (made: HttpRequest) => unknown;
  readonly text: (made: HttpRequest) => string;
  /** The whole's limit in bytes, where the service counts them. */
  readonly maxBytes?: number;
}

const json = (made: HttpRequest) => JSON.parse(made.body ?? "");
const query = (made: HttpRequest) => Object.fromEntries(new URL(made.url).searchParams);
const services: readonly Service[] = [
  { name: "telegram", described: json, text: (made) => json(made).text },
  {
    name: "discord",
    described: json,
    text: (made) => `${json(made).embeds[0].title}\n${json(made).embeds[0].description ?? ""}`,
  },
  { name: "slack", described: json, text: (made) => json(made).text },
  { name: "matrix", described: json, text: (made) => json(made).body, maxBytes: 60_000 },
  { name: "freemobile", described: query, text: (made) => query(made).msg },
  { name: "ntfy", described: (made) => made.headers, text: (made) => made.body ?? "", maxBytes: 4096 },
  { name: "gotify", described: json, text: (made) => json(made).message },
  { name: "pushover", described: json, text: (made) => json(made).message },
  { name: "webhook", described: json, text: (made) => made.body ?? "" },
];

const fillers = ["x", "<&>\"'", "😀", "👩‍👩‍👧‍👦", "e\u0301", "`", "*_[x](y)@everyone", "\u202eשלום", "\ud83d"];
/** Keys that are ours, so that nobody can fill them. */
const ours = ["kind", "window", "monitorId", "id", "period"];

/** The event with every text in it replaced. */
function filled(event: AlertEvent, filler: string): AlertEvent {
  const fill = (value: unknown, key: string): unknown => {
    if (typeof value === "string") return ours.includes(key) ? value : filler;
    if (Array.isArray(value)) return Array(filler.length > 100 ? 300 : 2).fill(fill(value[0], key));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, fill(inner, name)]));
  };
  return fill(event, "") as AlertEvent;
}

const all: readonly AlertEvent[] = [
  ...Object.values(events),
  {
    ...down,
    cause: { id: "db", name: "Database" },
    failures: 3,
    incidentId: 4,
    context: "a mute kept this back until now",
  },
  {
    kind: "degraded",
    at,
    monitorId: "shop",
    monitor: "Shop",
    latencyMs: null,
    reason: "a plugin's",
    sinceAt: at,
  },
];

for (const { name, described, text, maxBytes } of services) {
  Deno.test(`${name}: every message fits the service's schema and limits, whatever the texts hold`, async () => {
    const schema = await Deno.readTextFile(new URL(`./testdata/channels/${name}.json`, import.meta.url));
    const ajv = new Ajv2020({ formats: { uri: (value: string) => URL.canParse(value) } });
    const fits = ajv.compile(JSON.parse(schema));
    const more = { publicUrl: "https://status.example.com", incidentId: 4, now: at + 600_000 };
    for (const event of all) {
      for (const filler of fillers) {
        for (const long of [filler, filler.repeat(Math.ceil(6000 / filler.length))]) {
          const made = await request(name, filled(event, long), more);
          const where = `${event.kind} with ${long.length} of ${JSON.stringify(filler)}`;
          assert.ok(fits(described(made)), `${where}: ${JSON.stringify(fits.errors)}`);
          if (maxBytes !== undefined) assert.ok(bytesOf(made.body ?? "") <= maxBytes, where);
          assert.ok(text(made).isWellFormed(), `${where}: a character was torn`);
        }
      }
    }
  });
}

const hostile = "<b>*_[x](y)@everyone @room <!channel> `";
const spelled: Readonly<Record<string, RegExp>> = {
  telegram: /^🔴 <b>&lt;b&gt;\*_\[x\]\(y\)@everyone @room &lt;!channel&gt; `<\/b> is DOWN\n<code>&lt;b&gt;/,
  discord:
    /^🔴 <b>\*_\[x\] \(y\)@everyone @room <!channel> ' is DOWN\n```<b>\*_\[x\] \(y\)@everyone @room <!channel> '```/,
  slack:
    /^:red_circle: \*&lt;b&gt;\*_\[x\]\(y\)@everyone @room &lt;!channel&gt; `\* is DOWN\n```&lt;b&gt;.* '```/,
  matrix: /^🔴 <b>\*_\[x\]\(y\)@everyone @\u2060room <!channel> ` is DOWN\n/,
  ntfy: /^DOWN: <b>\*_\[x\]\(y\)@everyone @room <!channel> `\n/,
};

for (const [name, expected] of Object.entries(spelled)) {
  Deno.test(`${name}: a name cannot format, link, or call everybody`, async () => {
    const made = await request(name, { ...down, monitor: hostile, reason: hostile });
    const { text } = services.find((service) => service.name === name)!;
    assert.match(text(made), expected);
  });
}

const said = "see https://evil.example/login `";
const quoting: Readonly<Record<string, string>> = {
  telegram: "<code>see https://evil.example/login `</code>",
  discord: "`see https://evil.example/login '`",
  slack: "`see https://evil.example/login '`",
};

for (const [name, code] of Object.entries(quoting)) {
  Deno.test(`${name}: what a service said is code, which makes no link`, async () => {
    const degraded = {
      kind: "degraded",
      at,
      monitorId: "shop",
      monitor: "Shop",
      latencyMs: 5,
      sinceAt: at,
    } as const;
    const { text } = services.find((service) => service.name === name)!;
    for (
      const event of [
        { ...degraded, reason: said },
        { kind: "cert_unreadable", at, monitorId: "shop", monitor: "Shop", reason: said },
      ] as const
    ) {
      assert.ok(text(await request(name, event)).includes(`\n${code}`), event.kind);
    }
  });
}
