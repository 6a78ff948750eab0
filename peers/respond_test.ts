import assert from "node:assert/strict";
import type { Monitor } from "../domain/monitor.ts";
import type { Outcome } from "../domain/outcome.ts";
import { meshConfig } from "../tests/support/mesh_config.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { indexAskable, pickMonitor, type ProbeOnce, Responder } from "./respond.ts";

const { monitors } = meshConfig(`
[[monitors]]
id = "plain"
name = "Plain"
kind = "http"
target = "https://x.example/"
interval_secs = 60
probe_retries = 3

[[monitors]]
id = "keyword"
name = "With a keyword"
kind = "http"
target = "https://x.example/"
interval_secs = 60
keyword = "fine"

[[monitors]]
id = "login"
name = "With a login"
kind = "http"
target = "https://me:secret@y.example/"
interval_secs = 60

[[monitors]]
id = "login-too"
name = "With a login and a keyword"
kind = "http"
target = "https://me:secret@x.example/"
interval_secs = 60
keyword = "hello"

[[monitors]]
id = "same-with-login"
name = "Like the plain one, with a login"
kind = "http"
target = "https://me:secret@z.example/"
interval_secs = 60

[[monitors]]
id = "same"
name = "The plain one"
kind = "http"
target = "https://z.example/"
interval_secs = 60

[[monitors]]
id = "job"
name = "Job"
kind = "push"
target = ""
interval_secs = 60
`);

const answers: [kind: string, target: string, printOf: string | null, id: string | null][] = [
  ["http", "https://x.example/", null, "plain"],
  ["http", "https://x.example/", "plain", "plain"],
  ["http", "https://x.example/", "keyword", "keyword"],
  ["http", "https://x.example/", "login", "plain"],
  ["http", "https://x.example/", "login-too", "login-too"],
  ["http", "https://z.example/", "same", "same"],
  ["http", "https://z.example/", null, "same"],
  ["http", "https://x.example", null, null],
  ["http", "https://y.example/", null, "login"],
  ["http", "https://y.example/", "login", "login"],
  ["http", "https://me:secret@y.example/", null, "login"],
  ["tcp", "https://x.example/", null, null],
  ["push", "", null, null],
  ["exec", "", null, null],
  ["http", "https://elsewhere.example/", "plain", null],
];

for (const [kind, target, printOf, id] of answers) {
  const about = printOf === null ? "" : ` with the fingerprint of ${printOf}`;
  Deno.test(`a question about ${kind} "${target}"${about} is for ${id ?? "nobody"}`, async () => {
    const known = monitors.find((monitor) => monitor.id === printOf);
    const question = { kind, target, ...(known && { fingerprint: await fingerprintOf(known) }) };
    assert.equal((await pickMonitor(indexAskable(monitors), question))?.id ?? null, id);
  });
}

const question = { kind: "http", target: "https://x.example/" };
const outcome = (change: Partial<Outcome>): Outcome => ({
  status: "up",
  latencyMs: 1,
  code: null,
  reason: null,
  category: null,
  ...change,
});
const seeing = (change: Partial<Outcome>): ProbeOnce => () => Promise.resolve(outcome(change));

const said: [name: string, probe: ProbeOnce, answer: unknown][] = [
  ["up", seeing({}), { up: true }],
  ["slow", seeing({ status: "degraded", reason: "slow" }), { up: true }],
  ["down", seeing({ status: "down", reason: "HTTP 503" }), { up: false, error: "HTTP 503" }],
  ["down without a reason", seeing({ status: "down" }), { up: false }],
  ["down at length", seeing({ status: "down", reason: "é".repeat(500) }), {
    up: false,
    error: "é".repeat(200),
  }],
  ["a bug of ours", () => Promise.reject(new Error("secret inside")), { up: false, error: "check failed" }],
];

for (const [name, probe, answer] of said) {
  Deno.test(`the responder says what it sees: ${name}`, async () => {
    assert.deepEqual(await new Responder().answer(monitors, question, probe), answer);
  });
}

Deno.test("the responder ends a probe that takes too long, and says so", async () => {
  let aborted = false;
  const never: ProbeOnce = (_, signal) =>
    new Promise(() => signal.addEventListener("abort", () => void (aborted = true)));
  assert.deepEqual(await new Responder().answer(monitors, question, never, 30), {
    up: false,
    error: "probe timed out at this vantage",
  });
  assert.equal(aborted, true);
});

Deno.test("the responder makes one attempt without retries, shared by all who ask at once", async () => {
  const probed: Monitor[] = [];
  const gate = Promise.withResolvers<void>();
  const probe: ProbeOnce = async (monitor) => {
    probed.push(monitor);
    await gate.promise;
    return outcome({});
  };
  const responder = new Responder();
  const asked = Array.from({ length: 20 }, () => responder.answer(monitors, question, probe));
  while (probed.length === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  gate.resolve();
  assert.deepEqual(new Set((await Promise.all(asked)).map((answer) => answer?.up)), new Set([true]));
  assert.deepEqual(probed.map(({ id, probeRetries }) => [id, probeRetries]), [["plain", 0]]);
  await responder.answer(monitors, question, probe);
  assert.equal(probed.length, 2, "a later question is a new probe");
});

Deno.test("the responder reads the targets of a configuration once, however many questions come", async () => {
  let readings = 0;
  const counted = (target: string): Monitor =>
    Object.defineProperty({ ...monitors[0] }, "target", { get: () => (readings += 1, target) });
  const many = Array.from({ length: 50 }, (_, index) => counted(`https://x.example/${index}`));
  const responder = new Responder();
  const about = { kind: "http", target: "https://elsewhere.example/" };
  await responder.answer(many, about, seeing({}));
  const once = readings;
  for (let asked = 0; asked < 10; asked++) {
    assert.equal(await responder.answer(many, about, seeing({})), null);
  }
  assert.equal(readings, once);
  const added = [...many, monitors[0]];
  assert.deepEqual(await responder.answer(added, question, seeing({})), { up: true });
});
