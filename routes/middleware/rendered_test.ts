import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import type { Config } from "../../domain/config.ts";
import { ManualClock } from "../../tests/support/manual_clock.ts";
import { matches } from "./respond.ts";
import { RenderedCache, type Rendering } from "./rendered.ts";

const config = {} as Config;

const textOf = async (rendering: Rendering | Promise<Rendering>) => await (await rendering).body("identity");

function setup() {
  const clock = new ManualClock();
  const board = { version: 1, openVersion: 1, turns: 1, openTurns: 1 };
  let built = 0;
  const cache = new RenderedCache(board, clock);
  const get = (key = "k", size = 10, by = config) =>
    cache.get(key, { config: by, isOpen: false }, {
      draw: () => ({ text: `${++built}`.padEnd(size, "x"), validator: "same" }),
    });
  const turn = () => {
    board.version += 1;
    board.turns += 1;
  };
  return { clock, board, cache, get, turn, built: () => built };
}

Deno.test("RenderedCache builds once for a thousand callers, and again when the version or the config moves", async () => {
  const { turn, get, built } = setup();
  await Promise.all(Array.from({ length: 1_000 }, () => get()));
  assert.equal(built(), 1);
  turn();
  await get();
  assert.equal(built(), 2);
  await get("k", 10, {} as Config);
  assert.equal(built(), 3);
});

Deno.test("RenderedCache holds a big answer for a moment after the version moved, a small one not", async () => {
  const { turn, clock, get, built } = setup();
  await get("big", 1_000_000);
  turn();
  await get("big", 1_000_000);
  assert.equal(built(), 1);
  await clock.advance(400);
  await get("big", 1_000_000);
  assert.equal(built(), 2);
});

Deno.test("RenderedCache builds what anybody may see only when that moves", async () => {
  const { board, cache, clock } = setup();
  let built = 0;
  const get = () =>
    cache.get("open", { config, isOpen: true }, { draw: () => ({ text: `${++built}`.padEnd(1_000_000) }) });
  const first = await get();
  board.version = 2;
  await clock.advance(2_500);
  assert.equal(await get(), first);
  assert.ok(first.isCurrent(config));
  cache.clear("private");
  assert.equal(await get(), first);
  board.openVersion = board.openTurns = 2;
  assert.equal(first.isCurrent(config), false);
  await get();
  cache.clear("all");
  await get();
  assert.equal(built, 3);
});

Deno.test("RenderedCache makes an answer anew after three seconds without news, and lets nobody have it after four", async () => {
  const { clock, get, rendering, preparations, finish } = await held();
  await clock.advance(2_999);
  assert.ok(rendering.isCurrent(config));
  await clock.advance(1);
  assert.ok(!rendering.isCurrent(config));
  assert.equal(get(), rendering);
  assert.equal(preparations.length, 2);
  await clock.advance(1_000);
  const next = get();
  assert.ok(next instanceof Promise);
  await finish(1, "second");
  assert.equal(await textOf(next), "second");
  assert.equal(preparations.length, 2);
});

Deno.test("RenderedCache keeps pages that anybody may see for a minute without news, and an operator's for seconds", async () => {
  const { board, cache, clock } = setup();
  for (const { isOpen, holdsMs } of [{ isOpen: true, holdsMs: 60_000 }, { isOpen: false, holdsMs: 3_000 }]) {
    const audience = { config, isOpen, isForPeople: true };
    const rendering = await cache.get(`page ${isOpen}`, audience, { draw: () => ({ text: "page" }) });
    await clock.advance(holdsMs - 1);
    assert.ok(rendering.isCurrent(config));
    await clock.advance(1);
    assert.ok(!rendering.isCurrent(config));
  }
  const page = await cache.get("page", { config, isOpen: true, isForPeople: true }, {
    draw: () => ({ text: "page" }),
  });
  board.openVersion += 1;
  assert.ok(!page.isCurrent(config));
});

Deno.test("RenderedCache.clear() makes even an answer under way forgotten", async () => {
  const { cache, get, built } = setup();
  const first = get();
  cache.clear("private");
  await Promise.all([first, get()]);
  assert.equal(built(), 2);
  assert.equal(cache.size.entries, 1);
});

