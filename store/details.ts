import type { Check } from "../domain/check.ts";
import type { FailureCategory, Metric, Phases } from "../domain/outcome.ts";

/** What only some checks carry beside status, latency and code. */
export type Details = Pick<Check, "reason" | "category" | "message" | "phases" | "metrics">;

export const noDetails: Details = { reason: null, category: null, message: null, phases: null, metrics: [] };

/** The wire of the `details` column: short keys, absent when there is nothing to say. */
interface Packed {
  r?: string;
  c?: FailureCategory;
  m?: string;
  /** Tenths of ms, in the order of `phaseKeys`; null: phase not there. */
  p?: (number | null)[];
  x?: [label: string, value: number, unit: string][];
}

const phaseKeys = ["resolveMs", "connectMs", "tlsMs", "firstByteMs", "transferMs"] as const;

/** Tenths of ms below 10 ms, whole ms above: finer is noise, and costs space in every check. */
function tenths(ms: number): number {
  return ms < 10 ? Math.round(ms * 10) : Math.round(ms) * 10;
}

function packPhases(phases: Phases): (number | null)[] {
  return phaseKeys.map((key) => phases[key] === undefined ? null : tenths(Math.max(0, phases[key])));
}

function unpackPhases(packed: readonly (number | null)[]): Phases {
  const phases: { -readonly [K in keyof Phases]: Phases[K] } = {};
  phaseKeys.forEach((key, index) => {
    const value = packed[index];
    if (typeof value === "number") phases[key] = value / 10;
  });
  return phases;
}

/** Null when the check has nothing to say beyond its columns. */
export function packDetails(check: Details): string | null {
  const packed: Packed = {};
  if (check.reason !== null) packed.r = check.reason;
  if (check.category !== null) packed.c = check.category;
  if (check.message !== null) packed.m = check.message;
  if (check.phases !== null) packed.p = packPhases(check.phases);
  if (check.metrics.length > 0) {
    packed.x = check.metrics.map(({ label, value, unit }) => [label, value, unit]);
  }
  const text = JSON.stringify(packed);
  return text === "{}" ? null : text;
}

/** Throws when the text is damaged. */
export function unpackDetails(text: string | null): Details {
  if (text === null) return noDetails;
  const packed = JSON.parse(text) as Packed;
  const metrics: Metric[] = (packed.x ?? []).map(([label, value, unit]) => ({ label, value, unit }));
  return {
    reason: packed.r ?? null,
    category: packed.c ?? null,
    message: packed.m ?? null,
    phases: packed.p === undefined ? null : unpackPhases(packed.p),
    metrics,
  };
}
