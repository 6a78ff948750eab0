import type { Database, Row } from "./database.ts";

export interface Series {
  readonly id: number;
  readonly monitorId: string;
  readonly missingSince: number | null;
}

/** Series read in one go where there may be thousands: a ms or two. */
const PAGE = 250;

function toSeries(row: Row): Series {
  return {
    id: Number(row.id),
    monitorId: String(row.monitor_id),
    missingSince: row.missing_since === null ? null : Number(row.missing_since),
  };
}

/** Text ids of monitors and watched peers ↔ the small numbers that stand for them in the file. */
export class SeriesTable {
  readonly #ids = new Map<string, number>();
  readonly #names = new Map<number, string>();
  constructor(readonly db: Database) {}

  /** Forgets what was learnt in a transaction that was rolled back, or changed by another process. */
  forget(): void {
    this.#ids.clear();
    this.#names.clear();
  }

  find(monitorId: string): number | null {
    const known = this.#ids.get(monitorId);
    if (known !== undefined) return known;
    const row = this.db.get("SELECT id FROM series WHERE monitor_id = ?", monitorId);
    return row === undefined ? null : this.#learn(Number(row.id), monitorId);
  }

  findOrInsert(monitorId: string): number {
    return this.find(monitorId) ??
      this.#learn(this.db.run("INSERT INTO series (monitor_id) VALUES (?)", monitorId).id, monitorId);
  }

  nameOf(id: number): string {
    const known = this.#names.get(id);
    if (known !== undefined) return known;
    const row = this.db.get("SELECT monitor_id FROM series WHERE id = ?", id);
    const name = row === undefined ? `series ${id}` : String(row.monitor_id);
    this.#learn(id, name);
    return name;
  }

  list(): Series[] {
    const rows = this.db.arrays<[number, string, number | null]>(
      "id, monitor_id, missing_since",
      "(SELECT * FROM series ORDER BY monitor_id)",
    );
    return rows.map(([id, monitorId, missingSince]) => {
      if (this.#names.get(id) !== monitorId) this.#learn(id, monitorId);
      return { id, monitorId, missingSince };
    });
  }

  /** All series, some at a time, for whoever lets others work in between: each as it was when its page was read. */
  *pages(): Generator<Series[]> {
    for (let after = 0;;) {
      const page = this.db.all(
        "SELECT id, monitor_id, missing_since FROM series WHERE id > ? ORDER BY id LIMIT ?",
        after,
        PAGE,
      ).map(toSeries);
      if (page.length > 0) yield page;
      if (page.length < PAGE) return;
      after = page[PAGE - 1].id;
    }
  }

  #learn(id: number, monitorId: string): number {
    this.#ids.set(monitorId, id);
    this.#names.set(id, monitorId);
    return id;
  }
}
