import type { Config } from "./config.ts";
import type { Incident, Mention } from "./incident.ts";
import type { Monitor } from "./monitor.ts";
import type { FailureCategory } from "./outcome.ts";
import { publicText } from "./public_text.ts";
import { mayName, maySee, maySeeDetail, type Viewer } from "./viewer.ts";

/** One incident as one viewer may read it. Instants are Unix ms. */
export interface ShownIncident {
  readonly id: number;
  readonly monitorId: string;
  readonly monitorName: string;
  readonly group: string | null;
  readonly startedAt: number;
  readonly confirmedAt: number;
  readonly endedAt: number | null;
  /** Raw words, or the safe ones of its category. */
  readonly reason: string | null;
  readonly category: FailureCategory | null;
  readonly cause: string | null;
  readonly impacted: readonly string[];
  readonly note: string | null;
  /** Only for those who may see details. */
  readonly snapshot: string | null;
  /** Only for those who may see details. */
  readonly vantage: string | null;
  readonly reasons: readonly { readonly at: number; readonly reason: string }[];
  readonly planned: boolean;
  /** It ended with the watch, and not because it was good again. */
  readonly unwatched: boolean;
  readonly updatedAt: number;
}

/**
 * Ids whose incidents this viewer may see, for the store's query; null: all of them, those of monitors that are gone included. With
 * `group` or `monitorId` only those of that group or monitor.
 */
export function visibleIncidentIds(
  config: Config,
  viewer: Viewer,
  filter: { readonly group?: string; readonly monitorId?: string } = {},
): readonly string[] | null {
  if (viewer.kind === "operator" && filter.group === undefined) {
    return filter.monitorId === undefined ? null : [filter.monitorId];
  }
  return config.monitors.filter((monitor) =>
    maySee(viewer, monitor) &&
    (filter.group === undefined || monitor.group === filter.group) &&
    (filter.monitorId === undefined || monitor.id === filter.monitorId)
  ).map((monitor) => monitor.id);
}

/** The incident with everything taken out that this viewer may not know; null: not even that it exists. */
export function showIncident(
  incident: Incident,
  config: Config,
  viewer: Viewer,
): ShownIncident | null {
  const byId = new Map<string, Monitor>(config.monitors.map((monitor) => [monitor.id, monitor]));
  const monitor = byId.get(incident.monitorId);
  const isOperator = viewer.kind === "operator";
  if (monitor === undefined ? !isOperator : !maySee(viewer, monitor)) return null;
  const isDetailed = monitor === undefined || maySeeDetail(viewer, monitor);
  const mayMention = (mention: Mention) => {
    const named = byId.get(mention.id);
    return named === undefined ? isOperator : mayName(viewer, named);
  };
  const words = (reason: string | null, category: FailureCategory | null, code: number | null) =>
    reason === null || isDetailed ? reason : publicText(category ?? "other", code);
  const peer = config.peers.find((candidate) => candidate.listenId === incident.monitorId);
  return {
    id: incident.id,
    monitorId: incident.monitorId,
    monitorName: monitor?.name ?? peer?.name ?? incident.monitorId,
    group: monitor?.group ?? null,
    startedAt: incident.startedAt,
    confirmedAt: incident.confirmedAt,
    endedAt: incident.endedAt,
    reason: words(incident.reason, incident.category, incident.code),
    category: incident.category,
    cause: incident.cause !== null && mayMention(incident.cause) ? incident.cause.name : null,
    impacted: incident.impacted.filter(mayMention).map((mention) => mention.name),
    note: incident.note,
    snapshot: isDetailed ? incident.snapshot : null,
    vantage: isDetailed ? incident.vantage : null,
    reasons: incident.reasons.map(({ at, reason, category, code }, index) => ({
      at,
      reason: words(reason, category, code ?? (index === 0 ? incident.code : null))!,
    })),
    planned: incident.planned,
    unwatched: incident.unwatched,
    updatedAt: incident.updatedAt,
  };
}
