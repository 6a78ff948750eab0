import assert from "node:assert/strict";
import type { Check } from "../domain/check.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../domain/clock.ts";
import { addCoverage, type Gap, noCoverage } from "../domain/coverage.ts";
import { percentilesOf } from "../domain/histogram.ts";
import type { CheckStatus } from "../domain/status.ts";
import type { Aggregate } from "../domain/store.ts";
import { someCheck } from "../tests/support/checks.ts";
import { ManualClock } from "../tests/support/manual_clock.ts";
import { openStore } from "./open.ts";
import { ALIVE_EVERY_MS, type SqliteStore } from "./sqlite/store.ts";

const isFull = Deno.env.get("HORA_TEST_FULL") === "1";
const ids = ["web", "api", "nightly"] as const;
const intervalMs: Readonly<Record<string, number>> = { web: 10 * SECOND, api: MINUTE, nightly: 6 * HOUR };
const RAW_DAYS = 3;

/** A repeatable source of chance. */
function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = Math.imul(state ^ state >>> 15, 0x2c1b3c6d) + 0x9e3779b9 >>> 0;
    return (state ^ state >>> 13) >>> 0 & 0xffffff;
  };
}

/** Leaves out the store's own beat, which would have to be woken thousands of times a simulated day. */
class QuietClock extends ManualClock {
  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return super.sleep(ms === ALIVE_EVERY_MS ? Infinity : ms, signal);
  }
}

/** The naive model: every check in one list per series, every figure counted from it. */
class Model {
  readonly checks = new Map<string, Check[]>(ids.map((id) => [id, []]));

  aggregate(id: string, startAt: number, lengthMs: number, gaps: readonly Gap[]) {
    const all = this.checks.get(id)!;
    const within = all.filter((check) => check.at >= startAt && check.at < startAt + lengthMs);
    const coverage = { ...noCoverage };
    all.forEach((check, i) => {
      if (i + 1 === all.length) return;
      const until = Math.min(all[i + 1].at, check.at + check.standsMs, startAt + lengthMs);
      const from = Math.max(check.at, startAt);
      if (until <= from) return;
      const lost = gaps.reduce(
        (sum, gap) => sum + Math.max(0, Math.min(until, gap.untilAt) - Math.max(from, gap.fromAt)),
        0,
      );
      addCoverage(coverage, check.status, check.planned, until - from - lost);
    });
    const counts = { up: 0, degraded: 0, down: 0, planned: 0 };
    for (const check of within) counts[check.planned ? "planned" : check.status] += 1;
    const latencies = within.filter((c) => c.status !== "down" && c.latencyMs !== null).map((c) =>
      c.latencyMs!
    );
    return { counts, coverage, latencies: latencies.sort((a, b) => a - b) };
  }
}

class Player {
  readonly clock = new QuietClock("2026-01-01T00:00:00Z");
  readonly model = new Model();
  readonly random: () => number;
  #file = 0;
  store!: SqliteStore;

  constructor(readonly folder: string, seed: number) {
    this.random = chance(seed);
  }
  get path(): string {
    return `${this.folder}/${this.#file}.db`;
  }

  async open(): Promise<void> {
    this.store = await openStore(this.path, { clock: this.clock, exclusive: true });
  }

