import type { Monitor } from "./monitor.ts";
import type { Secret } from "./secret.ts";

/** Everything `hora.toml` says, typed, with defaults applied, frozen. Replaced whole on reload. */
export interface Config {
  readonly page: PageConfig;
  readonly server: ServerConfig;
  readonly channels: readonly ChannelConfig[];
  readonly alerts: AlertsConfig;
  readonly maintenance: readonly MaintenanceWindow[];
  readonly banners: readonly Banner[];
  readonly monitors: readonly Monitor[];
  readonly health: HealthConfig | null;
  readonly peers: readonly Peer[];
  readonly digest: DigestConfig | null;
  readonly retention: RetentionConfig;
  /** From `HORA_EXEC_DIR`, never from the file; null: exec monitors are off. */
  readonly execDir: string | null;
}

export interface PageConfig {
  readonly title: string;
  readonly historyDays: number;
  readonly showPeers: boolean;
  readonly description: string | null;
  /** Path of an image file, or null; served by us, never fetched from elsewhere. */
  readonly logo: string | null;
  readonly logoDark: string | null;
  readonly links: readonly { readonly title: string; readonly url: string }[];
  /** CSS colour `#rrggbb`; null: our own. */
  readonly accent: string | null;
  /** Path of a CSS file appended to ours. */
  readonly customCss: string | null;
  /** IANA zone shown beside UTC; null: UTC alone. */
  readonly timezone: string | null;
}

export interface ServerConfig {
  readonly bind: string;
  readonly databasePath: string;
  /** Null: any. Empty: none, because none that is configured can be one. */
  readonly allowedOrigins: readonly string[] | null;
  readonly clientIpHeader: string | null;
  readonly trustedProxies: readonly string[];
  readonly rateLimitRefillSecs: number;
  readonly rateLimitBurst: number;
  readonly authToken: Secret | null;
  readonly groupTokens: Readonly<Record<string, Secret>>;
  /** Origin (and path prefix) under which people reach this page, without trailing slash; null: unknown. */
  readonly publicUrl: string | null;
}

export interface AlertsConfig {
  readonly failThreshold: number;
  readonly alertOnDegraded: boolean;
  readonly certExpiryDays: number;
  readonly domainExpiryDays: number;
  readonly defaultRetentionDays: number;
  readonly groupWindowSecs: number;
  readonly channelFailThreshold: number;
  /** Channels that are told instead while every peer that answers sees the target up; empty: told as ever. */
  readonly notifyUnconfirmed: readonly string[];
  /** A `down` that a job reported is confirmed when it has stood so long, whatever the threshold. */
  readonly pushAlertWindowSecs: number;
}

export interface MaintenanceWindow {
  readonly title: string;
  /** Unix ms, inclusive. */
  readonly startAt: number;
  /** Unix ms, inclusive. */
  readonly endAt: number;
  /** Monitor ids or peers' listen ids; empty: everything. */
  readonly monitors: readonly string[];
}

export type Severity = "info" | "warning" | "critical" | "resolved";

/** A banner declared in the file (`[[incidents]]`). */
export interface Banner {
  readonly title: string;
  readonly body: string;
  readonly severity: Severity;
  readonly at: number | null;
}

export interface HealthConfig {
  readonly id: string;
  readonly intervalSecs: number;
  readonly graceSecs: number;
  readonly quorum: boolean;
  readonly heartbeatUrl: Secret | null;
  readonly confirmWithPeers: boolean;
}

export interface Peer {
  readonly id: string;
  readonly name: string;
  readonly pingUrl: Secret | null;
  readonly pingToken: Secret | null;
  readonly listenId: string;
  readonly listenToken: Secret | null;
  /** Set: this peer is watched. */
  readonly expectEverySecs: number | null;
  /** Explicit witness URL only; the derived one is `peers/`'s business. */
  readonly witnessUrl: string | null;
  /** May this peer be asked to confirm? Null: decided from `pingUrl` (true when it is a Hora's `/api/push/…`). */
  readonly confirm: boolean | null;
  readonly notify: readonly string[] | null;
}

export interface DigestConfig {
  readonly schedule: string;
  readonly notify: readonly string[] | null;
}

export interface RetentionConfig {
  readonly hourlyDays: number;
  readonly dailyDays: number;
  readonly incidentsDays: number;
  readonly orphansDays: number;
}

interface ChannelBase {
  readonly name: string;
  /** False when a value it needs is empty: the name stays valid in `notify`, nothing is sent. */
  readonly enabled: boolean;
}

export type ChannelConfig =
  & ChannelBase
  & (
    | { readonly type: "telegram"; readonly token: Secret; readonly chatId: string }
    | { readonly type: "discord"; readonly webhookUrl: Secret }
    | { readonly type: "slack"; readonly webhookUrl: Secret }
    | {
      readonly type: "webhook";
      readonly url: Secret;
      readonly method: string;
      readonly headers: Readonly<Record<string, Secret>>;
      /** Template of the body; null: the documented JSON. */
      readonly body: string | null;
      /** Key for the HMAC-SHA256 signature header; null: unsigned. */
      readonly hmacSecret: Secret | null;
    }
    | {
      readonly type: "matrix";
      readonly homeserver: string;
      readonly token: Secret;
      readonly roomId: string;
    }
    | { readonly type: "freemobile"; readonly user: string; readonly pass: Secret }
    | {
      readonly type: "email";
      readonly host: string;
      readonly port: number;
      readonly from: string;
      readonly to: readonly string[];
      readonly username: string;
      readonly password: Secret;
      readonly implicitTls: boolean;
      /** `starttls` must succeed, `implicit` from the first byte, `none` only for loopback relays. */
      readonly tls: "starttls" | "implicit" | "none";
      readonly caFile: string | null;
    }
    | { readonly type: "ntfy"; readonly url: Secret; readonly token: Secret | null }
    | { readonly type: "gotify"; readonly url: Secret; readonly token: Secret }
    | { readonly type: "pushover"; readonly token: Secret; readonly user: Secret }
  );
