import { AppError } from "../../domain/errors.ts";
import type { AppContext } from "../env.ts";
import { viewerOf } from "./viewer.ts";

/** Throws `unauthorized` unless the operator asks; before anything else of the request is looked at. */
export function requireOperator(c: AppContext, message: string): void {
  if (viewerOf(c).kind !== "operator") throw new AppError("unauthorized", message);
}

/** An answer for the operator alone. What it changed must show at once, so finished answers are forgotten after a change. */
export function operatorAnswer(c: AppContext, body: unknown): Response {
  if (c.req.raw.method !== "GET" && c.req.raw.method !== "HEAD") c.get("rendered").clear();
  return c.body(JSON.stringify(body), 200, {
    "content-type": "application/json",
    "cache-control": "private, no-store",
    vary: "Authorization",
  });
}
