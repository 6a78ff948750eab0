import assert from "node:assert/strict";
import { Database } from "../store/sqlite/database.ts";
import { runHora } from "./support/process.ts";
import { Receiver } from "./support/receiver.ts";

/** A folder in which nobody may write: an ordinary one, or for root, whom modes do not stop, one of the kernel's. */
async function unwritable(folder: string): Promise<string | null> {
  await Deno.mkdir(`${folder}/closed`, { mode: 0o555 });
  for (const candidate of [`${folder}/closed`, "/sys"]) {
    try {
      await Deno.writeTextFile(`${candidate}/try`, "");
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) return candidate;
    }
  }
  return null;
}

Deno.test("the command says in one sentence which database it cannot use, and logs as it is told to", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "hora-environment-" });
  try {
    await using target = new Receiver();
    await using hook = new Receiver();
    await Deno.writeTextFile(
      `${folder}/hora.toml`,
      `[page]\n[server]\n[alerts]\nfail_threshold = 1\n[[channels]]\nname = "hook"\ntype = "webhook"\nurl = "${hook.url}"\n` +
        `[[monitors]]\nid = "shop"\nname = "Shop"\nkind = "http"\ninterval_secs = 1\nprobe_retries = 0\ntarget = "${target.url}/"\n`,
    );

    await t.step("HORA_LOG_FORMAT=json: one object a line", async () => {
      await using hora = runHora(folder, { HORA_LOG_FORMAT: "json" });
      await hora.logged("Status page: ");
      hora.signal("SIGTERM");
      assert.equal(await hora.ended, 0);
      const lines = hora.log().trim().split("\n").map((line) => JSON.parse(line));
      assert.ok(lines.length >= 3);
      for (const { level, logger, message, "@timestamp": at } of lines) {
        assert.match(level, /^(INFO|WARN)$/);
        assert.match(logger, /^hora(\.|$)/);
        assert.ok(Date.parse(at) > 0);
        assert.equal(typeof message, "string");
      }
      assert.equal(lines.at(-1).message, "Stopped");
    });

    await t.step("HORA_LOG=warn: warnings and worse only", async () => {
      target.answer = () => new Response("no", { status: 500 });
      hook.answer = () => new Response("no", { status: 503 });
      await using hora = runHora(folder, { HORA_LOG: "warn", HORA_LOG_FORMAT: "json" });
      await hora.logged("rejected (HTTP 503)");
      hora.signal("SIGTERM");
      assert.equal(await hora.ended, 0);
      const lines = hora.log().trim().split("\n").map((line) => JSON.parse(line));
      assert.deepEqual([...new Set(lines.map(({ level }) => level))], ["WARN"]);
    });

    await t.step("a database of a newer Hora is left as it is", async () => {
      const path = `${folder}/hora.db`;
      const newer = new Database(path);
      newer.exec("PRAGMA user_version = 99");
      newer.close();
      const before = await Deno.readFile(path);
      for (const args of [[], ["incidents"]]) {
        await using hora = runHora(folder, {}, args);
        assert.equal(await hora.ended, 1);
        assert.match(
          hora.log(),
          /^(Error: )?\S*hora\.db was written by a newer Hora \(schema 99, this one knows \d+\); start that version again or [^\n]*\n$/m,
        );
      }
      assert.deepEqual(await Deno.readFile(path), before);
    });

    const closed = await unwritable(folder);
    await t.step({
      name: "a folder in which it may not write",
      ignore: closed === null,
      async fn() {
        await using hora = runHora(folder, { HORA_DATABASE_PATH: `${closed}/hora.db` });
        assert.equal(await hora.ended, 1);
        assert.match(hora.log(), /^Cannot make the database \S*\/hora\.db: [^\n]*\n$/m);
      },
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
