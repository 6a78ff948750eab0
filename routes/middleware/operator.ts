import { AppError } from "../../domain/errors.ts";
import type { AppContext } from "../env.ts";
import { send } from "./send.ts";
import { viewerOf } from "./viewer.ts";

/** Throws `unauthorized` unless the operator asks; before anything else of the request is looked at. */
export function requireOperator(c: AppContext, message: string): void {
  if (viewerOf(c).kind !== "operator") throw new AppError("unauthorized", message);
}

/** An answer for the operator alone. What was changed must show at once, so the finished answers that show it are forgotten. */
export function operatorAnswer(
  c: AppContext,
  body: unknown,
  changed: "nothing" | "all" | "private",
): Response {
  if (changed !== "nothing") c.get("rendered").clear(changed);
  return send(c, JSON.stringify(body), 200, {
    "content-type": "application/json",
    "cache-control": "private, no-store",
    vary: "Authorization",
  });
}
