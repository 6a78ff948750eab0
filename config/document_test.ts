import assert from "node:assert/strict";
import { readQuickly } from "./document.ts";
import { parseConfig } from "./parse.ts";
import { SyntaxTree } from "./syntax_tree.ts";

const files: readonly string[] = [
  "",
  "a = 1\nb = 1.0\nc = 1e3\nd = inf\ne = -nan\nf = true\n",
  "a = 0x1F\nb = 0o17\nc = 0b11\nd = 9223372036854775807\ne = -1_000\n",
  'a = "x\\t\\x41\\e\\u00e9\\U0001F600"\nb = \'\\t\'\n"c d" = "é"\n\'\' = ""\n',
  "a = \"\"\"\nx\\\n   y\"\"\"\nb = '''\nz'''\n",
  "a.b.c = 1\na.b.d = { e = [1, [2.5, { f = true }]], g.h = 2, }\n[a.x]\ny = 1\n",
  "[[m]]\nid = 1\n[m.headers]\nX = 'y'\n[[m]]\n[[m.sub]]\nv = 1\n[[m.sub]]\nv = 2\n",
  'x = {\n  a = 1, # one\n  "b" = [ # two\n    1,\n    2,\n  ],\n}\r\ny = 1\r\n',
  "__proto__ = 1\n[a]\n__proto__.b = 1\nconstructor = { __proto__ = 2 }\n",
];

Deno.test("both readers find the same values", () => {
  for (const text of files) {
    const quick = readQuickly(text);
    assert.notEqual(quick, null, text);
    assert.deepEqual(quick, new SyntaxTree(text).root, text);
  }
});

Deno.test("what the quick reader gets wrong is left to the other", () => {
  for (
    const text of ["a = 2026-02-30\n", "a = 10:00:00\n", 'a = """\nq\\\n  """"\n', "a = \n", "a = 1\na = 2\n"]
  ) {
    assert.equal(readQuickly(text), null, text);
  }
  assert.equal(new SyntaxTree('a = """\nq\\\n  """"\n').root.a, 'q"');
  const bad = parseConfig("[page]\n[server]\n[[maintenance]]\nstart = 2026-02-30T00:00:00Z\nend = 1\n", {
    file: "x",
    env: {},
  });
  assert.ok(!bad.ok);
});

Deno.test("a reference is expanded however its `$` is written", () => {
  for (const dollar of ["$", "\\x24", "\\u0024", "\\U00000024"]) {
    const read = parseConfig(`[page]\ntitle = "${dollar}{NAME}"\n[server]\n`, {
      file: "x",
      env: { NAME: "Harbour" },
    });
    assert.ok(read.ok);
    assert.equal(read.config.page.title, "Harbour", dollar);
  }
});

Deno.test("a file is told to be nested too deeply instead of ending the program", () => {
  const deep = 50_000;
  const dotted = Array(deep).fill("a").join(".");
  for (
    const text of [
      `x = ${"[".repeat(deep)}${"]".repeat(deep)}`,
      `x = ${"{a=".repeat(deep)}1${"}".repeat(deep)}`,
      `${dotted} = 1`,
      `[${dotted}]`,
    ]
  ) {
    const result = parseConfig(text, { file: "x", env: {} });
    assert.deepEqual(
      result.ok ? [] : result.problems.map(({ message }) => message),
      ["not valid TOML: it is nested too deeply"],
    );
  }
});
