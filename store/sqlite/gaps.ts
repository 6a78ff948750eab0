import { cutGap, type Gap } from "../../domain/coverage.ts";
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

  /** Adds a gap; what overlaps an earlier one, and what is before that, is cut off (the clock was set back). */
  insert(gap: Gap): void {
    const earlier = this.list().findLast(({ fromAt }) => fromAt < gap.untilAt);
    const fromAt = Math.max(gap.fromAt, earlier?.untilAt ?? 0);
    if (fromAt >= gap.untilAt) return;
    this.db.run("INSERT INTO gaps (from_at, until_at) VALUES (?, ?)", fromAt, gap.untilAt);
    this.#known = null;
  }

  /** The clock was set back to `at`; see the port. */
  cut(at: number): void {
    for (const gap of this.list()) {
      const left = cutGap(gap, at);
      if (left === null) this.db.run("DELETE FROM gaps WHERE from_at = ?", gap.fromAt);
      else if (left !== gap) {
        this.db.run("UPDATE gaps SET until_at = ? WHERE from_at = ?", left.untilAt, gap.fromAt);
      }
    }
    this.#known = null;
  }
}
