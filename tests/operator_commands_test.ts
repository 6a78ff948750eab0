import assert from "node:assert/strict";
import { AlertBench } from "./support/alerting.ts";
import { Receiver } from "./support/receiver.ts";

const main = new URL("../main.ts", import.meta.url).pathname;

async function hora(folder: string, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", main, ...args],
    cwd: folder,
    env: { HORA_CONFIG: `${folder}/hora.toml`, HORA_DATABASE_PATH: `${folder}/hora.db`, NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

Deno.test("the operator's commands work beside a database with a past", async () => {
  const folder = await Deno.makeTempDir({ prefix: "hora-commands-" });
  await using receiver = new Receiver();
  const config =
    `[page]\n[server]\n[alerts]\nfail_threshold = 2\n[[channels]]\nname = "hook"\ntype = "webhook"\n` +
    `url = "${receiver.url}/secret-hook"\n[[monitors]]\nid = "shop"\nname = "Shop"\nkind = "http"\ninterval_secs = 60\n` +
    `target = "http://127.0.0.1:9/"\n`;
  try {
    await Deno.writeTextFile(`${folder}/hora.toml`, config);
    const missing = await hora(folder, "incidents");
    assert.equal(missing.code, 1);
    assert.match(missing.err, /no database at/);
    {
      await using bench = await AlertBench.open(config, { path: `${folder}/hora.db` });
      for (const status of ["up", "down", "down", "down", "up", "down", "up"] as const) {
        await bench.check("shop", status);
      }
      await receiver.until(2);
    }
    const listed = await hora(folder, "incidents");
    assert.match(
      listed.out,
      /^#1 {2}Shop {2}2026-11-23 12:01:00 UTC -> 2026-11-23 12:04:00 UTC \(3m 0s\)\n {6}error: connection refused\n$/,
    );
    assert.equal(
      (await hora(folder, "annotate", "last", "bad", "deploy")).out,
      "Annotated incident #1: bad deploy\n",
    );
    assert.equal((await hora(folder, "annotate", "9", "x")).code, 1);
    assert.equal(
      (await hora(folder, "annotate", "last", "--", "-dash", "--", "x")).out,
      "Annotated incident #1: -dash -- x\n",
    );
    assert.match((await hora(folder, "annotate", "last", "--")).err, /^usage: /);
    const explained = await hora(folder, "explain", "shop", "--at", "2026-11-23 12:30");
    const noDay = await hora(folder, "explain", "shop", "--at", "2026-02-30 12:30");
    assert.match(noDay.err, /"2026-02-30 12:30" is no time/);
    assert.match(explained.out, /Check failed \(1 of 2\): connection refused\n/);
    assert.match(explained.out, /Told that it is down: hook \(incident #1\)\n/);
    assert.match(explained.out, /The recovered message about Shop was accepted by hook \(1 attempt\)\n/);
    assert.match(explained.out, /Good again after 1 failed, less than a confirmed outage\n/);

    assert.match(
      (await hora(folder, "silence", "shop,shop", "10m", "deploy")).out,
      /^Silenced shop until .* UTC\.\n$/,
    );
    assert.match(
      (await hora(folder, "silence", "list")).out,
      /^shop: until .* UTC \((9m 5\ds|10m 0s) left\) - deploy\n$/,
    );
    assert.equal((await hora(folder, "silence", "clear")).out, "Cleared 1 active silence(s).\n");
    await hora(folder, "silence", "shop", "10m", "--", "-1 host");
    assert.match((await hora(folder, "silence", "list")).out, / left\) - -1 host\n$/);
    await hora(folder, "silence", "clear");
    assert.match(
      (await hora(folder, "silence", "nope", "1m")).err,
      /^unknown monitor: nope\nConfigured ids:\n {2}shop\n$/,
    );
    assert.equal((await hora(folder, "silence", "shop", "8d")).code, 1);
    assert.match((await hora(folder, "silence", "shop,", "1m")).out, /^Silenced shop until /);
    assert.match((await hora(folder, "silence", ",", "1m")).err, /^usage: /);
    assert.match((await hora(folder, "silence", "clear", "nope")).err, /^unknown monitor: nope\n/);
    assert.equal((await hora(folder, "silence", "clear", "shop")).out, "Cleared 1 active silence(s).\n");
    assert.match((await hora(folder, "announce", "list", "all")).err, /^usage: /);
    assert.match((await hora(folder, "report", "--cvs")).err, /^unknown option: --cvs\n/);
    assert.match(
      (await hora(folder, "announce", "Fibre", "works", "--severity", "warning")).out,
      /^Pinned \[warning\] "Fibre" \(until `hora announce clear`\)\.\n$/,
    );
    assert.equal(
      (await hora(folder, "announce", "list")).out,
      "#1 [warning] Fibre (until cleared)\n      works\n",
    );
    assert.equal((await hora(folder, "announce", "clear")).out, "Cleared 1 announcement(s).\n");
    await hora(folder, "announce", "--severity", "info", "--", "--until", "noon");
    assert.match((await hora(folder, "announce", "list")).out, /^#\d+ \[info\] --until .*\n {6}noon\n$/);
    await hora(folder, "announce", "clear");
    assert.equal((await hora(folder, "report", "2999-01")).code, 1);

    receiver.seen.length = 0;
    const tested = await hora(folder, "test-alert");
    assert.equal(tested.code, 0);
    assert.match(tested.out, /Done\. Every channel accepted both notifications\.\n$/);
    assert.deepEqual(receiver.seen.map((seen) => JSON.parse(seen.body).event), ["down", "recovered"]);
    receiver.answer = () => new Response("unknown secret-hook", { status: 404 });
    const refused = await hora(folder, "test-alert");
    assert.equal(refused.code, 1);
    assert.match(refused.err, /Delivery failed on: hook \(the warnings above say why\)\.\n$/);
    assert.doesNotMatch(refused.err, /secret-hook/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("explain says how it came to what lasts since long ago, and what is left of a monitor that left the file", async () => {
  const folder = await Deno.makeTempDir({ prefix: "hora-explain-" });
  const monitor = (id: string) =>
    `[[monitors]]\nid = "${id}"\nname = "${id}"\nkind = "tcp"\ninterval_secs = 60\ntarget = "127.0.0.1:9"\n`;
  const config = `[page]\n[server]\n[alerts]\nfail_threshold = 1\n${monitor("shop")}`;
  try {
    await Deno.writeTextFile(`${folder}/hora.toml`, config);
    const startAt = Date.parse("2020-02-02T12:00:00Z");
    {
      const path = `${folder}/hora.db`;
      await using bench = await AlertBench.open(config + monitor("gone"), { path, startAt });
      await bench.check("shop", "down");
      await bench.check("gone", "down");
      await bench.reload(config);
    }
    const [shop, gone, never] = await Promise.all(
      ["shop", "gone", "never"].map((id) => hora(folder, "explain", id)),
    );
    assert.match(shop.out, /^2020-02-02 12:00:00 UTC {2}Check failed \(1 of 1\): connection refused\n/);
    assert.match(shop.out, /Down is confirmed/);
    assert.match(gone.out, /It is no longer configured \(incident #2\)\n$/);
    assert.deepEqual([shop.code, gone.code, never.code], [0, 0, 1]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
