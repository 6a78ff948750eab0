import assert from "node:assert/strict";
import { type Columns, newColumns, packBlock, unpackBlock } from "./blocks.ts";

function example(count: number, seed: number): Columns {
  const columns = { ...newColumns(count), count };
  let state = seed;
  const random = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4_294_967_296;
  };
  let at = 1_790_000_000_000 + Math.floor(random() * 1e9);
  for (let i = 0; i < count; i++) {
    at += random() < 0.01 ? 1 + Math.floor(random() * 1e8) : 9_500 + Math.floor(random() * 5);
    columns.at[i] = at;
    const isDown = random() < 0.02;
    columns.status[i] = (isDown ? 2 : 0) + (random() < 0.01 ? 4 : 0);
    columns.latency[i] = isDown ? -1 : random() < 0.01 ? 3_600_000 : 80 + Math.floor(random() * 20);
    columns.code[i] = isDown ? -1 : random() < 0.01 ? 0 : 200;
    columns.stands[i] = random() < 0.01 ? 0 : 28_500;
  }
  return columns;
}

Deno.test("packBlock() and unpackBlock() are each other's inverse", () => {
  for (const count of [0, 1, 2, 3, 100, 4_096]) {
    for (let seed = 1; seed <= 20; seed++) {
      const columns = example(count, seed);
      assert.deepEqual(unpackBlock(packBlock(columns)), columns, `${count} checks, seed ${seed}`);
    }
  }
});

Deno.test("a block of evenly timed checks takes at most 1.2 bytes a check", () => {
  const columns = example(5_120, 7);
  columns.at.forEach((_, i) => columns.at[i] = 1_790_000_000_000 + i * 30_000 + i % 4);
  columns.status.fill(0);
  columns.code.fill(200);
  columns.stands.fill(90_000);
  const bytes = packBlock(columns).length;
  assert.ok(bytes / 5_120 <= 1.2, `${bytes / 5_120}`);
});

Deno.test("unpackBlock() refuses damaged bytes or reads them without hanging", () => {
  const packed = packBlock(example(300, 3));
  assert.throws(() => unpackBlock(packed.subarray(0, packed.length - 5)));
  assert.throws(() => unpackBlock(new Uint8Array([9, 9, 9])));
  for (let i = 0; i < packed.length; i++) {
    const damaged = packed.slice();
    damaged[i] ^= 0x55;
    try {
      unpackBlock(damaged);
    } catch (error) {
      assert.ok(error instanceof Error);
    }
  }
});
