import assert from "node:assert/strict";
import { stateOf, uptimeOf } from "../domain/bars.ts";
import { Board } from "../domain/board.ts";
import type { Check } from "../domain/check.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../domain/clock.ts";
import { addCoverage, type Gap, noCoverage } from "../domain/coverage.ts";
import { percentilesOf } from "../domain/histogram.ts";
import type { Config } from "../domain/config.ts";
import type { Monitor } from "../domain/monitor.ts";
import { operator } from "../domain/viewer.ts";
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
const SLO_DAYS = 5;

const configOf = (monitors: readonly Monitor[]): Config =>
  ({
    page: { title: "", historyDays: 9, showPeers: false },
    alerts: { certExpiryDays: 14 },
    monitors,
    maintenance: [],
    banners: [],
  }) as unknown as Config;

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
  readonly renames = new Map<string, number>();

  /** The id that a monitor has now. */
  nameOf(id: string): string {
    const times = this.renames.get(id) ?? 0;
    return times === 0 ? id : `${id}-${times}`;
  }

  /** With `now` the newest check speaks on until then; without, its time is not given to anything yet. */
  aggregate(id: string, startAt: number, lengthMs: number, gaps: readonly Gap[], now: number | null = null) {
    const all = this.checks.get(id)!;
    const within = all.filter((check) => check.at >= startAt && check.at < startAt + lengthMs);
    const coverage = { ...noCoverage };
    all.forEach((check, i) => {
      const nextAt = i + 1 < all.length ? all[i + 1].at : now;
      if (nextAt === null) return;
      const until = Math.min(nextAt, check.at + check.standsMs, startAt + lengthMs);
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
      monitorId: this.model.nameOf(id),
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

  /** Checks whose clock was set back by less than a day: they are kept right after the newest one, in their order. */
  async writeLate(): Promise<void> {
    const id = ids[this.random() % ids.length];
    const list = this.model.checks.get(id)!;
    if (list.length === 0) return;
    const checks = Array.from(
      { length: 1 + this.random() % 5 },
      () => this.#check(id, Math.max(0, list.at(-1)!.at - this.random() % (20 * HOUR))),
    );
    for (const check of checks) list.push({ ...check, at: Math.max(check.at, list.at(-1)!.at + 1) });
    await this.store.commit({ checks, durable: this.random() % 2 === 0 });
  }

  /** A monitor gets another id and takes its history along. */
  async rename(): Promise<void> {
    const id = ids[this.random() % ids.length];
    const before = this.model.nameOf(id);
    this.model.renames.set(id, (this.model.renames.get(id) ?? 0) + 1);
    const name = this.model.nameOf(id);
    const list = this.model.checks.get(id)!;
    const carried = await this.store.carryOver(name, ["never", before]);
    assert.deepEqual(carried, list.length === 0 ? [] : [before]);
    list.forEach((check, i) => list[i] = { ...check, monitorId: name });
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
      const newest = (await this.store.checks.newest(this.model.nameOf(id), 1))[0]?.at ?? 0;
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
      retentionDays: new Map(ids.map((id) => [this.model.nameOf(id), RAW_DAYS])),
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
    await this.#compareWholeFleet();
    await this.#compareBoard();
  }

  /** What is read for all series at once is what is read one by one. */
  async #compareWholeFleet(): Promise<void> {
    const fromAt = this.clock.now() - this.random() % (9 * DAY);
    const untilAt = fromAt + this.random() % (10 * DAY);
    const plain = ({ latency, ...rest }: Aggregate) => ({ ...rest, p: percentilesOf(latency, [1, 50, 100]) });
    for (const grain of ["hour", "day"] as const) {
      const all = await this.store.aggregates.list({ grain, fromAt, untilAt });
      const single: Aggregate[] = [];
      for (const id of ids) {
        const monitorId = this.model.nameOf(id);
        single.push(...await this.store.aggregates.list({ grain, fromAt, untilAt, monitorId }));
      }
      single.sort((a, b) => a.monitorId < b.monitorId ? -1 : a.monitorId > b.monitorId ? 1 : 0);
      assert.deepEqual(all.map(plain), single.map(plain));
      if (grain === "hour") continue;
      const tables = await this.store.aggregates.days(fromAt, untilAt);
      for (const { monitorId, startAt, counts, coverage } of single) {
        assert.deepEqual(tables.get(monitorId)!.at(startAt / DAY), { counts, coverage });
      }
    }
  }

  /** A board made of what is kept shows what all checks say: percentiles, uptime of every range, budget, planned and unseen time. */
  async #compareBoard(): Promise<void> {
    const now = this.clock.now();
    const gaps = await this.store.gaps(0);
    const monitors = ids.map((id) => this.#monitor(id));
    const board = new Board(configOf(monitors), this.clock);
    const hourFrom = Math.floor((now - DAY) / HOUR) * HOUR;
    board.load({
      days: await this.store.aggregates.days(board.firstDayAt(now), now + DAY),
      hours: await this.store.aggregates.hours(hourFrom, now + HOUR),
      newest: await this.store.checks.lastOfEach(),
      gaps,
      standings: new Map(),
      certificates: [],
      domains: [],
      silences: [],
      announcements: [],
    });
    const { monitors: views } = board.summary(operator);
    ids.forEach((id, i) => {
      const view = views[i];
      const dayAt = (start: number) => this.model.aggregate(id, start, DAY, gaps, now);
      const today = Math.floor(now / DAY) * DAY;
      const cells = [...view.days];
      const days = cells.map((_, k) => dayAt(today - (cells.length - 1 - k) * DAY));
      cells.forEach((day, k) => {
        const { downMs, degradedMs } = days[k].coverage;
        assert.deepEqual(
          [day.state, day.uptime, day.downMs, day.degradedMs],
          [stateOf(days[k]), uptimeOf(days[k]), downMs, degradedMs],
          `${view.id} ${day.date}`,
        );
      });
      const downMs = days.slice(-SLO_DAYS - 1).reduce((sum, { coverage }) => sum + coverage.downMs, 0);
      assert.equal(view.budget!.leftMs, SLO_DAYS * DAY * 0.01 - downMs, view.id);
      const within = this.model.checks.get(id)!.filter((check) => check.at >= hourFrom && check.at <= now);
      const latencies = within.filter(({ status, latencyMs }) => status !== "down" && latencyMs !== null)
        .map(({ latencyMs }) => latencyMs!).sort((a, b) => a - b);
      const { p50, p95, p99 } = view.latency;
      compareP([p50, p95, p99], latencies, view.id);
    });
  }

  #monitor(id: string): Monitor {
    return {
      kind: "push",
      id: this.model.nameOf(id),
      name: id,
      group: null,
      public: true,
      intervalSecs: intervalMs[id] / SECOND,
      sloUptimePercent: 99,
      sloWindowDays: SLO_DAYS,
      sloLatencyMs: null,
      domainExpiry: null,
      dependsOn: [],
    } as unknown as Monitor;
  }

  async #compareChecks(id: string): Promise<void> {
    const all = this.model.checks.get(id)!;
    const name = this.model.nameOf(id);
    const kept = await Array.fromAsync(this.store.checks.stream(name, 0, Infinity));
    const promised = all.filter((check) => check.at >= this.clock.now() - RAW_DAYS * DAY);
    assert.ok(kept.length >= promised.length, `${id}: ${kept.length} kept, ${promised.length} promised`);
    assert.deepEqual(kept, kept.length === 0 ? [] : all.slice(-kept.length));
    assert.deepEqual(await this.store.checks.newest(name, 50), kept.slice(-50).reverse());
    const positive = kept.findLast((check) => check.status !== "down") ?? null;
    assert.deepEqual(await this.store.checks.lastPositive(name), positive);
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
    const points = await this.store.checks.latencySeries(this.model.nameOf(id), fromAt, untilAt, bucketMs);
    assert.deepEqual(
      points.map(({ meanMs, ...point }) => ({ ...point, sumMs: Math.round(meanMs * point.count) })),
      naive.map(({ at, minMs, maxMs, count, sumMs }) => ({ at, minMs, maxMs, count, sumMs })),
    );
  }

  async #compareAggregates(id: string, grain: "hour" | "day", lengthMs: number): Promise<void> {
    const untilAt = this.clock.now() + DAY;
    const fromAt = Math.max(0, this.clock.now() - 2 * lengthMs - this.random() % (20 * lengthMs));
    const gaps = await this.store.gaps(0);
    const stored = await this.store.aggregates.list({
      grain,
      fromAt,
      untilAt,
      monitorId: this.model.nameOf(id),
    });
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

/** The middle figures of a list that is in order, by nearest rank. */
function compareP(found: readonly (number | null)[], latencies: readonly number[], where: string): void {
  [50, 95, 99].forEach((p, i) => {
    if (latencies.length === 0) return assert.equal(found[i], null, where);
    const exact = latencies[Math.max(1, Math.ceil(p * latencies.length / 100)) - 1];
    const off = Math.abs(found[i]! - exact);
    assert.ok(off <= (exact < 64 ? 0 : exact * 0.016), `${where}: p${p} ${found[i]} for ${exact}`);
  });
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
        if (dice < 77) await player.write();
        else if (dice < 80) await player.writeLate();
        else if (dice < 90) await player.upkeep();
        else if (dice < 93) await player.restart();
        else if (dice < 94) await player.rename();
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
