import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { type Clock, DAY, HOUR, systemClock } from "../domain/clock.ts";
import { percentilesOf } from "../domain/histogram.ts";
import { readStats } from "../store/inspect.ts";
import { openStore } from "../store/open.ts";
import type { SqliteStore } from "../store/sqlite/store.ts";
import { someCheck } from "../tests/support/checks.ts";
import { datasetToml, INTERVAL_MS, makeDataset, monitorIds, scales } from "./dataset.ts";
import { measureServing } from "./serving.ts";
import { startArgs, startEnv } from "./start_args.ts";
import { type BenchOptions, type BenchRow, report } from "./report.ts";

const RUNS = 5;
/** Upkeep rests between its slices, so few are enough. */
const UPKEEP_MONITORS = 10;

/**
 * The store on the yardstick's data: size, start, reading, writing and upkeep; beside it the other program's schema with a smaller copy.
 * `HORA_BENCH_DB` names a file to keep and use again; without it everything is made in a temporary folder.
 */
export async function run(options: BenchOptions): Promise<void> {
  const folder = await Deno.makeTempDir();
  const kept = Deno.env.get("HORA_BENCH_DB");
  const path = kept ?? `${folder}/hora.db`;
  const rows: BenchRow[] = [];
  const add = (row: string, value: number, unit: string, more: Partial<BenchRow> = {}) =>
    rows.push({ bench: "store", row, value, unit, ...more });
  try {
    if (!await exists(path)) {
      const endAt = Math.floor(systemClock.now() / HOUR) * HOUR;
      const made = await makeDataset(path, options.scale, endAt);
      add("made in", made.tookMs / 1_000, "s", { target: 600, better: "lower" });
    }
    sizes(path, add);
    await measureServing(path, options.scale, folder, add);
    await reading(path, options, add);
    await writing(`${folder}/writing.db`, add);
    await upkeeping(folder, add);
    await copying(path, folder, add);
    await otherSchema(folder, add);
    report(rows, options);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

type Add = (row: string, value: number, unit: string, more?: Partial<BenchRow>) => void;

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

function sizes(path: string, add: Add): void {
  const stats = readStats(path);
  add("checks", stats.hotChecks + stats.sealedChecks, "checks");
  add("file", stats.fileBytes / 1e6, "MB", { target: 900, better: "lower" });
  add("bytes a sealed check, pages and index included", stats.sealedBytes / stats.sealedChecks, "byte", {
    target: 1.2,
    better: "lower",
  });
}

/** How long the event loop was held at most: the longest time between two turns of a one-millisecond timer. */
class Holds {
  #longestMs = 0;
  #before = performance.now();
  readonly #timer = setInterval(() => {
    const now = performance.now();
    this.#longestMs = Math.max(this.#longestMs, now - this.#before);
    this.#before = now;
  }, 1);
  end(): number {
    clearInterval(this.#timer);
    return this.#longestMs;
  }
}

/** Median and spread of some runs of `work`, in ms. */
async function timed(work: () => unknown): Promise<{ value: number; spread: readonly [number, number] }> {
  const times: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    const startedAt = performance.now();
    await work();
    times.push(performance.now() - startedAt);
  }
  times.sort((a, b) => a - b);
  return { value: times[RUNS >> 1], spread: [times[0], times[RUNS - 1]] };
}

/** What the board reads at start: the newest check of each, 90 days, and the hours of the last day with their latencies. */
async function loadBoard(store: SqliteStore, now: number): Promise<number> {
  const last = await store.checks.lastOfEach();
  const days = await store.aggregates.days(now - 90 * DAY, now);
  const hours = await store.aggregates.list({ grain: "hour", fromAt: now - DAY - HOUR, untilAt: now });
  const open = await store.incidents.listOpen();
  for (const hour of hours) percentilesOf(hour.latency, [50, 95, 99]);
  return last.size + days.size + hours.length + open.length;
}

