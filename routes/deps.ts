import type { Clock } from "../domain/clock.ts";
import type { Config } from "../domain/config.ts";
import type { Slices } from "../domain/slices.ts";
import type { CheckStatus } from "../domain/status.ts";
import type { Store } from "../domain/store.ts";
import type { MonitorGauges, MonitorView, PeerView, Summary } from "../domain/summary.ts";
import type { Viewer } from "../domain/viewer.ts";

/** What the routes get from `main.ts`. */
export interface AppDeps {
  /** The snapshot in force; read once per request. */
  config(): Config;
  readonly store: Store;
  readonly clock: Clock;
  /** Program version, such as `0.1.0`. */
  readonly version: string;
  readonly board: BoardReader;
  /** For work on an answer that may take longer than a slice. */
  slices(): Slices;
  /** Records a heartbeat of a push monitor or a watched peer; resolves when it is on disk. The caller has authorised it. */
  push(targetId: string, heartbeat: Heartbeat): Promise<void>;
  /** One attempt at a configured monitor for another node, without storing it; null: no such monitor, or exec or push. */
  probeForPeer(request: VantageRequest): Promise<VantageAnswer | null>;
  health(): Promise<HealthReport>;
  /** Announcements or silences changed through a route: the board takes them in before this resolves. */
  operatorChanged(): Promise<void>;
  /** Figures about ourselves, for `/metrics`. */
  figures(): RuntimeFigures;
}

export interface BoardReader {
  /** Moves whenever anything a summary shows may have changed. */
  readonly version: number;
  /** The same for what anybody may see: stands still while only private things change. */
  readonly openVersion: number;
  /** Moves with it when what changed may not wait: a status, a word of an operator. Mere new checks leave it. */
  readonly turns: number;
  /** The same for what anybody may see. */
  readonly openTurns: number;
  /** The monitors of a summary, each brought up to now as it is taken; whoever takes them may pause between. */
  views(viewer: Viewer): Iterable<MonitorView>;
  /** The same object for the same viewer until the version moves or a second passes. */
  summary(viewer: Viewer): Summary;
  /** What the viewer may see, in figures; made one by one as they are taken. */
  gauges(viewer: Viewer): Iterable<MonitorGauges>;
  /** The other nodes, for those who may see them. */
  peersFor(viewer: Viewer): readonly PeerView[];
}

export interface Heartbeat {
  readonly status: CheckStatus;
  readonly message: string | null;
  readonly latencyMs: number | null;
}

export interface VantageRequest {
  readonly kind: string;
  readonly target: string;
  /** Digest of the check's settings, from nodes that send it; picks among monitors of equal kind and target. */
  readonly fingerprint?: string;
}

export interface VantageAnswer {
  readonly up: boolean;
  readonly error?: string;
}

/** The wire shape of `/healthz`; other nodes parse it. */
export interface HealthReport {
  readonly status: "ok" | "degraded";
  readonly scheduler_ok: boolean;
  readonly db_ok: boolean;
  readonly last_tick_age: number;
  readonly id?: string;
  readonly peers: Readonly<
    Record<string, { readonly state: "up" | "down" | "unknown"; readonly age: number }>
  >;
  /** What is wrong, in words; only when something is. */
  readonly trouble?: string;
}

export interface MonitorTotals {
  readonly up: number;
  readonly degraded: number;
  readonly down: number;
  /** Checks that were up or degraded and measured a latency. */
  readonly latencyCount: number;
  readonly latencySumMs: number;
}

export interface RuntimeFigures {
  readonly startedAt: number;
  /** Lateness of probe starts over the last minute. */
  readonly latenessMs: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly probesInFlight: number;
  readonly probesSkipped: number;
  /** Since start, per monitor id: checks recorded by status, and what was measured. They only grow. */
  readonly totals: ReadonlyMap<string, MonitorTotals>;
  readonly notifications: readonly {
    readonly channel: string;
    readonly outcome: "sent" | "failed";
    readonly count: number;
  }[];
  readonly channelTrouble: readonly {
    readonly channel: string;
    readonly failures: number;
    readonly lastError: string;
    readonly sinceAt: number;
  }[];
}
