import { DAY } from "./clock.ts";

/** Days before an expiry at which people are warned again; the configured number of days comes first, 0 is the expiry itself. */
const STEPS = [7, 3, 1, 0];

/**
 * The tightest step that has been reached, or null while there is time. `warnDays` is the configured window.
 */
export function expiryStep(untilAt: number, now: number, warnDays: number): number | null {
  const steps = [warnDays, ...STEPS.filter((step) => step < warnDays)];
  const reached = steps.filter((step) => untilAt - now <= step * DAY);
  return reached.length === 0 ? null : Math.min(...reached);
}

/** What was warned about: a renewed expiry starts anew. */
export interface Warned {
  readonly untilAt: number;
  readonly step: number;
}

/** So many expiries of one name are remembered: as many servers behind it may each show a certificate of their own. */
const MAX_WARNED = 32;

/** Is a warning due that was not given yet? */
export function warningDue(warned: readonly Warned[], untilAt: number, step: number | null): boolean {
  if (step === null) return false;
  const before = warned.find((known) => known.untilAt === untilAt);
  return before === undefined || step < before.step;
}

/** What was warned about, with this warning. */
export function withWarning(warned: readonly Warned[], untilAt: number, step: number): Warned[] {
  const others = warned.filter((known) => known.untilAt !== untilAt);
  return [...others, { untilAt, step }].slice(-MAX_WARNED);
}
