const unitSecs: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Whole seconds from one time to another as both are shown, in Unix seconds: the figure that agrees with them. */
export function secondsBetween(from: number, to: number): number {
  return Math.max(0, Math.floor(to / 1_000) - Math.floor(from / 1_000));
}

/** The longest silence: seven days, in seconds. */
export const MAX_SILENCE_SECS = 7 * 86_400;

/**
 * Reads `10m`, `1h30m`, `1d`: groups of digits and one of `s m h d`, which add up. Outer blanks are trimmed. Returns whole seconds, or
 * null for anything else: no unit, no digits, inner blanks, a total of zero, more than 2^53.
 */
export function parseDuration(text: string): number | null {
  const trimmed = text.trim();
  if (!/^(?:[0-9]+[smhd])+$/.test(trimmed)) return null;
  let total = 0;
  for (const [, digits, unit] of trimmed.matchAll(/([0-9]+)([smhd])/g)) {
    total += Number(digits) * unitSecs[unit];
  }
  return total > 0 && Number.isSafeInteger(total) ? total : null;
}
