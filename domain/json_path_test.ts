import assert from "node:assert/strict";
import { readJsonPath } from "./json_path.ts";

const numbers: readonly (readonly [literal: string, value: number | null])[] = [
  ["0", 0],
  ["-0", 0],
  ["0.5", 0.5],
  ["-0.5", -0.5],
  ["0.7e0", 0.7],
  ["0e1", 0],
  ["0E-3", 0],
  ["12", 12],
  ["1.20", 1.2],
  ["1e+2", 100],
  ["05", null],
  ["-01", null],
  ["00.5", null],
  ["1.", null],
  [".5", null],
  ["1.-5", null],
];

for (const [literal, value] of numbers) {
  Deno.test(`a filter ${value === null ? "may not say" : "may say"} ${literal}`, () => {
    const path = `$[?@ == ${literal}]`;
    if (value === null) assert.throws(() => readJsonPath(path), /JSONPath|number|expected|digit/);
    else assert.deepEqual(readJsonPath(path).query([value, value + 1, "0.5"]).values(), [value]);
  });
}

Deno.test("numbers are read in arguments and comparisons alike, and texts with digits stay what they are", () => {
  const found = (path: string) =>
    readJsonPath(path).query([{ a: 0.3, n: "0.5" }, { a: 0.9, n: "" }]).values();
  assert.deepEqual(found("$[?0.5 < @.a].a"), [0.9]);
  assert.deepEqual(found("$[?@.a < 0.5 && @.n == '0.5'].a"), [0.3]);
  assert.deepEqual(found("$[?length(@.n) == 0.3e1].a"), [0.3]);
  assert.deepEqual(found("$[0,1].a"), [0.3, 0.9]);
});

Deno.test("length() counts characters, elements and members", () => {
  const values = ["😀é", "abc", [1, 2], { a: 1, b: 2 }, 2];
  assert.deepEqual(readJsonPath("$[?length(@) == 2]").query(values).values(), ["😀é", [1, 2], {
    a: 1,
    b: 2,
  }]);
});
