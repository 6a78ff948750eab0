/** Heartbeats that are needed to tell a rhythm. */
const FEWEST = 5;

/** The usual whole seconds between heartbeats (the median, so that outages do not count), newest first; null: too few to tell. */
export function cadenceOf(newestFirst: readonly number[]): number | null {
  if (newestFirst.length < FEWEST) return null;
  const gaps = newestFirst.slice(1).map((at, index) => newestFirst[index] - at).sort((a, b) => a - b);
  return Math.max(1, Math.round(gaps[Math.floor(gaps.length / 2)] / 1000));
}
