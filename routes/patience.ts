/** What the kernel knows of one connection to us. */
export interface ConnectionFacts {
  /** Who it is, as long as it is open. */
  readonly key: string;
  /** Since the last byte went out, and since the last one came in; since the beginning when none did. Milliseconds. */
  readonly sentAgeMs: number;
  readonly receivedAgeMs: number;
  readonly receivedBytes: number;
  /** Packets with data that went out, and bytes that the client has taken. */
  readonly packetsOut: number;
  readonly takenBytes: number;
  /** Something lies ready that the client has not taken. */
  readonly isWaitingToSend: boolean;
}

/** How long clients may take; longer than any answer of ours (15 seconds, and 10 for a body). */
export const PATIENCE = {
  /** For a whole request, from the connection's or the last answer's end to ours being on its way. */
  requestMs: 30_000,
  /** Between requests; longer than proxies keep their connections by default. */
  idleMs: 120_000,
  /** In this time a client takes at least so many bytes of an answer. */
  readMs: 30_000,
  readBytes: 8_192,
} as const;
type Limits = { readonly [K in keyof typeof PATIENCE]: number };

interface Watch {
  /** When we began to wait for the rest of a request, and how much we had said by then. */
  owesSinceAt: number | null;
  packetsOut: number;
  /** When we began to wait for the client to read, and how much it had taken by then. */
  readsSinceAt: number | null;
  takenBytes: number;
}

/** Remembers from look to look what each connection was waiting for, and says whose time is up. */
export class Patience {
  #watches = new Map<string, Watch>();
  constructor(readonly limits: Limits = PATIENCE) {}

  /** The keys to be cut off, among all connections that are open at `now` (monotonic ms). Those not named are forgotten. */
  judge(connections: Iterable<ConnectionFacts>, now: number): Set<string> {
    const next = new Map<string, Watch>();
    const late = new Set<string>();
    for (const facts of connections) {
      const watch = this.#watches.get(facts.key) ??
        { owesSinceAt: null, packetsOut: 0, readsSinceAt: null, takenBytes: 0 };
      next.set(facts.key, watch);
      const isLate = [
        this.#owesTooLong(watch, facts, now),
        this.#readsTooSlowly(watch, facts, now),
        Math.min(facts.sentAgeMs, facts.receivedAgeMs) >= this.limits.idleMs,
      ].includes(true);
      if (isLate) late.add(facts.key);
    }
    this.#watches = next;
    return late;
  }

  #owesTooLong(watch: Watch, facts: ConnectionFacts, now: number): boolean {
    const owes = !facts.isWaitingToSend &&
      (facts.packetsOut === 0 || facts.receivedAgeMs < facts.sentAgeMs);
    if (!owes) watch.owesSinceAt = null;
    // A busy connection may owe at every look; what went out in between tells that it was not the same request.
    else if (watch.owesSinceAt === null || watch.packetsOut !== facts.packetsOut) {
      watch.owesSinceAt = now;
      watch.packetsOut = facts.packetsOut;
    }
    return watch.owesSinceAt !== null && now - watch.owesSinceAt >= this.limits.requestMs;
  }

  #readsTooSlowly(watch: Watch, facts: ConnectionFacts, now: number): boolean {
    const { readMs, readBytes } = this.limits;
    if (!facts.isWaitingToSend) watch.readsSinceAt = null;
    else if (watch.readsSinceAt === null || facts.takenBytes - watch.takenBytes >= readBytes) {
      watch.readsSinceAt = now;
      watch.takenBytes = facts.takenBytes;
    }
    return watch.readsSinceAt !== null && now - watch.readsSinceAt >= readMs;
  }
}
