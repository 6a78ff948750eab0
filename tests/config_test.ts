import assert from "node:assert/strict";
import { formatProblem, type LoadResult, parseConfig } from "../config/load.ts";

const folder = "tests/testdata/config";
const secret = "sekrit-value-that-is-never-shown";
const env = { HORA_TEST_SECRET: secret };

/** What `hora check` would print. */
function reportOf(result: LoadResult): string {
  const problems = result.ok ? [] : result.problems.map((problem) => `error ${formatProblem(problem)}`);
  const warnings = result.warnings.map((problem) => `warning ${formatProblem(problem)}`);
  return [...problems, ...warnings].map((line) => line + "\n").join("");
}

function examples(kind: "broken" | "good"): string[] {
  return [...Deno.readDirSync(`${folder}/${kind}`)]
    .map((entry) => entry.name).filter((name) => name.endsWith(".toml")).sort();
}

/** With `HORA_TEST_ACCEPT=1` the found reports become the expected ones, to be read before they are committed. */
async function expectReport(kind: "broken" | "good", name: string): Promise<LoadResult> {
  const result = parseConfig(await Deno.readTextFile(`${folder}/${kind}/${name}`), { file: name, env });
  const path = `${folder}/${kind}/${name.replace(/toml$/, "expected")}`;
  const found = reportOf(result);
  if (Deno.env.get("HORA_TEST_ACCEPT") === "1") await Deno.writeTextFile(path, found);
  assert.equal(found, await Deno.readTextFile(path));
  assert.ok(!found.includes(secret), "a secret was printed");
  return result;
}

Deno.test("fifty and more broken files are refused, each with its whole report", async (t) => {
  const names = examples("broken");
  assert.ok(names.length >= 50);
  for (const name of names) {
    await t.step(name, async () => assert.ok(!(await expectReport("broken", name)).ok));
  }
});

Deno.test("good files load, with the warnings they deserve", async (t) => {
  for (const name of examples("good")) {
    await t.step(name, async () => assert.ok((await expectReport("good", name)).ok));
  }
});

Deno.test("HORA_BIND replaces the address, but does not hide that the file's is no text", () => {
  const parse = (bind: string) =>
    parseConfig(`[page]\n[server]\nbind = ${bind}\n`, { file: "x.toml", env: { HORA_BIND: "127.0.0.1:1" } });
  const good = parse('"0.0.0.0:80"');
  assert.ok(good.ok && good.config.server.bind === "127.0.0.1:1");
  assert.equal(reportOf(parse("5")), "error x.toml:3:8: server.bind: must be a text in quotes, got 5\n");
});
