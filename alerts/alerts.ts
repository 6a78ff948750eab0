import type { Check } from "../domain/check.ts";
import type { AlertEvent } from "../domain/event.ts";
import type { Monitor } from "../domain/monitor.ts";
import type { CertificateFacts } from "../domain/outcome.ts";
import type { Status } from "../domain/status.ts";
import type { KeptState } from "../domain/store.ts";

/** Where a monitor stands after a check, for the board. */
export interface Position {
  readonly status: Status;
  /** When this status began, Unix ms. */
  readonly sinceAt: number;
  readonly incidentId: number | null;
}

/** What the scheduler and the peers say to alerting, and nothing else. */
export interface Alerts {
  /** Re-attaches to what the store kept: machines, open incidents, unfinished notifications. `newest`: the newest check of each series, by id. Returns every known position. */
  load(now: number, newest: ReadonlyMap<string, Check>): Promise<ReadonlyMap<string, Position>>;
  /**
   * Takes one check in: decides, then commits the check, the incident's change, the notifications and the decision log in one
   * transaction. `durable` asks for the disk before it resolves; every transition is durable anyway.
   */
  observe(
    input: { monitor: Monitor; check: Check; snapshot: string | null; durable: boolean },
  ): Promise<Position>;
  /** A certificate was looked at; `facts` null means that it could not be read, `error` why. Stores the record and warns in steps. */
  observeCertificate(
    monitor: Monitor,
    facts: CertificateFacts | null,
    error: string | null,
    now: number,
  ): Promise<void>;
  /**
   * A domain was looked up, now or at `checkedAt` (Unix ms); `expiresAt` null means that the look-up failed. Stores the record and warns in
   * steps.
   */
  observeDomain(
    monitor: Monitor,
    expiresAt: number | null,
    error: string | null,
    now: number,
    checkedAt?: number,
  ): Promise<void>;
  /**
   * Tells about something that is no monitor's check: a peer, our own blindness. `notify` null: all channels. Durable; `keep` is written in
   * the same transaction, so that whoever tells neither repeats nor forgets it after a crash.
   */
  tell(event: AlertEvent, notify: readonly string[] | null, keep?: readonly KeptState[]): Promise<void>;
  /** After `load`: the blindness of our own that people were told of and whose end they were not; null: none. */
  blindness(): { readonly reason: string; readonly fromAt: number } | null;
  /** Where a monitor stands as far as it is known; null: nothing is. */
  positionOf(monitorId: string): Position | null;
  /** Once a second: grouping windows, retries, digest. Returns quickly; deliveries run on their own. */
  tick(now: number): Promise<void>;
  /** The config was replaced; monitors that went away end their alerts. */
  reconfigured(now: number): Promise<void>;
  /** Channels that keep failing, for operators. */
  channelTrouble(): readonly { channel: string; failures: number; lastError: string; sinceAt: number }[];
  /** Attempts that ended since start, per channel. */
  deliveries(): readonly { channel: string; outcome: "sent" | "failed"; count: number }[];
  /** Lets deliveries in progress end (bounded by `signal`), flushes state. */
  stop(signal: AbortSignal): Promise<void>;
}
