import { OpenAPIHono, type RouteConfig, z } from "@hono/zod-openapi";
import type { Handler } from "hono";
import { Problem } from "../views/wire.ts";
import type { AppEnv } from "./env.ts";

export type ApiApp = OpenAPIHono<AppEnv>;
type Answers = RouteConfig["responses"];

/** An app whose routes can be described. Paths are matched and captured as they were sent, undecoded. */
export function apiApp(): ApiApp {
  return new OpenAPIHono<AppEnv>();
}

/** Registers an operation: its description for the OpenAPI document, and its handler. */
export function operation(app: ApiApp, route: RouteConfig, handler: Handler<AppEnv>): void {
  app.openAPIRegistry.registerPath({ security: [], ...route });
  app.on(route.method, route.path.replace(/\{([^}]+)\}/g, ":$1"), handler);
}

/** An error answer, in both of its forms. */
export function errorAnswer(description: string, example: string) {
  return {
    description,
    content: {
      "text/plain": { schema: z.string(), example },
      "application/problem+json": { schema: Problem },
    },
  };
}

const rateHeaders = {
  "x-ratelimit-limit": {
    description: "Requests one client may send at once.",
    schema: { type: "integer" as const },
  },
  "x-ratelimit-remaining": { description: "Requests left right now.", schema: { type: "integer" as const } },
};

export const tooMany = {
  429: {
    ...errorAnswer("Too many requests from this client.", "Too Many Requests! Wait for 1s"),
    headers: {
      ...rateHeaders,
      "retry-after": { description: "Seconds to wait.", schema: { type: "integer" as const } },
      "x-ratelimit-after": { description: "The same.", schema: { type: "integer" as const } },
    },
  },
};

/** What is refused before anything else is looked at. */
export const oversized = {
  414: errorAnswer("The address is longer than 8192 characters.", "the address of the request is too long"),
  431: errorAnswer("The headers are larger than 32 KiB.", "the request's headers are too large"),
};

export const faults = {
  ...oversized,
  500: errorAnswer("A fault of Hora's own; the log has the details.", "internal server error"),
  503: errorAnswer("The answer took too long.", "the answer took too long: try again in a moment"),
};

export const badQuery = {
  400: errorAnswer(
    "A parameter is malformed, missing or given twice.",
    "Failed to deserialize query string: duplicate field `token`",
  ),
};

export const notModified = { 304: { description: "Nothing moved since the `ETag` sent." } };

/** The answers of an operation that anybody may call: what it gives, and what every read may meet besides. */
export function readAnswers(description: string, schema: z.ZodType, more: Answers = {}): Answers {
  return {
    200: { description, content: { [JSON_TYPE]: { schema } } },
    ...notModified,
    ...badQuery,
    ...more,
    ...tooMany,
    ...faults,
  };
}

/** The answers of an operation for the operator alone; `denied` is said to everybody else. */
export function operatorAnswers(
  description: string,
  schema: z.ZodType,
  denied: string,
  more: Answers = {},
): Answers {
  return {
    200: { description, content: { [JSON_TYPE]: { schema } } },
    ...badQuery,
    401: errorAnswer("No token, a wrong one, or none configured.", denied),
    ...more,
    ...tooMany,
    ...faults,
  };
}

type Security = Record<string, string[]>[];

/** Reads: anybody may call; the token shows more. */
export const readSecurity: Security = [{}, { operator: [] }, { operatorQuery: [] }];
export const operatorSecurity: Security = [{ operator: [] }, { operatorQuery: [] }];

export const monitorIdParam = z.object({
  id: z.string().openapi({
    param: { name: "id", in: "path" },
    description: "The monitor's id.",
    example: "gw",
  }),
});

/** A month as the paths of reports have it. */
export const monthPattern = "^[0-9]{4}-(?:0[1-9]|1[0-2])$";

export const JSON_TYPE = "application/json";
