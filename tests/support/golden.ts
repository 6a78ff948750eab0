import assert from "node:assert/strict";

/** Compares with `tests/testdata/{name}`; `HORA_GOLDEN=write` makes the file anew, to be looked at before it is committed. */
export async function golden(name: string, actual: string): Promise<void> {
  const path = new URL(`../testdata/${name}`, import.meta.url);
  if (Deno.env.get("HORA_GOLDEN") === "write") {
    await Deno.mkdir(new URL(".", path), { recursive: true });
    await Deno.writeTextFile(path, actual);
  }
  assert.equal(actual, await Deno.readTextFile(path));
}
