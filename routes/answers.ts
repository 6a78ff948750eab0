import type { RouteConfig } from "@asteasolutions/zod-to-openapi";
import * as z from "zod";
import { Problem } from "../views/wire.ts";
import { JSON_TYPE } from "./operation.ts";

export * from "../views/wire.ts";

/** What descriptions of operations are made of: the shapes of JSON answers, and the answers that many operations share. */

type Responses = RouteConfig["responses"];

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
  503: errorAnswer(
    "The answer took too long, nothing can be stored at present (the operator is told why), or Hora is only starting.",
    "the answer took too long: try again in a moment",
  ),
};

export const badAddress = {
  400: errorAnswer(
    "A part of the address is not UTF-8, or the `Host` header names no host.",
    "Invalid URL: a path segment is not UTF-8",
  ),
};

export const badQuery = {
  400: errorAnswer(
    "A parameter is malformed, missing or given twice.",
    "Failed to deserialize query string: duplicate field `token`",
  ),
};

export const notModified = { 304: { description: "Nothing moved since the `ETag` sent." } };

/** The answers of an operation that anybody may call: what it gives, and what every read may meet besides. */
export function readAnswers(description: string, schema: z.ZodType, more: Responses = {}): Responses {
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
  more: Responses = {},
): Responses {
  return {
    200: { description, content: { [JSON_TYPE]: { schema } } },
    ...badQuery,
    401: errorAnswer("No token, a wrong one, or none configured.", denied),
    ...more,
    ...tooMany,
    ...faults,
  };
}
