import type { Config } from "../domain/config.ts";
import type { Secret } from "../domain/secret.ts";
import type { NodeClient } from "./client.ts";
import type { LocalHealth } from "./health.ts";

const TIMEOUT_MS = 10_000;

/** One receiver of our heartbeats. */
interface Receiver {
  /** For logs; never a URL. */
  readonly name: string;
  readonly url: Secret;
  readonly token: Secret | null;
}

export interface Delivery {
  readonly name: string;
  /** Null: it arrived. */
  readonly trouble: string | null;
}

/** Everybody who is told that we live, in the order of the file; `heartbeat_url` last. */
function receiversOf(config: Config): Receiver[] {
  const peers = config.peers.flatMap(({ id, pingUrl, pingToken }) =>
    pingUrl === null || pingUrl.isEmpty ? [] : [{ name: id, url: pingUrl, token: pingToken }]
  );
  const extra = config.health?.heartbeatUrl ?? null;
  return extra === null || extra.isEmpty
    ? peers
    : [...peers, { name: "heartbeat_url", url: extra, token: null }];
}

/** The URL with the words of a heartbeat appended; null when it is no URL. */
export function heartbeatUrl(base: string, monitors: number, tickAgeSecs: number): string | null {
  const url = URL.parse(base);
  if (url === null || !/^https?:$/.test(url.protocol)) return null;
  url.searchParams.append("status", "up");
  url.searchParams.append("msg", `ok mon=${monitors} tick=${tickAgeSecs}s`);
  return url.href;
}

/** Tells everybody at once that we live; one slow receiver holds up nobody. `pause` spreads the sends a little. */
export function sendHeartbeats(
  config: Config,
  health: LocalHealth,
  client: NodeClient,
  pause: () => Promise<void>,
  signal: AbortSignal,
): Promise<Delivery[]> {
  return Promise.all(
    receiversOf(config).map(async ({ name, url, token }) => {
      const full = heartbeatUrl(url.reveal(), config.monitors.length, health.lastTickAgeSecs);
      if (full === null) return { name, trouble: "Not a valid http or https URL" };
      await pause();
      const answer = await client({
        method: "POST",
        url: full,
        token,
        timeoutMs: TIMEOUT_MS,
        maxBodyBytes: 0,
        signal,
      });
      return { name, trouble: answer.ok ? null : answer.reason };
    }),
  );
}
