/** When which monitor is due. All instants here are on the monotonic clock, so that setting the wall clock moves no check. */

/** FNV-1a over UTF-16 units, stirred once more, since ids often differ in their last character only. Never changes. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The place of a monitor within any stretch of `lengthMs`, in whole ms. */
export function phaseOf(id: string, lengthMs: number): number {
  return Math.floor((hashOf(id) / 0x1_0000_0000) * lengthMs);
}

/** How long the first checks of `count` monitors are spread over: a second for a few, never more than 30 s. */
export function startSpreadMs(count: number): number {
  return Math.min(30_000, 1_000 + count * 3);
}

/**
 * The first two instants of a monitor that begins at `now`: one within `spreadMs`, then its own place in the grid of its interval, at
 * least half an interval later. From there on it is due every interval.
 */
export function firstDueAt(id: string, intervalMs: number, now: number, spreadMs: number): [number, number] {
  const first = now + phaseOf(id, Math.min(spreadMs, intervalMs));
  const earliest = first + intervalMs / 2;
  const phase = phaseOf(id, intervalMs);
  const second = Math.ceil((earliest - phase) / intervalMs) * intervalMs + phase;
  return [first, second];
}

/** The next instant on the same grid after one that was due at `dueAt`; what has passed meanwhile is skipped, not made up for. */
export function nextDueAt(
  dueAt: number,
  intervalMs: number,
  now: number,
): { readonly dueAt: number; readonly skipped: number } {
  const skipped = Math.max(0, Math.floor((now - dueAt) / intervalMs));
  return { dueAt: dueAt + (skipped + 1) * intervalMs, skipped };
}
