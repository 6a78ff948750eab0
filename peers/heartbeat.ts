import type { Config } from "../domain/config.ts";
import type { Secret } from "../domain/secret.ts";
import type { NodeClient } from "./client.ts";
import type { LocalHealth } from "./health.ts";

const TIMEOUT_MS = 10_000;
/** How often a heartbeat that a limiter refuses is sent again. */
const SENT_AGAIN = 3;

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
  const words = new URLSearchParams({ status: "up", msg: `ok mon=${monitors} tick=${tickAgeSecs}s` });
  // What is there already stays as it is written: it may be signed.
  url.search = url.search === "" ? words.toString() : `${url.search}&${words}`;
  return url.href;
}

interface Pauses {
  /** Spreads the sends a little. */
  spread(): Promise<void>;
  /** Before a heartbeat that a limiter refused is sent again. */
  refused(): Promise<void>;
}

/** Tells everybody at once that we live; one slow receiver holds up nobody. */
export function sendHeartbeats(
  config: Config,
  health: LocalHealth,
  client: NodeClient,
  pauses: Pauses,
  signal: AbortSignal,
): Promise<Delivery[]> {
  return Promise.all(
    receiversOf(config).map(async ({ name, url, token }) => {
      const full = heartbeatUrl(url.reveal(), config.monitors.length, health.lastTickAgeSecs);
      if (full === null) return { name, trouble: "Not a valid http or https URL" };
      await pauses.spread();
      const send = () =>
        client({ method: "POST", url: full, token, timeoutMs: TIMEOUT_MS, maxBodyBytes: 0, signal });
      let answer = await send();
      for (let again = 0; again < SENT_AGAIN && answer.status === 429; again += 1) {
        await pauses.refused();
        answer = await send();
      }
      return { name, trouble: answer.ok ? null : answer.reason };
    }),
  );
}
