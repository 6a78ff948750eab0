import { HOUR } from "../../domain/clock.ts";
import { presentId } from "../sqlite/carry_over.ts";
import { writeMeta } from "../sqlite/meta.ts";
import { countedSpan, firstCheckAt } from "../sqlite/span.ts";
import type { SqliteStore } from "../sqlite/store.ts";
import { instantOf } from "./source.ts";

/** How far the import of one monitor's history has come; kept in `meta`, moved in the transaction that stores it. */
interface Progress {
  /** The time of the last check that was taken over, in the file's own unit. */
  readonly doneSecs: number;
  /** Until when all that is here came from the file. */
  readonly takenAt: number;
}

/** Where the history of a monitor goes. */
export interface Place extends Progress {
  /** Its present id: this Hora may have renamed it since. */
  readonly monitorId: string;
  /** Since when this Hora has checked it itself: what is younger stays in the file. `Infinity`: it has not. */
  readonly ownAt: number;
}

const nothing: Progress = { doneSecs: -1, takenAt: -1 };
const PREFIX = "import_hora:";

/**
 * The places of all monitors of the file, as they were found when this import began, and how far it has come since. Progress is kept under the
 * file's own ids; those that are one monitor's by now have one place, and come as far as the furthest of them.
 */
export class Places {
  readonly #reached = new Map<string, Progress>();
  readonly #doneSecs = new Map<string, number>();
  readonly #known = new Map<string, Place>();

  constructor(readonly store: SqliteStore) {
    for (const { key, value } of store.db.all(`SELECT key, value FROM meta WHERE key GLOB '${PREFIX}*'`)) {
      const fileId = String(key).slice(PREFIX.length);
      const monitorId = this.idOf(fileId);
      const { doneSecs, takenAt } = readProgress(String(value));
      this.#doneSecs.set(fileId, doneSecs);
      const other = this.#reached.get(monitorId) ?? nothing;
      this.#reached.set(monitorId, {
        doneSecs: Math.max(doneSecs, other.doneSecs),
        takenAt: Math.max(takenAt, other.takenAt),
      });
    }
  }

  /** The present id of one in the file. */
  idOf(fileId: string): string {
    return presentId(this.store.db, fileId);
  }

  of(fileId: string): Place {
    const monitorId = this.idOf(fileId);
    return this.#known.getOrInsertComputed(monitorId, () => {
      const progress = this.#reached.get(monitorId) ?? nothing;
      return { ...progress, monitorId, ownAt: ownSince(this.store, monitorId, progress.takenAt) };
    });
  }

  /** How far the file's own id has come, in the file's unit: less far than its place where another id is there. */
  doneSecs(fileId: string): number {
    return this.#doneSecs.get(fileId) ?? nothing.doneSecs;
  }

  /** Call it in the transaction that stores what was taken over. */
  moved(fileId: string, { doneSecs, takenAt }: Progress): void {
    writeMeta(this.store.db, PREFIX + fileId, JSON.stringify({ doneSecs, takenAt }));
    const place = this.of(fileId);
    this.#known.set(place.monitorId, { ...place, doneSecs, takenAt });
  }
}

/** An earlier Hora noted how far the checks had come and no more: what is here of the file reaches that far. */
function readProgress(text: string): Progress {
  const { doneSecs, takenAt }: { doneSecs: number; takenAt?: number | null } = JSON.parse(text);
  return { doneSecs, takenAt: takenAt ?? instantOf(doneSecs) ?? nothing.takenAt };
}

/** Hours outlive single checks: where the first of ours are pruned, nothing after what was taken over is known to be missing here. */
function ownSince({ db, series }: SqliteStore, monitorId: string, takenAt: number): number {
  const id = series.find(monitorId);
  if (id === null) return Infinity;
  const checkAt = firstCheckAt(db, id, takenAt);
  const hourAt = countedSpan(db, "hour", id, Math.floor(takenAt / HOUR) + 1).first * HOUR;
  if (checkAt < hourAt + HOUR || hourAt === Infinity) return checkAt;
  return takenAt < 0 ? hourAt : takenAt;
}
