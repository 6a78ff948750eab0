import assert from "node:assert/strict";
import type { NodeAnswer, NodeRequest } from "./client.ts";
import { takingTurns } from "./turns.ts";

/** A client whose requests end when they are told to. */
function held() {
  const open: { url: string; end: () => void }[] = [];
  const client = (request: NodeRequest) =>
    new Promise<NodeAnswer>((resolve) => {
      const end = () => resolve({ ok: false, status: 404, reason: "HTTP 404" });
      open.push({ url: request.url, end });
    });
  return { open, client };
}

const request = (url: string, signal = new AbortController().signal): NodeRequest => ({
  method: "POST",
  url,
  timeoutMs: 1_000,
  maxBodyBytes: 0,
  signal,
});

/** Lets everything that can go on go on. */
const settle = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("a host gets so many requests at once; the others follow in their order", async () => {
  const { open, client } = held();
  const ask = takingTurns(client, 2);
  const answers = [1, 2, 3, 4].map((n) => ask(request(`http://a.example/${n}`)));
  const other = ask(request("http://b.example/1"));
  const urls = () => open.map(({ url }) => url.slice(7));
  assert.deepEqual(urls(), ["a.example/1", "a.example/2", "b.example/1"]);
  open[1].end();
  await settle();
  assert.deepEqual(urls().slice(3), ["a.example/3"]);
  open[0].end();
  open[3].end();
  await settle();
  assert.deepEqual(urls().slice(4), ["a.example/4"]);
  open[4].end();
  open[2].end();
  const all = await Promise.all([...answers, other]);
  assert.deepEqual(all.map(({ status }) => status), [404, 404, 404, 404, 404]);
});

Deno.test("whoever waits too long is not asked any more, and holds up nobody", async () => {
  const { open, client } = held();
  const ask = takingTurns(client, 1);
  const stop = new AbortController();
  const first = ask(request("http://a.example/1"));
  const second = ask(request("http://a.example/2", stop.signal));
  const third = ask(request("http://a.example/3"));
  stop.abort();
  assert.deepEqual(await second, { ok: false, status: null, reason: "Too much was asked at once" });
  open[0].end();
  await settle();
  open[1].end();
  await Promise.all([first, third]);
  assert.deepEqual(open.map(({ url }) => url.slice(-1)), ["1", "3"]);
  const late = ask(request("http://a.example/4"));
  open[2].end();
  assert.equal((await late).status, 404);
});
