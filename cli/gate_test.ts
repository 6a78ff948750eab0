import assert from "node:assert/strict";
import { ManualClock } from "../tests/support/manual_clock.ts";
import { Gate } from "./gate.ts";

const info = {} as Deno.ServeHandlerInfo<Deno.NetAddr>;
const request = () => new Request("http://hora.test/");
const yes = () => new Response("yes");

Deno.test("who asks while Hora starts is answered once it has, before the start goes on", async () => {
  const gate = new Gate(new ManualClock());
  const waiting = [gate.handle(request(), info), gate.handle(request(), info)];
  const given: string[] = [];
  await gate.open(async () => {
    await Promise.resolve();
    given.push("answer");
    return yes();
  });
  given.push("start");
  assert.deepEqual(given, ["answer", "answer", "start"]);
  for (const answer of waiting) assert.equal(await (await answer).text(), "yes");
  assert.equal(await (await gate.handle(request(), info)).text(), "yes");
});

Deno.test("a start does not wait long for an answer", async () => {
  const clock = new ManualClock();
  const gate = new Gate(clock);
  const never = gate.handle(request(), info);
  const opened = gate.open(() => new Promise(() => {}));
  await clock.advance(1_000);
  await opened;
  assert.ok(never instanceof Promise);
});

Deno.test("who asks at a slow start, a failed one, or as one of a flood is told to come again", async () => {
  const clock = new ManualClock();
  const slow = new Gate(clock);
  const waiting = slow.handle(request(), info);
  await clock.advance(5_000);
  assert.equal((await waiting).status, 503);
  assert.equal((await waiting).headers.get("retry-after"), "1");
  const failed = new Gate(clock);
  const held = Array.from({ length: 1_000 }, () => failed.handle(request(), info));
  assert.equal((await failed.handle(request(), info)).status, 503, "one too many does not wait");
  failed.close();
  for (const answer of held) assert.equal((await answer).status, 503);
});
