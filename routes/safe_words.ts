import type { SafeWords } from "../domain/incident_view.ts";

/** What anybody may read about a failure. */
export const safeWords: SafeWords = (category, code) =>
  category === "http_status" && code !== null ? `HTTP ${code}` : "check failed";
