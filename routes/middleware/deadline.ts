import type { Clock } from "../../domain/clock.ts";
import { AppError } from "../../domain/errors.ts";

/** How long a request may wait for the store or for a rendering. */
const REQUEST_DEADLINE_MS = 15_000;

/** The result, or `unavailable` when it takes longer than `withinMs`. What was begun goes on; nobody waits for it. */
export async function withDeadline<T>(
  work: Promise<T>,
  clock: Clock,
  withinMs: number = REQUEST_DEADLINE_MS,
): Promise<T> {
  const late = Symbol("late");
  const settled = await Promise.race([work.then((value) => ({ value })), Promise.resolve().then(() => null)]);
  if (settled !== null) return settled.value;
  const stop = new AbortController();
  try {
    const first = await Promise.race([work, clock.sleep(withinMs, stop.signal).then(() => late)]);
    if (first !== late) return first as T;
    work.catch(() => {});
    throw new AppError("unavailable", "the answer took too long: try again in a moment");
  } finally {
    // Without a reason of its own, each abort would make an exception with its stack.
    stop.abort("settled");
  }
}