  #check(id: string, at: number): Check {
    const dice = this.random() % 100;
    const status: CheckStatus = dice < 3 ? "down" : dice < 6 ? "degraded" : "up";
    return someCheck({
      monitorId: id,
      at,
      status,
      latencyMs: status === "down" ? null : this.random() % (dice === 9 ? 100_000 : 90),
      code: status === "down" ? null : 200,
      planned: this.random() % 40 === 0,
      standsMs: 3 * intervalMs[id],
      reason: status === "up" ? null : `trouble ${dice}`,
      category: status === "up" ? null : "other",
      phases: id === "api" ? { connectMs: dice / 10, firstByteMs: dice } : null,
    });
  }

  /** Some checks of one series, in the past seconds or in a burst since its last one. */
  async write(): Promise<void> {
    const id = ids[this.random() % ids.length];
    const list = this.model.checks.get(id)!;
    const count = id === "nightly" ? 1 : 1 + this.random() % 400;
    const from = Math.max(this.clock.now(), (list.at(-1)?.at ?? 0) + 1);
    const checks = Array.from(
      { length: count },
      (_, i) => this.#check(id, from + i * intervalMs[id] + this.random() % 50),
    );
    list.push(...checks);
    await this.clock.advance(checks[count - 1].at - this.clock.now() + this.random() % (2 * intervalMs[id]));
    await this.store.commit({ checks, durable: this.random() % 2 === 0 });
  }

  async restart(): Promise<void> {
    await this.store.close();
    await this.clock.advance(this.random() % HOUR);
    await this.open();
  }

  /** What a `kill -9` leaves: the files as they are. What nobody was promised may be gone, but only from the end. */
  async kill(): Promise<void> {
    const { db } = this.store;
    const acknowledged = this.store.writer.unsaved;
    const before = db.path;
    this.#file += 1;
    for (const suffix of ["", "-wal"]) await Deno.copyFile(before + suffix, this.path + suffix);
    await this.store.close();
    await this.clock.advance(this.random() % HOUR);
    await this.open();
    let lost = 0;
    for (const id of ids) {
      const list = this.model.checks.get(id)!;
      const newest = (await this.store.checks.newest(id, 1))[0]?.at ?? 0;
      const kept = list.filter((check) => check.at <= newest).length;
      lost += list.length - kept;
      list.length = kept;
    }
    assert.ok(lost <= acknowledged, `${lost} checks lost, ${acknowledged} were not on disk yet`);
    for (const suffix of ["", ".lock"]) await Deno.remove(before + suffix);
  }

  async upkeep(): Promise<void> {
    const signal = this.random() % 3 === 0
      ? AbortSignal.timeout(this.random() % 20)
      : new AbortController().signal;
    await this.store.upkeep({
      now: this.clock.now(),
      retentionDays: new Map(ids.map((id) => [id, RAW_DAYS])),
      hourlyDays: 1_000,
      dailyDays: 1_000,
      incidentsDays: 1_000,
      orphansDays: 30,
    }, signal);
  }

  async compare(): Promise<void> {
    for (const id of ids) {
      await this.#compareChecks(id);
      await this.#compareAggregates(id, "hour", HOUR);
      await this.#compareAggregates(id, "day", DAY);
    }
  }

  async #compareChecks(id: string): Promise<void> {
    const all = this.model.checks.get(id)!;
    const kept = await Array.fromAsync(this.store.checks.stream(id, 0, Infinity));
    const promised = all.filter((check) => check.at >= this.clock.now() - RAW_DAYS * DAY);
    assert.ok(kept.length >= promised.length, `${id}: ${kept.length} kept, ${promised.length} promised`);
    assert.deepEqual(kept, kept.length === 0 ? [] : all.slice(-kept.length));
    assert.deepEqual(await this.store.checks.newest(id, 50), kept.slice(-50).reverse());
    const positive = kept.findLast((check) => check.status !== "down") ?? null;
    assert.deepEqual(await this.store.checks.lastPositive(id), positive);
    await this.#compareLatency(id, kept, 7 * MINUTE);
    await this.#compareLatency(id, kept, 3 * HOUR);
  }

  async #compareLatency(id: string, kept: readonly Check[], bucketMs: number): Promise<void> {
    if (kept.length < 2) return;
    const fromAt = kept[this.random() % kept.length].at;
    const untilAt = fromAt + this.random() % (2 * DAY);
    const buckets = Map.groupBy(
      kept.filter((c) => c.at >= fromAt && c.at < untilAt && c.status !== "down"),
      (check) => Math.floor(check.at / bucketMs),
    );
    const naive = [...buckets.values()].map((checks) => ({
      at: checks[0].at,
      sumMs: checks.reduce((sum, check) => sum + check.latencyMs!, 0),
      minMs: Math.min(...checks.map((check) => check.latencyMs!)),
      maxMs: Math.max(...checks.map((check) => check.latencyMs!)),
      count: checks.length,
    }));
    const points = await this.store.checks.latencySeries(id, fromAt, untilAt, bucketMs);
    assert.deepEqual(
      points.map(({ meanMs, ...point }) => ({ ...point, sumMs: Math.round(meanMs * point.count) })),
      naive.map(({ at, minMs, maxMs, count, sumMs }) => ({ at, minMs, maxMs, count, sumMs })),
    );
  }

  async #compareAggregates(id: string, grain: "hour" | "day", lengthMs: number): Promise<void> {
    const untilAt = this.clock.now() + DAY;
    const fromAt = Math.max(0, this.clock.now() - 2 * lengthMs - this.random() % (20 * lengthMs));
    const gaps = await this.store.gaps(0);
    const stored = await this.store.aggregates.list({ grain, fromAt, untilAt, monitorId: id });
    const byStart = new Map(stored.map((aggregate) => [aggregate.startAt, aggregate]));
    for (let at = Math.ceil(fromAt / lengthMs) * lengthMs; at < untilAt; at += lengthMs) {
      const naive = this.model.aggregate(id, at, lengthMs, gaps);
      const found = byStart.get(at);
      if (found === undefined) {
        assert.deepEqual([naive.counts.up, naive.coverage], [0, noCoverage], `${id} ${at}`);
      } else compareAggregate(found, naive);
    }
  }
}

function compareAggregate(found: Aggregate, naive: ReturnType<Model["aggregate"]>): void {
  const where = `${found.monitorId} ${new Date(found.startAt).toISOString()}`;
  assert.deepEqual(found.counts, naive.counts, where);
  assert.deepEqual(found.coverage, naive.coverage, where);
  const { latencies } = naive;
  assert.equal(found.latencySumMs, latencies.reduce((sum, ms) => sum + ms, 0), where);
  assert.equal(found.latency.count, latencies.length, where);
  if (latencies.length === 0) return;
  const ps = [1, 50, 95, 99, 100];
  percentilesOf(found.latency, ps).forEach((ms, i) => {
    const exact = latencies[Math.max(1, Math.ceil(ps[i] * latencies.length / 100)) - 1];
    assert.ok(
      Math.abs(ms! - exact) <= (exact < 64 ? 0 : exact * 0.016),
      `${where}: p${ps[i]} ${ms} for ${exact}`,
    );
  });
}

const seeds = isFull ? [1, 2, 3, 4, 5, 6, 7, 8] : [Math.floor(performance.timeOrigin) % 1_000];
for (const seed of seeds) {
  const rounds = isFull ? 800 : 250;
  Deno.test(`after ${rounds} random writes, kills, restarts, seals and prunes every figure is the naive model's (seed ${seed})`, async () => {
    const player = new Player(await Deno.makeTempDir(), seed);
    await player.open();
    try {
      for (let round = 0; round < rounds; round++) {
        const dice = player.random() % 100;
        if (dice < 80) await player.write();
        else if (dice < 90) await player.upkeep();
        else if (dice < 94) await player.restart();
        else await player.kill();
        if (round % 25 === 24) await player.compare();
      }
      await player.compare();
    } finally {
      await player.store.close();
      await Deno.remove(player.folder, { recursive: true });
    }
  });
}
