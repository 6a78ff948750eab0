import type { Gap } from "../../domain/coverage.ts";
import type { Database } from "./database.ts";

/** When nobody was monitoring, oldest first, never overlapping. */
export class Gaps {
  #known: Gap[] | null = null;
  constructor(readonly db: Database) {}

  forget(): void {
    this.#known = null;
  }

  list(): readonly Gap[] {
    return this.#known ??= this.db.all("SELECT from_at, until_at FROM gaps ORDER BY from_at").map((row) => ({
      fromAt: Number(row.from_at),
      untilAt: Number(row.until_at),
    }));
  }

  /** Adds a gap after all others; what overlaps an earlier one is cut off (the clock was set back). */
  insert(gap: Gap): void {
    const fromAt = Math.max(gap.fromAt, this.list().at(-1)?.untilAt ?? 0);
    if (fromAt >= gap.untilAt) return;
    this.db.run("INSERT INTO gaps (from_at, until_at) VALUES (?, ?)", fromAt, gap.untilAt);
    this.#known = null;
  }
}
