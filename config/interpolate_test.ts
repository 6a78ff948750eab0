import assert from "node:assert/strict";
import { expand } from "./interpolate.ts";

const env = { A: "one", EMPTY: "", DEEP: "${A}", "A:-b": "odd", QUOTED: 'x"\ny' };

for (
  const [text, value, unset] of [
    ["${A}", "one", []],
    ["x${A}y${A}", "xoneyone", []],
    ["${NOPE}", "", ["NOPE"]],
    ["${}", "", [""]],
    ["${EMPTY}", "", []],
    ["$$", "$", []],
    ["$${A}", "${A}", []],
    ["$$${A}", "$one", []],
    ["$A and $.status", "$A and $.status", []],
    ["${A", "${A", []],
    ["${A ${A}", "", ["A ${A"]],
    ["${DEEP}", "${A}", []],
    ["${A:-b}", "odd", []],
    ["${QUOTED}", 'x"\ny', []],
    ["${toString}", "", ["toString"]],
  ] as const
) {
  Deno.test(`expand() of ${JSON.stringify(text)}`, () => {
    const found = expand(text, env);
    assert.equal(found.value, value);
    assert.deepEqual(found.unset, unset);
  });
}