async function reading(path: string, { scale }: BenchOptions, add: Add): Promise<void> {
  const ids = monitorIds(scale);
  const opened = await timed(async () => {
    const store = await openStore(path, { clock: systemClock });
    await loadBoard(store, await newestAt(store));
    await store.close();
  });
  add("of that: open and read all a board needs, warmed up", opened.value, "ms", { spread: opened.spread });
  await using store = await openStore(path, { clock: systemClock });
  const now = await newestAt(store);
  const span = Math.min(30, scales[scale].days);
  const one = async (row: string, target: number | undefined, work: (id: string) => Promise<unknown>) => {
    let i = 0;
    const { value, spread } = await timed(() => work(ids[i++ * 7 % ids.length]));
    add(row, value, "ms", { spread, target, better: "lower" });
  };
  await one(
    `latency of one monitor, ${span} days by the hour`,
    20,
    (id) => store.checks.latencySeries(id, now - span * DAY, now, HOUR),
  );
  await one(
    `latency of one monitor, ${span} days by the minute, from checks`,
    undefined,
    (id) => store.checks.latencySeries(id, now - span * DAY, now, 60_000),
  );
  await one(
    "latency of one monitor, 24 hours by 15 minutes",
    undefined,
    (id) => store.checks.latencySeries(id, now - DAY, now, 15 * 60_000),
  );
  await one(
    "days of one monitor, 90 days",
    undefined,
    (id) => store.aggregates.list({ grain: "day", fromAt: now - 90 * DAY, untilAt: now, monitorId: id }),
  );
  await one("newest 100 checks of one monitor", undefined, (id) => store.checks.newest(id, 100));
}

async function newestAt(store: SqliteStore): Promise<number> {
  const last = await store.checks.lastOfEach();
  return [...last.values()].reduce((newest, { at }) => Math.max(newest, at), 0) + 1;
}

