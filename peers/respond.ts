import type { Monitor } from "../domain/monitor.ts";
import type { Outcome } from "../domain/outcome.ts";
import { isConfirmable } from "./confirm.ts";
import { fingerprintOf, shareableTarget } from "./fingerprint.ts";

/** Clearly below the asking node's ten seconds, so that "it times out here too" arrives in time. */
const RESPOND_LIMIT_MS = 7_000;
const MAX_REASON_CHARS = 200;

/** What another node asks. */
export interface Question {
  readonly kind: string;
  readonly target: string;
  readonly fingerprint?: string;
}

export interface Answer {
  readonly up: boolean;
  readonly error?: string;
}

/** One attempt at a monitor; rejects or resolves whenever it likes after `signal` aborted. */
export type ProbeOnce = (monitor: Monitor, signal: AbortSignal) => Promise<Outcome>;

/** The monitors that others may ask about, by kind and target, exact text before text without its credentials. */
export type AskableMonitors = ReadonlyMap<string, readonly Monitor[]>;

const keyOf = (kind: string, target: string) => `${kind} ${target}`;

/** Made once for a configuration, since every question would read every target. */
export function indexAskable(monitors: readonly Monitor[]): AskableMonitors {
  const askable = monitors.filter(isConfirmable);
  const bare = askable.map((monitor) => ({ monitor, target: shareableTarget(monitor.target) }));
  const named = [
    ...askable.map((monitor) => ({ monitor, target: monitor.target })),
    ...bare.filter(({ monitor, target }) => target !== monitor.target),
  ];
  return new Map(
    [...Map.groupBy(named, ({ monitor, target }) => keyOf(monitor.kind, target))]
      .map(([key, found]) => [key, found.map(({ monitor }) => monitor)]),
  );
}

/**
 * The monitor of this node that a question is about, or null. Only what is in our own config is ever probed for somebody else. The
 * fingerprint picks among all with this target, since the asker took credentials out of its own; where it cannot choose, exact text wins
 * over text without its credentials, and then the first in the file.
 */
export async function pickMonitor(askable: AskableMonitors, question: Question): Promise<Monitor | null> {
  const candidates = askable.get(keyOf(question.kind, question.target)) ?? [];
  if (question.fingerprint !== undefined) {
    for (const monitor of candidates) {
      if (await fingerprintOf(monitor) === question.fingerprint) return monitor;
    }
  }
  return candidates[0] ?? null;
}

/** Answers questions of other nodes; askers of one monitor at one time share one probe. */
export class Responder {
  /** By monitor and not by its id, which may name another target after a reload. */
  readonly #running = new Map<Monitor, Promise<Answer>>();
  #monitors: readonly Monitor[] = [];
  #askable: AskableMonitors = new Map();

  /** Null: no such monitor here, or one that is nobody else's business. Never takes longer than the limit, never throws. */
  async answer(
    monitors: readonly Monitor[],
    question: Question,
    probe: ProbeOnce,
    limitMs = RESPOND_LIMIT_MS,
  ): Promise<Answer | null> {
    if (monitors !== this.#monitors) {
      this.#monitors = monitors;
      this.#askable = indexAskable(monitors);
    }
    const monitor = await pickMonitor(this.#askable, question);
    if (monitor === null) return null;
    const running = this.#running.get(monitor) ?? this.#start(monitor, probe, limitMs);
    return await running;
  }

  #start(monitor: Monitor, probe: ProbeOnce, limitMs: number): Promise<Answer> {
    const answer = probeOnce({ ...monitor, probeRetries: 0 }, probe, limitMs)
      .finally(() => this.#running.delete(monitor));
    this.#running.set(monitor, answer);
    return answer;
  }
}

async function probeOnce(monitor: Monitor, probe: ProbeOnce, limitMs: number): Promise<Answer> {
  const late = Promise.withResolvers<Answer>();
  const stop = new AbortController();
  const timer = setTimeout(() => {
    stop.abort();
    late.resolve({ up: false, error: "probe timed out at this vantage" });
  }, limitMs);
  const seen = probe(monitor, stop.signal).then(toAnswer, () => ({ up: false, error: "check failed" }));
  try {
    return await Promise.race([seen, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Slow but working is up. */
function toAnswer(outcome: Outcome): Answer {
  if (outcome.status !== "down") return { up: true };
  return outcome.reason === null
    ? { up: false }
    : { up: false, error: [...outcome.reason].slice(0, MAX_REASON_CHARS).join("") };
}
