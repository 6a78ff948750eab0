import assert from "node:assert/strict";
import { type Instance, openInstance } from "./support/instance.ts";
import { ask } from "./support/raw_client.ts";

/**
 * The wire's promises, as data: every topic of `tests/testdata/http/*.json` is played, request by request, to a whole Hora on a real socket.
 * A step sends a request and says what must come back, or lets time pass, or tells the history of push monitors.
 */
interface Step {
  /** Method and target, as they go over the wire. */
  readonly do?: string;
  /** Who asks: sends that token as Bearer. */
  readonly as?: keyof typeof tokens;
  readonly with?: Readonly<Record<string, string>>;
  readonly send?: string;
  readonly status?: number;
  /** The whole body. */
  readonly body?: string;
  /** Regular expressions that the body matches. */
  readonly like?: string | readonly string[];
  /** One that it does not. */
  readonly not?: string;
  /** Null: absent; `/…/`: matches; else: equals. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /** Values by path, `monitors.gw.status`; a list's items go by `id`, `name` or number; `+60`: a minute from now in seconds; null: null or absent. */
  readonly json?: Readonly<Record<string, unknown>>;
  /** `gw up 60 down 5`: pushes, each followed by that many seconds. */
  readonly history?: string;
  /** Seconds that pass. */
  readonly wait?: number;
  /** Seconds by which somebody sets the clock forward: quick, and nothing happens in them. */
  readonly leap?: number;
  /** The config file from now on. */
  readonly configure?: string;
}

interface Topic {
  readonly topic: string;
  /** When it begins; a fixed day otherwise. */
  readonly start?: string;
  /** More of `[server]`, `[alerts]` and so on, put before the monitors. */
  readonly server?: string;
  readonly config?: string;
  /** `id` or `id key = value; …`: push monitors. Absent: those of the harbour. */
  readonly monitors?: readonly string[];
  readonly steps: readonly Step[];
}

const tokens = {
  operator: "operator-token-0123456789",
  tenant: "tenant-token-0123456789ab",
  push: "push-token-0123456789abcd",
  wrong: "wrong",
};

const harbour = [
  `gw name = "Gateway"; group = "core"`,
  `docs name = "Docs"`,
  `vault name = "Vault"; public = false; group = "core"`,
  `cellar name = "Cellar"; public = false; group = "tenant"`,
  `nightly name = "Nightly"; push_token = "${tokens.push}"`,
  `secretly name = "Secretly"; public = false; push_token = "${tokens.push}"`,
];

function tomlOf({ server = "", config = "", monitors = harbour }: Topic): string {
  const limits = server.includes("rate_limit") ? "" : "rate_limit_burst = 100000\n";
  const groups = monitors === harbour ? `group_tokens = { tenant = "${tokens.tenant}" }\n` : "";
  return [
    `[page]\ntitle = "Harbour Status"\nhistory_days = 3`,
    `[server]\nauth_token = "${tokens.operator}"\n${groups}${limits}${server}`,
    config,
    ...monitors.map((line) => {
      const [id, ...keys] = line.split(" ");
      const own = keys.join(" ").split("; ").join("\n");
      const kind = own.includes("kind =") ? "" : `kind = "push"\n`;
      const name = own.includes("name =") ? "" : `name = "${id}"\n`;
      return `[[monitors]]\nid = "${id}"\ninterval_secs = 90000\n${kind}${name}${own}`;
    }),
  ].join("\n");
}

function valueAt(root: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((at, key) => {
    if (!Array.isArray(at) || /^[0-9]+$/.test(key)) return (at as Record<string, unknown> | undefined)?.[key];
    return key === "length" ? at.length : at.find(({ id, name }) => id === key || name === key);
  }, root);
}

async function play(instance: Instance, step: Step, number: number): Promise<void> {
  const { port, clock } = instance;
  if (step.history !== undefined) {
    const [id, ...rest] = step.history.split(" ");
    for (let i = 0; i < rest.length; i += 2) {
      const { body } = await ask(port, "POST", `/api/push/${id}?status=${rest[i]}`);
      assert.equal(body, "ok", step.history);
      await clock.advance(Number(rest[i + 1]) * 1_000);
    }
  }
  if (step.wait !== undefined) await clock.advance(step.wait * 1_000);
  if (step.leap !== undefined) clock.jump(step.leap * 1_000);
  if (step.configure !== undefined) await instance.configure(step.configure);
  if (step.do === undefined) return;
  const [method, target] = step.do.split(/ (.*)/s);
  const own: Record<string, string> = step.as === undefined
    ? {}
    : { authorization: `Bearer ${tokens[step.as]}` };
  const answer = await ask(
    port,
    method,
    fill(target),
    { ...own, ...mapValues(step.with ?? {}, fill) },
    step.send,
  );
  const { body, headers } = answer;
  const what = `step ${number}, ${step.do}: ${answer.status} ${body.slice(0, 1_000)}`;
  assert.equal(answer.status, step.status ?? 200, what);
  assert.match(headers.get("x-request-id") ?? "", /^[A-Za-z0-9._-]{1,128}$/, what);
  if (step.body !== undefined) assert.equal(body, step.body, what);
  for (const pattern of [step.like ?? []].flat()) assert.match(body, new RegExp(pattern, "s"), what);
  if (step.not !== undefined) assert.doesNotMatch(body, new RegExp(step.not, "s"), what);
  for (const [name, wanted] of Object.entries(step.headers ?? {})) {
    const found = headers.get(name) ?? null;
    const pattern = /^\/(.*)\/$/.exec(wanted ?? "");
    if (pattern === null) assert.equal(found, wanted, `${what}\n${name}`);
    else assert.match(found ?? "", new RegExp(pattern[1]), `${what}\n${name}`);
  }
  for (const [path, wanted] of Object.entries(step.json ?? {})) {
    const later = typeof wanted === "string" ? /^\+([0-9]+)$/.exec(wanted) : null;
    const expected = later === null ? wanted : Math.floor(clock.now() / 1_000) + Number(later[1]);
    assert.deepEqual(valueAt(JSON.parse(body), path) ?? null, expected, `${what}\n${path}`);
  }
}

/** `{operator}` and its like stand for tokens. */
const fill = (text: string) =>
  text.replace(/\{(operator|tenant|push)\}/g, (_, name: keyof typeof tokens) => tokens[name]);

function mapValues(
  record: Readonly<Record<string, string>>,
  change: (text: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

const folder = new URL("testdata/http/", import.meta.url);
const files = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".json"))
  .sort();
for (const file of files) {
  const topics: Topic[] = JSON.parse(Deno.readTextFileSync(new URL(file, folder)));
  for (const topic of topics) {
    Deno.test(`${file.replace(".json", "")}: ${topic.topic}`, async () => {
      await using instance = await openInstance(tomlOf(topic), topic.start);
      for (const [index, step] of topic.steps.entries()) await play(instance, step, index + 1);
    });
  }
}
