import assert from "node:assert/strict";
import { systemClock } from "../domain/clock.ts";
import { openStore } from "../store/open.ts";
import { Database } from "../store/sqlite/database.ts";
import { withFolder } from "./support/filled_file.ts";
import { runHora } from "./support/process.ts";

const config =
  `[page]\n[server]\n[[monitors]]\nid = "job"\nname = "Job"\nkind = "push"\ninterval_secs = 60\n` +
  `push_token = "a-token-that-is-long-enough-for-it"\n`;

/** The last one is read when the page is served already. */
for (const key of ["machine/job", "peer:other", "push_first:job"]) {
  Deno.test(`a start that meets a damaged state ${key} ends with one sentence`, () =>
    withFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/hora.toml`, config);
      await (await openStore(`${folder}/hora.db`, { clock: systemClock })).close();
      const db = new Database(`${folder}/hora.db`);
      db.run("INSERT INTO states VALUES (?, '{')", key);
      db.close();
      await using hora = runHora(folder);
      assert.equal(await hora.ended, 1);
      assert.match(
        hora.log().trim(),
        /^The database is damaged: stop Hora, run "hora db check", and restore the last backup \(.*state \S+ cannot be read: malformed\)$/m,
      );
      assert.doesNotMatch(hora.log(), /^\s+at |Uncaught/m, "no stack trace");
    }));
}
