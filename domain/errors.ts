/** What went wrong on behalf of a caller. `routes/errors.ts` maps each code to one HTTP status. */
export type AppErrorCode =
  | "bad_request"
  | "unauthorized"
  | "forbidden"
  | "not_found"
  | "conflict"
  | "too_large"
  | "unsupported_media"
  | "unprocessable"
  | "too_slow"
  | "unavailable";

/**
 * A caller's mistake, with a message that may be shown to that caller; that of `unavailable` is about the machine, and the operator's alone.
 * Everything else thrown is a bug or a fault.
 */
export class AppError extends Error {
  constructor(readonly code: AppErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AppError";
  }
}

/** An operator's mistake or the machine's trouble at start: one clear sentence, exit code 1. */
export class StartupError extends Error {
  override name = "StartupError";
}

/** The message of anything thrown, with the chain of its causes, on one line. */
export function messageOf(error: unknown): string {
  const parts: string[] = [];
  let at: unknown = error;
  while (at !== undefined && at !== null && parts.length < 5) {
    const text = at instanceof Error ? at.message : String(at);
    if (text !== "" && !parts.includes(text)) parts.push(text);
    at = at instanceof Error ? at.cause : undefined;
  }
  return parts.join(": ").replace(/\s+/g, " ").trim() || "unknown error";
}
