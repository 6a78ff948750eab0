import { HOUR } from "../../domain/clock.ts";
import { readMeta, writeMeta } from "../sqlite/meta.ts";
import { countedSpan, firstCheckAt } from "../sqlite/span.ts";
import type { SqliteStore } from "../sqlite/store.ts";

/** How far the import of one monitor's history has come; kept in `meta`, moved in the transaction that stores it. */
interface Progress {
  /** The time of the last check that was taken over, in the file's own unit. */
  readonly doneSecs: number;
  /** Until when all that is here came from the file. */
  readonly takenAt: number;
}

/** Where the history of a monitor goes. */
export interface Place extends Progress {
  readonly monitorId: string;
  /** Since when this Hora has checked it itself: what is younger stays in the file. `Infinity`: it has not. */
  readonly ownAt: number;
}

const nothing: Progress = { doneSecs: -1, takenAt: -1 };

/** The places of all monitors of the file, as they were found when this import began, and how far it has come since. */
export class Places {
  readonly #known = new Map<string, Place>();
  constructor(readonly store: SqliteStore) {}

  of(monitorId: string): Place {
    return this.#known.getOrInsertComputed(monitorId, () => {
      const kept = readMeta(this.store.db, keyOf(monitorId));
      const progress: Progress = kept === null ? nothing : JSON.parse(kept);
      return { ...progress, monitorId, ownAt: ownSince(this.store, monitorId, progress.takenAt) };
    });
  }

  /** Call it in the transaction that stores what was taken over. */
  moved(monitorId: string, to: Progress): void {
    const { doneSecs, takenAt } = to;
    writeMeta(this.store.db, keyOf(monitorId), JSON.stringify({ doneSecs, takenAt }));
    this.#known.set(monitorId, { ...this.of(monitorId), doneSecs, takenAt });
  }
}

const keyOf = (monitorId: string): string => `import_hora:${monitorId}`;

/** Hours outlive single checks: where the first of ours are pruned, nothing after what was taken over is known to be missing here. */
function ownSince({ db, series }: SqliteStore, monitorId: string, takenAt: number): number {
  const id = series.find(monitorId);
  if (id === null) return Infinity;
  const checkAt = firstCheckAt(db, id, takenAt);
  const hourAt = countedSpan(db, "hour", id, Math.floor(takenAt / HOUR) + 1).first * HOUR;
  if (checkAt < hourAt + HOUR || hourAt === Infinity) return checkAt;
  return takenAt < 0 ? hourAt : takenAt;
}