/** Checks of 700 monitors as fast as they are taken: most within a second on disk, and each on disk before the answer. */
async function writing(path: string, add: Add): Promise<void> {
  await using store = await openStore(path, { clock: systemClock, exclusive: true });
  const ids = monitorIds("90d");
  let at = Date.parse("2026-01-01T00:00:00Z");
  const total = 200_000;
  const holds = new Holds();
  let startedAt = performance.now();
  for (let i = 0; i < total; i++) {
    if (i % ids.length === 0) at += INTERVAL_MS;
    const check = someCheck({ monitorId: ids[i % ids.length], at: at + i % 7, latencyMs: i * 7_919 % 400 });
    await store.commit({ checks: [check], durable: false });
    if (i % 200 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  await store.meta.set("end", "reached");
  add("sustained writing", total * 1_000 / (performance.now() - startedAt), "checks/s", {
    target: 20_000,
    better: "higher",
  });
  add("longest hold of the loop while writing", holds.end(), "ms");
  startedAt = performance.now();
  const pushes = 20_000;
  for (let i = 0; i < pushes; i += 64) {
    at += 1_000;
    await Promise.all(
      Array.from({ length: 64 }, (_, k) =>
        store.commit({
          checks: [someCheck({ monitorId: ids[(i + k) % ids.length], at: at + k })],
          durable: true,
        })),
    );
  }
  add(
    "writing, on disk before the answer, 64 at once",
    pushes * 1_000 / (performance.now() - startedAt),
    "checks/s",
    {
      target: 3_000,
      better: "higher",
    },
  );
}

/** CPU time of this process, all threads, in place of the time that passes: on a busy machine a slice holds the loop longer than it works. */
const cpuClock: Clock = {
  ...systemClock,
  monotonic: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  },
};

/** Seals, prunes and gives back space, with checks that have phases and texts. */
async function upkeeping(folder: string, add: Add): Promise<void> {
  const byTime = await upkeepOnce(`${folder}/upkeep.db`, systemClock);
  const byCpu = await upkeepOnce(`${folder}/upkeep_cpu.db`, cpuClock);
  add("sealing, by CPU time", byCpu.checksASecond, "checks/s");
  const target = { target: 20, better: "lower" } as const;
  add("longest slice of upkeep", byTime.longestSliceMs, "ms", target);
  add("longest slice of upkeep, CPU of all threads", byCpu.longestSliceMs, "ms", target);
}

async function upkeepOnce(
  path: string,
  clock: Clock,
): Promise<{ checksASecond: number; longestSliceMs: number }> {
  await using store = await openStore(path, { clock, exclusive: true });
  const start = Date.parse("2026-01-01T00:00:00Z");
  for (let monitor = 0; monitor < UPKEEP_MONITORS; monitor++) {
    const checks = Array.from({ length: 11_000 }, (_, i) =>
      someCheck({
        monitorId: `service-${monitor}`,
        at: start + i * INTERVAL_MS + i % 4,
        latencyMs: 50 + i * 7_919 % 30,
        code: 200,
        phases: monitor % 2
          ? { resolveMs: i % 3, connectMs: 10 + i % 7, tlsMs: 20 + i % 9, firstByteMs: 30 }
          : null,
      }));
    await store.commit({ checks, durable: true });
  }
  const plan = (now: number, days: number) => ({
    now,
    retentionDays: new Map(Array.from({ length: UPKEEP_MONITORS }, (_, i) => [`service-${i}`, days])),
    hourlyDays: 730,
    dailyDays: 3_650,
    incidentsDays: 3_650,
    orphansDays: 30,
  });
  const startedAt = clock.monotonic();
  const sealed = await store.upkeep(plan(start + 3 * DAY, 365), new AbortController().signal);
  const checksASecond = sealed.sealedChecks * 1_000 / (clock.monotonic() - startedAt);
  const pruned = await store.upkeep(plan(start + 100 * DAY, 1), new AbortController().signal);
  return { checksASecond, longestSliceMs: Math.max(sealed.longestSliceMs, pruned.longestSliceMs) };
}

/**
 * `hora backup` is a process of its own; the loop that may be held is that of one that has the file open meanwhile. Beside it a process that
 * computes as long, and touches no file of ours: what that holds is the machine's.
 */
async function copying(path: string, folder: string, add: Add): Promise<void> {
  const [toml, destination] = [`${folder}/backup.toml`, `${folder}/copy.db`];
  await Deno.writeTextFile(toml, datasetToml("7d", path));
  await using _store = await openStore(path, { clock: systemClock });
  const backup = new Deno.Command(Deno.execPath(), {
    args: [...startArgs(), "backup", destination],
    env: { ...startEnv(), HORA_CONFIG: toml },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const holds = new Holds();
  const startedAt = performance.now();
  if (!(await backup.status).success) throw new Error("the backup failed");
  add("backup", (await Deno.stat(destination)).size / 1e3 / (performance.now() - startedAt), "MB/s");
  const tookMs = performance.now() - startedAt;
  add("longest hold of the loop during backup", holds.end(), "ms", { target: 20, better: "lower" });
  const others = new Holds();
  const busy =
    `for (const endsAt = performance.now() + ${tookMs}; performance.now() < endsAt;) JSON.parse("[1,2]");`;
  await new Deno.Command(Deno.execPath(), { args: ["eval", busy], stdin: "null" }).output();
  add("the same while another process computes as long", others.end(), "ms");
  await Deno.remove(destination);
}

/** The same checks in ours and in rows with text ids and an index, as the other program keeps them. */
async function otherSchema(folder: string, add: Add): Promise<void> {
  const endAt = Math.floor(systemClock.now() / HOUR) * HOUR;
  await makeDataset(`${folder}/small.db`, "7d", endAt);
  await using ours = await openStore(`${folder}/small.db`, { clock: systemClock });
  const db = new DatabaseSync(`${folder}/other.db`);
  db.exec(
    `CREATE TABLE checks (time INTEGER NOT NULL, monitor_id TEXT NOT NULL, status INTEGER NOT NULL, latency_ms INTEGER,
    status_code INTEGER, error TEXT, UNIQUE (monitor_id, time)); CREATE INDEX by_time ON checks (monitor_id, time DESC); BEGIN`,
  );
  const insert = db.prepare("INSERT OR IGNORE INTO checks VALUES (?, ?, ?, ?, NULL, NULL)");
  let count = 0;
  for (const id of monitorIds("7d")) {
    for await (const check of ours.checks.stream(id, 0, Number.MAX_SAFE_INTEGER)) {
      insert.run(Math.floor(check.at / 1_000), id, check.status === "down" ? 0 : 1, check.latencyMs);
      count += 1;
    }
  }
  db.exec("COMMIT");
  add(
    "other schema, 7 monitors, 7 days: bytes a check",
    (await Deno.stat(`${folder}/other.db`)).size / count,
    "byte",
  );
  add("ours, the same checks, hot ones included", ours.health().fileBytes / count, "byte");
  const query = db.prepare(
    "SELECT latency_ms FROM checks WHERE monitor_id = ? AND time >= ? AND latency_ms IS NOT NULL ORDER BY latency_ms",
  );
  const theirs = await timed(() => {
    for (const id of monitorIds("7d")) query.all(id, (endAt - DAY) / 1_000);
  });
  add("other schema: 24-hour percentiles of 7 monitors", theirs.value, "ms", { spread: theirs.spread });
  const same = await timed(async () => {
    const hours = await ours.aggregates.list({ grain: "hour", fromAt: endAt - DAY, untilAt: endAt });
    for (const hour of hours) percentilesOf(hour.latency, [50, 95, 99]);
  });
  add("ours: the same", same.value, "ms", { spread: same.spread });
  const counting = db.prepare(
    "SELECT time / 86400, status, count(*) FROM checks WHERE monitor_id = ? GROUP BY 1, 2",
  );
  const theirDays = await timed(() => monitorIds("7d").forEach((id) => counting.all(id)));
  add("other schema: 7 days' bars of 7 monitors", theirDays.value, "ms", { spread: theirDays.spread });
  const ourDays = await timed(() => ours.aggregates.list({ grain: "day", fromAt: 0, untilAt: endAt }));
  add("ours: the same", ourDays.value, "ms", { spread: ourDays.spread });
  db.close();
}
