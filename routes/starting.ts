import type { Config } from "../domain/config.ts";
import type { HealthReport } from "./deps.ts";
import { problem } from "./errors.ts";
import { prefersJson } from "./middleware/accept.ts";
import { commonHeaders } from "./middleware/frame.ts";
import { rawPath } from "./middleware/query.ts";
import { RequestHead } from "./middleware/request_head.ts";
import { idMint, inboundId } from "./middleware/request_id.ts";
import { corsVary } from "./middleware/send.ts";
import { JSON_TYPE } from "./operation.ts";

/** Is this a question of how Hora is? */
export const asksForHealth = (request: Request): boolean => rawPath(request).startsWith("/healthz");

/**
 * What is said until Hora has started: to come again. Whoever asks how it is gets a report in the usual form, but with 503: it knows
 * nothing of the peers yet, and nodes take no other status than a 2xx for a witness's word.
 */
export function startingAnswers(config: () => Config): (request: Request) => Response {
  const mint = idMint();
  return (request) => {
    const head = new RequestHead(request);
    const { server, health } = config();
    const id = inboundId(head.requestId) ?? mint();
    const common = commonHeaders(request.method, head.origin, server.allowedOrigins, id);
    if (request.method === "OPTIONS") return new Response(null, { headers: { ...common, vary: corsVary } });
    const [type, body] = asksForHealth(request)
      ? [JSON_TYPE, JSON.stringify(reportOf(health?.id))]
      : prefersJson(head.accept)
      ? ["application/problem+json", problem(503, "starting")]
      : ["text/plain; charset=utf-8", "starting\n"];
    return new Response(body, {
      status: 503,
      headers: {
        ...common,
        "content-type": type,
        "retry-after": "1",
        "cache-control": "no-store",
        "vary": `Accept, ${corsVary}`,
      },
    });
  };
}

const reportOf = (id: string | undefined): HealthReport => ({
  status: "degraded",
  scheduler_ok: false,
  db_ok: false,
  last_tick_age: -1,
  ...(id === undefined ? {} : { id }),
  peers: {},
});
