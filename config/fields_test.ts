import assert from "node:assert/strict";
import { u16, u32 } from "./fields.ts";
import type { Shape } from "./section.ts";
import * as shapes from "./shapes.ts";

const { channelShapes, ...sections } = shapes;
const keys = Object.entries({ ...sections, ...channelShapes }).flatMap(([section, shape]) =>
  Object.entries(shape as Shape).map(([key, field]) => ({ name: `${section}.${key}`, field }))
);

const numbers = [-1, 0, 1, 2, 5, 6, 20, 21, u16, u16 + 1, u32, u32 + 1, 2 ** 53];
const texts = ["", "up", "http", "push", "info", "any", "POST", "smtp", "none", "__proto__"];
const values = [
  ...numbers,
  ...texts,
  true,
  false,
  [],
  [""],
  ["a", "b"],
  ["a", 1],
  [[]],
  {},
  { a: "b" },
  null,
];

Deno.test("what is plainly right is right by the schema too, and stays as it is", () => {
  const plain = new Set<string>();
  for (const { name, field } of keys) {
    for (const value of values) {
      if (!field.isPlain(value)) continue;
      plain.add(name);
      const result = field.schema().safeParse(value);
      assert.ok(result.success, `${name}: ${JSON.stringify(value)}`);
      assert.deepEqual(result.data, value, name);
    }
  }
  const common = ["id", "name", "kind", "target", "interval_secs", "group", "public", "notify"];
  for (const key of common) assert.ok(plain.has(`monitorShape.${key}`), key);
});

Deno.test("an absent key counts as what its schema takes", () => {
  for (const { name, field } of keys) {
    const result = field.whole().safeParse(undefined);
    assert.equal(result.success, field.absent !== null, name);
    assert.deepEqual(result.data, field.absent?.value, name);
  }
});