/** A cache whose next answers are drawn when the test says so. */
async function held(first = "first") {
  const clock = new ManualClock();
  const board = { version: 1, openVersion: 1, turns: 1, openTurns: 1 };
  const cache = new RenderedCache(board, clock);
  const drawings: PromiseWithResolvers<{ text: string }>[] = [];
  const preparations: PromiseWithResolvers<void>[] = [];
  const get = () =>
    cache.get("k", { config, isOpen: false }, {
      prepare: () => preparations[preparations.push(Promise.withResolvers<void>()) - 1].promise,
      draw: () => drawings[drawings.push(Promise.withResolvers()) - 1].promise,
    });
  /** Lets whatever waits go on until it waits for the test again. */
  const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
  const finish = async (which: number, text: string) => {
    preparations[which].resolve();
    await settle();
    drawings.at(-1)!.resolve({ text });
    await settle();
  };
  const before = get();
  await finish(0, first);
  return { clock, board, cache, get, preparations, drawings, settle, finish, rendering: await before };
}

Deno.test("RenderedCache gives the answer before while only new checks are missing, and makes the next one once", async () => {
  const { board, get, rendering, preparations, finish } = await held();
  board.version = 2;
  assert.ok(!rendering.isCurrent(config));
  for (let i = 0; i < 1_000; i++) assert.equal(get(), rendering);
  assert.ok(rendering.isCurrent(config));
  assert.equal(preparations.length, 2);
  await finish(1, "second");
  assert.equal(await textOf(get()), "second");
  assert.ok(!rendering.isCurrent(config));
  assert.equal(preparations.length, 2);
});

Deno.test("RenderedCache lets everybody wait when a status changed, or the answer before is two seconds old", async () => {
  for (const age of [0, 2_000]) {
    const { board, clock, get, rendering, finish } = await held();
    await clock.advance(age);
    board.version += 1;
    if (age === 0) board.turns += 1;
    const next = get();
    assert.ok(next instanceof Promise);
    assert.ok(!rendering.isCurrent(config));
    await finish(1, "second");
    assert.equal(await textOf(next), "second");
  }
});

Deno.test("RenderedCache does not give an answer that was begun before a status changed", async () => {
  const { board, get, settle, preparations, drawings } = await held();
  board.version = 2;
  get();
  board.version = board.turns = 3;
  const prepared = get();
  assert.equal(preparations.length, 2);
  preparations[1].resolve();
  await settle();
  board.version = board.turns = 4;
  const late = get();
  assert.equal(preparations.length, 3);
  drawings[1].resolve({ text: "between" });
  assert.equal(await textOf(prepared), "between");
  assert.ok(!(await prepared).isCurrent(config));
  preparations[2].resolve();
  await settle();
  drawings[2].resolve({ text: "last" });
  assert.equal(await textOf(late), "last");
  assert.equal(await textOf(get()), "last");
});

Deno.test("RenderedCache.clear() lets nothing in that was under way, and nobody have what was there", async () => {
  const { board, cache, get, finish, preparations } = await held();
  board.version = 2;
  get();
  cache.clear("private");
  await finish(1, "second");
  assert.equal(cache.size.entries, 0);
  const next = get();
  await finish(2, "third");
  assert.equal(await textOf(next), "third");
  assert.equal(preparations.length, 3);
});

Deno.test("RenderedCache has the next answer packed as the one before before it is given", async () => {
  const { board, get, rendering, preparations, drawings, settle } = await held();
  await rendering.body("br");
  board.version = 2;
  get();
  preparations[1].resolve();
  await settle();
  drawings[1].resolve({ text: "second" });
  let next = get();
  while (await next === rendering) {
    await settle();
    next = get();
  }
  const bytes = (await next).body("br");
  assert.equal(brotliDecompressSync(Buffer.from(await Promise.race([bytes, "late"]))).toString(), "second");
});

