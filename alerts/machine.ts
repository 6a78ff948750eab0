import { type Condition, freshCondition } from "../domain/confirm.ts";
import { freshTelling, type Telling } from "../domain/episode.ts";
import { type BurnFlags, noBurn } from "../domain/burn.ts";
import type { Incident } from "../domain/incident.ts";
import { monitorStates } from "../domain/monitor_states.ts";

/** Everything remembered about one monitor's alerting. Kept as JSON under `machine/ID`; replaced whole, never changed in place. */
export interface Machine {
  readonly condition: Condition;
  readonly telling: Telling;
  readonly burn: BurnFlags;
  /**
   * The outage (its start) of which only `alerts.notify_unconfirmed` was told, since every peer that answered saw the target up; null:
   * there is none.
   */
  readonly unconfirmedOutageAt: number | null;
}

/** What is known besides: the open incident's row. */
export interface Live extends Machine {
  readonly incidentId: number | null;
}

export const freshLive: Live = {
  condition: freshCondition,
  telling: freshTelling,
  burn: noBurn,
  unconfirmedOutageAt: null,
  incidentId: null,
};

export const MACHINE_PREFIX = monitorStates.machine;

export function toKept(live: Live): Machine {
  const { condition, telling, burn, unconfirmedOutageAt } = live;
  return { condition, telling, burn, unconfirmedOutageAt };
}

function objectOr<T extends object>(value: unknown, fallback: T): T {
  return typeof value === "object" && value !== null ? { ...fallback, ...value } : fallback;
}

/** Reads what was kept; fields that an older version did not know get their fresh value. */
export function fromKept(value: unknown): Machine {
  const kept = objectOr<Partial<Machine>>(value, {});
  return {
    condition: objectOr(kept.condition, freshCondition),
    telling: objectOr(kept.telling, freshTelling),
    burn: objectOr(kept.burn, noBurn),
    unconfirmedOutageAt: kept.unconfirmedOutageAt ?? null,
  };
}

/** Does this outage last of which not all were told who are to know of outages? */
export function isUnconfirmed({ unconfirmedOutageAt, condition, telling }: Machine): boolean {
  return unconfirmedOutageAt !== null && unconfirmedOutageAt === condition.outageAt &&
    unconfirmedOutageAt === telling.toldOutageAt;
}

/** Joins a machine with the incident that the store says is open. */
export function attach(machine: Machine, open: Incident | null, channels: readonly string[]): Live {
  const incidentId = open?.id ?? null;
  if (open === null || machine.condition.outageAt !== null) return { ...machine, incidentId };
  // An incident nobody here remembers (from an import): whoever opened it told people, so its end must be told.
  const condition: Condition = {
    ...machine.condition,
    status: "down",
    sinceAt: open.startedAt,
    failures: Math.max(1, machine.condition.failures),
    failingSinceAt: open.startedAt,
    outageAt: open.startedAt,
    reason: open.reason,
    reasons: Math.max(1, open.reasons.length),
  };
  const telling: Telling = {
    ...freshTelling,
    told: "down",
    toldOutageAt: open.startedAt,
    wrongSinceAt: open.startedAt,
    channels,
  };
  return { ...machine, condition, telling, incidentId };
}
