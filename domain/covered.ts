import type { Check } from "./check.ts";
import { DAY, HOUR } from "./clock.ts";
import { addCoverage, type CoverageSum, type Gap, noCoverage, openTail, type Piece } from "./coverage.ts";
import { emptyHistogram } from "./histogram.ts";
import type { Aggregate, Store } from "./store.ts";

/** `[fromAt, untilAt)` by hours or days; without `monitorId`: all series. */
export interface CoveredQuery {
  readonly grain: "hour" | "day";
  readonly fromAt: number;
  readonly untilAt: number;
  readonly monitorId?: string;
}

/**
 * Hours or days as they are at `now`: the stored sums and, in their place, the time for which each newest check has stood since. This is
 * the one way to read how long something was up: what the store holds alone lacks the newest check. Ordered by series, then time.
 */
export async function readCovered(
  store: Pick<Store, "aggregates" | "checks" | "gaps">,
  query: CoveredQuery,
  now: number,
): Promise<Aggregate[]> {
  const [rows, newest, gaps] = await Promise.all([
    store.aggregates.list(query),
    newestOf(store, query),
    store.gaps(query.fromAt),
  ]);
  return withTails(rows, newest, gaps, query, now);
}

async function newestOf({ checks }: Pick<Store, "checks">, { monitorId }: CoveredQuery): Promise<Check[]> {
  return monitorId === undefined
    ? [...(await checks.lastOfEach()).values()]
    : await checks.newest(monitorId, 1);
}

/** Adds what the newest checks say until `now`; a row that nothing was stored for yet is made. */
export function withTails(
  rows: readonly Aggregate[],
  newest: readonly Check[],
  gaps: readonly Gap[],
  { grain, fromAt, untilAt }: CoveredQuery,
  now: number,
): Aggregate[] {
  const bySeries = Map.groupBy(rows, (row) => row.monitorId);
  for (const check of newest) {
    const pieces = openTail(check, now, gaps, grain === "day" ? DAY : HOUR)
      .filter(({ startAt }) => startAt >= fromAt && startAt < untilAt);
    if (pieces.length === 0) continue;
    const own = new Map((bySeries.get(check.monitorId) ?? []).map((row) => [row.startAt, row]));
    for (const piece of pieces) own.set(piece.startAt, withPiece(own.get(piece.startAt), check, piece));
    bySeries.set(check.monitorId, [...own.values()].sort((a, b) => a.startAt - b.startAt));
  }
  return [...bySeries].sort(([a], [b]) => a < b ? -1 : 1).flatMap(([, own]) => own);
}

function withPiece(row: Aggregate | undefined, check: Check, { startAt, ms }: Piece): Aggregate {
  const coverage: CoverageSum = { ...row?.coverage ?? noCoverage };
  addCoverage(coverage, check.status, check.planned, ms);
  const fresh = {
    monitorId: check.monitorId,
    startAt,
    counts: { up: 0, degraded: 0, down: 0, planned: 0 },
    latency: emptyHistogram,
    latencySumMs: 0,
  };
  return { ...row ?? fresh, coverage };
}
