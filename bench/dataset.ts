import { DAY, HOUR, MINUTE, systemClock } from "../domain/clock.ts";
import { type Columns, newColumns } from "../store/blocks.ts";
import { openStore } from "../store/open.ts";
import { insertCheck } from "../store/sqlite/checks.ts";
import { packPast } from "../store/sqlite/packed_rows.ts";
import { addHistory } from "../store/sqlite/history.ts";
import { BLOCK_CHECKS } from "../store/sqlite/seal.ts";
import type { SqliteStore } from "../store/sqlite/store.ts";
import type { Check } from "../domain/check.ts";
import type { CheckStatus } from "../domain/status.ts";

/**
 * The yardstick's data: monitors in 35 groups, a check every 9.5 s, a daily and weekly rhythm of latency, some slow, some flapping, one in a
 * hundred with outages. The same numbers every time for the same scale and end.
 */
export const scales = {
  "1d": { monitors: 70, days: 1 },
  "7d": { monitors: 7, days: 7 },
  "90d": { monitors: 700, days: 90 },
} as const;
export type Scale = keyof typeof scales;

export const INTERVAL_MS = 9_500;

export const monitorIds = (scale: Scale): string[] =>
  Array.from({ length: scales[scale].monitors }, (_, i) => `service-${String(i).padStart(3, "0")}`);

/** A `hora.toml` whose monitors the data belongs to. All of them watch one target; by default that is a closed port. */
export function datasetToml(scale: Scale, databasePath: string, target = "127.0.0.1:1"): string {
  const monitors = monitorIds(scale).map((id, i) =>
    `[[monitors]]\nid = "${id}"\nname = "Service ${i}"\nkind = "tcp"\ntarget = "${target}"\ninterval_secs = 10\n` +
    `group = "Group ${i % 35}"\npublic = ${i % 20 !== 7}\n`
  );
  return `[page]\ntitle = "Yardstick"\n[server]\nbind = "127.0.0.1:0"\ndatabase_path = "${databasePath}"\n\n${
    monitors.join("\n")
  }`;
}

/** A small fast source of chance; its state is one 32-bit number. */
class Chance {
  #state: number;
  constructor(seed: number) {
    this.#state = Math.imul(seed + 1, 0x9e3779b9) | 1;
  }
  next(): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) / 4_294_967_296;
  }
}

/** One monitor's checks in order of time, a block at a time. */
class Series {
  readonly #chance: Chance;
  readonly #baseMs: number;
  readonly #spread: number;
  readonly #isFlapping: boolean;
  readonly #hasOutages: boolean;
  #index = 0;
  #downUntil = 0;

  constructor(readonly number: number, readonly startAt: number, readonly count: number) {
    this.#chance = new Chance(number);
    this.#baseMs = number % 10 === 3 ? 900 : 15 + this.#chance.next() * 200;
    this.#spread = 0.03 + this.#chance.next() * 0.06;
    this.#isFlapping = number % 50 === 9;
    this.#hasOutages = number % 100 === 5;
  }

  get left(): number {
    return this.count - this.#index;
  }

  block(size: number): Columns {
    const length = Math.min(size, this.left);
    const columns = newColumns(length);
    columns.count = length;
    const phase = this.number * 13 % INTERVAL_MS;
    let rhythm = 1;
    for (let i = 0; i < length; i++, this.#index++) {
      const at = this.startAt + phase + this.#index * INTERVAL_MS + Math.floor(this.#chance.next() * 4);
      if (i % 64 === 0) rhythm = rhythmAt(at);
      const status = this.#statusAt(at);
      columns.at[i] = at;
      columns.status[i] = status;
      columns.code[i] = -1;
      columns.stands[i] = 3 * INTERVAL_MS;
      columns.latency[i] = status === 2 ? -1 : this.#latency(rhythm, status);
    }
    return columns;
  }

