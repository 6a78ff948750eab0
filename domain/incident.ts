import type { FailureCategory } from "./outcome.ts";

/** A named thing that is mentioned; the id decides who may see the name. */
export interface Mention {
  readonly id: string;
  readonly name: string;
}

/** From the first failed check of a confirmed outage to the first good one, or to the end of the watch. */
export interface Incident {
  readonly id: number;
  readonly monitorId: string;
  /** The first failed check, Unix ms. */
  readonly startedAt: number;
  /** When the threshold confirmed it, Unix ms. */
  readonly confirmedAt: number;
  /** The first good check, Unix ms, or when nobody watched any more; null while it lasts. */
  readonly endedAt: number | null;
  readonly reason: string | null;
  readonly category: FailureCategory | null;
  /** HTTP status or exit code of the confirming check. */
  readonly code: number | null;
  readonly cause: Mention | null;
  readonly impacted: readonly Mention[];
  readonly snapshot: string | null;
  readonly note: string | null;
  /** What other vantage points said, in words. */
  readonly vantage: string | null;
  /** How the reason changed while it lasted, oldest first, the first being that of the start. */
  readonly reasons: readonly IncidentReason[];
  /** Confirmed during planned maintenance: recorded, left out of downtime. */
  readonly planned: boolean;
  /** It ended because its monitor left the config: nobody knows whether it was good again. */
  readonly unwatched: boolean;
  /** Moves on every change, a note included. */
  readonly updatedAt: number;
}

export interface IncidentReason {
  readonly at: number;
  readonly reason: string;
  readonly category: FailureCategory;
  /** HTTP status or exit code; absent in what older versions wrote. */
  readonly code?: number | null;
}
