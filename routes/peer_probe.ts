import type { z } from "zod";
import { AppError, messageOf } from "../domain/errors.ts";
import type * as shapes from "../views/wire.ts";
import type { AppDeps } from "./deps.ts";
import type { AppContext } from "./env.ts";
import { readBody } from "./middleware/body.ts";
import { boundedText } from "./middleware/bounded_text.ts";
import { send } from "./middleware/send.ts";
import { sameToken } from "./middleware/viewer.ts";
import { ApiApp, JSON_TYPE } from "./operation.ts";

const MAX_BODY_BYTES = 2_097_152;

async function readRequest(c: AppContext, { clock }: AppDeps): Promise<z.infer<typeof shapes.ProbeRequest>> {
  const type = (c.req.raw.headers.get("content-type") ?? "").split(";")[0].trim().toLowerCase();
  if (!/^application\/(?:[^\s/]+\+)?json$/.test(type)) {
    throw new AppError("unsupported_media", "Expected request with `Content-Type: application/json`");
  }
  const bytes = await readBody(c.req.raw, MAX_BODY_BYTES, clock);
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new AppError(
      "bad_request",
      `Failed to parse the request body as JSON: ${boundedText(messageOf(error), 200)}`,
    );
  }
  // Only nodes with peers are asked.
  const { ProbeRequest } = await import("../views/wire.ts");
  const result = ProbeRequest.safeParse(withoutForeign(parsed));
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0];
  const where = path.length === 0 ? "" : `${path.join(".")}: `;
  throw new AppError(
    "unprocessable",
    `Failed to deserialize the JSON body into the target type: ${where}${message}`,
  );
}

/** Other programs may mean something else by `fingerprint`; then it is a field that we do not know. */
function withoutForeign(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return "fingerprint" in value && typeof value.fingerprint !== "string"
    ? { ...value, fingerprint: undefined }
    : value;
}

/** A vantage check for another node. Its own deadline lies in `probeForPeer`. */
export function peerProbeRoutes(deps: AppDeps): ApiApp {
  const app = new ApiApp();
  app.operation(
    "post",
    "/api/peer/probe",
    ({ errorAnswer, ProbeRequest, ProbeResponse, tooMany, faults }) => ({
      operationId: "peer_probe",
      tags: ["peers"],
      summary: "Probe one of this node's own targets for another node",
      security: [{ peer: [] }],
      request: {
        body: {
          required: true,
          content: {
            [JSON_TYPE]: {
              schema: ProbeRequest,
              example: { from: "node-lyon", kind: "tcp", target: "db.example.net:5432" },
            },
          },
        },
      },
      responses: {
        200: {
          description: "What this node sees; one attempt, stored nowhere.",
          content: {
            [JSON_TYPE]: { schema: ProbeResponse, example: { up: false, error: "connection timed out" } },
          },
        },
        400: errorAnswer("Not JSON.", "Failed to parse the request body as JSON: unexpected end"),
        401: errorAnswer("Unknown peer, or a wrong token.", "unknown peer or invalid token"),
        404: errorAnswer(
          "Nothing here has this kind and target; exec and push never do.",
          "target not in this node's configuration",
        ),
        413: errorAnswer("More than 2 MiB.", "Failed to buffer the request body: more than 2097152 bytes"),
        415: errorAnswer("Not sent as JSON.", "Expected request with `Content-Type: application/json`"),
        422: errorAnswer(
          "A field is missing or of the wrong type.",
          "Failed to deserialize the JSON body into the target type: kind: Invalid option",
        ),
        ...tooMany,
        ...faults,
      },
    }),
    async (c) => {
      const request = await readRequest(c, deps);
      const peer = c.get("config").peers.find((candidate) => candidate.id === request.from);
      if (!sameToken(c.req.raw.headers.get("x-push-token") ?? "", peer?.listenToken)) {
        throw new AppError("unauthorized", "unknown peer or invalid token");
      }
      const { kind, target, fingerprint } = request;
      const answer = kind === "exec" || kind === "push" ? null : await deps.probeForPeer({
        kind,
        target,
        ...(fingerprint === undefined ? {} : { fingerprint }),
      });
      if (answer === null) throw new AppError("not_found", "target not in this node's configuration");
      const error = answer.error === undefined ? {} : { error: boundedText(answer.error, 200) };
      return send(c, JSON.stringify({ up: answer.up, ...error }), 200, {
        "content-type": JSON_TYPE,
        "cache-control": "private, no-store",
      });
    },
  );
  return app;
}
