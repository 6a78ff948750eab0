import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { DAY, HOUR, MINUTE, SECOND } from "../domain/clock.ts";
import { addCoverage, noCoverage } from "../domain/coverage.ts";
import type { Check } from "../domain/check.ts";
import { someCheck } from "../tests/support/checks.ts";
import { planOf, withFolder } from "../tests/support/filled_file.ts";
import { allOf, bare, start } from "../tests/support/imported.ts";
import { ManualClock } from "../tests/support/manual_clock.ts";
import { importHora } from "./import_hora.ts";
import { openStore } from "./open.ts";
import type { SqliteStore } from "./sqlite/store.ts";

const isFull = Deno.env.get("HORA_TEST_FULL") === "1";

class Stop extends Error {}

/** Both programs watching one monitor, together or in turn, and what this one should hold of it. */
class Both {
  readonly clock = new ManualClock(start);
  readonly #old: DatabaseSync;
  readonly #written: number[] = [];
  readonly #expected: number[] = [];
  #ownAt = Infinity;
  #state: number;
  #renames = 0;
  store!: SqliteStore;

  constructor(readonly folder: string, seed: number) {
    this.#state = seed;
    this.#old = new DatabaseSync(`${folder}/old.db`);
    this.#old.exec(bare);
  }

  /** A repeatable number from 0 to below `below`. */
  chance(below: number): number {
    this.#state = Math.imul(this.#state ^ this.#state >>> 15, 0x2c1b3c6d) + 0x9e3779b9 >>> 0;
    return ((this.#state ^ this.#state >>> 13) >>> 0) % below;
  }

  get #id(): string {
    return this.#renames === 0 ? "a" : `a${this.#renames}`;
  }

  async open(): Promise<void> {
    this.store = await openStore(`${this.folder}/hora.db`, { clock: this.clock });
  }

  async close(): Promise<void> {
    await this.store.close();
    this.#old.close();
  }

  /** Some time in which the other one checks, or this one, or both, or neither. */
  async watch(): Promise<void> {
    const lengthMs = (1 + this.chance(90)) * MINUTE;
    const [old, own] = [this.chance(3) > 0, this.#ownAt < Infinity || this.chance(20) === 0];
    const fromAt = this.clock.now();
    const checks: Check[] = [];
    for (let at = fromAt; own && this.chance(40) > 0 && at < fromAt + lengthMs; at += 45 * SECOND) {
      checks.push(someCheck({ monitorId: this.#id, at: at + 1 + this.chance(999), status: "down" }));
    }
    this.#old.exec("BEGIN");
    for (let at = fromAt; old && at < fromAt + lengthMs; at += (20 + this.chance(70)) * SECOND) {
      if (at === this.#written.at(-1)) continue;
      this.#written.push(at);
      this.#old.prepare("INSERT INTO checks VALUES (?, 'a', ?)").run(at / SECOND, this.chance(3));
    }
    this.#old.exec("COMMIT");
    await this.clock.advance(lengthMs);
    this.#ownAt = Math.min(this.#ownAt, checks[0]?.at ?? Infinity);
    this.#expected.push(...checks.map(({ at }) => at));
    await this.store.commit({ checks, durable: true });
  }

  async import(): Promise<void> {
    if (this.chance(2) === 0) {
      const stopping = importHora(this.store, `${this.folder}/old.db`, () => {
        throw new Stop();
      });
      await stopping.catch((error) => assert.ok(error instanceof Stop, error));
    }
    await importHora(this.store, `${this.folder}/old.db`);
    const now = this.clock.now();
    const kept = this.#written.filter((at) => at > now);
    this.#expected.push(...this.#written.filter((at) => at <= now && at < this.#ownAt));
    this.#written.splice(0, Infinity, ...kept);
  }

  async rename(): Promise<void> {
    const before = this.#id;
    this.#renames += 1;
    await this.store.carryOver(this.#id, [before]);
  }

  async restart(): Promise<void> {
    await this.store.close();
    await this.open();
  }

  upkeep(): Promise<unknown> {
    return this.store.upkeep(planOf(this.clock.now()), new AbortController().signal);
  }

  async compare(): Promise<void> {
    const checks = await allOf(this.store, this.#id);
    assert.deepEqual(checks.map(({ at }) => at), this.#expected.toSorted((a, b) => a - b));
    for (const [grain, lengthMs] of [["hour", HOUR], ["day", DAY]] as const) {
      const found = await this.store.aggregates.list({ grain, fromAt: 0, untilAt: Infinity });
      for (const { monitorId, startAt, counts, coverage } of found) {
        assert.equal(monitorId, this.#id);
        assert.deepEqual({ counts, coverage }, naive(checks, startAt, lengthMs), `${grain} ${startAt}`);
      }
      const counted = found.reduce(
        (sum, { counts: { up, degraded, down } }) => sum + up + degraded + down,
        0,
      );
      assert.equal(counted, checks.length);
    }
  }
}

/** Each check speaks until the next one, and the newest has not been given its time yet. */
function naive(checks: readonly Check[], startAt: number, lengthMs: number) {
  const counts = { up: 0, degraded: 0, down: 0, planned: 0 };
  const coverage = { ...noCoverage };
  const untilAt = startAt + lengthMs;
  for (let i = 0; checks[i]?.at < untilAt; i++) {
    const { at, status, standsMs } = checks[i];
    if (at >= startAt && at < untilAt) counts[status] += 1;
    const until = Math.min(checks[i + 1]?.at ?? at, at + standsMs, untilAt);
    const ms = until - Math.max(at, startAt);
    if (ms > 0) addCoverage(coverage, status, false, ms);
  }
  return { counts, coverage };
}

const seeds = isFull ? [1, 2, 3, 4, 5, 6, 7, 8] : [Math.floor(performance.timeOrigin) % 1_000];
for (const seed of seeds) {
  Deno.test(`however often two programs take turns and one imports the other, all is here once (seed ${seed})`, () =>
    withFolder(async (folder) => {
      const both = new Both(folder, seed);
      await both.open();
      try {
        for (let round = 0; round < (isFull ? 400 : 120); round++) {
          const dice = both.chance(20);
          if (dice < 13) await both.watch();
          else if (dice < 16) await both.import();
          else if (dice < 17) await both.rename();
          else if (dice < 18) await both.restart();
          else if (dice < 19) await both.upkeep();
          else await both.compare();
        }
        await both.compare();
      } finally {
        await both.close();
      }
    }));
}