  #statusAt(at: number): number {
    if (at < this.#downUntil) return 2;
    const dice = this.#chance.next();
    if (this.#hasOutages && dice < 0.00002) this.#downUntil = at + 20 * 60_000;
    if (this.#isFlapping && dice < 0.03) return dice < 0.01 ? 2 : 1;
    return dice < 0.0003 ? 2 : dice < 0.0015 ? 1 : 0;
  }

  #latency(rhythm: number, status: number): number {
    const bell = this.#chance.next() + this.#chance.next() + this.#chance.next() + this.#chance.next() - 2;
    const slow = status === 1 || this.#chance.next() < 0.004 ? 3 : 1;
    return Math.max(1, Math.round(this.#baseMs * rhythm * slow * (1 + bell * 1.7 * this.#spread)));
  }
}

function rhythmAt(at: number): number {
  const week = at / DAY % 7 < 2 ? 0.85 : 1;
  return week * (1 + 0.25 * Math.sin(at / DAY * 2 * Math.PI));
}

export interface MadeDataset {
  readonly path: string;
  readonly checks: number;
  readonly endAt: number;
  readonly tookMs: number;
}

/** Makes the file through the store's own code: sealed blocks, hours and days as upkeep leaves them, the youngest checks hot. */
export async function makeDataset(
  path: string,
  scale: Scale,
  endAt: number,
  onProgress?: (done: number, total: number) => void,
): Promise<MadeDataset> {
  const startedAt = performance.now();
  const { days } = scales[scale];
  const ids = monitorIds(scale);
  const store = await openStore(path, { clock: systemClock });
  const perMonitor = Math.floor(days * DAY / INTERVAL_MS);
  ids.forEach((id, i) => {
    makeSeries(store, id, new Series(i, endAt - days * DAY, perMonitor), endAt);
    onProgress?.(i + 1, ids.length);
  });
  await addIncidents(store, ids, endAt, days);
  // Upkeep comes every five minutes.
  for (const _step of packPast(store.db, endAt + 5 * MINUTE)) {
    /* each step is a transaction of its own */
  }
  await store.close();
  return { path, checks: ids.length * perMonitor, endAt, tookMs: performance.now() - startedAt };
}

function makeSeries(store: SqliteStore, id: string, series: Series, endAt: number): void {
  store.db.transaction(() => {
    const key = store.series.findOrInsert(id);
    let columns = series.block(BLOCK_CHECKS);
    while (columns.count > 0) {
      const next = series.block(BLOCK_CHECKS);
      const isHot = columns.count < BLOCK_CHECKS || columns.at[columns.count - 1] > endAt - HOUR;
      if (isHot) keepHot(store, key, id, columns);
      else addHistory(store, id, columns, null);
      columns = next;
    }
    store.ledger.write();
  });
}

function keepHot(store: SqliteStore, key: number, monitorId: string, columns: Columns): void {
  let before = store.checks.newestBefore(key, monitorId, columns.at[0]);
  for (let i = 0; i < columns.count; i++) {
    const check: Check = {
      monitorId,
      at: columns.at[i],
      status: (["up", "degraded", "down"] as CheckStatus[])[columns.status[i]],
      latencyMs: columns.latency[i] < 0 ? null : columns.latency[i],
      code: null,
      reason: null,
      category: null,
      message: null,
      planned: false,
      standsMs: columns.stands[i],
      phases: null,
      metrics: [],
    };
    insertCheck(store.db, key, check);
    store.ledger.add(key, check, before, []);
    before = check;
  }
}

async function addIncidents(
  store: SqliteStore,
  ids: readonly string[],
  endAt: number,
  days: number,
): Promise<void> {
  for (let i = 5; i < ids.length; i += 100) {
    for (let day = 1; day < days; day += 3) {
      const startedAt = endAt - day * DAY;
      const { incidentId } = await store.commit({
        openIncident: {
          monitorId: ids[i],
          startedAt,
          confirmedAt: startedAt + 2 * INTERVAL_MS,
          reason: "Cannot connect to port 443: connection refused",
          category: "connection_refused",
          code: null,
          cause: null,
          impacted: [],
          snapshot: null,
          planned: false,
        },
        durable: false,
      });
      await store.commit({
        closeIncident: { id: incidentId!, endedAt: startedAt + 20 * 60_000 },
        durable: false,
      });
    }
  }
}

if (import.meta.main) {
  const [path, scale] = Deno.args;
  const made = await makeDataset(
    path,
    scale as Scale,
    Math.floor(Date.now() / HOUR) * HOUR,
    (done, total) => {
      if (done % 10 === 0) Deno.stderr.writeSync(new TextEncoder().encode(`\r${done}/${total} monitors`));
    },
  );
  Deno.stdout.writeSync(new TextEncoder().encode(`\n${JSON.stringify(made)}\n`));
}
