import type { SafeWords } from "../domain/incident_view.ts";
import { publicText } from "../domain/public_text.ts";

/** What anybody may read about a failure. */
export const safeWords: SafeWords = (category, code) => publicText(category ?? "other", code);
