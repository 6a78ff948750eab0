import assert from "node:assert/strict";
import { TextLineStream } from "./support/lines.ts";
import { systemClock } from "../domain/clock.ts";
import { openStore } from "../store/open.ts";
import type { SqliteStore } from "../store/sqlite/store.ts";

const kills = Deno.env.get("HORA_TEST_FULL") === "1" ? 200 : 12;

/** Lets a writer run until so much was accepted and a moment longer, kills it, and returns what it said was accepted. */
async function runAndKill(path: string, round: number, least: number): Promise<string[]> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "tests/support/crash_child.ts", path, String(round)],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const said: string[] = [];
  for await (
    const line of child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())
  ) {
    said.push(line);
    if (said.length === least) setTimeout(() => child.kill("SIGKILL"), (round * 7) % 50);
  }
  assert.equal((await child.status).signal, "SIGKILL");
  return said.filter((line) => line !== "ready");
}

async function verify(store: SqliteStore, said: readonly string[], what: string): Promise<void> {
  const kept = new Map<string, Set<number>>();
  for (const id of ["web", "api", "job", "burst"]) {
    const checks = await Array.fromAsync(store.checks.stream(id, 0, Infinity));
    kept.set(id, new Set(checks.map((check) => check.at)));
    const hours = await store.aggregates.list({ grain: "hour", fromAt: 0, untilAt: 4e12, monitorId: id });
    const counted = hours.reduce((sum, { counts }) => sum + counts.up + counts.degraded + counts.down, 0);
    assert.equal(counted, checks.length, `${what}: hours of ${id} and its checks differ`);
  }
  const silences = new Set((await store.silences.listActive(0)).map((silence) => silence.id));
  for (const line of said) {
    const [kind, id, at] = line.split(" ");
    if (kind === "check") assert.ok(kept.get(id)!.has(Number(at)), `${what}: lost ${line}`);
    if (kind === "incident") assert.ok(await store.incidents.find(Number(id)), `${what}: lost ${line}`);
    if (kind === "closed") {
      assert.ok((await store.incidents.find(Number(id)))!.endedAt, `${what}: lost ${line}`);
    }
    if (kind === "silence") assert.ok(silences.has(Number(id)), `${what}: lost ${line}`);
  }
}

Deno.test(`kill -9 under load, ${kills} times, loses nothing that was acknowledged`, async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/hora.db`;
  try {
    for (let round = 0; round < kills; round++) {
      // Verified every time for what this life said, and at the end for one life more.
      const said = await runAndKill(path, round, 2 + (round * 37) % 60);
      assert.ok(said.length > 0);
      await using store = await openStore(path, { clock: systemClock, exclusive: true });
      await verify(store, said, `kill ${round + 1}`);
      assert.deepEqual(store.db.all("PRAGMA quick_check").map((row) => Object.values(row)[0]), ["ok"]);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
