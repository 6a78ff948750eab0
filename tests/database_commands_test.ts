import assert from "node:assert/strict";
import { systemClock } from "../domain/clock.ts";
import { percentilesOf } from "../domain/histogram.ts";
import type { Aggregate } from "../domain/store.ts";
import { importHora } from "../store/import_hora.ts";
import { readStats } from "../store/inspect.ts";
import { openStore } from "../store/open.ts";
import { someCheck } from "./support/checks.ts";
import { makeOtherHora } from "./support/other_hora.ts";

const start = Date.parse("2026-06-01T00:00:00Z");

class Desk {
  readonly folder = Deno.makeTempDirSync();
  readonly database = `${this.folder}/hora.db`;

  constructor() {
    Deno.writeTextFileSync(
      `${this.folder}/hora.toml`,
      `[page]\n[server]\ndatabase_path = "${this.database}"\n\n[[monitors]]\nid = "web"\nname = "Web"\nkind = "tcp"\ntarget = "127.0.0.1:1"\ninterval_secs = 60\n`,
    );
  }
  spawn(...args: string[]): Deno.ChildProcess {
    return this.#command(args, "null").spawn();
  }
  #command(args: readonly string[], output: "piped" | "null"): Deno.Command {
    return new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "main.ts", ...args],
      env: { HORA_CONFIG: `${this.folder}/hora.toml`, NO_COLOR: "1" },
      stdout: output,
      stderr: output,
    });
  }
  async hora(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const output = await this.#command(args, "piped").output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
    return { code: output.code, out: text(output.stdout), err: text(output.stderr) };
  }
  [Symbol.dispose](): void {
    Deno.removeSync(this.folder, { recursive: true });
  }
}

Deno.test("hora backup, restore, db and import hora work on the configured database", async () => {
  using desk = new Desk();
  assert.match((await desk.hora("backup", `${desk.folder}/x.db`)).err, /^Error: There is no database at /);
  makeOtherHora(`${desk.folder}/old.db`, start, 50);
  const imported = await desk.hora("import", "hora", `${desk.folder}/old.db`);
  assert.equal(
    imported.out,
    "Imported 100 checks of 2 monitors, 2 older hours and days, 1 incidents, 1 silences and 1 announcements.",
    imported.err,
  );
  const daemon = await openStore(desk.database, { clock: systemClock, exclusive: true });
  const copy = `${desk.folder}/copy.db`;
  const made = await desk.hora("backup", copy);
  assert.match(made.out, /^Backed up .*hora\.db to .*copy\.db \(\d+ KiB\)\.$/, made.err);
  assert.equal(Deno.statSync(copy).mode! & 0o777, 0o600);
  assert.match((await desk.hora("backup", copy)).err, /it exists already/);
  await daemon.commit({ checks: [someCheck({ monitorId: "web", at: start + 9e9 })], durable: true });
  assert.match((await desk.hora("restore", copy)).err, /Another Hora is running/);
  assert.match((await desk.hora("import", "hora", `${desk.folder}/old.db`)).err, /Another Hora is running/);
  await daemon.close();

  const stats = await desk.hora("db", "stats");
  assert.match(stats.out, /Sealed checks {9}100 /, stats.err);
  assert.match((await desk.hora("db", "check")).out, /is sound\.$/);
  const restored = await desk.hora("restore", copy);
  assert.match(
    restored.out,
    /^Restored .*hora\.db from .*copy\.db\.\nWhat was there before is .*hora\.db\.replaced/,
    restored.err,
  );
  await using after = await openStore(desk.database, { clock: systemClock });
  assert.equal((await Array.fromAsync(after.checks.stream("web", 0, Infinity))).length, 50);
});

Deno.test("hora db check and hora restore name what is damaged", async () => {
  using desk = new Desk();
  const store = await openStore(desk.database, { clock: systemClock });
  const checks = Array.from(
    { length: 6_000 },
    (_, i) => someCheck({ monitorId: "web", at: start + i * 1_000 }),
  );
  await store.commit({ checks, durable: true });
  await store.upkeep({
    now: start + 1e9,
    retentionDays: new Map([["web", 9_999]]),
    hourlyDays: 9_999,
    dailyDays: 9_999,
    incidentsDays: 9_999,
    orphansDays: 30,
  }, new AbortController().signal);
  await store.close();
  const bytes = await Deno.readFile(desk.database);
  const damaged = bytes.slice();
  const page = damaged.findIndex((_, i) => i % 4_096 === 0 && i > 8_192 && damaged[i] === 13);
  damaged.fill(0xaa, page + 8, page + 200);
  await Deno.writeFile(`${desk.folder}/damaged.db`, damaged);
  const refused = await desk.hora("restore", `${desk.folder}/damaged.db`);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /damaged\.db cannot be restored: /);
  assert.deepEqual(await Deno.readFile(desk.database), bytes);
  await Deno.writeFile(desk.database, damaged);
  const checked = await desk.hora("db", "check");
  assert.equal(checked.code, 1);
  assert.match(checked.err, /Stop Hora and restore the last backup/);
});

Deno.test("hora import hora, killed again and again, ends with everything once", async () => {
  using desk = new Desk();
  const [old, whole] = [`${desk.folder}/old.db`, `${desk.folder}/whole.db`];
  makeOtherHora(old, start, 40_000);
  for (let kills = 0; kills < 3; kills++) {
    const child = desk.spawn("import", "hora", old);
    const enough = sealed(desk.database) + 10_000;
    while (sealed(desk.database) < enough) await new Promise((resolve) => setTimeout(resolve, 2));
    child.kill("SIGKILL");
    await child.status;
  }
  const before = sealed(desk.database);
  assert.ok(before < 80_000, "the last one was killed on its way");
  const last = await desk.hora("import", "hora", old);
  assert.match(last.out, new RegExp(`^Imported ${80_000 - before} checks of 2 monitors`), last.err);

  const clock = systemClock;
  await using straight = await openStore(whole, { clock });
  await importHora(straight, old);
  await using killed = await openStore(desk.database, { clock });
  for (const grain of ["hour", "day"] as const) {
    const query = { grain, fromAt: 0, untilAt: Infinity };
    const [wanted, found] = [await straight.aggregates.list(query), await killed.aggregates.list(query)];
    const figures = ({ latency, ...rest }: Aggregate) => ({
      ...rest,
      p: percentilesOf(latency, [50, 95, 99]),
    });
    assert.deepEqual(found.map(figures), wanted.map(figures));
  }
});

/** Checks in sealed blocks of a file that another process writes; 0 while it is not there yet. */
function sealed(path: string): number {
  try {
    return readStats(path).sealedChecks;
  } catch {
    return 0;
  }
}
