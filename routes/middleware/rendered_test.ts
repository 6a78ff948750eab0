import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import type { Config } from "../../domain/config.ts";
import { ManualClock } from "../../tests/support/manual_clock.ts";
import { matches } from "./respond.ts";
import { RenderedCache } from "./rendered.ts";

const config = {} as Config;

function setup() {
  const clock = new ManualClock();
  const board = {
    version: 1,
    openVersion: 1,
    summary: () => assert.fail("not asked here"),
    gauges: () => [],
    peersFor: () => [],
  };
  let built = 0;
  const cache = new RenderedCache(board, clock);
  const get = (key = "k", size = 10, by = config) =>
    cache.get(
      key,
      { config: by, isOpen: false },
      () => ({ text: `${++built}`.padEnd(size, "x"), validator: "same" }),
    );
  return { clock, board, cache, get, built: () => built };
}

Deno.test("RenderedCache builds once for a thousand callers, and again when the version or the config moves", async () => {
  const { board, get, built } = setup();
  await Promise.all(Array.from({ length: 1_000 }, () => get()));
  assert.equal(built(), 1);
  board.version = 2;
  await get();
  assert.equal(built(), 2);
  await get("k", 10, {} as Config);
  assert.equal(built(), 3);
});

Deno.test("RenderedCache holds a big answer for a moment after the version moved, a small one not", async () => {
  const { board, clock, get, built } = setup();
  await get("big", 1_000_000);
  board.version = 2;
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
    cache.get("open", { config, isOpen: true }, () => ({ text: `${++built}`.padEnd(1_000_000) }));
  const first = await get();
  board.version = 2;
  await clock.advance(3_000);
  assert.equal(await get(), first);
  assert.ok(first.isCurrent(config));
  cache.clear("private");
  assert.equal(await get(), first);
  board.openVersion = 2;
  assert.equal(first.isCurrent(config), false);
  await get();
  cache.clear("all");
  await get();
  assert.equal(built, 3);
});

Deno.test("RenderedCache.clear() makes even an answer under way forgotten", async () => {
  const { cache, get, built } = setup();
  const first = get();
  cache.clear("private");
  await Promise.all([first, get()]);
  assert.equal(built(), 2);
  assert.equal(cache.size.entries, 1);
});

Deno.test("RenderedCache forgets a failed build", async () => {
  const { cache } = setup();
  await assert.rejects(
    async () => await cache.get("k", { config, isOpen: true }, () => Promise.reject(new Error("no"))),
    /no/,
  );
  assert.equal((await cache.get("k", { config, isOpen: true }, () => ({ text: "yes" }))).text, "yes");
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
  const rendering = await cache.get("k", { config, isOpen: true }, () => ({ text }));
  const br = await rendering.bytes("br");
  assert.equal(await rendering.bytes("br"), br);
  assert.equal(brotliDecompressSync(Buffer.from(br)).toString(), text);
  assert.equal(gunzipSync(Buffer.from(await rendering.bytes("gzip"))).toString(), text);
  assert.equal((await cache.get("other", { config, isOpen: true }, () => ({ text }))).etag, rendering.etag);
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
