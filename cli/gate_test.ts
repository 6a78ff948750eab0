import assert from "node:assert/strict";
import { systemClock } from "../domain/clock.ts";
import { ManualClock } from "../tests/support/manual_clock.ts";
import { startingAnswers } from "../routes/starting.ts";
import { someConfig } from "../tests/support/web.ts";
import { Gate } from "./gate.ts";

const info = {} as Deno.ServeHandlerInfo<Deno.NetAddr>;
const request = (path = "/", method = "GET") => new Request(`http://hora.test${path}`, { method });
const config = someConfig();
const starting = startingAnswers(() => config);
const yes = () => new Response("yes");
const statusOf = async (gate: Gate, path: string, method?: string) =>
  (await gate.handle(request(path, method), info)).status;

Deno.test("who asks while Hora starts is answered once it has, before the start goes on", async () => {
  const gate = new Gate(new ManualClock(), starting);
  const waiting = [gate.handle(request(), info), gate.handle(request("/api/summary", "HEAD"), info)];
  const given: string[] = [];
  await gate.open(async () => {
    await Promise.resolve();
    given.push("answer");
    return yes();
  });
  given.push("start");
  assert.deepEqual(given, ["answer", "answer", "start"]);
  for (const answer of waiting) assert.equal(await (await answer).text(), "yes");
  assert.equal(await statusOf(gate, "/"), 200);
});

Deno.test("a start does not wait long for an answer", async () => {
  const clock = new ManualClock();
  const gate = new Gate(clock, starting);
  gate.handle(request(), info);
  const opened = gate.open(() => new Promise(() => {}));
  await clock.advance(1_000);
  await opened;
});

Deno.test("who asks how Hora is, or sends something, is told that it starts, until it can do that", async () => {
  const gate = new Gate(new ManualClock(), starting);
  for (const path of ["/healthz", "/healthz/live", "/healthz?x"]) {
    assert.equal(await statusOf(gate, path), 503);
  }
  assert.equal(await statusOf(gate, "/api/announce", "POST"), 503);
  await gate.open(yes);
  assert.equal(await statusOf(gate, "/healthz"), 503);
  assert.equal(await statusOf(gate, "/api/announce", "POST"), 200);
  gate.started();
  assert.equal(await statusOf(gate, "/healthz"), 200);
});

Deno.test("who asks at a slow start, or as one of a flood, is told to come again", async () => {
  const clock = new ManualClock();
  const gate = new Gate(clock, starting);
  const held = Array.from({ length: 1_000 }, () => gate.handle(request(), info));
  const one = await gate.handle(request(), info);
  assert.deepEqual([one.status, one.headers.get("retry-after")], [503, "1"], "one too many does not wait");
  await clock.advance(5_000);
  for (const answer of held) assert.equal((await answer).status, 503);
  const later = gate.handle(request(), info);
  await gate.open(yes);
  assert.equal((await later).status, 200, "those who have gone make room");
});

Deno.test("who waits for a start that fails is told so before the port is given back", async () => {
  const gate = new Gate(systemClock, starting);
  const asked = Promise.withResolvers<void>();
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request, info) => {
    asked.resolve();
    return gate.handle(request, info);
  });
  const answer = fetch(`http://127.0.0.1:${server.addr.port}/`);
  await asked.promise;
  gate.close();
  await server.shutdown();
  assert.equal((await answer).status, 503);
  await (await answer).body?.cancel();
});