Deno.test("RenderedCache gives the answer before when the next one fails, and tries again", async () => {
  const { board, get, rendering, preparations, drawings, settle, finish } = await held();
  board.version = 2;
  get();
  preparations[1].resolve();
  await settle();
  drawings[1].reject(new Error("no"));
  await settle();
  assert.equal(get(), rendering);
  await finish(2, "third");
  assert.equal(await textOf(get()), "third");
});

Deno.test("RenderedCache forgets a failed build", async () => {
  const { cache } = setup();
  await assert.rejects(
    async () =>
      await cache.get("k", { config, isOpen: false }, { draw: () => Promise.reject(new Error("no")) }),
    /no/,
  );
  assert.equal(
    await textOf(cache.get("k", { config, isOpen: false }, { draw: () => ({ text: "yes" }) })),
    "yes",
  );
});

Deno.test("RenderedCache keeps its memory bounded", async () => {
  const { cache, get } = setup();
  for (let i = 0; i < 3_000; i++) await get(`key ${i}`);
  assert.ok(cache.size.entries <= 2_000);
  for (let i = 0; i < 100; i++) await get(`big ${i}`, 1_000_000);
  assert.ok(cache.size.bytes <= 48 * 1024 * 1024, String(cache.size.bytes));
});

Deno.test("RenderedCache compresses each coding once, losslessly, and names equal content equally", async () => {
  const { cache } = setup();
  const text = "Zürich ✓ ".repeat(1_000);
  const rendering = await cache.get("k", { config, isOpen: false }, { draw: () => ({ text }) });
  const br = await rendering.body("br");
  assert.equal(await rendering.body("br"), br);
  assert.equal(brotliDecompressSync(Buffer.from(br)).toString(), text);
  assert.equal(gunzipSync(Buffer.from(await rendering.body("gzip"))).toString(), text);
  assert.equal(
    (await cache.get("other", { config, isOpen: false }, { draw: () => ({ text }) })).etag,
    rendering.etag,
  );
});

Deno.test("RenderedCache keeps a long text in one form as long as nobody asks for another", async () => {
  const { cache } = setup();
  const text = "Zürich ✓ ".repeat(10_000);
  const rendering = await cache.get("k", { config, isOpen: false }, { draw: () => ({ text }) });
  assert.equal(cache.size.bytes, text.length);
  const br = await rendering.body("br");
  assert.equal(cache.size.bytes, br.length);
  const [gzip, plain] = await Promise.all([rendering.body("gzip"), rendering.body("identity")]);
  assert.equal(gunzipSync(Buffer.from(gzip)).toString(), text);
  assert.equal(plain, text);
  assert.equal(await textOf(rendering), text);
});

Deno.test("RenderedCache counts a text that was given away, and keeps it from then on", async () => {
  const { board, cache } = setup();
  const text = "\uFEFFZürich ✓ ".repeat(10_000);
  const get = () => cache.get("k", { config, isOpen: false }, { draw: () => ({ text }) });
  const first = await get();
  assert.equal(await textOf(first), text);
  const br = await first.body("br");
  assert.equal(cache.size.bytes, text.length + br.length);
  board.version += 1;
  board.turns += 1;
  assert.equal(await textOf(await get()), text);
  assert.equal(cache.size.bytes, text.length + br.length, "the next one in the same forms");
  const packed = await cache.get("other", { config, isOpen: false }, { draw: () => ({ text }) });
  await packed.body("br");
  assert.equal(await textOf(packed), text, "unpacked it is the same to the first character");
});

Deno.test("RenderedCache lets go of answers that can no longer be given", async () => {
  const { cache, clock, turn, get } = setup();
  for (let i = 0; i < 10; i++) await get(`page ${i}`);
  turn();
  await get("page 9");
  assert.equal(cache.size.entries, 1);
  await clock.advance(60_000);
  await get("page 8");
  assert.equal(cache.size.entries, 1);
});

Deno.test("matches() compares validators weakly, in lists, and knows the star", () => {
  const cases: [string | null, boolean][] = [
    [null, false],
    ['W/"a"', true],
    ['"a"', true],
    ['"b", W/"a"', true],
    ['"b"', false],
    ["*", true],
  ];
  for (const [header, expected] of cases) assert.equal(matches(header, 'W/"a"'), expected, String(header));
});
