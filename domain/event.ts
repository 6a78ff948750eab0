import type { Mention } from "./incident.ts";

/**
 * Something worth telling. `monitor` is the display name (for peers the peer's name); `monitorId` rides along for links and payloads.
 * The texts per channel are made in `alerts/`; nothing here is escaped or cut.
 */
export type AlertEvent =
  & { readonly at: number }
  & (
    | DownEvent
    | {
      readonly kind: "degraded";
      readonly monitorId: string;
      readonly monitor: string;
      readonly latencyMs: number | null;
      readonly reason: string | null;
      readonly sinceAt: number;
    }
    | {
      readonly kind: "recovered";
      readonly monitorId: string;
      readonly monitor: string;
      readonly incidentId: number | null;
      readonly sinceAt: number | null;
      readonly durationMs: number | null;
    }
    | {
      readonly kind: "cert_expiring";
      readonly monitorId: string;
      readonly monitor: string;
      readonly notAfterAt: number;
    }
    | {
      readonly kind: "cert_unreadable";
      readonly monitorId: string;
      readonly monitor: string;
      readonly reason: string;
    }
    | {
      readonly kind: "cert_changed";
      readonly monitorId: string;
      readonly monitor: string;
      readonly oldFingerprint: string;
      readonly newFingerprint: string;
    }
    | {
      readonly kind: "domain_expiring";
      readonly monitorId: string;
      readonly monitor: string;
      readonly domain: string;
      readonly expiresAt: number;
    }
    | {
      /** The registry could not be asked for a week; the last known date may be old, or there is none. */
      readonly kind: "domain_unreadable";
      readonly monitorId: string;
      readonly monitor: string;
      readonly domain: string;
      readonly reason: string;
    }
    | { readonly kind: "peer_link_degraded"; readonly peer: string; readonly witness: string }
    | {
      readonly kind: "budget_burn";
      readonly monitorId: string;
      readonly monitor: string;
      /** Ten times the burn rate, truncated. */
      readonly rateX10: number;
      readonly window: "1h" | "6h";
      readonly exhaustedInSecs: number | null;
    }
    | { readonly kind: "digest"; readonly period: string; readonly summary: string }
    | {
      readonly kind: "channel_trouble";
      readonly channel: string;
      readonly failures: number;
      readonly reason: string;
    }
    | {
      /** We could not see: our clock, our network or our resolver. Told once, as what it is. */
      readonly kind: "blind";
      readonly reason: string;
      readonly fromAt: number;
      readonly untilAt: number | null;
    }
  );

export interface DownEvent {
  readonly kind: "down";
  readonly monitorId: string;
  readonly monitor: string;
  readonly reason: string | null;
  readonly cause: Mention | null;
  readonly impacted: readonly Mention[];
  readonly vantage: string | null;
  readonly incidentId: number | null;
  /** The first failed check. */
  readonly sinceAt: number;
  /** Failing checks in a row that confirmed it. */
  readonly failures: number;
  /** Why it is told so long after it began, as a clause; absent: it is not. */
  readonly context?: string;
}

export type AlertKind = AlertEvent["kind"];
