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

/** What was last warned about: a renewed expiry starts anew. */
export interface Warned {
  readonly untilAt: number;
  readonly step: number;
}

/** Is a warning due that was not given yet? */
export function warningDue(warned: Warned | null, untilAt: number, step: number | null): boolean {
  if (step === null) return false;
  return warned === null || warned.untilAt !== untilAt || step < warned.step;
}
